"""The lab's training recipe, on images that are in memory and already normalised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from reference.evaluation import accuracy, predict
from reference.network import Network, build_network
from reference.spec import NetworkSpec

Progress = Callable[[int, int], None]
"""Called with how many are done, and of how many."""

PROGRESS_STEPS = 500


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is trained; the defaults are the handout's."""

    optimizer: Literal["sgd", "adam"] = "sgd"
    learning_rate: float = 0.001
    momentum: float = 0.9
    batch_size: int = 4
    epochs: int = 2
    loss: Literal["cross_entropy"] = "cross_entropy"
    seed: int = 0


def train(
    spec: NetworkSpec,
    images: Tensor,
    labels: Tensor,
    recipe: Recipe,
    *,
    on_progress: Progress | None = None,
) -> Network:
    """
    Return a network of *spec* trained on float32 *images* and int64 *labels*.

    The seed fixes the first weights and the order of the images; the caller's random state is
    left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network = build_network(spec)
        orders = [torch.randperm(len(images)) for _ in range(recipe.epochs)]
    batches = [batch for order in orders for batch in torch.split(order, recipe.batch_size)]
    optimizer = _optimizer(network, recipe)
    for step, batch in enumerate(batches, start=1):
        optimizer.zero_grad()
        loss = functional.cross_entropy(network(images[batch]), labels[batch])
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if on_progress is not None and (step % PROGRESS_STEPS == 0 or step == len(batches)):
            on_progress(step, len(batches))
    return network


def test(network: Network, images: Tensor, labels: Tensor) -> float:
    """Return the percentage of *images* that *network* puts into the right class."""
    return accuracy(predict(network, images), labels)


def _optimizer(network: Network, recipe: Recipe) -> torch.optim.Optimizer:
    if recipe.optimizer == "adam":
        return torch.optim.Adam(network.parameters(), lr=recipe.learning_rate)
    return torch.optim.SGD(network.parameters(), lr=recipe.learning_rate, momentum=recipe.momentum)
