"""
Train the checkpoints that are kept in ``reference/checkpoints`` and write their cards.

``python -m reference.train_checkpoints`` trains on the embedded sample, with ``--data DIR`` on
the data set in that folder. The networks are those of a data set (``--name mnist``) or of a lab's
own file (``--lab edition.toml``).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from torch import Tensor

from reference.checkpoints import Card, save_checkpoint
from reference.datasets import Data, ImageSet, generated, open_data
from reference.fake_quantized import FakeQuantizedNetwork
from reference.network import Network
from reference.training import test, train
from reference.training.plans import PLANS, Plan, Training, read_plan

SAMPLE_TRAINING_IMAGES = 12_000
SAMPLE_TRAINING_SEED = 3


def main(arguments: list[str] | None = None) -> None:
    """Train a lab's networks on one data set."""
    parser = argparse.ArgumentParser(prog="reference.train_checkpoints", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the data set (default: the sample)")
    parser.add_argument("--name", choices=PLANS, default="cifar10", help="(default: %(default)s)")
    parser.add_argument("--lab", type=Path, help="TOML file with data, network and training")
    parser.add_argument("--cache", type=Path, default=Path("data/cache"))
    parser.add_argument("--out", type=Path, help="folder (default: the lab's checkpoints)")
    parser.add_argument("--network", help="one of the plan's alone (default: all)")
    parser.add_argument("--seed", type=int, help="(default: the plan's)")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    plan = read_plan(options.lab) if options.lab else PLANS[options.name]
    plan = plan if options.seed is None else plan.with_seed(options.seed)
    if options.network is not None:
        plan = _only(plan, options.network, parser)
    shape = plan.trainings[0].spec.input_shape
    data = open_data(options.data, plan.data, options.cache, shape=shape, on_progress=_show)
    for training in plan.trainings:
        card = make_checkpoint(data, plan, training, options.out or plan.folder)
        sys.stdout.write(f"{card.data}-{card.network}: {card.test_accuracy:.2f} %\n")


def _only(plan: Plan, network: str, parser: argparse.ArgumentParser) -> Plan:
    chosen = plan.of_network(network)
    if not chosen.trainings:
        known = ", ".join(x.spec.name for x in plan.trainings)
        parser.error(f"--network: the plan has no network {network!r} (there are {known})")
    return chosen


def make_checkpoint(data: Data, plan: Plan, training: Training, folder: Path) -> Card:
    """Train one of the networks of *plan* on *data*, save it with its card under *folder*."""
    chosen = training_set(data)
    images, tested = (x.normalized(mean=plan.mean, std=plan.std) for x in (chosen, data.test))
    network = run(training, images, chosen.targets)
    card = Card(
        data=data.name,
        network=training.spec.name,
        recipe=training.recipe,
        mean=plan.mean,
        std=plan.std,
        training_images=len(chosen),
        test_images=len(data.test),
        test_accuracy=test(network, tested, data.test.targets),
    )
    save_checkpoint(network, card, folder)
    return card


def run(training: Training, images: Tensor, labels: Tensor) -> Network | FakeQuantizedNetwork:
    """Return the network of *training*, trained on normalised *images*."""
    spec, recipe = training.spec, training.recipe
    if not training.quantized:
        return train(spec, images, labels, recipe, on_progress=_show)
    from reference.training.qat import train_quantized  # loads a large part of PyTorch

    return train_quantized(spec, images, labels, recipe, on_progress=_show)


def training_set(data: Data) -> ImageSet:
    """Return what is trained on: the training images, or more generated ones for the sample."""
    if data.is_sample:
        return generated(
            "training",
            SAMPLE_TRAINING_IMAGES,
            seed=SAMPLE_TRAINING_SEED,
            shape=data.train.images.shape[1:],
        )
    return data.train


def _show(done: int, total: int) -> None:
    sys.stderr.write(f"\r{done:,} of {total:,}" + ("\n" if done == total else ""))


if __name__ == "__main__":
    main()
