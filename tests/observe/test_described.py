"""What a function does, as the probes found it."""

from __future__ import annotations

import numpy as np
import pytest

from grader.measurements import Distribution
from grader.tasks.described import clamp_of, describe_range, rounding_of


def tensor(name: str, low: float, high: float, mean: float, std: float) -> Distribution:
    return Distribution(
        tensor=name,
        layer=name,
        kind="weights",
        numel=9,
        minimum=low,
        maximum=high,
        mean=mean,
        std=std,
        histogram_low=low,
        histogram_high=high,
        counts=(9,),
    )


TENSORS = (
    tensor("a", -1.0, 2.0, 0.1, 0.3),
    tensor("b", -4.0, 1.0, 0.2, 0.5),
    tensor("c", -0.5, 0.4, 0.0, 0.2),
    tensor("d", 0.0, 8.0, 1.0, 1.0),
)


@pytest.mark.parametrize(
    ("rule", "edges"),
    [
        ("max_abs", (2.0, 4.0, 0.5, 8.0)),
        ("three_sigma", (1.0, 1.7, 0.6, 4.0)),
        ("min_max", (1.5, 2.5, 0.45, 4.0)),
    ],
)
def test_the_rule_is_the_one_that_makes_every_scale(rule: str, edges: tuple[float, ...]) -> None:
    """127 over a rule's edge, tensor by tensor, is that rule and no other."""
    found = describe_range({n: 127 / e for n, e in zip("abcd", edges, strict=True)}, TENSORS)

    assert found.rule == rule
    assert found.level == pytest.approx(127)


def test_a_rule_that_fails_one_tensor_is_not_named() -> None:
    """One scale of four that is a tenth off leaves the rule open; its level is told."""
    found = describe_range({"a": 63.5, "b": 31.75, "c": 254.0, "d": 14.2875}, TENSORS)

    assert (found.rule, found.level) == ("", None)
    assert (found.least_level, found.most_level) == pytest.approx((114.3, 127.0))


def test_powers_of_two_are_told_as_such() -> None:
    """Multipliers that are powers of two follow no rule beside it."""
    found = describe_range({"a": 32.0, "b": 16.0, "c": 128.0, "d": 8.0}, TENSORS)

    assert found.powers_of_two
    assert found.rule == ""


@pytest.mark.parametrize(
    ("rounding", "rounded"), [("nearest", np.rint), ("floor", np.floor), ("truncated", np.trunc)]
)
def test_rounding_is_told_by_what_becomes_of_fractions(rounding: str, rounded: np.ufunc) -> None:
    """Values of both signs tell the three roundings apart."""
    real = np.linspace(-90.3, 90.2, 500)

    assert rounding_of([(real, rounded(real))], 127) == rounding


def test_integers_of_no_rounding_are_not_called_rounded() -> None:
    """Values that came back with their fractions, or too few of them, tell nothing."""
    real = np.linspace(-90.3, 90.2, 500)

    assert rounding_of([(real, real)], 127) == ""
    assert rounding_of([(real[:20], np.rint(real[:20]))], 127) == ""


def test_a_clamp_is_where_larger_values_end() -> None:
    """Values beyond the edge that all became one number were cut off there."""
    real = np.array([-500.0, 3.0, 400.0, 300.0])

    assert clamp_of([(real, np.clip(real, -128, 127))], 128) == (-128, 127)
    assert clamp_of([(real, real)], 128)[1] is None
