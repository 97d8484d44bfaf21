"""The tables of an edition's file that say what its network is, and how it is trained."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from grader.editions.strict import Strict
from reference.spec import LayerKind, LayerSpec, NetworkSpec


class LayerTable(Strict):
    """A layer, field for field a ``reference.spec.LayerSpec``."""

    name: str
    kind: LayerKind
    module: str
    in_features: int = 0
    out_features: int = 0
    kernel: int = 1
    stride: int = 1
    relu: bool = False
    relu_module: str | None = None


class NetworkTable(Strict):
    """The network, and its second form in which some layers have a bias."""

    name: str
    input_shape: tuple[int, int, int]
    bias_network: str
    bias_layers: tuple[str, ...]
    # Whether a layer's activations are kept after its pooling, or as the layer gives them.
    pooled_activations: bool = True
    # The module in front of the network where it is trained quantized: torch's QuantStub.
    quant_stub: str = ""
    checkpoints: str = ""  # folder of the trained networks, below reference/checkpoints
    layers: tuple[LayerTable, ...]

    def plain(self) -> NetworkSpec:
        """Return the network without biases."""
        layers = tuple(LayerSpec(**layer.model_dump()) for layer in self.layers)
        return NetworkSpec(
            name=self.name,
            input_shape=self.input_shape,
            layers=layers,
            pooled_activations=self.pooled_activations,
        )

    def biased(self) -> NetworkSpec:
        """Return the network with a bias on its bias layers."""
        return replace(self.plain().with_bias(*self.bias_layers), name=self.bias_network)


class TrainingTable(Strict):
    """
    How the course trains its networks: the fields of a ``reference.training.Recipe``.

    ``quantized_epochs`` are those of the training with fake quantization, where there is one;
    ``compare_1998`` trains the network of 1998, too.
    """

    optimizer: Literal["sgd", "adam"] = "sgd"
    learning_rate: Annotated[float, Field(gt=0)] = 0.001
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    batch_size: Annotated[int, Field(ge=1)] = 4
    epochs: Annotated[int, Field(ge=1)] = 2
    quantized_epochs: Annotated[int, Field(ge=0)] = 0
    compare_1998: bool = False
