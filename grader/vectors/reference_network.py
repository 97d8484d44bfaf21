"""The reference's own networks of an edition, in integers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from grader.baseline.networks import calibration_images, checkpoints_of, trained_network
from grader.editions.loader import Edition, edition_ids, load_edition
from grader.tasks.exported_parameters.kind import layout_of
from grader.vectors.integer_parameters import IntegerParameters, VectorsError, of_quantized_network
from reference.calibration import collect_activations
from reference.checkpoints import load_fake_quantized
from reference.datasets import Data
from reference.fake_quantized import FakeQuantizedNetwork
from reference.integer_network import QuantizedNetwork, quantize_network
from reference.training.plans import quantized_spec


def reference_parameters(
    edition: Edition, data: Data, images: int, network: str = "ptq"
) -> IntegerParameters:
    """
    Return the reference's network with a bias, one of ``NETWORKS``, in fixed point.

    Raise CheckpointError where no network was trained on the data, VectorsError where the edition
    trains no such network.
    """
    quantized = NETWORKS[network](edition, data)
    return of_quantized_network(quantized, replace(layout_of(edition), images=images))


def quantized_after_training(edition: Edition, data: Data) -> QuantizedNetwork:
    """Return the float network, quantized by the edition's scheme."""
    table = edition.file.data
    network = trained_network(edition, data, edition.bias_network)
    chosen = calibration_images(edition, data)
    seen = collect_activations(network, chosen.normalized(mean=table.mean, std=table.std))
    return quantize_network(network, seen, edition.scheme)


def trained_quantized(edition: Edition, data: Data) -> QuantizedNetwork:
    """Return the network that was trained with fake quantization, by the steps it learnt."""
    return trained_network_of(edition, data).quantized()


def trained_network_of(edition: Edition, data: Data) -> FakeQuantizedNetwork:
    """Return the edition's network that was trained with fake quantization; raise VectorsError."""
    if not edition.file.training.quantized_epochs:
        every = [load_edition(name) for name in edition_ids()]
        having = ", ".join(one.id for one in every if one.file.training.quantized_epochs)
        msg = (
            f"{edition.id} has no network that is trained with fake quantization (found in:"
            f" {having or 'no edition'}); choose such an --edition, or --network ptq"
        )
        raise VectorsError(msg)
    spec = quantized_spec(edition.bias_network)
    return load_fake_quantized(data.name, spec, checkpoints_of(edition))


NETWORKS: Mapping[str, Callable[[Edition, Data], QuantizedNetwork]] = {
    "ptq": quantized_after_training,
    "qat": trained_quantized,
}
"""How the reference's networks are made: quantized after training, or trained quantized."""
