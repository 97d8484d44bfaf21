"""The lab's training recipe, on images that are in memory and already normalised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from reference.evaluation import Classifier, accuracy, predict
from reference.network import Network, build_network
from reference.spec import NetworkSpec

Progress = Callable[[int, int], None]
"""Called with how many are done, and of how many."""

PROGRESS_STEPS = 500


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """
    How a network is trained; the defaults are those of the CIFAR-10 handouts.

    The loss "cross_entropy" takes logits, "negative_log_likelihood" probabilities.
    """

    optimizer: Literal["sgd", "adam"] = "sgd"
    learning_rate: float = 0.001
    momentum: float = 0.9
    batch_size: int = 4
    epochs: int = 2
    loss: Literal["cross_entropy", "negative_log_likelihood"] = "cross_entropy"
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
    network, batches = begin(spec, len(images), recipe)
    run_batches(network, images, labels, batches, recipe, on_progress=on_progress)
    return network


def begin(spec: NetworkSpec, count: int, recipe: Recipe) -> tuple[Network, list[Tensor]]:
    """Return the untrained network, and the indices of *count* images batch by batch."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network = build_network(spec)
        orders = [torch.randperm(count) for _ in range(recipe.epochs)]
    return network, [batch for order in orders for batch in torch.split(order, recipe.batch_size)]


def run_batches(  # noqa: PLR0913  what is trained, on what, in which order, how
    module: nn.Module,
    images: Tensor,
    labels: Tensor,
    batches: Sequence[Tensor],
    recipe: Recipe,
    *,
    on_progress: Progress | None = None,
) -> None:
    """Train *module* in place on *batches* of indices into *images* and *labels*."""
    optimizer = _optimizer(module, recipe)
    for step, batch in enumerate(batches, start=1):
        optimizer.zero_grad()
        loss = _loss(module(images[batch]), labels[batch], recipe)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if on_progress is not None and (step % PROGRESS_STEPS == 0 or step == len(batches)):
            on_progress(step, len(batches))


def test(network: Classifier, images: Tensor, labels: Tensor) -> float:
    """Return the percentage of *images* that *network* puts into the right class."""
    return accuracy(predict(network, images), labels)


def _optimizer(module: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    if recipe.optimizer == "adam":
        return torch.optim.Adam(module.parameters(), lr=recipe.learning_rate)
    return torch.optim.SGD(module.parameters(), lr=recipe.learning_rate, momentum=recipe.momentum)


def _loss(outputs: Tensor, labels: Tensor, recipe: Recipe) -> Tensor:
    if recipe.loss == "cross_entropy":
        return functional.cross_entropy(outputs, labels)
    smallest = torch.finfo(outputs.dtype).tiny  # its logarithm is still finite
    return functional.nll_loss(outputs.clamp_min(smallest).log(), labels)
