"""
Quantization-aware training: the network learns with its own rounding errors.

While it trains, every weight and every layer's output is rounded to one of 256 levels and back
("fake quantization"), and gradients pass as if it were not. What PyTorch rounds is the output of
the convolution or linear layer alone, before its ReLU.

The converted network of PyTorch has signed activations, which none of its engines runs on x86. So
it is measured by ``FakeQuantizedNetwork``, which computes what the trained one does, and by its
``integer_network``, which computes what the hardware will.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.ao import quantization

from reference.equations.fixed_point import INPUT_STUB, SCHEME
from reference.fake_quantized import FakeQuantizedNetwork
from reference.network import Network, build_network
from reference.spec import NetworkSpec
from reference.training.recipe import Progress, Recipe, begin, run_batches


def train_quantized(
    spec: NetworkSpec,
    images: Tensor,
    labels: Tensor,
    recipe: Recipe,
    *,
    on_progress: Progress | None = None,
) -> FakeQuantizedNetwork:
    """Return a network of *spec* trained as ``training.train`` does, with fake quantization."""
    network, batches = begin(spec, len(images), recipe)
    prepared = prepare(network)
    with quiet():
        run_batches(prepared, images, labels, batches, recipe, on_progress=on_progress)
    return read_steps(prepared)


class StubbedNetwork(nn.Module):
    """A network between PyTorch's stubs, at which real values become quantized and back."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.quant = quantization.QuantStub()
        self.network = network
        self.dequant = quantization.DeQuantStub()

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of images *x*."""
        return self.dequant(self.network(self.quant(x)))  # type: ignore[no-any-return]


def prepare(network: Network) -> StubbedNetwork:
    """Return *network* with fake quantization in it: 8 bits, symmetric, one step a tensor."""
    stubbed = StubbedNetwork(network)
    rounded = quantization.FakeQuantize.with_args(  # type: ignore[no-untyped-call]
        observer=quantization.MovingAverageMinMaxObserver,
        quant_min=SCHEME.quant_min,
        quant_max=SCHEME.quant_max,
        dtype=torch.qint8,
        qscheme=torch.per_tensor_symmetric,
        reduce_range=False,
    )
    config = quantization.QConfig(  # type: ignore[no-untyped-call]
        activation=rounded, weight=rounded
    )
    stubbed.qconfig = config  # type: ignore[assignment]
    with quiet():
        quantization.prepare_qat(stubbed.train(), inplace=True)  # type: ignore[no-untyped-call]
    return stubbed


def read_steps(prepared: StubbedNetwork) -> FakeQuantizedNetwork:
    """Return the parameters of a *prepared* network and the steps that its observers hold."""
    spec = prepared.network.spec
    network = build_network(spec)
    own = network.state_dict()
    trained = prepared.network.state_dict()
    network.load_state_dict({name: trained[name] for name in own})
    modules = {x.module: prepared.network.get_submodule(x.module) for x in spec.weighted_layers}
    return FakeQuantizedNetwork(
        network=network.eval(),
        weight_steps={name: _step(m.weight_fake_quant) for name, m in modules.items()},
        output_steps={
            INPUT_STUB: _step(prepared.quant.activation_post_process),
            **{name: _step(m.activation_post_process) for name, m in modules.items()},
        },
    )


@contextmanager
def quiet() -> Iterator[None]:
    """Silence PyTorch's notices that this form of quantization is deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", UserWarning)
        yield


def _step(observed: object) -> float:
    with quiet():
        scale, _ = observed.calculate_qparams()  # type: ignore[attr-defined]
    return float(scale.item())
