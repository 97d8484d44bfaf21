"""Training by the lab's recipe, and keeping what was trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from reference import training
from reference.checkpoints import CheckpointError, load_card, load_checkpoint
from reference.datasets import Data
from reference.network import LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS, build_network
from reference.spec import LayerKind, LayerSpec, NetworkSpec
from reference.train_checkpoints import make_checkpoint
from reference.training import Recipe
from reference.training.plans import PLANS, Training
from tests.reference.conftest import NORMAL


@pytest.fixture(scope="module")
def few(sample: Data) -> tuple[torch.Tensor, torch.Tensor]:
    chosen = sample.train.draw(200)
    return chosen.normalized(**NORMAL), chosen.targets


def test_training_is_the_handouts_loop(few: tuple[torch.Tensor, torch.Tensor]) -> None:
    """One epoch equals SGD with momentum written out by hand, from the same start and order."""
    images, labels = few
    recipe = Recipe(epochs=1, seed=3)
    trained = training.train(LENET_CIFAR10, images, labels, recipe)

    torch.manual_seed(3)
    expected = build_network(LENET_CIFAR10)
    speed = [torch.zeros_like(p) for p in expected.parameters()]
    for batch in torch.randperm(200).split(4):
        expected.zero_grad()
        chances = expected(images[batch]).log_softmax(1)
        (-chances[torch.arange(4), labels[batch]].mean()).backward()
        with torch.no_grad():
            for p, v in zip(expected.parameters(), speed, strict=True):
                v.mul_(0.9).add_(p.grad)
                p.sub_(0.001 * v)
    for actual, wanted in zip(trained.parameters(), expected.parameters(), strict=True):
        assert torch.allclose(actual, wanted, atol=1e-5)


def test_the_callers_random_state_is_kept(few: tuple[torch.Tensor, torch.Tensor]) -> None:
    """Training draws from a generator of its own seed."""
    before = torch.get_rng_state()
    training.train(LENET_CIFAR10, few[0][:8], few[1][:8], Recipe())

    assert torch.equal(torch.get_rng_state(), before)


def test_progress_ends_at_the_end(few: tuple[torch.Tensor, torch.Tensor]) -> None:
    """The last call says that all of two epochs' batches are done."""
    calls: list[tuple[int, int]] = []
    training.train(
        LENET_CIFAR10, *few, Recipe(), on_progress=lambda done, n: calls.append((done, n))
    )

    assert calls[-1] == (100, 100)


def test_adam_learns_too(few: tuple[torch.Tensor, torch.Tensor]) -> None:
    """Twenty epochs of Adam fit 200 images better than the most frequent class does."""
    recipe = Recipe(optimizer="adam", epochs=20, batch_size=10)
    network = training.train(LENET_CIFAR10, *few, recipe)

    most_frequent = 100 * few[1].bincount().max().item() / 200
    assert training.test(network, *few) > most_frequent + 20


def test_a_checkpoint_comes_back_as_it_was_made(sample: Data, tmp_path: Path) -> None:
    """What was saved loads with the same accuracy, and its card tells the recipe."""
    small = replace(sample, is_sample=False, train=sample.train.draw(40))
    chosen = Training(spec=LENET_CIFAR10, recipe=Recipe(epochs=1, seed=9))
    card = make_checkpoint(small, PLANS["cifar10"], chosen, tmp_path)

    network = load_checkpoint("sample", LENET_CIFAR10, tmp_path)
    images = sample.test.normalized(**NORMAL)
    assert training.test(network, images, sample.test.targets) == card.test_accuracy
    assert load_card("sample", "Net", tmp_path) == card
    assert card.recipe.seed == 9


@pytest.mark.parametrize("spec", [LENET_CIFAR10, LENET_CIFAR10_WITH_BIAS], ids=lambda s: s.name)
def test_the_samples_cards_tell_the_truth(spec: NetworkSpec, sample: Data) -> None:
    """The committed checkpoints reach the accuracy that their cards state."""
    network = load_checkpoint("sample", spec)
    measured = training.test(network, sample.test.normalized(**NORMAL), sample.test.targets)

    # Another CPU may round a logit differently: a few of 2,000 images.
    assert measured == pytest.approx(load_card("sample", spec.name).test_accuracy, abs=0.3)


def test_a_missing_checkpoint_says_which_there_are(tmp_path: Path) -> None:
    """The message names what is missing and how to make it."""
    with pytest.raises(CheckpointError, match=r"no checkpoint 'mnist-Net' \(found: none\)"):
        load_checkpoint("mnist", LENET_CIFAR10, tmp_path)


def test_a_checkpoint_of_another_network_is_refused() -> None:
    """Weights without a bias do not load into a network with one."""
    spec = replace(LENET_CIFAR10_WITH_BIAS, name="Net")

    with pytest.raises(CheckpointError, match="the weights do not fit network 'Net'"):
        load_checkpoint("sample", spec)


def test_a_missing_card_is_told(tmp_path: Path) -> None:
    """The message names the card's path."""
    with pytest.raises(CheckpointError, match=r"mnist-Net\.json: the checkpoint's card"):
        load_card("mnist", "Net", tmp_path)


def test_the_loss_of_probabilities_is_that_of_logits() -> None:
    """A network that ends in a softmax learns as one of bare logits does by cross-entropy."""
    plain = NetworkSpec(
        name="Logits",
        input_shape=(1, 2, 2),
        layers=(
            LayerSpec(
                name="fc", kind=LayerKind.LINEAR, module="fc", in_features=4, out_features=3
            ),
        ),
    )
    softmax = LayerSpec(name="softmax", kind=LayerKind.SOFTMAX, module="softmax")
    ending = replace(plain, layers=(*plain.layers, softmax))
    images, labels = torch.rand(30, 1, 2, 2), torch.arange(30) % 3
    common = Recipe(optimizer="adam", learning_rate=0.1, epochs=3)

    one = training.train(plain, images, labels, common)
    other = training.train(ending, images, labels, replace(common, loss="negative_log_likelihood"))
    assert torch.allclose(one(images).softmax(1), other(images), atol=1e-5)


def test_a_class_held_impossible_has_a_finite_loss() -> None:
    """A probability that float32 rounds to 0 does not end the training."""
    spec = NetworkSpec(
        name="Sure",
        input_shape=(1, 1, 1),
        layers=(
            LayerSpec(
                name="fc", kind=LayerKind.LINEAR, module="fc", in_features=1, out_features=2
            ),
            LayerSpec(name="softmax", kind=LayerKind.SOFTMAX, module="softmax"),
        ),
    )
    images, labels = 1e6 * torch.ones(8, 1, 1, 1), torch.arange(8) % 2
    network = training.train(
        spec, images, labels, Recipe(loss="negative_log_likelihood", learning_rate=1e-12)
    )

    assert all(parameter.isfinite().all() for parameter in network.parameters())
