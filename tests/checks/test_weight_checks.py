"""Claims about quantized weights, on answers made by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from answers_by_hand import FOURFOLD, LIMITS, SCHEME, weight_answer, weight_answers

from grader.border.conventions import Floats
from grader.model import CheckResult, Outcome
from grader.sandbox.calls.replies import CallError
from grader.tasks.quantized_tensor import checks as weights
from grader.tasks.quantized_tensor.seen import WeightAnswers
from grader.words.message import say, sentence
from tests.diagnosis.made import clipped, weights_made

Bounds = Callable[[Floats], tuple[float, float]]


def judged(*args: object, **kwargs: object) -> dict[str, CheckResult]:
    answers = weight_answers(*args, **kwargs)  # type: ignore[arg-type]
    return {r.check: r for r in weights.judge(answers, LIMITS, SCHEME)}


def test_right_weights_pass_every_check() -> None:
    """A right answer on every tensor passes all of the family's checks."""
    assert {r.outcome for r in judged().values()} == {Outcome.PASSED}


@pytest.mark.parametrize(
    ("changes", "check", "reason"),
    [
        (
            {"dtype": "float64"},
            "weights.returns",
            "The tensor is float64; the layer computes in float32 and rejects it.",
        ),
        (
            {"problem": say("reason", "wrong-count", count=2, wanted=1)},
            "weights.returns",
            "2 values were returned where 1 are needed.",
        ),
        (
            {"integers": np.zeros(2)},
            "weights.shape",
            "Weights of shape (3,) came back with shape (2,).",
        ),
        (
            {"integers": np.array([-127.0, 0.0, 63.5])},
            "weights.integers",
            "1 of 3 values of conv1 are not integers, 63.5 among them.",
        ),
        (
            {"integers": np.array([-129.0, 0.0, 64.0])},
            "weights.bounds",
            "The values of conv1 reach from -129 to 64.",
        ),
        (
            {"integers": np.array([-127.0, 3.0, 64.0])},
            "weights.scale",
            "A weight of 0 in conv1 becomes 0 with the returned scale,"
            " but the returned integer is 3.",
        ),
        (
            {"step": 1 / 50, "integers": np.array([-50.0, 0.0, 25.0])},
            "weights.range",
            "The largest value of conv1 lands on 50, so that less than half of the integers"
            " up to 127 are used.",
        ),
        (
            {"changed": "weights"},
            "weights.unchanged",
            "The argument weights was changed in place.",
        ),
    ],
)
def test_each_wrong_answer_has_its_reason(
    changes: dict[str, object], check: str, reason: str
) -> None:
    """A wrong answer on one layer fails the check that it concerns, in words that name it."""
    result = judged(weight_answer(**changes))[check]

    assert (result.outcome, sentence(result.reason)) == (Outcome.FAILED, reason)


def test_rescaling_catches_a_constant_scale() -> None:
    """A scale that stays the same when the weights grow fourfold fails."""
    clipped = np.array([-128.0, 0.0, 127.0])
    constant = weight_answer(probe="rescaled", weights=FOURFOLD, integers=clipped, step=1 / 127)

    result = judged(rescaled=constant)["weights.rescaling"]

    assert sentence(result.reason) == (
        "Values times 4 must give a scale divided by 4; it was left as it was."
    )


def test_sign_catches_max_without_abs() -> None:
    """A scale that differs between a tensor and its negative fails."""
    clipped = np.array([-128.0, 0.0, 127.0])
    halved = weight_answer(probe="negated", step=0.5 / 127, integers=clipped)

    assert sentence(judged(negated=halved)["weights.sign"].reason) == (
        "A tensor and its negative must get the same scale, for zero stays zero;"
        " they differ by a factor of 2."
    )


def test_a_range_far_too_small_clips() -> None:
    """A level of 254 on values that fill their range evenly means that half of them clip."""
    even = weight_answer(probe="even", step=1 / 254, integers=np.array([-128.0, 0.0, 127.0]))

    assert sentence(judged(even=even)["weights.range"].reason) == (
        "The largest value lands on 254, far beyond 127: of values spread evenly up to"
        " there, 50 % clip."
    )


def test_a_range_that_clips_a_little_is_remarked_on() -> None:
    """A level of 150 on a network's own layer costs nothing and is remarked on."""
    own = weight_answer(step=1 / 150, integers=np.array([-128.0, 0.0, 75.0]))

    result = judged(own)["weights.range"]

    assert (result.outcome, result.remarks) == (Outcome.PASSED, ("range-clips",))


def test_rounding_down_is_remarked_on() -> None:
    """Integers one below the nearest cost nothing and are remarked on."""
    weights = np.array([-1.0, 0.0, 0.7], dtype=np.float32)  # 0.7 x 127 = 88.9
    own = weight_answer(weights=weights, integers=np.array([-127.0, 0.0, 88.0]))

    result = judged(own)["weights.scale"]

    assert (result.outcome, result.remarks) == (Outcome.PASSED, ("rounds-down",))


def test_two_answers_to_the_same_weights() -> None:
    """Another step for the same weights fails the check on repeatability only."""
    other = weight_answer(probe="repeated", step=1.0001 / 127)

    lost = [r for r in judged(repeated=other).values() if r.outcome is not Outcome.PASSED]

    assert [(r.check, sentence(r.reason)) for r in lost] == [
        ("weights.repeatable", "The same weights gave two different answers.")
    ]


def test_what_rests_on_a_failed_call_is_skipped() -> None:
    """Where the function raised, nothing else is judged, and the reason goes along."""
    told = say("reason", "call-raised", exception="NameError", text="name 'q' is not defined")
    error = CallError(kind="raised", message=told, cell=3, line=2)

    results = judged(weight_answer(error=error))

    first, *others = results.values()
    assert first.outcome is Outcome.ERRORED
    assert str(first.evidence.where) == "cell 3, line 2"
    assert {r.outcome for r in others} == {Outcome.SKIPPED}
    assert sentence(others[0].reason) == (
        "Not checked: The code raised NameError: name 'q' is not defined."
    )


def test_a_script_is_named_beside_the_line() -> None:
    """An error in a script is placed by file and line."""
    error = CallError(kind="raised", message=say("reason", "call-memory"), file="hw1_1.py", line=7)

    results = judged(weight_answer(error=error))

    assert str(results["weights.returns"].evidence.where) == "hw1_1.py, line 7"


def test_our_own_failure_is_pending_throughout() -> None:
    """Where the sandbox broke, nothing that rests on the call counts against the student."""
    error = CallError(kind="internal", message=say("reason", "call-closed"))

    results = judged(weight_answer(error=error))

    assert {r.outcome for r in results.values()} == {Outcome.PENDING}
    assert sentence(results["weights.returns"].reason) == (
        "The grader failed here, not the code handed in; this waits for staff."
    )


def _mean_and_sigmas(count: float) -> Bounds:
    return lambda w: (w.mean() - count * w.std(), w.mean() + count * w.std())


def _kept_within(bounds: Bounds) -> WeightAnswers:
    """Return weights clipped to their bounds, then scaled by the larger one of the two."""

    def quantize(w: Floats) -> tuple[Floats, float]:
        low, high = bounds(w)
        multiplier = 127 / max(abs(low), abs(high))
        return clipped(np.clip(w, low, high), multiplier), multiplier

    return weights_made(quantize)


@pytest.mark.parametrize(
    "bounds",
    [
        _mean_and_sigmas(3),
        _mean_and_sigmas(2),
        _mean_and_sigmas(4.5),
        lambda w: tuple(np.percentile(w, (0.1, 99.9))),
        lambda w: tuple(np.percentile(w, (1, 99))),
    ],
)
def test_a_clip_to_any_range_is_right_with_a_remark(bounds: Bounds) -> None:
    """Weights clipped to any range and scaled by its larger bound are right."""
    results = weights.judge(_kept_within(bounds), LIMITS, SCHEME)

    assert {r.outcome for r in results} == {Outcome.PASSED}
    assert "range-clips" in {remark for r in results for remark in r.remarks}


@pytest.mark.parametrize("edges", [(-100, 127), (-127, 90), (-64, 127), (0, 127), (-8, 7)])
def test_a_clamp_to_fewer_integers_is_no_range(edges: tuple[int, int]) -> None:
    """Integers cut off at the same number whatever the weights do not belong to the scale."""

    def quantize(w: Floats) -> tuple[Floats, float]:
        multiplier = 127 / np.abs(w).max()
        return np.clip(np.rint(w * multiplier), *edges), float(multiplier)

    results = {r.check: r for r in weights.judge(weights_made(quantize), LIMITS, SCHEME)}

    assert results["weights.scale"].outcome is Outcome.FAILED


@pytest.mark.parametrize("rounded", [np.ceil, np.floor, np.rint])
def test_a_power_of_two_is_right_whichever_way_it_is_rounded(
    rounded: Callable[[float], float],
) -> None:
    """The power of two above or below a right scale of the weights is right."""

    def quantize(w: Floats) -> tuple[Floats, float]:
        multiplier = float(2.0 ** rounded(np.log2(127 / np.abs(w).max())))
        return clipped(w, multiplier), multiplier

    results = weights.judge(weights_made(quantize), LIMITS, SCHEME)

    assert {r.outcome for r in results} == {Outcome.PASSED}
