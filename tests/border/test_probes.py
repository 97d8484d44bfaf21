"""The probes are what they claim to be, for every seed."""

from __future__ import annotations

import numpy as np
import pytest

from grader.border.probes import (
    RESCALE,
    Factor,
    Scales,
    array_probes,
    bias_probe,
    scale_probe,
    secret_seed,
    weight_probes,
)
from tests.grading import edition

SEEDS = range(20)


def test_the_accumulated_factor() -> None:
    """A_k is the product of n_w, n_initial_input and every pair."""
    scales = Scales(weight=2.0, input=3.0, preceding=((5.0, 0.5), (7.0, 0.1)))

    assert scales.accumulator == pytest.approx(2 * 3 * 5 * 0.5 * 7 * 0.1)


def test_cumulative_scales_hold_what_came_before() -> None:
    """Where an edition hands on cumulative scales, only the last one counts."""
    scales = Scales(weight=2.0, input=3.0, preceding=((5.0,), (7.0,)), cumulative=True)

    assert scales.accumulator == 14.0
    assert Scales(weight=2.0, input=3.0, preceding=(), cumulative=True).accumulator == 6.0


SCALES = Scales(weight=2.0, input=3.0, preceding=((5.0, 0.5), (7.0, 0.1)))


@pytest.mark.parametrize("factor", SCALES.factors(edition().task("bias")), ids=lambda f: f.name)
def test_one_factor_is_changed_at_a_time(factor: Factor) -> None:
    """Changing any one factor changes the accumulated factor as much."""
    scales = SCALES

    grown = scales.with_factor(factor, RESCALE)

    assert grown.accumulator == pytest.approx(RESCALE * scales.accumulator)
    assert grown != scales


@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_factors_are_alike(seed: int) -> None:
    """Among probe scales all factors differ, so that a swapped pair shows."""
    scales = scale_probe(seed, "activations", 4)
    factors = [scales.weight, scales.input, *(n for pair in scales.preceding for n in pair)]

    assert len({round(f, 6) for f in factors}) == 10


@pytest.mark.parametrize("seed", SEEDS)
def test_the_skewed_probe_needs_abs(seed: int) -> None:
    """The largest value of the skewed probes is negative and twice the largest positive one."""
    for values in (
        array_probes(seed, "pixels")["skewed"],
        {p.name: p.weights for p in weight_probes(seed)}["skewed"],
    ):
        assert -values.min() == pytest.approx(2 * values.max())
        assert np.sum(values < -0.51 * values.max() * 2) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_rescaled_copies_are_exact(seed: int) -> None:
    """Rescaled probes are the skewed one times a power of two, to the last bit."""
    probes = {p.name: p.weights for p in weight_probes(seed)}

    np.testing.assert_array_equal(probes["rescaled"] / 4, probes["skewed"])
    np.testing.assert_array_equal(probes["shrunk"] * 256, probes["skewed"])
    np.testing.assert_array_equal(-probes["negated"], probes["skewed"])


def test_weights_of_every_shape_are_tried() -> None:
    """Weights of one, two and four dimensions are among the probes, all float32."""
    probes = weight_probes(0)

    assert {p.weights.ndim for p in probes} >= {1, 2, 4}
    assert {p.weights.dtype for p in probes} == {np.dtype(np.float32)}


def test_the_lopsided_probe_has_a_longer_side() -> None:
    """Values fill the range from -1 to half of that evenly: the short side alone clips a third."""
    values = array_probes(3, "pixels")["lopsided"]

    assert values.min() == -2 * values.max()
    assert np.mean(values < -values.max()) == pytest.approx(1 / 3, abs=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bias_probe_is_large_on_the_accumulator(seed: int) -> None:
    """Every value of a bias probe becomes an integer of thousands, so that rounding is nothing."""
    scales = scale_probe(seed, "bias", 4)
    integers = np.abs(bias_probe(seed, scales, 10).astype(np.float64)) * scales.accumulator

    assert integers.min() > 1e6
    assert integers.max() * RESCALE < 2**31


def test_the_same_seed_gives_the_same_probes() -> None:
    """Probes depend on nothing but the seed, and different purposes get different values."""
    first, again = array_probes(5, "pixels"), array_probes(5, "pixels")

    for name, array in first.items():
        np.testing.assert_array_equal(array, again[name])
    assert not np.array_equal(first["skewed"], array_probes(5, "activations")["skewed"])
    assert not np.array_equal(first["skewed"], array_probes(6, "pixels")["skewed"])


def test_no_two_submissions_meet_the_same_probes() -> None:
    """Another secret, student or file gives another seed; the same ones give the same again."""
    first = secret_seed(7, "secret", "108000001", "digest")
    others = {
        secret_seed(8, "secret", "108000001", "digest"),
        secret_seed(7, "other", "108000001", "digest"),
        secret_seed(7, "secret", "108000002", "digest"),
        secret_seed(7, "secret", "108000001", "another"),
        secret_seed(7, "", "108000001", "digest"),
    }

    assert first not in others
    assert len(others) == 5
    assert first == secret_seed(7, "secret", "108000001", "digest")
