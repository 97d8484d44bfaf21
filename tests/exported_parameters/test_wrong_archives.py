"""Wrong numbers lose exactly what they spoil, and a mistake that reproduces them is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.diagnosis.catalogue import load_catalogue
from grader.model import Outcome
from grader.tasks.exported_parameters.checks import judge
from grader.tasks.exported_parameters.hypotheses import explain
from grader.tasks.exported_parameters.observe import open_parameters
from grader.words.message import Message, say, say_value
from tests.exported_parameters.made import (
    IMAGES,
    LAYOUT,
    WEIGHTED,
    Array,
    Files,
    altered,
    files,
    handed_in,
    judged,
    lost,
    module,
    net,
    pack,
    right,
    text,
    zipped,
)

INPUTS = {"inputs": "failed", "requantized": "failed", "sums": "skipped", "pooling": "skipped"}
BETWEEN = {"requantized": "failed", "output": "failed"}
UNJUDGED = {
    "input": "skipped",
    "requantized": "skipped",
    "output": "skipped",
    "varies": "skipped",
}
NO_IMAGE = {
    "members": "failed",
    "inputs": "skipped",
    "sums": "skipped",
    "requantized": "skipped",
    "pooling": "skipped",
}
BIAS = "weights/output.fc.bias.csv"
SCALES = "fixed_scale.json"
CONV1 = "weights/conv1.conv.weight.csv"
SUMS = "activations/img2/conv3/output.csv"


def shifted_by(places: int) -> Files:
    return files(altered(shift=lambda sums, m: np.asarray((sums * m) >> places, float)))


def rectified(values: Array, low: int) -> Array:
    return np.maximum(values, 0) if low == 0 else values


def wrapped(values: Array, low: int, _high: int) -> Array:
    return rectified(values, low).astype(np.int64).astype(np.int8).astype(float)


def changed(file: str, entry: int, change: Callable[[float], float]) -> Files:
    """Return the right files with one number changed; *entry* counts from 1."""
    found = right()
    values = np.array(found[file].replace(b",", b" ").split(), float)
    values[entry - 1] = change(values[entry - 1])
    found[file] = text(values)
    return found


def exchanged(**content: bytes) -> Files:
    """Return the right files with some exchanged: ``scales=``, ``bias=`` or ``conv1=``."""
    names = {"scales": SCALES, "bias": BIAS, "conv1": CONV1}
    return {**right(), **{names[name]: data for name, data in content.items()}}


def without(*names: str) -> Files:
    return {name: data for name, data in right().items() if name not in names}


def of_weights(make: Callable[[str, Array], Array]) -> Files:
    """Return the right files with every layer's weights made into others."""
    found = right()
    for layer in WEIGHTED:
        values = make(layer, net().weights[layer].astype(float))
        found[f"weights/{module(layer)}.weight.csv"] = text(np.ascontiguousarray(values))
    return found


def transposed(layer: str, weights: Array) -> Array:
    return weights.T if layer == "fc6" else weights


def channels_last(layer: str, weights: Array) -> Array:
    return weights.transpose(2, 3, 1, 0) if layer == "conv3" else weights


def with_other_bias(bias: np.ndarray) -> Files:
    """Return files whose sums were made with another bias than the one in the file."""
    return {**files(altered(bias=bias)), BIAS: right()[BIAS]}


def of_another_run(*names: str) -> Files:
    """Return the right files with some of another network."""
    return {**right(), **{n: d for n, d in files(net(seed=5)).items() if n.startswith(names)}}


def with_rows(order: Sequence[int]) -> Files:
    """Return files in which each image has another's activations."""
    values = net().values().items()
    return files(altered(entries={n: v[[*order]] for n, v in values if n != "input.csv"}))


def with_next_input(made: Callable[[Array, int], Array]) -> Files:
    """Return the right files, but for what enters the layer after conv1: it is made otherwise."""
    sums, m = net().values()["conv1/output.csv"], net().scales["conv1.conv"]
    return files(altered(entries={"maxpool2/input.csv": made(sums, m)}))


def scaled(change: Callable[[str, float], object]) -> Files:
    scales = {name: change(name, value) for name, value in net().scales.items()}
    return exchanged(scales=json.dumps(scales).encode())


def replaced_weights() -> bytes:
    """Return an archive to which new weights were added after the recording."""
    new = {n: d for n, d in files(net(seed=5)).items() if n.startswith("weights/fc6")}
    return zipped([*right().items(), *new.items()])


def reciprocal(sums: Array, m: int) -> Array:
    return np.floor(sums / round(65536 / m))


SHIFT, SCALE = "parameters-shift-differs", "parameters-scale-differs"
WRONG: dict[str, tuple[Callable[[], Files | bytes], dict[str, str], list[str]]] = {
    "shift by 15": (lambda: shifted_by(15), BETWEEN, [SHIFT]),
    "shift by 17": (lambda: shifted_by(17), BETWEEN, [SHIFT]),
    "the sums go on, clamped": (
        lambda: files(altered(shift=lambda s, _m: s)),
        BETWEEN,
        ["parameters-scale-missing"],
    ),
    "the sums go on as they are": (
        lambda: with_next_input(lambda s, _m: np.maximum(s, 0)),
        {**INPUTS},
        ["parameters-scale-missing"],
    ),
    "products go on without a shift": (
        lambda: with_next_input(lambda s, m: np.clip(s * m, 0, 127)),
        {"requantized": "failed", "pooling": "failed"},
        ["parameters-shift-missing"],
    ),
    "rounds to nearest": (
        lambda: files(altered(shift=lambda s, m: np.rint(s * m / 65536))),
        BETWEEN,
        ["parameters-rounds-to-nearest"],
    ),
    "cuts the fraction off": (
        lambda: files(altered(shift=lambda s, m: np.trunc(s * m / 65536))),
        {"output": "failed"},
        ["parameters-cuts-off"],
    ),
    "divides by round(1/M)": (
        lambda: files(altered(shift=reciprocal)),
        BETWEEN,
        ["parameters-divides"],
    ),
    "does not clamp": (
        lambda: files(altered(clamp=lambda x, low, _high: rectified(x, low))),
        INPUTS,
        ["parameters-not-clamped"],
    ),
    "clamps to 0 and 255": (
        lambda: files(altered(clamp=lambda x, _low, _high: np.clip(x, 0, 255))),
        {**INPUTS, "output": "failed"},
        ["parameters-clamped-to-unsigned"],
    ),
    "casts to int8": (
        lambda: files(altered(clamp=wrapped)),
        {"requantized": "failed"},
        ["parameters-wraps-around"],
    ),
    "no ReLU": (
        lambda: files(altered(hidden_low=-128)),
        {"requantized": "failed"},
        ["parameters-relu-missing"],
    ),
    "ReLU on the output": (
        lambda: files(altered(low=0)),
        {"output": "failed"},
        ["parameters-relu-on-output"],
    ),
    "one layer's scale for all": (
        lambda: files(altered(shift=lambda s, _m: (s * net().scales["conv3.conv"]) >> 16)),
        BETWEEN,
        ["parameters-scale-of-another-layer"],
    ),
    "scales of another run": (
        lambda: scaled(lambda name, value: value + 9 * (name == "conv3.conv")),
        {"requantized": "failed"},
        [SCALE],
    ),
    "mean pooling": (
        lambda: files(altered(window=lambda x: np.floor(x.mean(axis=(3, 5))))),
        {"pooling": "failed"},
        ["parameters-average-pooling"],
    ),
    "sums after ReLU": (
        lambda: files(altered(recorded_sums=lambda s, _m, relu: rectified(s, -int(not relu)))),
        {"sums": "failed"},
        ["parameters-sums-after-relu"],
    ),
    "sums after the shift": (
        lambda: files(altered(recorded_sums=lambda s, m, _relu: (s * m) >> 16)),
        {"sums": "failed"},
        ["parameters-sums-after-shift"],
    ),
    "sums after shift and clamp": (
        lambda: files(
            altered(recorded_sums=lambda s, m, relu: np.clip((s * m) >> 16, relu * 128 - 128, 127))
        ),
        {"sums": "failed"},
        ["parameters-sums-after-shift"],
    ),
    "no bias in the sums": (
        lambda: with_other_bias(np.zeros(10, np.int64)),
        {"sums": "failed"},
        ["parameters-bias-missing"],
    ),
    "another bias in the sums": (
        lambda: with_other_bias(net().bias[::-1]),
        {"sums": "failed"},
        ["parameters-bias-differs"],
    ),
    "bias in real numbers": (
        lambda: exchanged(bias=text(net().bias / 1000)),
        {"bias": "failed", "sums": "skipped"},
        ["parameters-bias-real"],
    ),
    "bias beyond 32 bits": (
        lambda: changed(BIAS, 4, lambda _: 2.0**31),
        {"bias": "failed", "sums": "skipped"},
        [],
    ),
    "weights in real numbers": (
        lambda: exchanged(conv1=text(net().weights["conv1"] * 0.0031)),
        {"weights": "failed", "sums": "skipped"},
        ["parameters-weights-real"],
    ),
    "weights without their sign": (
        lambda: of_weights(lambda _layer, w: np.where(w < 0, w + 256, w)),
        {"weights": "failed", "sums": "skipped"},
        ["parameters-weights-unsigned"],
    ),
    "a weight of 128": (
        lambda: changed(CONV1, 7, lambda _: 128),
        {"weights": "failed", "sums": "skipped"},
        [],
    ),
    "weights of fc6 transposed": (
        lambda: of_weights(transposed),
        {"sums": "failed"},
        ["parameters-weights-in-another-order"],
    ),
    "weights of conv3 with channels last": (
        lambda: of_weights(channels_last),
        {"sums": "failed"},
        ["parameters-weights-in-another-order"],
    ),
    "weights of another run": (
        lambda: of_another_run("weights/conv"),
        {"sums": "failed"},
        ["parameters-weights-of-another-run"],
    ),
    "weights replaced afterwards": (
        replaced_weights,
        {"sums": "failed"},
        ["parameters-weights-replaced"],
    ),
    "activations of another run": (
        lambda: of_another_run("activations/img0/conv5"),
        {"sums": "failed", "requantized": "failed", "pooling": "failed"},
        [],
    ),
    "one weight changed": (
        lambda: changed(CONV1, 7, lambda w: w - 1 if w > 0 else w + 1),
        {"sums": "failed"},
        [],
    ),
    "one sum changed": (
        lambda: changed(SUMS, 11, lambda s: s + 1),
        {"sums": "failed"},
        [],
    ),
    "one pooled value changed": (
        lambda: changed("activations/img1/maxpool4/output.csv", 3, lambda s: s + 1),
        {"pooling": "failed"},
        [],
    ),
    "one final integer changed": (
        lambda: changed("activations/img3/output.csv", 10, lambda s: s - 1),
        {"output": "failed"},
        [],
    ),
    "pixels instead of integers": (
        lambda: files(altered(quantize=lambda x, _n: x)),
        {
            "input": "failed",
            "varies": "skipped",
            "inputs": "failed",
            "sums": "skipped",
            "pooling": "skipped",
        },
        ["parameters-input-not-quantized"],
    ),
    "pixels cut off": (
        lambda: files(altered(quantize=lambda x, n: np.trunc(np.clip(x * n, -128, 127)))),
        {"input": "failed", "varies": "skipped"},
        ["parameters-input-not-rounded"],
    ),
    "pixels times the unrounded scale": (
        lambda: files(altered(quantize=lambda x, _n: np.rint(np.clip(x * 118.6, -128, 127)))),
        {"input": "failed", "varies": "skipped"},
        ["parameters-input-scale-differs"],
    ),
    "pixels not clamped": (
        lambda: {
            **files(
                altered(
                    quantize=lambda x, n: np.rint(x * n), scales={**net().scales, "quant": 140}
                )
            ),
        },
        {
            "input": "failed",
            "varies": "skipped",
            "inputs": "failed",
            "sums": "skipped",
            "pooling": "skipped",
        },
        ["parameters-not-clamped"],
    ),
    "real numbers between the layers": (
        lambda: files(altered(recorded_inputs=lambda x: x * 0.0234)),
        {**INPUTS, "input": "failed", "varies": "skipped"},
        ["parameters-inputs-real"],
    ),
    "scales in real numbers": (
        lambda: scaled(lambda name, value: value if name == "quant" else value / 65536),
        {"scales": "failed", **UNJUDGED},
        ["parameters-scales-real"],
    ),
    "a scale of zero": (
        lambda: scaled(lambda name, value: value * (name != "fc6.fc")),
        {"scales": "failed", **UNJUDGED},
        [],
    ),
    "a negative scale": (
        lambda: scaled(lambda name, value: value if name != "quant" else -value),
        {"scales": "failed", **UNJUDGED},
        [],
    ),
    "images in another order": (
        lambda: with_rows((1, 0, 3, 2)),
        {"input": "failed", "varies": "skipped"},
        ["parameters-images-mixed"],
    ),
    "activations of one image for all": (
        lambda: with_rows((0, 0, 0, 0)),
        {"input": "failed", "varies": "skipped"},
        ["parameters-one-image-repeated"],
    ),
    "one image for all": (
        lambda: files(altered(pixels=net().pixels[[0, 0, 0, 0]])),
        {"images": "failed", "varies": "skipped"},
        ["parameters-one-image-repeated"],
    ),
    "two images the same": (
        lambda: files(altered(pixels=net().pixels[[0, 1, 2, 1]])),
        {"images": "failed", "varies": "skipped"},
        [],
    ),
    "all weights zero": (
        lambda: files(
            altered(weights={n: 0 * w for n, w in net().weights.items()}, bias=0 * net().bias)
        ),
        {"varies": "failed"},
        [],
    ),
    "no weights of a layer": (
        lambda: without("weights/conv5.conv.weight.csv"),
        {"members": "failed", "weights": "skipped", "sums": "skipped"},
        [],
    ),
    "no bias": (
        lambda: without(BIAS),
        {"members": "failed", "bias": "skipped", "sums": "skipped"},
        [],
    ),
    "no scales": (
        lambda: without(SCALES),
        {"members": "failed", "scales": "skipped", **UNJUDGED},
        [],
    ),
    "no inputs of a layer of one image": (
        lambda: without("activations/img1/fc6/input.csv"),
        {"members": "failed"},
        [],
    ),
    "no pixels of one image": (
        lambda: without("activations/img1/input.csv"),
        {"members": "failed"},
        [],
    ),
    "no inputs of a layer of most images": (
        lambda: without(*(f"activations/img{n}/fc6/input.csv" for n in range(1, IMAGES))),
        NO_IMAGE,
        [],
    ),
    "a number too many": (
        lambda: exchanged(conv1=right()[CONV1] + b"3\n"),
        {"shapes": "failed", "weights": "skipped", "sums": "skipped"},
        [],
    ),
    "an empty file": (
        lambda: exchanged(conv1=b""),
        {"shapes": "failed", "weights": "skipped", "sums": "skipped"},
        [],
    ),
    "not a number": (
        lambda: changed(CONV1, 7, lambda _: float("nan")),
        {"numbers": "failed", "weights": "skipped", "sums": "skipped"},
        [],
    ),
}


def observed(make: Callable[[], Files | bytes], folder: Path) -> Path:
    made = make()
    path = folder / "parameter.zip"
    path.write_bytes(made if isinstance(made, bytes) else zipped(made))
    return path


@pytest.mark.parametrize("name", WRONG)
def test_wrong_archive_loses_what_is_wrong(name: str, tmp_path: Path) -> None:
    """Each check has its exact outcome, and a finding stands there where it reproduces it."""
    make, outcomes, findings = WRONG[name]

    seen = open_parameters(handed_in(observed(make, tmp_path)), LAYOUT)
    results = {result.check.partition(".")[2]: result for result in judge(seen)}
    failed = frozenset(n for n, r in results.items() if r.outcome is Outcome.FAILED)
    found = explain(seen, failed)

    assert {n: str(o) for n, o in lost(results).items()} == outcomes
    assert [one.finding for one in found] == findings
    for one in found:
        values = {**one.values, "function": "", "question": "3.1"}
        for part in ("title", "message", "hint"):
            for language in ("en", "zh_TW"):
                assert "{" not in Message(f"finding.{one.finding}.{part}", values).said_in(
                    language
                )
    for result in results.values():
        assert result.fault is None
        assert result.reason is None or say_value(result.reason, "zh_TW") != str(result.reason)


def test_every_finding_but_the_remarks_is_brought_about() -> None:
    """No mistake is in the catalogue that no archive makes."""
    entries = load_catalogue().entries.items()
    named = {n for n, e in entries if n.startswith("parameters-") and e.costs_points}

    assert {name for _, _, findings in WRONG.values() for name in findings} == named


def test_first_number_that_differs_is_named(tmp_path: Path) -> None:
    """By image, then by layer, then by element: with what stands there and what should."""
    content = changed(SUMS, 114, lambda s: s + 1)
    late = "activations/img3/conv1/output.csv"
    content[late] = changed(late, 1, lambda s: s + 1)[late]
    expected = int(float(right()[SUMS].split()[113]))

    result = judged(pack(tmp_path / "parameter.zip", content))["sums"]

    assert result.reason == say(
        "parameters",
        "differs",
        file=SUMS,
        entry=114,
        element="[1, 1, 3]",
        actual=float(expected + 1),
        expected=float(expected),
        wrong=2,
        total=4 * (4704 + 1600 + 120 + 84 + 10),
    )
    assert (result.evidence.expected, result.evidence.actual) == (expected, expected + 1)
    assert result.evidence.where == SUMS


def test_entry_that_is_no_number_is_named_with_its_line(tmp_path: Path) -> None:
    """A file is refused with the line and the entry."""
    lines = right()[CONV1].split()

    for wrong in (
        b"nan",
        b"-inf",
        b"1e400",
        b"1_0",
        b"0x10",
        b"three",
        "\u0663".encode(),
        b"1e17",
    ):
        content = exchanged(conv1=b"\n".join([*lines[:8], wrong, *lines[9:]]))
        result = judged(pack(tmp_path / "parameter.zip", content))["numbers"]

        shown = repr(wrong.decode("ascii", "replace"))
        problem = say("parameters", "no-number", line=9, entry=shown)
        assert result.reason == say("parameters", "in-file", file=CONV1, problem=problem)


@pytest.mark.parametrize(
    ("scales", "problem"),
    [
        (b"", say("parameters", "no-json")),
        (b"{'quant': 1}", say("parameters", "no-json")),
        (b"[" * 15_000, say("parameters", "no-json")),
        (b'{"quant": ' + b"9" * 15_000 + b"}", say("parameters", "no-json")),
        (b"\xff\xfe{}", say("parameters", "no-json")),
        (b"[1, 2, 3, 4, 5, 6]", say("parameters", "no-table")),
        (b'{"quant": 119}', say("parameters", "scale-missing", name="conv1.conv")),
    ],
)
def test_scales_that_are_none(scales: bytes, problem: Message, tmp_path: Path) -> None:
    """What is no dictionary of all the scales is refused with the reason."""
    results = judged(pack(tmp_path / "parameter.zip", exchanged(scales=scales)))

    assert results["numbers"].reason == say("parameters", "in-file", file=SCALES, problem=problem)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("2147483648", "2147483648"),
        ("true", "true"),
        ('"141"', '"141"'),
        ("null", "null"),
        ("[141]", "[...]"),
        ("[" * 900 + "]" * 900, "[...]"),
        ('{"m": 141}', "{...}"),
    ],
)
def test_scale_that_is_no_number(value: str, shown: str, tmp_path: Path) -> None:
    """A value that is no number of 32 bits is named."""
    scales = json.dumps(dict(net().scales)).replace(
        f'"fc6.fc": {net().scales["fc6.fc"]}', f'"fc6.fc": {value}'
    )

    results = judged(pack(tmp_path / "parameter.zip", exchanged(scales=scales.encode())))

    problem = say("parameters", "scale-no-number", name="fc6.fc", value=shown)
    assert results["numbers"].reason == say("parameters", "in-file", file=SCALES, problem=problem)


def test_archive_that_was_not_handed_in_waits_where_the_rubric_says_so(tmp_path: Path) -> None:
    """Nothing handed in: lost, or left to staff, and in neither case a crash."""
    lost_all = judge(open_parameters(None, LAYOUT))
    waiting = judge(open_parameters(None, LAYOUT), absent_waits=True)

    assert lost_all[0].reason == waiting[0].reason == say("parameters", "none")
    assert [r.outcome for r in lost_all] == [Outcome.FAILED, *[Outcome.SKIPPED] * 14]
    assert {r.outcome for r in waiting} == {Outcome.PENDING}


def test_images_that_are_there_are_judged_beside_one_that_is_not(tmp_path: Path) -> None:
    """A wrong sum behind a missing image is named by its own file, and costs as it always does."""
    wrong = changed("activations/img2/conv1/output.csv", 4, lambda value: value + 1)
    whole = {path: held for path, held in wrong.items() if "img0" not in path}
    results = judged(pack(tmp_path / "parameter.zip", whole))

    assert {*lost(results)} == {"members", "sums"}
    reason = results["sums"].reason
    assert isinstance(reason, Message)
    assert reason.values["file"] == "activations/img2/conv1/output.csv"


def test_what_follows_wrong_sums_is_judged_by_the_right_ones(tmp_path: Path) -> None:
    """One mistake costs once, in what was recorded or in what the sums were made from."""
    recorded = altered(recorded_sums=lambda s, _m, _relu: s * 0.5)
    made = {**right(), CONV1: text(net().weights["conv1"][::-1].astype(float))}

    for number, content in enumerate((files(recorded), made)):
        path = pack(tmp_path / f"parameter{number}.zip", content)
        assert lost(judged(path)) == {"sums": Outcome.FAILED}


def test_no_number_can_be_changed_unseen(tmp_path: Path) -> None:
    """One number in any kind of file makes a check fail."""
    used = {layer: int(net().values()[f"{layer}/input.csv"].sum(0).argmax()) for layer in WEIGHTED}
    for path in right():
        if path.endswith(".json") or (path.startswith("activations") and "/img1/" not in path):
            continue
        layer = path.removeprefix("weights/").partition(".")[0]
        entry = 1 + (used[layer] if ".fc.weight" in path else 0)
        content = changed(path, entry, lambda value: value * 0.5 if value % 1 else value + 1)

        assert lost(judged(pack(tmp_path / "parameter.zip", content))), path
    for name in net().scales:
        content = scaled(lambda one, value, name=name: value + (one == name))
        assert lost(judged(pack(tmp_path / "parameter.zip", content))), name


def test_another_layout_has_other_files(tmp_path: Path) -> None:
    """The scales' file has the name that the edition gives it."""
    layout = replace(LAYOUT, scales_file="scale.json")
    content = {n.replace(SCALES, "scale.json"): d for n, d in right().items()}

    assert lost(judged(pack(tmp_path / "parameter.zip", content), layout)) == {}
