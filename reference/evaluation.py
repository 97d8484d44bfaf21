"""How well a network does, and how much of it quantization costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

BATCH_SIZE = 500
"""Measured on LeNet with one thread: 250 to 500 images are fastest, 1,000 and more slower."""

Classifier = Callable[[Tensor], Tensor]
"""A float network or an integer one: images to one row of logits each."""


@dataclass(frozen=True, kw_only=True)
class Degradation:
    """
    What accuracy a change to a network costs, on the same images, in percentage points.

    ``lost`` images only the unchanged network got right, ``gained`` ones only the changed one.
    """

    images: int
    lost: int
    gained: int

    @property
    def points(self) -> float:
        """Return ``100 (lost - gained) / images``; negative where the change helped."""
        return 100.0 * (self.lost - self.gained) / self.images

    @property
    def standard_error(self) -> float:
        """Return ``100 sqrt(b + c - (b - c)^2 / n) / n``, b lost and c gained (McNemar)."""
        discordant, difference = self.lost + self.gained, self.lost - self.gained
        return 100.0 * math.sqrt(discordant - difference**2 / self.images) / self.images


def logits(network: Classifier, images: Tensor, *, batch_size: int = BATCH_SIZE) -> Tensor:
    """Return the network's output for all *images*, float32 of shape (images, classes)."""
    with torch.inference_mode():
        batches = torch.split(images, batch_size)
        outputs = [network(b.contiguous(memory_format=torch.channels_last)) for b in batches]
    return torch.cat(outputs)


def predict(network: Classifier, images: Tensor, *, batch_size: int = BATCH_SIZE) -> Tensor:
    """Return the class of the largest logit of each image, int64 of shape (images,)."""
    return logits(network, images, batch_size=batch_size).argmax(dim=1)


def accuracy(predictions: Tensor, labels: Tensor) -> float:
    """Return the percentage of *predictions* that equal *labels*."""
    return 100.0 * float((predictions == labels).sum()) / len(labels)


def paired_degradation(
    reference_predictions: Tensor, predictions: Tensor, labels: Tensor
) -> Degradation:
    """Return how much worse *predictions* are than *reference_predictions*, image by image."""
    before, after = reference_predictions == labels, predictions == labels
    return Degradation(
        images=len(labels),
        lost=int((before & ~after).sum()),
        gained=int((~before & after).sum()),
    )
