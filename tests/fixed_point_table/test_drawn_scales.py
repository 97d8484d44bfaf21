"""The scales with which ``float_to_fixed_scale`` is called."""

from __future__ import annotations

import numpy as np
import pytest

from grader.sandbox.inside.values import to_object
from grader.tasks.fixed_point_table.kind import table_of
from grader.tasks.fixed_point_table.observe import (
    FIRST,
    LARGE_BIAS,
    SECOND,
    THIRD,
    arguments,
    draw,
    magnified,
    with_large_bias,
)
from tests.fixed_point_table.graded import EDITION, TASK

TASK_SPEC = EDITION.task(TASK)
TABLE = table_of(EDITION, TASK_SPEC)
NAMES = (FIRST, SECOND, THIRD)


def test_the_keys_are_the_networks() -> None:
    """The dicts have the keys that the template's do, in the network's order."""
    act, weights, bias = map(to_object, arguments(TASK_SPEC, draw(TABLE, 0, FIRST, LARGE_BIAS)))

    layers = ["conv1.conv", "conv3.conv", "conv5.conv", "fc6.fc", "output.fc"]
    assert [*act] == ["quant", *layers]
    assert [*weights] == layers
    assert {(v.shape, v.dtype.name) for v in (*act.values(), *weights.values())} == {
        ((1,), "float64")
    }
    assert bias.shape == (1, 10)


@pytest.mark.parametrize("seed", range(5))
def test_rounding_and_cutting_off_differ(seed: int) -> None:
    """No right number lies near a half or a whole, and each entry is rounded up in some set."""
    drawn = [draw(TABLE, seed, name, LARGE_BIAS) for name in NAMES]
    numbers = np.array([[*scales.expected.values()] for scales in drawn])
    fractions = np.concatenate([numbers % 1, *(abs(s.expected_bias)[None, :6] % 1 for s in drawn)])

    assert (abs(fractions - 0.5) > 0.09).all()
    assert ((fractions > 0.1) & (fractions < 0.9)).all()
    assert (numbers % 1 > 0.5).any(axis=0).all()


@pytest.mark.parametrize("seed", range(5))
def test_scales_are_of_a_real_networks_size(seed: int) -> None:
    """Every right number fits 16 bits, and every right bias 32, however it is magnified."""
    for name in NAMES:
        scales = draw(TABLE, seed, name, LARGE_BIAS)
        assert all(0.0015 <= s <= 0.2 for s in scales.outputs.values())
        assert all(2.0 < number < 2.0**15 for number in scales.expected.values())
        assert (abs(scales.expected_bias) < 2.0**21).all()
        for larger in (magnified(scales), with_large_bias(draw(TABLE, seed, name, 2.0**11))):
            assert all(number < 2.0**31 for number in larger.expected.values())
            assert (abs(larger.expected_bias) < 2.0**31).all()


def test_sets_and_seeds_differ() -> None:
    """No two sets have a scale in common, so that no constant is right in both."""
    drawn = [draw(TABLE, seed, name, LARGE_BIAS) for seed in (0, 1) for name in NAMES]
    steps = [
        step for scales in drawn for step in (*scales.outputs.values(), *scales.weights.values())
    ]

    assert len({*steps}) == len(steps)
