"""
Train the checkpoints that are kept in ``reference/checkpoints`` and write their cards.

``python -m reference.train_checkpoints`` trains on the embedded sample, with ``--data DIR`` on
the data set in that folder.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from reference.checkpoints import FOLDER, Card, save_checkpoint
from reference.datasets import SAMPLE, Data, ImageSet, generated, open_data
from reference.network import LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS
from reference.spec import NetworkSpec
from reference.training import Recipe, test, train

MEAN = STD = (0.5, 0.5, 0.5)
SAMPLE_TRAINING_IMAGES = 12_000
SAMPLE_TRAINING_SEED = 3


def main(arguments: list[str] | None = None) -> None:
    """Train both of the lab's networks on one data set."""
    parser = argparse.ArgumentParser(prog="reference.train_checkpoints", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the data set (default: the sample)")
    parser.add_argument("--name", default="cifar10", help="its name (default: %(default)s)")
    parser.add_argument("--cache", type=Path, default=Path("data/cache"))
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    name = SAMPLE if options.data is None else options.name
    data = open_data(options.data, name, options.cache, on_progress=_show)
    for spec in (LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS):
        card = make_checkpoint(data, spec, Recipe(seed=options.seed), options.out)
        sys.stdout.write(f"{card.data}-{card.network}: {card.test_accuracy:.2f} %\n")


def make_checkpoint(data: Data, spec: NetworkSpec, recipe: Recipe, folder: Path) -> Card:
    """Train *spec* on *data* by *recipe*, save it with its card under *folder*."""
    training = training_set(data)
    images = training.normalized(mean=MEAN, std=STD)
    network = train(spec, images, training.targets, recipe, on_progress=_show)
    card = Card(
        data=data.name,
        network=spec.name,
        recipe=recipe,
        mean=MEAN,
        std=STD,
        training_images=len(training),
        test_images=len(data.test),
        test_accuracy=test(network, data.test.normalized(mean=MEAN, std=STD), data.test.targets),
    )
    save_checkpoint(network, card, folder)
    return card


def training_set(data: Data) -> ImageSet:
    """Return what is trained on: the training images, or more generated ones for the sample."""
    if data.is_sample:
        shape = data.train.images.shape[1:]
        return generated(
            "training", SAMPLE_TRAINING_IMAGES, seed=SAMPLE_TRAINING_SEED, shape=shape
        )
    return data.train


def _show(done: int, total: int) -> None:
    sys.stderr.write(f"\r{done:,} of {total:,}" + ("\n" if done == total else ""))


if __name__ == "__main__":
    main()
