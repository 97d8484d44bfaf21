"""
Trained networks: ``<data>-<network>.safetensors``, each with a card that tells how.

Networks of the same name that differ lie in folders of their own; a folder is part of the key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save

from reference.fake_quantized import FakeQuantizedNetwork
from reference.network import Network, build_network
from reference.spec import NetworkSpec
from reference.training import Recipe

FOLDER = Path(__file__).parent


class CheckpointError(Exception):
    """A checkpoint is missing, or is not of the network asked for."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a checkpoint was made from, and how good it is."""

    data: str
    network: str
    recipe: Recipe
    mean: tuple[float, ...]
    std: tuple[float, ...]
    training_images: int
    test_images: int
    test_accuracy: float


def load_checkpoint(data: str, spec: NetworkSpec, folder: Path = FOLDER) -> Network:
    """
    Return the trained network *spec* for the data set *data* (``"cifar10"``, ``"sample"``).

    Raise CheckpointError where there is none, or where its weights have other names or shapes.
    """
    network = build_network(spec)
    with _telling(data, spec, folder) as path:
        network.load_state_dict(load_file(path))
    return network.eval()


def load_fake_quantized(
    data: str, spec: NetworkSpec, folder: Path = FOLDER
) -> FakeQuantizedNetwork:
    """
    Return the network *spec* that was trained with fake quantization, and its steps.

    Raise CheckpointError as ``load_checkpoint`` does.
    """
    with _telling(data, spec, folder) as path:
        return FakeQuantizedNetwork.from_state(spec, load_file(path))


@contextmanager
def _telling(data: str, spec: NetworkSpec, folder: Path) -> Iterator[Path]:
    """Give a checkpoint's path; say what is wrong where it is missing or misfits."""
    path = weights_path(data, spec.name, folder)
    try:
        yield path
    except FileNotFoundError:
        has = ", ".join(sorted(file.stem for file in folder.glob("*.safetensors"))) or "none"
        msg = (
            f"{folder}: no checkpoint {path.stem!r} (found: {has}); "
            "make it with python -m reference.train_checkpoints"
        )
        raise CheckpointError(msg) from None
    except RuntimeError as error:
        msg = f"{path}: the weights do not fit network {spec.name!r}: {error}"
        raise CheckpointError(msg) from None


def load_card(data: str, network: str, folder: Path = FOLDER) -> Card:
    """Return the card beside a checkpoint; raise CheckpointError where there is none."""
    path = weights_path(data, network, folder).with_suffix(".json")
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        msg = f"{path}: the checkpoint's card is missing"
        raise CheckpointError(msg) from None
    fields["recipe"] = Recipe(**fields["recipe"])
    fields["mean"], fields["std"] = tuple(fields["mean"]), tuple(fields["std"])
    return Card(**fields)


def save_checkpoint(
    network: Network | FakeQuantizedNetwork, card: Card, folder: Path = FOLDER
) -> Path:
    """Write the weights and the card of *network*; return the weights' path."""
    path = weights_path(card.data, card.network, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    state = network.state_dict() if isinstance(network, Network) else network.state()
    path.write_bytes(save({key: value.detach() for key, value in state.items()}))
    text = json.dumps(asdict(card), indent=2)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    return path


def weights_path(data: str, network: str, folder: Path = FOLDER) -> Path:
    """Return where the weights of *network*, trained on *data*, are kept."""
    return folder / f"{data}-{network}.safetensors"
