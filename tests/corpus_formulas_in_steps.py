"""
The formulas of the sheets with steps and fixed point, as a judge of our own corpus.

As in ``corpus_formulas``: what we wrote is executed here, and compared with the sheet's equations
without any code of the grader.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from tests.corpus_formulas import FITS, attempt, calls, lopsided, problems_with_weights

LAYERS = ("conv1", "conv3", "conv5", "fc6", "output")
Problems = list[str]


def weights_problems(student: Any, remarks: tuple[str, ...]) -> Problems:
    for bound in (0.4, -0.15):
        weights = lopsided(6, 3, 5, 5, bound=bound)
        answer, problems = calls(student, "quantized_weights", weights)
        if problems:
            return problems
        if not isinstance(answer, tuple) or _number(answer[1]) is None:
            return ["not a tensor and a step"]
        inverse = (answer[0], 1.0 / float(answer[1]))
        if problems := problems_with_weights(weights, inverse, remarks):
            return problems
    return []


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        return None


def initial_input_problems(student: Any) -> Problems:
    for bound in (0.25, -0.8):
        pixels = lopsided(1024, bound=bound)
        scale, problems = calls(student, "NetQuantized.quantize_initial_input", pixels)
        if problems or (problems := _off(scale, 1 / float(pixels.abs().max()))):
            return problems
    return []


def _off(scale: Any, unit: float) -> Problems:
    """Judge the level on which the largest magnitude lands: the scale over its unit."""
    number = _number(scale)
    fits = number is not None and FITS[0] <= number / unit <= FITS[1]
    return [] if fits else [f"{scale} is not 127 times {unit}"]


def chain(student: Any) -> tuple[list[Any], Any, list[Any]]:
    """Return s_w of five layers, 1/s_I, and the five s_o, in the student's own types."""
    with torch.no_grad():
        s_w = [
            student.quantized_weights(lopsided(10, 9, bound=b))[1]
            for b in (0.5, 0.3, 0.2, 0.4, 0.6)
        ]
        inverse = student.NetQuantized.quantize_initial_input(lopsided(1024))
        s_o: list[Any] = []
        for step, bound in zip(s_w, (7.0, 12.0, 11.0, 9.0, 13.0), strict=True):
            outputs = lopsided(1000, bound=bound)
            s_o.append(
                student.NetQuantized.quantize_activations(outputs, step, inverse, [*s_o])[1]
            )
    return s_w, inverse, s_o


def activations_problems(student: Any, scales: Any) -> Problems:
    s_w, inverse, s_o = scales
    for k, bound in ((0, 5.0), (1, -7.0), (2, 3.0), (4, -11.0)):
        outputs = lopsided(4000, bound=bound)
        args = (outputs, s_w[k], inverse, s_o[:k])
        answer, problems = calls(student, "NetQuantized.quantize_activations", *args)
        if problems:
            return problems
        if not isinstance(answer, tuple) or len(answer) != 2:
            return ["not two scales"]
        entering = float(s_o[k - 1]) if k else 1 / float(inverse)
        unit = float(s_w[k]) * entering / float(outputs.abs().max())
        if problems := _off(answer[0], unit):
            return problems
        handed_on, multiplier = _number(answer[1]), float(answer[0])
        belongs = float(s_w[k]) * entering / multiplier
        if handed_on is None or abs(handed_on / belongs - 1) > 0.02:
            return [f"s_o is {handed_on}, and M that of {belongs}"]
    return []


def bias_problems(student: Any, scales: Any) -> Problems:
    s_w, _, s_o = scales
    bias = lopsided(10, bound=400.0)
    integers, problems = calls(student, "NetQuantizedWithBias.quantized_bias", bias, s_w[4], s_o)
    if problems:
        return problems
    if not isinstance(integers, torch.Tensor) or integers.dtype != torch.float32:
        return ["not a float tensor"]
    expected = bias.double() / (float(s_w[4]) * float(s_o[3]))
    if integers.shape != bias.shape or not torch.equal(integers, integers.round()):
        return ["another shape, or no integers"]
    assert expected.abs().max() > 2**15, "the bias is too small to tell 16 bits from 32"
    off = (integers.double() - expected).abs()
    return [] if (off <= 0.5 + 1e-5 * expected.abs()).all() else [f"off by {off.max()}"]


def quantized_network(student: Any, scaffold: Any) -> nn.Module:
    """Return the student's NetQuantized on weights, scales and ranges made by *scaffold*."""
    torch.manual_seed(1)
    net = student.Net()
    student.keep_activations(net, lopsided(1, 1, 32, 32))
    for name in LAYERS:
        layer = getattr(net, name)[0]
        layer.weight.data, layer.weight.scale = scaffold.quantized_weights(layer.weight.data)
    quantized: nn.Module = student.NetQuantized(net)
    for name in LAYERS:
        getattr(quantized, name)._forward_pre_hooks.clear()
    return quantized


def forward_problems(student: Any, scaffold: Any) -> Problems:
    """Replay every layer from the sums that the layer before has really put out."""
    network, error = attempt(lambda: quantized_network(student, scaffold))
    if error:
        return [error]
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    for name in LAYERS:
        hook: Any = lambda _, i, o: seen.append((i[0].detach().clone(), o.detach().clone()))  # noqa: E731
        getattr(network, name).register_forward_hook(hook)
    images = lopsided(4, 1, 32, 32, bound=1.3)
    outputs, problems = calls(network, "forward", images)
    if problems:
        return problems
    if len(seen) < len(LAYERS):
        return ["some layers did not run"]
    entered = [i for i, _ in seen[: len(LAYERS)]] + [outputs]
    sums = [_pooled(o, name) for (_, o), name in zip(seen, LAYERS, strict=False)]
    scales = [float(getattr(network, name).output_scale) for name in LAYERS]
    reals = [[*_of_images(images, float(network.input_scale))]]
    reals += [[*_of_sums(one, scale)] for one, scale in zip(sums, scales, strict=True)]
    for k, (actual, every) in enumerate(zip(entered, reals, strict=True)):
        if all(_differs(actual, real) for real in every):
            return [f"what enters layer {k + 1} {_differs(actual, every[0])}"]
    return []


def _pooled(sums: torch.Tensor, name: str) -> torch.Tensor:
    return nn.functional.max_pool2d(sums, 2) if name in ("conv1", "conv3") else sums


def _of_images(images: torch.Tensor, multiplier: float) -> Iterator[torch.Tensor]:
    yield images.double() * multiplier
    yield multiplier / (1 / images.double()).round()


def _of_sums(sums: torch.Tensor, multiplier: float) -> Iterator[torch.Tensor]:
    """Yield a layer's sums times m, over round(1/M), times M: before any rounding."""
    places: Callable[[float], Any]
    for places in (np.rint, np.floor, np.ceil):
        yield sums.double() * float(places(multiplier * 2**16)) / 2**16
    yield sums.double() / round(1 / multiplier)
    yield sums.double() * multiplier


def _differs(actual: torch.Tensor, real: torch.Tensor) -> str | None:
    actual, real = actual.reshape(len(actual), -1).double(), real.reshape(len(real), -1)
    if actual.shape != real.shape:
        return "has another shape"
    if not torch.equal(actual, actual.round()) or actual.min() < -128 or actual.max() > 127:
        return "is no integer of 8 bits"
    off = (actual.clamp(min=-127) - real.clamp(-127, 127)).abs().max()
    return f"is off by {off}" if off > 1.001 else None


def fixed_scale_problems(student: Any) -> Problems:
    """Judge the whole numbers by the sheet's equations, on steps of a network's usual size."""
    names = ("conv1.conv", "conv3.conv", "conv5.conv", "fc6.fc", "output.fc")
    s_o = dict(zip(("quant", *names), (0.00784, 0.043, 0.137, 0.0931, 0.171, 0.2243), strict=True))
    s_w = dict(zip(names, (0.00411, 0.00277, 0.00193, 0.00331, 0.00389), strict=True))
    given = [{name: np.array([step]) for name, step in steps.items()} for steps in (s_o, s_w)]
    bias = np.linspace(-0.7, 60.9, 10).reshape(1, 10)  # more than 16 bits hold
    answer, problems = calls(student, "float_to_fixed_scale", *given, bias)
    if problems:
        return problems
    expected = {"quant": 128}  # 1 / 0.00784 is 127.55
    for before, name in zip(("quant", *names), names, strict=False):
        expected[name] = round(s_w[name] * s_o[before] / s_o[name] * 65536)
    table, integers = answer
    if not isinstance(table, dict) or table != expected or json.loads(json.dumps(table)) != table:
        return [f"{table} is not {expected}"]
    wanted = np.rint(bias / (s_w["output.fc"] * s_o["fc6.fc"]))
    return [] if np.array_equal(np.asarray(integers).ravel(), wanted.ravel()) else ["another bias"]


def problems_of(case: Any, task: str, baseline: Any, student: Any) -> Problems:
    if task == "fixed_scale":
        found, error = attempt(lambda: fixed_scale_problems(student))
        return [error] if error else found
    if task == "weights":
        return weights_problems(student, case.remarks)
    if task == "initial_input":
        return initial_input_problems(student)
    if task == "forward":
        return forward_problems(student, student if case.is_right else baseline)
    scales = chain(student if case.is_right else baseline)
    if task == "activations":
        return activations_problems(student, scales)
    return bias_problems(student, scales)
