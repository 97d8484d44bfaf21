"""Which networks are trained for a lab, on what data and how: as Python, or from a TOML file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reference.checkpoints import FOLDER
from reference.lenet5 import LENET5, LENET5_WITH_BIAS, Difference, as_of_1998
from reference.network import LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS
from reference.spec import NetworkSpec
from reference.training.recipe import Recipe

# Softmax is in the loss of a network without it, so it is no training of its own.
LEARNT_1998 = (Difference.SIGMOID, Difference.AVERAGE_POOLING)


@dataclass(frozen=True, kw_only=True)
class Training:
    """One network to train; *quantized* with fake quantization."""

    spec: NetworkSpec
    recipe: Recipe
    quantized: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """
    A lab's data set, how its pixels are normalised, and its networks.

    Their checkpoints lie in *folder*.
    """

    data: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    trainings: tuple[Training, ...]
    folder: Path = FOLDER

    def of_network(self, name: str) -> Plan:
        """Return the same plan with the one network of that name; none where it has no such."""
        trainings = tuple(x for x in self.trainings if x.spec.name == name)
        return replace(self, trainings=trainings)

    def with_seed(self, seed: int) -> Plan:
        """Return the same plan with other first weights and another order of the images."""
        trainings = (replace(x, recipe=replace(x.recipe, seed=seed)) for x in self.trainings)
        return replace(self, trainings=tuple(trainings))


def quantized_spec(biased: NetworkSpec) -> NetworkSpec:
    """Return *biased* under the name of its checkpoint with fake quantization."""
    return replace(biased, name="NetQAT")


def read_plan(path: Path) -> Plan:
    """
    Return the plan that a lab's TOML file describes by its tables data, network and training.

    ``[training]`` holds what ``plan_trainings`` takes by name.
    """
    lab = tomllib.loads(path.read_text(encoding="utf-8"))
    plain = NetworkSpec.from_table(lab["network"])
    biased = replace(
        plain.with_bias(*lab["network"]["bias_layers"]), name=lab["network"]["bias_network"]
    )
    data = lab["data"]
    return Plan(
        data=data["name"],
        mean=tuple(data["mean"]),
        std=tuple(data["std"]),
        trainings=plan_trainings(plain, biased, **lab.get("training", {})),
        folder=FOLDER / lab["network"].get("checkpoints", lab["id"]),
    )


def plan_trainings(
    plain: NetworkSpec,
    biased: NetworkSpec,
    *,
    quantized_epochs: int = 0,
    compare_1998: bool = False,
    **recipe: Any,
) -> tuple[Training, ...]:
    """
    Return the trainings of a lab's two networks by one *recipe*.

    Where *quantized_epochs* are given, the biased network is trained with fake quantization, too;
    with *compare_1998* the plain one with each difference of 1998 that changes what is learnt, and
    with all of them.
    """
    common = Recipe(**recipe)
    trainings = [Training(spec=plain, recipe=common), Training(spec=biased, recipe=common)]
    if quantized_epochs:
        longer = replace(common, epochs=quantized_epochs)
        trainings.append(Training(spec=quantized_spec(biased), recipe=longer, quantized=True))
    if compare_1998:
        changed = (as_of_1998(plain, one) for one in LEARNT_1998)
        trainings += [Training(spec=spec, recipe=common) for spec in changed]
        of_probabilities = replace(common, loss="negative_log_likelihood")
        trainings.append(Training(spec=as_of_1998(plain), recipe=of_probabilities))
    return tuple(trainings)


PLANS = {
    "cifar10": Plan(
        data="cifar10",
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        trainings=plan_trainings(LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS),
    ),
    "mnist": Plan(
        data="mnist",
        mean=(0.5,),
        std=(0.5,),
        trainings=plan_trainings(
            LENET5,
            LENET5_WITH_BIAS,
            optimizer="adam",
            batch_size=64,
            epochs=12,
            seed=4,  # of five, that whose networks reach what reports of the lab show
            quantized_epochs=8,
            compare_1998=True,
        ),
        folder=FOLDER / "lenet5",
    ),
}
"""The handouts' networks and recipes, by data set."""
