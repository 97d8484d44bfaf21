"""What explains a wrong place in the forward pass, and what must stay silent."""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np
import pytest

from grader.border.answers import TraceAnswer
from grader.editions.schema import ScaleForm, StubTable
from grader.tasks.integer_pass.hypotheses import OUTPUT, explain
from grader.tasks.integer_pass.mistakes.places import Place
from grader.tasks.integer_pass.mistakes.predictions import PREDICTIONS, candidates_of
from grader.tasks.integer_pass.seen import ForwardAnswers, Replay
from tests.diagnosis.made import EDITION, FORM, names_of

CODE = ast.parse("def forward(self, x):\n    return (x * self.fc1.output_scale).round()")


# What no single place shows: the second is told from values beyond the edges, the last where
# multipliers are fixed-point numbers.
HIDDEN = (
    "forward-layer-not-quantized",
    "forward-clamped-to-other-edges",
    "forward-shifts-before-multiplying",
)


def _place(*, layer: str = "fc1", name: str = "fc2", multiplier: float = 0.02) -> Place:
    sums = np.round(np.random.default_rng(0).normal(0, 4000, 2000))
    kept = sums if name == OUTPUT else np.maximum(sums, 0)
    other = np.maximum(sums, 0) if name == OUTPUT else sums
    return Place(
        name=name,
        layer=layer,
        seen=np.zeros_like(sums),
        sums=kept,
        find_bare=lambda: other,
        multiplier=multiplier,
        others={"fc2.output_scale": 0.011, "fc2.weight.scale": 300.0},
        form=FORM,
    )


def _seen(place: Place, values: np.ndarray) -> Place:
    return replace(place, seen=values)


def test_right_integers_are_not_wrong() -> None:
    """The exact integers are right, with halves rounded either way."""
    place = _place(multiplier=0.5)
    real = place.sums * place.multiplier

    assert not _seen(place, np.clip(np.rint(real), -128, 127)).is_wrong
    assert _seen(place, np.rint(real)).is_wrong


@pytest.mark.parametrize("finding", [n for n in PREDICTIONS if n not in HIDDEN])
def test_prediction_is_among_the_candidates(finding: str) -> None:
    """What an altered pass computes is explained by that alteration."""
    place = _place()

    assert finding in candidates_of(_seen(place, PREDICTIONS[finding](place)), None)


def test_a_clamp_one_beyond_the_edge_is_told_from_none() -> None:
    """Where the source clamps, values that end on 128 were clamped there."""
    place = _place(multiplier=0.05)
    seen = _seen(place, np.clip(np.rint(place.sums * 0.05), -127, 128))

    assert candidates_of(seen, None) == {"forward-clamped-to-other-edges": ""}
    assert not candidates_of(_seen(place, np.rint(place.sums * 0.05)), None).keys() & {
        "forward-clamped-to-other-edges"
    }


def test_another_factor_is_read_from_the_integers() -> None:
    """A multiplier that belongs to nothing is measured, and named as it was found."""
    place = _place()
    seen = np.clip(np.rint(place.sums * 0.0137), -128, 127)

    found = candidates_of(_seen(place, seen), CODE)

    assert list(found) == ["forward-scale-differs"]
    assert float(found["forward-scale-differs"]) == pytest.approx(0.0137, rel=0.01)


def test_a_number_that_stands_in_the_code_is_hard_coded() -> None:
    """The same measurement, with that number written in the source, is a hard-coded scale."""
    place = _place()
    code = ast.parse("def forward(self, x):\n    return (x * (137 / 10000)).round()")
    seen = np.clip(np.rint(place.sums * 0.0137), -128, 127)

    assert candidates_of(_seen(place, seen), code) == {"forward-scale-hard-coded": "0.0137"}


def test_steps_are_read_and_written_as_steps() -> None:
    """Where the edition has steps, what a sum was divided by is told, and looked for in code."""
    place = replace(_place(), form=ScaleForm.STEP)
    seen = _seen(place, np.clip(np.rint(place.sums / 73.0), -128, 127))
    code = ast.parse("def forward(self, x):\n    return (x / 73).round()")

    (measured,) = candidates_of(seen, CODE).values()

    assert float(measured) == pytest.approx(73.0, rel=0.01)
    assert candidates_of(seen, code) == {"forward-scale-hard-coded": "73"}


def test_noise_is_not_explained() -> None:
    """Integers that nothing reproduces get no name."""
    place = _place()
    seen = np.random.default_rng(1).integers(-128, 128, place.sums.shape).astype(float)

    assert candidates_of(_seen(place, seen), CODE) == {}


def test_zeros_do_not_tell_a_multiplier() -> None:
    """Where everything became 0, no multiplier is read from it."""
    place = _place()
    found = candidates_of(_seen(place, np.zeros_like(place.sums)), CODE)

    assert "forward-scale-differs" not in found
    assert "forward-scale-hard-coded" not in found


def _output_alone(output: np.ndarray, scores: np.ndarray) -> ForwardAnswers:
    trace = TraceAnswer(probe="quantized", images=len(scores), output=output)
    replay = Replay(reals={}, output=scores)
    return ForwardAnswers(trace=trace, replay=replay, layers=("conv1",), classes=10)


def test_classes_and_the_templates_rows_are_told_from_the_output() -> None:
    """The output's shape tells predicted classes and the template's fixed rows."""
    scores = np.random.default_rng(2).normal(0, 40, (64, 10)).round()
    spec = EDITION.network

    classes = explain(_output_alone(scores.argmax(axis=1), scores), None, spec, None)
    fixed = _output_alone(np.zeros((4, 10)), scores)

    assert names_of(classes) == ["forward-returns-classes"]
    of_four, of_eight = (StubTable(shape=(rows, 10)) for rows in (4, 8))
    assert names_of(explain(fixed, None, spec, None, of_four)) == ["template-stub"]
    assert names_of(explain(fixed, None, spec, None, of_eight)) == []
