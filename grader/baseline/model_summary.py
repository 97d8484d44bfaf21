"""The network as torchinfo sums it up: shapes, kernels, parameters, multiply-adds."""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torchinfo
from torchinfo.layer_info import LayerInfo

from grader.comparisons import ModelSummary, SummaryRow
from reference.network import Network
from reference.spec import NetworkSpec

SQUARE = 2  # dimensions of an image


def summarize_network(network: Network) -> ModelSummary:
    """Return what torchinfo says of *network* for a batch of one image."""
    spec = network.spec
    with torch.random.fork_rng(devices=[]):  # torchinfo draws an image
        found = torchinfo.summary(
            network, input_size=(1, *spec.input_shape), device="cpu", mode="eval", verbose=0
        )
    return ModelSummary(
        program=f"torchinfo {torchinfo.__version__}",
        rows=tuple(_row(one, spec) for one in found.summary_list),
        parameters=found.total_params,
        trainable=found.trainable_params,
        multiply_adds=found.total_mult_adds,
        input_bytes=found.total_input,
        pass_bytes=found.total_output_bytes,
        parameter_bytes=found.total_param_bytes,
    )


def _row(one: LayerInfo, spec: NetworkSpec) -> SummaryRow:
    own = one.is_leaf_layer and one.depth > 0
    return SummaryRow(
        name=f"{one.class_name}: {one.depth}-{one.depth_index}" if one.depth else spec.name,
        depth=one.depth,
        input_shape=tuple(one.input_size),
        kernel=_sizes(one.kernel_size),
        output_shape=tuple(one.output_size),
        parameters=one.num_params if own else 0,
        multiply_adds=one.macs if own else 0,
    )


def _sizes(kernel: int | Iterable[int] | None) -> tuple[int, ...]:
    """Return a kernel's sizes; one number stands for a square."""
    if kernel is None:
        return ()
    return (kernel,) * SQUARE if isinstance(kernel, int) else tuple(kernel)
