"""
What the reference's networks reach on the test images, for the comparisons that a sheet asks for.

Nothing here knows a submission. What needs a training of its own is read from its checkpoint, and
left out where none comes with the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from grader.comparisons import (
    Comparisons,
    LayerForm,
    LinearLayer,
    Of1998,
    Requantization,
    RequantizedLayer,
    Variant,
)
from reference.checkpoints import (
    Card,
    CheckpointError,
    load_card,
    load_checkpoint,
    load_fake_quantized,
)
from reference.datasets import Data
from reference.equations.ranges import Values
from reference.equations.requantize import (
    fixed_point_multiplier,
    quantize_input_by_divisor,
    reciprocal_divisor,
    requantize,
    requantize_fixed_point,
)
from reference.evaluation import BATCH_SIZE, logits, paired_degradation, predict
from reference.integer_network import IntegerNetwork, QuantizedNetwork, quantize_network
from reference.lenet5 import as_of_1998, covered_layer, linear_layer
from reference.network import Network
from reference.spec import LayerKind, LayerSpec, NetworkSpec, QuantScheme, Rounding
from reference.training.plans import LEARNT_1998, quantized_spec

TYPES = {
    LayerKind.CONV2D: "convolution {k}x{k}",
    LayerKind.LINEAR: "fully connected",
    LayerKind.MAX_POOL2D: "max pooling {k}x{k}",
    LayerKind.AVG_POOL2D: "average pooling {k}x{k}",
}
"""A layer's type in words; k is its kernel's size."""


@dataclass(frozen=True)
class Trained:
    """The trained networks of an edition on one data set, and what they are measured on."""

    data: Data
    folder: Path
    images: Tensor  # normalised test images
    labels: Tensor

    def network(self, spec: NetworkSpec) -> Network:
        """Return the network of *spec*; raise CheckpointError where there is none."""
        return load_checkpoint(self.data.name, spec, self.folder)

    def card(self, spec: NetworkSpec) -> Card:
        """Return how the network of *spec* was trained."""
        return load_card(self.data.name, spec.name, self.folder)

    def variant(
        self, name: str, predictions: Tensor, first: Tensor, card: Card | None = None
    ) -> Variant:
        """Return what *predictions* come to, beside those of the *first* of the group."""
        lost = paired_degradation(first, predictions, self.labels)
        is_first = predictions is first
        return Variant(
            name=name,
            correct=int((predictions == self.labels).sum()),
            images=len(self.labels),
            agreeing=int((predictions == first).sum()),
            degradation=None if is_first else lost.points,
            standard_error=None if is_first else lost.standard_error,
            training_images=card.training_images if card else None,
            epochs=card.recipe.epochs if card else None,
        )


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which comparisons an edition asks for beside those that any network allows."""

    of_1998: bool
    quantized_training: bool


def compare_networks(  # noqa: PLR0913  both networks, what calibrates them, how, and for what
    trained: Trained,
    plain: NetworkSpec,
    biased: NetworkSpec,
    *,
    calibration: Mapping[str, Mapping[str, Values]],
    scheme: QuantScheme,
    wanted: Wanted,
) -> Comparisons:
    """Return every comparison; *calibration* holds the activations of each network by its name."""
    seen = calibration[plain.name]
    return Comparisons(
        of_1998=compare_1998(trained, plain) if wanted.of_1998 else None,
        linear=compare_linear(trained, plain, seen, scheme),
        requantization=compare_requantization(trained, plain, seen, scheme),
        quantized_training=compare_training(trained, biased, calibration[biased.name], scheme)
        if wanted.quantized_training
        else (),
    )


def compare_1998(trained: Trained, spec: NetworkSpec) -> Of1998 | None:
    """Return the network of 1998 beside *spec*: each difference alone, and all together."""
    network, images = trained.network(spec), trained.images
    first = predict(network, images)
    # Softmax is monotonic and its loss is that of the bare logits: it needs no training.
    softmax = predict(lambda x: network(x).softmax(1), images)
    variants = [
        trained.variant("float", first, first, trained.card(spec)),
        trained.variant("softmax", softmax, first),
    ]
    changed = {one.value: as_of_1998(spec, one) for one in reversed(LEARNT_1998)}
    for name, other in {**changed, "all": as_of_1998(spec)}.items():
        try:
            predictions = predict(trained.network(other), images)
            variants.append(trained.variant(name, predictions, first, trained.card(other)))
        except CheckpointError:
            return None
    return Of1998(layers=_forms(as_of_1998(spec)), variants=tuple(variants))


def compare_linear(
    trained: Trained, spec: NetworkSpec, activations: Mapping[str, Values], scheme: QuantScheme
) -> LinearLayer | None:
    """Return the covered layer of *spec* beside a linear one, None where there is no such."""
    covered = covered_layer(spec)
    if covered is None:
        return None
    network = trained.network(spec)
    linear = linear_layer(network)
    scores, others = (logits(one, trained.images) for one in (network, linear))
    integers, equal = (
        logits(quantize_network(one, activations, scheme), trained.images)
        for one in (network, linear)
    )
    return LinearLayer(
        layer=covered.name,
        inputs=covered.in_features * covered.kernel**2,
        outputs=covered.out_features,
        weights=covered.weights,
        images=len(trained.labels),
        agreeing=int((scores.argmax(1) == others.argmax(1)).sum()),
        largest_difference=float((scores - others).abs().max()),
        largest_logit=float(scores.abs().max()),
        integers=integers.numel(),
        equal_integers=int((integers == equal).sum()),
    )


def compare_requantization(
    trained: Trained, spec: NetworkSpec, activations: Mapping[str, Values], scheme: QuantScheme
) -> Requantization | None:
    """Return each way of requantizing in integers, None where the multipliers are floats."""
    places = scheme.fraction_bits
    if places is None:
        return None
    network, images = trained.network(spec), trained.images
    schemes = {
        "nearest": replace(scheme, shift_rounding=Rounding.NEAREST),
        "floor": scheme,
        "divisor": replace(scheme, divides=True),
        "divisor_and_input": replace(scheme, divides=True, input_divides=True),
    }
    first = predict(network, images)
    variants = [trained.variant("float", first, first)]
    for name, one in schemes.items():
        predictions = predict(quantize_network(network, activations, one), images)
        variants.append(trained.variant(name, predictions, first))
    quantized = quantize_network(network, activations, scheme)
    return Requantization(
        fraction_bits=places,
        layers=_Sums(quantized, images, places).layers,
        input_levels=_input_levels(quantized, images),
        variants=tuple(variants),
    )


def compare_training(
    trained: Trained, spec: NetworkSpec, activations: Mapping[str, Values], scheme: QuantScheme
) -> tuple[Variant, ...]:
    """Return *spec* in float, quantized after training, and trained with fake quantization."""
    aware_spec = quantized_spec(spec)
    try:
        aware = load_fake_quantized(trained.data.name, aware_spec, trained.folder)
    except CheckpointError:
        return ()
    network, images = trained.network(spec), trained.images
    first = predict(network, images)
    after = predict(quantize_network(network, activations, scheme), images)
    card = trained.card(aware_spec)
    return (
        trained.variant("float", first, first, trained.card(spec)),
        trained.variant("ptq", after, first),
        trained.variant("qat", predict(aware, images), first, card),
        trained.variant("qat_integers", predict(aware.hardware_network(), images), first),
    )


@dataclass(frozen=True)
class _Sums:
    """The sums of a quantized network's layers on *images*, and what becomes of them."""

    network: QuantizedNetwork
    images: Tensor
    places: int

    @cached_property
    def layers(self) -> tuple[RequantizedLayer, ...]:
        largest = dict.fromkeys(self._multipliers, 0)
        changed, count = dict.fromkeys(largest, 0), dict.fromkeys(largest, 0)
        with torch.inference_mode():
            for batch in torch.split(self.images, BATCH_SIZE):
                sums = self.network.integer_network.trace(batch).accumulators
                for layer in self.network.spec.weighted_layers:
                    name = layer.name
                    met = sums[name].relu() if layer.relu else sums[name]
                    largest[name] = max(largest[name], int(met.abs().max()))
                    changed[name] += self._changed(name, met)
                    count[name] += met.numel()
        return tuple(
            self._layer(name, largest[name], 100.0 * changed[name] / count[name])
            for name in largest
        )

    @property
    def _multipliers(self) -> Mapping[str, float]:
        return {layer.name: layer.multiplier for layer in self.network.layers}

    def _changed(self, name: str, sums: Tensor) -> int:
        """Return how many outputs are other integers when rounded to the nearest."""
        fixed, scheme = fixed_point_multiplier(self._multipliers[name], self.places), self._scheme
        floor, nearest = (
            requantize_fixed_point(sums, fixed, scheme, self.places, rounding)
            for rounding in (Rounding.FLOOR, Rounding.NEAREST)
        )
        return int((floor != nearest).sum())

    @property
    def _scheme(self) -> QuantScheme:
        return self.network.scheme

    def _layer(self, name: str, largest: int, changed: float) -> RequantizedLayer:
        multiplier = self._multipliers[name]
        fixed = fixed_point_multiplier(multiplier, self.places)
        return RequantizedLayer(
            layer=name,
            multiplier=multiplier,
            fixed=fixed,
            divisor=reciprocal_divisor(multiplier),
            largest_sum=largest,
            product_bits=(largest * fixed).bit_length() + 1,
            rounded_up_percent=changed,
        )


def _input_levels(quantized: QuantizedNetwork, images: Tensor) -> float:
    """Return how far the input's integers by division are from those by multiplication."""
    network: IntegerNetwork = quantized.integer_network
    scheme, multiplier = network.scheme, network.input_multiplier
    multiplied = requantize(images, multiplier, scheme, scheme.input_rounding)
    divided = quantize_input_by_divisor(images, multiplier, scheme)
    return float((multiplied - divided).abs().max())


def _forms(spec: NetworkSpec) -> tuple[LayerForm, ...]:
    """Return the layers of *spec*, each with the function that follows it as its activation."""
    functions: dict[str, str] = {}
    layers: list[LayerSpec] = []
    for layer in spec.layers:
        if layer.has_weights or layer.pools:
            layers.append(layer)
        else:
            functions[layers[-1].name] = layer.kind.value
    return tuple(
        LayerForm(
            name=layer.name,
            type=TYPES[layer.kind].format(k=layer.kernel),
            activation=functions.get(layer.name, "ReLU" if layer.relu else ""),
        )
        for layer in layers
    )
