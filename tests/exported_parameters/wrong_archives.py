"""Wrong archives by what is wrong with them: the checks that each loses, and its findings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.exported_parameters.made import (
    IMAGES,
    Files,
    altered,
    files,
    net,
    right,
    text,
)
from tests.exported_parameters.spoiled_archives import (
    BIAS,
    CONV1,
    SCALES,
    SUMS,
    changed,
    channels_last,
    exchanged,
    of_another_run,
    of_weights,
    reciprocal,
    rectified,
    replaced_weights,
    scaled,
    shifted_by,
    transposed,
    with_next_input,
    with_other_bias,
    with_rows,
    without,
    wrapped,
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
