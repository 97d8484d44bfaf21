"""Accuracies that the parent computes by itself, and what a stage loses against another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from grader.baseline.chain import Chain
from grader.baseline.loss import Agreement, Loss
from grader.baseline.networks import Baseline, NetworkBaseline
from grader.baseline.prediction_cache import fingerprint
from grader.baseline.quantized import QuantizedNumbers
from grader.border.conventions import Floats, Predictions
from grader.measurements import StageAccuracy
from grader.words.message import Message
from reference.datasets import normalize
from reference.equations.requantize import fixed_point_multiplier, reciprocal_divisor
from reference.evaluation import paired_degradation, predict
from reference.integer_network import IntegerNetwork
from reference.network import Network, bias_of, build_network, weight_of
from reference.spec import NetworkSpec, QuantScheme, Rounding

AGREEMENT_IMAGES = 1000


@dataclass(frozen=True)
class LabelledImages:
    """The test images with their labels, which never leave this process."""

    baseline: Baseline
    scheme: QuantScheme

    @cached_property
    def images(self) -> Tensor:
        """Return all test images, normalised, float32 of shape (N, C, H, W)."""
        return normalized(self.baseline, len(self.baseline.labels))

    def with_weights(self, network: NetworkBaseline, weights: Mapping[str, Floats]) -> Predictions:
        """Return the float network's predictions with other weights, its bias left as it is."""
        numbers = {f"{name}.weight": array for name, array in weights.items()}
        numbers |= {f"{name}.bias": array for name, array in network.bias.items()}
        return self.baseline.recall(
            fingerprint(numbers, network.spec),
            lambda: _numpy(predict(float_network(network, weights), self.images)),
        )

    def integers(self, chain: Chain, bias: Mapping[str, Floats] | None = None) -> Predictions:
        """Return the predictions of the exact integer network of a chain."""
        return self.exact(chain.network.spec, replace(chain.numbers, bias=bias), self.scheme)

    def exact(
        self, spec: NetworkSpec, numbers: QuantizedNumbers, scheme: QuantScheme
    ) -> Predictions:
        """Return the predictions of the exact integer network of *numbers* under *scheme*."""
        network = integer_network(spec, numbers, scheme)  # raises where sums are not exact
        return self.baseline.recall(
            numbers.fingerprint(spec, scheme),
            lambda: _numpy(predict(network, self.images)),
        )

    def agreement(self, chain: Chain, layer: str, right: Floats, actual: Floats) -> Agreement:
        """
        Return how often two quantized biases of *layer*, the last, lead to the same prediction.

        Both stand on the chain's own integers, whose losses are judged elsewhere. The sums are
        compared before they are scaled down, where a large bias would only clip.
        """
        count = min(AGREEMENT_IMAGES, len(self.baseline.labels))
        images = normalized(self.baseline, count)
        trace = integer_network(chain.network.spec, chain.numbers, self.scheme).trace(images)
        sums = trace.accumulators[layer].to(torch.float64)
        expected, found = ((sums + torch.tensor(b)).argmax(1) for b in (right, actual))
        return Agreement(agreeing=int((expected == found).sum()), images=len(images))

    def loss(
        self, predictions: Predictions, yardstick: Predictions, against: Message | None
    ) -> Loss:
        """Return what *predictions* lose in accuracy against *yardstick*, image by image."""
        pair = (torch.tensor(yardstick), torch.tensor(predictions))
        found = paired_degradation(*pair, torch.tensor(self.baseline.labels))
        return Loss(points=found.points, standard_error=found.standard_error, against=against)

    def stage(  # noqa: PLR0913  one rung is these things
        self,
        stage: str,
        title: str,
        predictions: Predictions,
        yardstick: Predictions | None,
        *,
        source: str = "student",
        note: Message | None = None,
        substituted: tuple[str, ...] = (),
    ) -> StageAccuracy:
        """Return a rung of the ladder; *yardstick* are the float network's predictions."""
        loss = None if yardstick is None else self.loss(predictions, yardstick, None)
        return StageAccuracy(
            stage=stage,
            title=title,
            correct=int((predictions == self.baseline.labels).sum()),
            images=len(self.baseline.labels),
            degradation=None if loss is None else loss.points,
            standard_error=None if loss is None else loss.standard_error,
            source=source,
            note=note,
            substituted=substituted,
            agreeing=None if yardstick is None else int((predictions == yardstick).sum()),
        )


def normalized(baseline: Baseline, count: int) -> Tensor:
    """Return the first *count* test images as torchvision's ToTensor and Normalize make them."""
    return drawn(baseline, range(count))


def drawn(baseline: Baseline, indices: Sequence[int]) -> Tensor:
    """Return the test images at *indices* as torchvision's ToTensor and Normalize make them."""
    every = np.load(baseline.images.path, mmap_mode="r")
    return normalize(every[[*indices]], mean=baseline.images.mean, std=baseline.images.std)


def float_network(network: NetworkBaseline, weights: Mapping[str, Floats]) -> Network:
    """Return the float network with the given weights and its own bias."""
    built = build_network(network.spec)
    with torch.no_grad():
        for layer in network.spec.weighted_layers:
            weight_of(built, layer).copy_(torch.tensor(weights[layer.name]))
            bias = bias_of(built, layer)
            if bias is not None:
                bias.copy_(torch.tensor(network.bias[layer.name]))
    return built.eval()


def integer_network(
    spec: NetworkSpec, numbers: QuantizedNumbers, scheme: QuantScheme
) -> IntegerNetwork:
    """
    Return the exact integer network of the given numbers.

    A bias that is not rounded is added in floats, as a student's own layer adds it.
    """
    bias = {name: torch.tensor(b) for name, b in (numbers.bias or {}).items()}
    multipliers = numbers.multipliers
    if scheme.in_integers and not all(torch.equal(b, b.round()) for b in bias.values()):
        multipliers = {name: _as_float(m, scheme) for name, m in multipliers.items()}
        scheme = _in_floats(scheme)
    return IntegerNetwork(
        spec,
        weights={name: torch.tensor(w) for name, w in numbers.weights.items()},
        multipliers=multipliers,
        input_multiplier=numbers.input_multiplier,
        bias=bias,
        scheme=scheme,
    )


def _as_float(multiplier: float, scheme: QuantScheme) -> float:
    """Return what a scheme of integers multiplies a sum by, before rounding."""
    if scheme.fraction_bits is None:
        return 1.0 / reciprocal_divisor(multiplier)
    return fixed_point_multiplier(multiplier, scheme.fraction_bits) / 2.0**scheme.fraction_bits


def _in_floats(scheme: QuantScheme) -> QuantScheme:
    rounding = Rounding.FLOOR if scheme.divides else scheme.shift_rounding
    return replace(scheme, fraction_bits=None, divides=False, rounding=rounding)


def _numpy(predictions: Tensor) -> Predictions:
    return predictions.numpy().astype(np.int64)
