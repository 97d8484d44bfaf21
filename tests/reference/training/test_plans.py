"""What is trained for a lab, read from its own file."""

from __future__ import annotations

from pathlib import Path

from reference.checkpoints import FOLDER
from reference.lenet5 import LENET5, LENET5_WITH_BIAS, as_of_1998
from reference.network import LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS
from reference.training import Recipe
from reference.training.plans import PLANS, plan_trainings, read_plan

EDITION = Path(__file__).parents[3] / "grader" / "editions" / "cs5120-2021" / "edition.toml"

LAB = """
id = "lab-2031"
[data]
name = "mnist"
mean = [0.1307]
std = [0.3081]
calibration_images = 1
[network]
name = "Tiny"
input_shape = [1, 28, 28]
bias_network = "TinyWithBias"
bias_layers = ["fc"]
layers = [
  { name = "pool", kind = "max_pool2d", module = "pool", kernel = 4, stride = 4 },
  { name = "fc", kind = "linear", module = "fc", in_features = 49, out_features = 10 },
]
[training]
optimizer = "adam"
batch_size = 32
quantized_epochs = 3
"""


def test_an_editions_file_is_a_plan() -> None:
    """The tables of an edition give the networks that its checkpoints were trained as."""
    plan = read_plan(EDITION)

    assert [x.spec for x in plan.trainings] == [LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS]
    assert [x.recipe for x in plan.trainings] == [Recipe(), Recipe()]
    assert (plan.data, plan.mean, plan.folder) == ("cifar10", (0.5,) * 3, FOLDER / "cs5120-2021")


def test_a_files_training_table_is_the_recipe(tmp_path: Path) -> None:
    """Batch size, optimizer and the epochs with fake quantization are the file's."""
    (tmp_path / "lab.toml").write_text(LAB)
    plan = read_plan(tmp_path / "lab.toml")
    recipes = {x.spec.name: (x.recipe.batch_size, x.recipe.epochs) for x in plan.trainings}

    assert recipes == {"Tiny": (32, 2), "TinyWithBias": (32, 2), "NetQAT": (32, 3)}
    assert [x.quantized for x in plan.trainings] == [False, False, True]
    assert (plan.std, plan.folder.name) == ((0.3081,), "lab-2031")


def test_the_network_of_1998_is_trained_on_probabilities() -> None:
    """Its softmax is in the network, so the loss takes it from there."""
    *_, compared = plan_trainings(LENET5, LENET5_WITH_BIAS, compare_1998=True, epochs=7)

    assert compared.spec == as_of_1998(LENET5)
    assert (compared.recipe.loss, compared.recipe.epochs) == ("negative_log_likelihood", 7)


def test_what_is_learnt_otherwise_in_1998_is_trained_by_itself() -> None:
    """Sigmoid and average pooling have a network each, by the loss of the lab's own."""
    trainings = {x.spec.name: x for x in PLANS["mnist"].trainings}

    for name in ("Net1998Sigmoid", "Net1998AveragePooling"):
        assert trainings[name].recipe == trainings["Net"].recipe
    assert [x.spec.name for x in PLANS["mnist"].of_network("NetQAT").trainings] == ["NetQAT"]


def test_a_seed_is_every_recipes() -> None:
    """Another seed changes all trainings of a plan and nothing else."""
    plan = PLANS["mnist"].with_seed(11)

    assert {x.recipe.seed for x in plan.trainings} == {11}
    assert [x.spec for x in plan.trainings] == [x.spec for x in PLANS["mnist"].trainings]
