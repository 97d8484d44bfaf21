"""What explains wrong fixed-point multipliers in the forward pass, and what must stay silent."""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np
import pytest

from grader.border.conventions import Floats
from grader.tasks.integer_pass.hypotheses import _shown
from grader.tasks.integer_pass.mistakes.places import Place, clipped
from grader.tasks.integer_pass.mistakes.predictions import PREDICTIONS, candidates_of
from grader.tasks.integer_pass.mistakes.shifts import (
    MISSING,
    OTHER_PLACES,
    TOO_COARSE,
    explain_shift,
    is_never_shifted,
)
from grader.tasks.integer_pass.ways import NEAREST, image_ways, layer_ways
from tests.diagnosis.made import FORM, names_of

BITS = 16
M = 0.00093479  # 61.26 / 2^16
SUMS = np.rint(np.random.default_rng(0).normal(0, 60_000, 5000))
WHOLE = float(np.rint(M * 2**BITS))


def seen(values: Floats, sums: Floats = SUMS) -> Place:
    return Place(
        name="fc2",
        layer="fc1",
        seen=values,
        sums=sums,
        find_bare=lambda: -sums,
        multiplier=M,
        others={"fc2.output_scale": 0.0011, "input_scale": 127.5},
        form=FORM,
        fraction_bits=BITS,
        ways=layer_ways(BITS),
    )


@pytest.mark.parametrize("way", layer_ways(BITS))
def test_every_way_to_requantize_is_right(way: object) -> None:
    """Floor and nearest, of m, of a whole divisor and of M itself, are no mistake."""
    place = seen(SUMS)
    integers = clipped(replace(place, way=way).whole(SUMS))

    assert not replace(place, seen=integers).is_wrong


@pytest.mark.parametrize("places", [8, 12, 13, 14, 15, 17, 18, 20])
@pytest.mark.parametrize("whole", [np.floor, np.rint])
def test_other_shift_is_told_by_its_places(places: int, whole: np.ufunc) -> None:
    """A product with m that is shifted by other places shows by how many."""
    found = explain_shift(seen(clipped(whole(SUMS * WHOLE / 2.0**places))), None)

    assert found == {OTHER_PLACES: f"{places}"}


@pytest.mark.parametrize("places", [10, 14, 15])
def test_coarse_multiplier_is_told_by_its_places(places: int) -> None:
    """A whole number of too few binary places shows how many it has."""
    coarse = np.rint(M * 2.0**places) / 2.0**places

    found = explain_shift(seen(clipped(np.floor(SUMS * coarse))), None)

    assert found == {TOO_COARSE: f"{places}"}


def test_places_of_a_coarse_multiplier_are_those_of_the_source() -> None:
    """4 / 2^12 is 1 / 2^10: of the places that give the same, the source has one."""
    place = seen(clipped(np.floor(SUMS * 4 / 2**12)))
    code = ast.parse("def forward(self, x):\n    return (x * round(M * 2 ** 12)) >> 12")

    assert explain_shift(place, None) == {TOO_COARSE: "10"}
    assert explain_shift(place, code) == {TOO_COARSE: "12"}


def test_missing_shift_is_seen_in_small_sums() -> None:
    """Products that are never shifted are told where some of them are not clamped."""
    sums = np.random.default_rng(0).integers(-3, 4, 5000).astype(np.float64)

    assert explain_shift(seen(clipped(sums * WHOLE), sums), None) == {MISSING: ""}


def test_missing_shift_that_clamps_all_is_one_of_several() -> None:
    """Where all is clamped, a division by M gives the same: the source has to tell."""
    found = candidates_of(seen(clipped(SUMS * WHOLE)), None)

    assert set(found) == {MISSING, "forward-divides-by-scale"}


@pytest.mark.parametrize(
    ("source", "never"),
    [
        ("m = round(M * 2 ** 16)\nreturn x * m", True),
        ("m = round(M * (1 << 16))\nreturn x * m", True),
        ("m = round(M * 65536)\nreturn (x * m) >> 16", False),
        ("m = round(M * 2 ** 16)\nreturn torch.floor(x * m / 2 ** 16)", False),
        ("m = round(M * 2 ** 16)\nreturn torch.div(x * m, 65536)", False),
        ("m = round(M * 2 ** 16)\nreturn torch.bitwise_right_shift(x * m, 16)", False),
        ("m = round(M * 2 ** 16)\ny = (x * m) >> 16\nreturn y * round(N * 2 ** 16)", True),
        ("return x / M", False),
    ],
)
def test_shift_is_sought_in_the_source(source: str, never: bool) -> None:
    """An m is never shifted back if the source makes more of them than it takes back."""
    body = source.replace("\n", "\n    ")
    code = ast.parse(f"def forward(self, x):\n    {body}")

    assert is_never_shifted(code, BITS) is never


def test_right_way_of_an_edition_without_fixed_point_is_one() -> None:
    """Where the sheet has float multipliers, no shift is sought."""
    place = replace(seen(clipped(np.floor(SUMS * WHOLE / 2**15))), fraction_bits=None)

    assert layer_ways(None) == (NEAREST,)
    assert explain_shift(place, None) == {}


@pytest.mark.parametrize("finding", [MISSING, OTHER_PLACES, TOO_COARSE])
def test_numbers_of_a_shift_are_those_of_its_words(finding: str) -> None:
    """A finding about a shift has every number that its words print."""
    place = seen(clipped(np.floor(SUMS * WHOLE / 2**15)))

    shown = _shown(finding, [place], {place.name: {finding: "15"}})

    assert names_of([shown]) == [finding]
    assert (shown.values["whole"], shown.values["places"]) == (61, 16)


@pytest.mark.parametrize(
    "finding", [n for n in PREDICTIONS if not n.endswith(("layer-not-quantized", "other-edges"))]
)
@pytest.mark.parametrize("way", layer_ways(BITS)[:4])
def test_prediction_is_among_the_candidates_in_every_way(finding: str, way: object) -> None:
    """An altered pass is explained by its alteration, however it rounds otherwise."""
    place = replace(seen(SUMS), way=way)

    assert finding in candidates_of(replace(place, seen=PREDICTIONS[finding](place)), None)


def test_pixels_half_way_between_integers_are_right_as_float32_rounds_them() -> None:
    """With a scale of 127.5 each level of a pixel lies between two integers."""
    pixels = (np.arange(256, dtype=np.float32) / 255 - np.float32(0.5)) / np.float32(0.5)
    integers = np.clip(np.rint(pixels * np.float32(127.5)), -128, 127)
    place = Place(
        name="conv1",
        layer="",
        seen=integers.astype(np.float64),
        sums=pixels.astype(np.float64),
        find_bare=lambda: pixels,
        multiplier=127.5,
        others={},
        ways=image_ways(None),
    )

    assert not place.is_wrong
