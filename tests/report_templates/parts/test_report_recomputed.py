"""
Every number of a report is what NumPy alone makes of the checkpoints and the images.

Nothing of the project's arithmetic is used here: the checkpoints are read byte by byte, layers are
computed by NumPy in float64, and a plain right submission is quantized by the lab's equations.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from reference.checkpoints import FOLDER
from reference.datasets import open_sample
from tests.corpus import SUBMISSIONS, load_case

pytestmark = pytest.mark.long

Array = NDArray[np.float64]
LAYERS = ("conv1", "conv2", "fc1", "fc2", "fc3")
CALIBRATION = 404
_TYPES = {"F32": "<f4"}


def read_checkpoint(name: str) -> dict[str, Array]:
    """Return the tensors of a safetensors file: a length, a header in JSON, raw bytes."""
    data = (FOLDER / f"sample-{name}.safetensors").read_bytes()
    length = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    found = {}
    for key, told in header.items():
        if key != "__metadata__":
            start, end = told["data_offsets"]
            raw = np.frombuffer(body[start:end], _TYPES[told["dtype"]])
            found[key] = raw.reshape(told["shape"]).astype(np.float64)
    return found


def layer(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Return a layer's sums: a valid convolution, or a product of matrices."""
    if weight.ndim == 4:
        windows = sliding_window_view(x, weight.shape[2:], axis=(2, 3))
        sums = np.tensordot(windows, weight, axes=([1, 4, 5], [1, 2, 3]))
        return np.moveaxis(sums, 3, 1)
    sums = x.reshape(len(x), -1) @ weight.T
    return sums if bias is None else sums + bias


def pooled(x: Array) -> Array:
    count, channels, height, width = x.shape
    return x.reshape(count, channels, height // 2, 2, width // 2, 2).max(axis=(3, 5))


def run(
    x: Array,
    weights: Mapping[str, Array],
    bias: Array | None = None,
    multipliers: Mapping[str, float] | None = None,
    bits: int = 8,
) -> dict[str, Array]:
    """Return what every layer gives; with *multipliers*, in integers of that many *bits*."""
    given = {"input": x}
    edge = 2 ** (bits - 1)
    for name in LAYERS:
        x = layer(x, weights[name], bias if name == "fc3" else None)
        x = np.maximum(x, 0.0) if name != "fc3" else x
        x = pooled(x) if name.startswith("conv") else x
        x = x if multipliers is None else np.clip(np.rint(x * multipliers[name]), -edge, edge - 1)
        given[name] = x
    return given


class Lab:
    """One network, quantized as ``max-abs-127`` does it, with all that a report tells of it."""

    def __init__(self, name: str) -> None:
        tensors = read_checkpoint(name)
        data = open_sample()
        self.weights = {layer: tensors[f"{layer}.weight"] for layer in LAYERS}
        self.bias = tensors.get("fc3.bias")
        self.images = np.asarray(data.test.images) / 255.0 * 2.0 - 1.0
        self.labels = np.asarray(data.test.labels)
        training = data.train.draw(CALIBRATION, seed=0)
        pixels = np.asarray(training.images) / 255.0 * 2.0 - 1.0
        self.activations = run(pixels, self.weights, self.bias)
        self.n_w = {layer: 127.0 / np.abs(w).max() for layer, w in self.weights.items()}
        self.n_i = 127.0 / np.abs(self.activations["input"]).max()
        self.integers = {k: np.rint(w * self.n_w[k]) for k, w in self.weights.items()}
        self.factors, self.n_o = {}, {}
        factor = self.n_i
        for k in LAYERS:
            self.factors[k] = factor * self.n_w[k]
            self.n_o[k] = 127.0 / (np.abs(self.activations[k]).max() * self.factors[k])
            factor = self.factors[k] * self.n_o[k]

    def answers(self, *, quantized: bool) -> NDArray[np.int64]:
        if not quantized:
            return run(self.images, self.weights, self.bias)["fc3"].argmax(1)
        bias = None if self.bias is None else np.rint(self.bias * self.factors["fc3"])
        pixels = np.clip(np.rint(self.images * self.n_i), -128, 127)
        return run(pixels, self.integers, bias, self.n_o)["fc3"].argmax(1)

    def with_weights_alone(self) -> NDArray[np.int64]:
        return run(self.images, self.integers, self.bias)["fc3"].argmax(1)


@pytest.fixture(scope="module")
def plain() -> Lab:
    return Lab("Net")


@pytest.fixture(scope="module")
def biased() -> Lab:
    return Lab("NetWithBias")


@pytest.fixture(scope="module")
def extra(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the results file says of a plain right submission."""
    out = tmp_path_factory.mktemp("graded")
    file = load_case(SUBMISSIONS / "cs5120-2021" / "max-abs-127").write(out)
    command = [sys.executable, "-m", "grader.cli", "check", str(file), "--no-pdf", "--out", out]
    subprocess.run(
        [*command, "--edition", "cs5120-2021"], check=True, capture_output=True, timeout=300
    )
    (found,) = out.glob("*.json")
    told: dict[str, Any] = json.loads(found.read_text("utf-8"))["extra_data"]
    return told


def tensors_of(lab: Lab) -> dict[str, Array]:
    found = {f"{k}.weight": w for k, w in lab.weights.items()}
    return found | {
        k if k == "input" else f"{k}.activations": a for k, a in lab.activations.items()
    }


def test_ranges_and_shapes(extra: dict[str, Any], plain: Lab) -> None:
    """Ranges, means, deviations, moments, outliers, zeros and every bin of every histogram."""
    tensors = tensors_of(plain)

    assert [one["tensor"] for one in extra["ranges"]] == [*tensors]
    for told in extra["ranges"]:
        x = tensors[told["tensor"]].reshape(-1)
        mean, std = x.mean(), x.std()
        beyond = x < mean - 3 * std, x > mean + 3 * std
        z = (x - mean) / std
        expected = {
            "min": x.min(), "max": x.max(), "width": x.max() - x.min(), "mean": mean, "std": std,
            "sigma_min": mean - 3 * std, "sigma_max": mean + 3 * std, "sigma_width": 6 * std,
            "skewness": (z**3).mean(), "tail_weight": (z**4).mean() - 3,
        }  # fmt: skip
        for name, value in expected.items():
            assert told[name] == pytest.approx(value, rel=2e-4, abs=2e-5), (told["tensor"], name)
        assert told["numel"] == x.size
        # Values at a limit fall to either side of it in float32: a few in a million.
        for name, count in (("below", beyond[0].sum()), ("above", beyond[1].sum())):
            assert told[name] == pytest.approx(count, abs=3), (told["tensor"], name)
        assert told["zeros"] == pytest.approx((x == 0).sum(), abs=3)
        assert told["larger"] == ("three_sigma" if 6 * std > x.max() - x.min() else "actual")
        assert sum(told["histogram"]["counts"]) == x.size


def test_what_each_range_costs(extra: dict[str, Any], plain: Lab) -> None:
    """Error, its clipped part, SQNR and clipped share of both ranges, tensor by tensor."""
    tensors = tensors_of(plain)
    for told in extra["candidates"]:
        x = tensors[told["tensor"]].reshape(-1)
        sigma = max(abs(x.mean() - 3 * x.std()), abs(x.mean() + 3 * x.std()))
        for one, edge in zip(told["candidates"], (np.abs(x).max(), sigma), strict=True):
            step = edge / 127.0
            error = (x - step * np.clip(np.rint(x / step), -128, 127)) ** 2
            clipped = (x / step > 127.5) | (x / step < -128.5)
            assert one["step"] == pytest.approx(step, rel=1e-5)
            assert one["clipped_percent"] == pytest.approx(100 * clipped.mean(), abs=1e-3)
            assert one["clipping_mse"] == pytest.approx((error * clipped).mean(), rel=1e-2)
            if one["sqnr_db"] < 100:
                assert one["mse"] == pytest.approx(error.mean(), rel=1e-2)
                sqnr = 10 * math.log10((x**2).mean() / error.mean())
                assert one["sqnr_db"] == pytest.approx(sqnr, abs=0.05)


def test_scales_factors_and_landing_levels(extra: dict[str, Any], plain: Lab) -> None:
    """n_I, n_W, n_O, E and the counts of quantized weights, by the lab's equations."""
    assert extra["input_multiplier"] == pytest.approx(plain.n_i, rel=1e-6)
    told = {one["name"]: one for one in extra["layers"] if one["weights"]}

    assert [*told] == [*LAYERS]
    for name, one in told.items():
        assert one["weight_multiplier"] == pytest.approx(plain.n_w[name], rel=1e-6)
        assert one["output_multiplier"] == pytest.approx(plain.n_o[name], rel=1e-5)
        assert one["landing_level"] == pytest.approx(127.0, rel=1e-5)
        counts = np.bincount(plain.integers[name].astype(int).reshape(-1) + 128, minlength=256)
        assert np.abs(np.array(one["weight_counts"]) - counts).sum() <= 2  # a tie or two


def test_bias_and_its_factors(extra: dict[str, Any], biased: Lab) -> None:
    """A of the network with bias, and every value quantized by it."""
    factors, bias = extra["bias"]["factors"], biased.bias
    assert bias is not None

    assert factors["accumulated"] == pytest.approx(biased.factors["fc3"], rel=1e-5)
    assert factors["weights_only"] == pytest.approx(math.prod(biased.n_w.values()), rel=1e-5)
    logits = run(biased.images, biased.weights, bias)["fc3"]
    assert factors["logit_size"] == pytest.approx(logits.std(), rel=1e-4)
    for row, value in zip(extra["bias"]["values"], bias, strict=True):
        assert row["float"] == pytest.approx(value, rel=1e-6)
        assert row["expected"] == row["actual"] == np.rint(value * biased.factors["fc3"])


def test_every_accuracy(extra: dict[str, Any], plain: Lab, biased: Lab) -> None:
    """Correct images, losses, standard errors and agreeing images of every stage."""
    floats = {lab: lab.answers(quantized=False) for lab in (plain, biased)}
    stages = {
        "float": (plain, floats[plain]),
        "weights": (plain, plain.with_weights_alone()),
        "activations": (plain, plain.answers(quantized=True)),
        "bias_float": (biased, floats[biased]),
        "bias_unquantized": (biased, biased.with_weights_alone()),
        "bias": (biased, biased.answers(quantized=True)),
    }
    told = {one["stage"]: one for one in extra["accuracy_stages"]}

    assert told.keys() == stages.keys()
    for name, (lab, answers) in stages.items():
        right, before = answers == lab.labels, floats[lab] == lab.labels
        # Two equal logits, or a sum on a rounding tie, may fall the other way in float32.
        assert told[name]["correct"] == pytest.approx(right.sum(), abs=2), name
        if told[name]["degradation"] is not None:
            lost, gained = (before & ~right).sum(), (~before & right).sum()
            n = len(right)
            error = 100 * math.sqrt(lost + gained - (lost - gained) ** 2 / n) / n
            assert told[name]["degradation"] == pytest.approx(100 * (lost - gained) / n, abs=0.1)
            assert told[name]["standard_error"] == pytest.approx(error, abs=0.03)
            assert told[name]["agreeing"] == pytest.approx((answers == floats[lab]).sum(), abs=2)


def test_both_confusion_matrices(extra: dict[str, Any], plain: Lab) -> None:
    """Images by true and by answered class."""
    for name, quantized in (("float", False), ("quantized", True)):
        answers = plain.answers(quantized=quantized)
        counts = np.bincount(plain.labels * 10 + answers, minlength=100).reshape(10, 10)
        assert np.abs(np.array(extra["confusion"][name]) - counts).sum() <= 4


def test_the_accuracy_over_a_three_sigma_range(extra: dict[str, Any], plain: Lab) -> None:
    """One tensor clipped to its 3-sigma range, all others as they are: conv1's activations."""
    told = next(one for one in extra["candidates"] if one["tensor"] == "conv1.activations")
    x = plain.activations["conv1"]
    changed = dict(plain.n_o)
    edge = x.mean() + 3 * x.std()
    changed["conv1"] = 127.0 / (edge * plain.factors["conv1"])
    # The next layer's sums grow with its input: its own multiplier shrinks as much.
    changed["conv2"] = plain.n_o["conv2"] * plain.n_o["conv1"] / changed["conv1"]
    pixels = np.clip(np.rint(plain.images * plain.n_i), -128, 127)
    answers = run(pixels, plain.integers, None, changed)["fc3"].argmax(1)

    percent = 100 * (answers == plain.labels).mean()
    assert told["accuracy"]["three_sigma_percent"] == pytest.approx(percent, abs=0.1)


@pytest.mark.parametrize("bits", [4, 7])
@pytest.mark.parametrize("power_of_two", [False, True])
def test_the_accuracy_of_fewer_bits(
    extra: dict[str, Any], plain: Lab, bits: int, *, power_of_two: bool
) -> None:
    """Every step is a tensor's largest magnitude over the edge, or the next power of two."""
    edge = 2 ** (bits - 1)

    def step(x: Array) -> float:
        exact = np.abs(x).max() / (edge - 1)
        return float(2.0 ** math.ceil(math.log2(exact)) if power_of_two else exact)

    def integers(x: Array, by: float) -> Array:
        return np.clip(np.rint(x / by), -edge, edge - 1)

    entering = first = step(plain.activations["input"])
    weights, multipliers = {}, {}
    for name in LAYERS:
        s_w, s_o = step(plain.weights[name]), step(plain.activations[name])
        weights[name] = integers(plain.weights[name], s_w)
        multipliers[name] = s_w * entering / s_o
        entering = s_o
    pixels = integers(plain.images, first)
    answers = run(pixels, weights, None, multipliers, bits)["fc3"].argmax(1)

    (told,) = (one for one in extra["bit_widths"] if one["bits"] == bits)
    percent = 100 * (answers == plain.labels).mean()
    # Few levels make many ties between the largest logits.
    key = "power_of_two_percent" if power_of_two else "percent"
    assert told[key] == pytest.approx(percent, abs=0.15)


def test_sizes_of_the_network(extra: dict[str, Any], plain: Lab) -> None:
    """Weights and multiply-adds of an image, counted from the shapes of the tensors."""
    told = {one["name"]: one for one in extra["layers"] if one["weights"]}
    # A filter of the convolutions is laid on 28 x 28 and 10 x 10 places.
    places = {"conv1": 28 * 28, "conv2": 10 * 10}

    for name, weight in plain.weights.items():
        assert told[name]["weights"] == weight.size
        assert told[name]["multiply_adds"] == weight.size * places.get(name, 1)
