"""The exact replay of a pass, from the integers that were seen to enter its layers."""

from __future__ import annotations

import numpy as np

from grader.baseline.replay import OUTPUT, QuantizedNumbers, real_values
from reference.spec import LayerKind, LayerSpec, NetworkSpec

SPEC = NetworkSpec(
    name="Tiny",
    input_shape=(1, 4, 4),
    layers=(
        LayerSpec(
            name="conv",
            kind=LayerKind.CONV2D,
            module="conv",
            in_features=1,
            out_features=1,
            kernel=3,
            relu=True,
        ),
        LayerSpec(name="pool", kind=LayerKind.MAX_POOL2D, module="pool", kernel=2, stride=2),
        LayerSpec(name="fc", kind=LayerKind.LINEAR, module="fc", in_features=1, out_features=2),
    ),
)
NUMBERS = QuantizedNumbers(
    weights={"conv": np.ones((1, 1, 3, 3)), "fc": np.array([[2.0], [-3.0]])},
    multipliers={"conv": 0.5, "fc": 0.25},
    input_multiplier=10.0,
)
IMAGES = np.full((1, 1, 4, 4), 0.31)
ENTERING = {"conv": np.full((1, 1, 4, 4), 3.0), "fc": np.array([[14.0]])}


def test_each_layer_by_hand() -> None:
    """Pixels times 10; nine threes are 27, halved 13.5; 14 times 2 and -3, each a quarter."""
    reals = real_values(SPEC, NUMBERS, IMAGES, ENTERING)

    np.testing.assert_allclose(reals["conv"], 3.1)
    np.testing.assert_array_equal(reals["fc"].reshape(-1), [13.5])
    np.testing.assert_array_equal(reals[OUTPUT], [[7.0, -10.5]])


def test_a_layer_counts_from_what_entered_it() -> None:
    """A wrong integer before the last layer changes the output, and no layer before it."""
    wrong = ENTERING | {"fc": np.array([[100.0]])}

    reals = real_values(SPEC, NUMBERS, IMAGES, wrong)

    np.testing.assert_array_equal(reals["fc"].reshape(-1), [13.5])
    np.testing.assert_array_equal(reals[OUTPUT], [[50.0, -75.0]])


def test_negative_sums_end_at_the_relu() -> None:
    """A convolution's negative sums become zero before they are pooled."""
    entering = ENTERING | {"conv": np.full((1, 1, 4, 4), -3.0)}

    assert real_values(SPEC, NUMBERS, IMAGES, entering)["fc"].max() == 0.0


def test_a_bias_is_added_to_the_sum() -> None:
    """An integer bias of 4 on the sum of 28 gives 32, a quarter of which is 8."""
    biased = QuantizedNumbers(
        weights=NUMBERS.weights,
        multipliers=NUMBERS.multipliers,
        input_multiplier=10.0,
        bias={"fc": np.array([4.0, 0.0])},
    )

    reals = real_values(SPEC, biased, IMAGES, ENTERING)

    np.testing.assert_array_equal(reals[OUTPUT], [[8.0, -10.5]])


def test_what_is_missing_or_of_another_size_is_left_out() -> None:
    """A layer after one that nothing of the right size entered has no replay."""
    entering = {"conv": np.zeros((1, 1, 5, 5)), "fc": ENTERING["fc"]}

    assert set(real_values(SPEC, NUMBERS, IMAGES, entering)) == {"conv", OUTPUT}
    assert set(real_values(SPEC, NUMBERS, IMAGES, {})) == {"conv"}


def test_a_wrong_view_is_put_right() -> None:
    """Integers of the right number in another shape are replayed, and break nothing."""
    entering = ENTERING | {"conv": np.full((4, 4), 3.0)}

    np.testing.assert_array_equal(
        real_values(SPEC, NUMBERS, IMAGES, entering)["fc"].reshape(-1), [13.5]
    )
