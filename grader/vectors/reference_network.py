"""The reference's own network of an edition, in integers, and the images that it is tested on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from grader.baseline.networks import calibration_images, trained_network
from grader.border.conventions import Floats
from grader.editions.loader import Edition
from grader.tasks.exported_parameters.kind import layout_of
from grader.vectors.integer_parameters import IntegerParameters, VectorsError, of_quantized_network
from reference.calibration import collect_activations
from reference.datasets import Data
from reference.integer_network import quantize_network


def reference_parameters(edition: Edition, data: Data, images: int) -> IntegerParameters:
    """
    Return the reference's network with a bias, quantized by the edition's scheme.

    Raise CheckpointError where no network was trained on the data.
    """
    table = edition.file.data
    network = trained_network(edition, data, edition.bias_network)
    chosen = calibration_images(edition, data)
    seen = collect_activations(network, chosen.normalized(mean=table.mean, std=table.std))
    quantized = quantize_network(network, seen, edition.scheme)
    return of_quantized_network(quantized, replace(layout_of(edition), images=images))


def first_images(edition: Edition, data: Data, count: int) -> Floats:
    """Return the first test images, normalised, a row each; raise VectorsError for too few."""
    if count > len(data.test):
        msg = f"{data.title} has only {len(data.test)} test images; ask for fewer than {count}"
        raise VectorsError(msg)
    table = edition.file.data
    pixels = data.test.normalized(slice(0, count), mean=table.mean, std=table.std)
    return np.asarray(pixels.flatten(1).numpy(), dtype=np.float64)
