"""
The formulas of the sheets whose scales come in pairs on other networks than LeNet on CIFAR-10.

As in ``corpus_formulas``, whose equations these are: what is here are the other layers, the fixed
point of ``cs5120-2022``, and the steps that a submission of ``ee219-2024`` may have everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn

from tests import corpus_formulas as formulas
from tests.corpus import Case
from tests.corpus_formulas import attempt, calls, lopsided

STEP = "step"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The weighted layers of a sheet's network, those that are pooled, and its images' shape."""

    layers: tuple[str, ...]
    pooled: tuple[str, ...]
    image: tuple[int, ...]
    places: int | None = None  # of the factor between layers, where it is a whole number


SHEETS = {
    "template-2022": Sheet(
        layers=("c1", "c3", "c5", "f6", "output"),
        pooled=("c1", "c3"),
        image=(1, 32, 32),
        places=16,
    ),
    "template-ee219": Sheet(
        layers=("conv1", "conv2", "fc1", "fc2", "fc3"),
        pooled=("conv1", "conv2"),
        image=(3, 32, 32),
    ),
}


def problems_of(case: Case, task: str, baseline: Any, student: Any) -> list[str]:
    """Return what is wrong with a task; *baseline* is right, and of the case's own direction."""
    if task == "forward":
        scaffold = student if case.is_right else baseline
        return forward_problems(SHEETS[case.template.name], case.direction, student, scaffold)
    if case.direction == STEP:
        student, baseline = in_factors(student), in_factors(baseline)
    return formulas.problems_of(case, task, baseline, student)


def in_factors(student: Any) -> Any:
    """Return the functions of a submission in steps as if their scales were factors."""

    def quantized_weights(weights: torch.Tensor) -> Any:
        integers, step = student.quantized_weights(weights)
        return integers, 1 / step

    def quantize_initial_input(pixels: Any) -> Any:
        return 1 / student.NetQuantized.quantize_initial_input(pixels)

    def quantize_activations(values: Any, n_w: Any, n_input: Any, ns: Any) -> Any:
        given = (values, 1 / n_w, 1 / n_input, [(1 / w, 1 / o) for w, o in ns])
        return 1 / student.NetQuantized.quantize_activations(*given)

    def quantized_bias(bias: Any, n_w: Any, n_input: Any, ns: Any) -> Any:
        given = (bias, 1 / n_w, 1 / n_input, [(1 / w, 1 / o) for w, o in ns])
        return student.NetQuantizedWithBias.quantized_bias(*given)

    methods = {"quantize_initial_input": quantize_initial_input}
    return SimpleNamespace(
        quantized_weights=quantized_weights,
        NetQuantized=SimpleNamespace(**methods, quantize_activations=quantize_activations),
        NetQuantizedWithBias=SimpleNamespace(quantized_bias=quantized_bias),
    )


def quantized_network(sheet: Sheet, student: Any, scaffold: Any) -> nn.Module:
    """Return the student's NetQuantized on weights, scales and ranges made by *scaffold*."""
    torch.manual_seed(1)
    net = student.Net()
    student.keep_activations(net, lopsided(1, *sheet.image))
    for name in sheet.layers:
        layer = getattr(net, name)
        layer.weight.data, layer.weight.scale = scaffold.quantized_weights(layer.weight.data)
    quantized: nn.Module = student.NetQuantized(net)
    for name in sheet.layers:
        getattr(quantized, name)._forward_pre_hooks.clear()
    return quantized


def forward_problems(sheet: Sheet, direction: str, student: Any, scaffold: Any) -> list[str]:
    """Replay every layer from the sums that the layer before has really put out."""
    network, error = attempt(lambda: quantized_network(sheet, student, scaffold))
    if error:
        return [error]
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    for name in sheet.layers:
        hook: Any = lambda _, i, o: seen.append((i[0].detach().clone(), o.detach().clone()))  # noqa: E731
        getattr(network, name).register_forward_hook(hook)
    images = lopsided(4, *sheet.image, bound=1.3)
    outputs, problems = calls(network, "forward", images)
    count = len(sheet.layers)
    if problems or len(seen) < count:
        return problems or ["some layers did not run"]
    entered = [i for i, _ in seen[:count]] + [outputs]
    wanted = [[images.double() * _factor(network.input_scale, direction)]]
    for name, (_, sums) in zip(sheet.layers, seen, strict=False):
        factor = _factor(getattr(network, name).output_scale, direction)
        wanted.append([*_requantized(_to_next_layer(sheet, name, sums), factor, sheet.places)])
    for k, (actual, ways) in enumerate(zip(entered, wanted, strict=True)):
        differing = [_differs(actual, way) for way in ways]
        if all(differing):
            return [f"what enters layer {k + 1} {differing[0]}"]
    return []


def _factor(scale: Any, direction: str) -> float:
    return 1 / float(scale) if direction == STEP else float(scale)


def _to_next_layer(sheet: Sheet, name: str, sums: torch.Tensor) -> torch.Tensor:
    values = sums if name == sheet.layers[-1] else sums.relu()
    return nn.functional.max_pool2d(values, 2) if name in sheet.pooled else values


def _requantized(sums: torch.Tensor, factor: float, places: int | None) -> Iterator[torch.Tensor]:
    """Yield a layer's sums times its factor, and times a whole number of places either way."""
    yield sums.double() * factor
    if places is not None:
        product = sums.double() * round(factor * 2**places) / 2**places
        yield from (product, product.floor())


def _differs(actual: torch.Tensor, real: torch.Tensor) -> str | None:
    """Say how integers differ from *real* rounded to the nearest and clamped, but for ties."""
    actual, real = actual.reshape(len(actual), -1).double(), real.reshape(len(real), -1)
    if actual.shape != real.shape:
        return "has another shape"
    if not torch.equal(actual, actual.round()) or actual.min() < -128 or actual.max() > 127:
        return "is no integer of 8 bits"
    off = (actual.clamp(min=-127) - real.round().clamp(-127, 127)).abs()
    return f"is off by {off.max()}" if off.max() > 1 or (off > 0).double().mean() > 0.01 else None
