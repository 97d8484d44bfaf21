"""
The lab's formulas, as a judge of our own corpus of submissions.

Answers are executed here without a sandbox, since we wrote them, and no code of the grader or the
reference is imported: what the corpus says about itself is
checked against the handout's equations.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import sys
import types
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from tests.corpus import Case

LAYERS = ("conv1", "conv2", "fc1", "fc2", "fc3")
# A range that fits ends between these; one that clips a little ends below 200 on the lopsided
# tensors below, where 255/(max-min) puts the largest magnitude on 153.
FITS, CLIPS = (60.0, 128.5), (60.0, 200.0)


def _is_cuda(value: Any) -> bool:
    return isinstance(value, str | torch.device) and str(value).startswith("cuda")


class OnCpu(TorchFunctionMode):
    """Makes ``cuda`` mean the CPU."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.Tensor.cuda:
            return args[0]
        args = ["cpu" if _is_cuda(arg) else arg for arg in args]
        kwargs = {k: "cpu" if _is_cuda(v) else v for k, v in (kwargs or {}).items()}
        return func(*args, **kwargs)


def run_notebook(case: Case) -> types.SimpleNamespace:
    """Execute the cells that define something, and go on after those that fail."""
    module = types.ModuleType("submission")
    sys.modules["submission"] = module  # where dataclasses look themselves up
    for cell in case.cells():
        if cell.is_markdown or cell.name.startswith(("run_", "plot_", "mount", "download")):
            continue
        with contextlib.suppress(SyntaxError, ImportError, AssertionError):
            for node in ast.parse(cell.source).body:
                with contextlib.suppress(ImportError, AssertionError):
                    exec(ast.unparse(node), vars(module))
    return types.SimpleNamespace(**vars(module))


def attempt(function: Callable[[], Any]) -> tuple[Any, str | None]:
    """Return (value, None) or (None, what went wrong)."""
    try:
        with OnCpu(), torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
            return function(), None
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def lopsided(*shape: int, bound: float = 1.0) -> torch.Tensor:
    """Return values from -1.2 to 0.8 times *bound*, ends included; a negative one mirrors them."""
    values = (torch.rand(*shape, generator=torch.Generator().manual_seed(0)) * 2 - 1.2) * bound
    values.view(-1)[0], values.view(-1)[-1] = -1.2 * bound, 0.8 * bound
    return values


def problems_with_scale(scale: Any, largest: float, remarks: tuple[str, ...]) -> list[str]:
    """Judge the level on which the largest magnitude lands."""
    try:
        level = largest * float(scale)
    except (TypeError, ValueError, RuntimeError):
        return ["the scale is not a number"]
    low, high = CLIPS if "range-clips" in remarks else FITS
    return [] if low <= level <= high else [f"the largest value lands on {level}"]


def calls(owner: Any, path: str, *args: Any) -> tuple[Any, list[str]]:
    """Call ``owner.path`` twice: the answers agree, and the arguments stay as they are."""
    find = attrgetter(path)
    given = copy.deepcopy(args)
    first, error = attempt(lambda: find(owner)(*given))
    if error:
        return None, [error]
    if not same(given, args):
        return first, ["an argument was changed"]
    second, _ = attempt(lambda: find(owner)(*copy.deepcopy(args)))
    return first, [] if same(first, second) else ["another answer on the second call"]


def same(a: Any, b: Any) -> bool:
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(same, a, b))
    return np.array_equal(np.asarray(a), np.asarray(b))


def weights_problems(student: Any, remarks: tuple[str, ...]) -> list[str]:
    for bound in (0.4, -0.15):
        weights = lopsided(6, 3, 5, 5, bound=bound)
        answer, problems = calls(student, "quantized_weights", weights)
        problems = problems or problems_with_weights(weights, answer, remarks)
        if problems:
            return problems
    return []


_CUT = {"rounds-down", "rounds-up", "fraction-cut-off"}


def problems_with_weights(weights: torch.Tensor, answer: Any, remarks: Any) -> list[str]:
    if not (isinstance(answer, tuple) and isinstance(answer[0], torch.Tensor)):
        return ["not a tensor and a scale"]
    integers, scale = answer
    if problems := problems_with_scale(scale, float(weights.abs().max()), remarks):
        return problems
    if integers.shape != weights.shape or integers.dtype != torch.float32:
        return ["another shape or type"]
    off = (integers.double() - (weights.double() * float(scale)).clamp(-128, 127)).abs().max()
    if off > (1.0 if _CUT & {*remarks} else 0.501):
        return [f"a weight is off by {off}"]
    return [] if torch.equal(integers, integers.round()) else ["a weight is no integer"]


def initial_input_problems(student: Any, remarks: tuple[str, ...]) -> list[str]:
    for bound in (0.25, -0.8):
        pixels = lopsided(3072, bound=bound).double().numpy()
        scale, problems = calls(student, "NetQuantized.quantize_initial_input", pixels)
        problems = problems or problems_with_scale(scale, np.abs(pixels).max(), remarks)
        if problems:
            return problems
    return []


def chain(student: Any) -> tuple[list[Any], Any, list[tuple[Any, Any]]]:
    """Return n_w of five layers, n_initial_input, and ns, in the student's own types."""
    with OnCpu(), torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        bounds = (0.5, 0.35, 0.25, 0.2, 0.3)
        n_w = [student.quantized_weights(lopsided(10, 9, bound=bound))[1] for bound in bounds]
        pixels = lopsided(3072).double().numpy()
        n_input = student.NetQuantized.quantize_initial_input(pixels)
        ns: list[tuple[Any, Any]] = []
        for weight_scale, bound in zip(n_w, (7.0, 12.0, 11.0, 9.0, 13.0), strict=True):
            outputs = lopsided(1000, bound=bound).double().numpy()
            scale = student.NetQuantized.quantize_activations(
                outputs, weight_scale, n_input, list(ns)
            )
            ns.append((weight_scale, scale))
    return n_w, n_input, ns


def factor(n_w: Any, n_input: Any, ns: list[tuple[Any, Any]]) -> float:
    return float(n_w) * float(n_input) * float(np.prod([float(w) * float(o) for w, o in ns]))


def activations_problems(student: Any, remarks: tuple[str, ...], scales: Any) -> list[str]:
    n_w, n_input, ns = scales
    for k, bound in ((0, 5.0), (1, -7.0), (2, 3.0), (4, -11.0)):
        outputs = lopsided(4000, bound=bound).double().numpy()
        args = (outputs, n_w[k], n_input, ns[:k])
        scale, problems = calls(student, "NetQuantized.quantize_activations", *args)
        largest = np.abs(outputs).max() * factor(n_w[k], n_input, ns[:k])
        problems = problems or problems_with_scale(scale, largest, remarks)
        if problems:
            return problems
    return []


def bias_problems(student: Any, scales: Any) -> list[str]:
    n_w, n_input, ns = scales
    bias = lopsided(10, bound=40.0)
    args = (bias, n_w[4], n_input, ns[:4])
    integers, problems = calls(student, "NetQuantizedWithBias.quantized_bias", *args)
    if problems:
        return problems
    if not isinstance(integers, torch.Tensor) or integers.dtype != torch.float32:
        return ["not a float tensor"]
    expected = bias.double() * factor(*args[1:])
    if integers.shape != bias.shape or not torch.equal(integers, integers.round()):
        return ["another shape, or no integers"]
    assert expected.abs().max() > 2**15, "the bias is too small to tell 16 bits from 32"
    off = (integers.double() - expected).abs()
    return [] if (off <= 0.5 + 1e-5 * expected.abs()).all() else [f"off by {off.max()}"]


def quantized_network(student: Any, scaffold: Any) -> nn.Module:
    """Return the student's NetQuantized on weights, scales and ranges made by *scaffold*."""
    torch.manual_seed(1)
    net = student.Net()
    images = lopsided(4, 3, 32, 32)
    student.register_activation_profiling_hooks(net)
    net(images)
    net.profile_activations = False
    for name in LAYERS:
        layer = getattr(net, name)
        layer.weight.data, layer.weight.scale = scaffold.quantized_weights(layer.weight.data)
    quantized: nn.Module = student.NetQuantized(net)
    for name in LAYERS:
        getattr(quantized, name)._forward_pre_hooks.clear()
    return quantized


def forward_problems(student: Any, scaffold: Any) -> list[str]:
    """Replay every layer from the accumulators that the layer before has really put out."""
    network, error = attempt(lambda: quantized_network(student, scaffold))
    if error:
        return [error]
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    for name in LAYERS:
        hook: Any = lambda _, i, o: seen.append((i[0].detach().clone(), o.detach().clone()))  # noqa: E731
        getattr(network, name).register_forward_hook(hook)
    images = lopsided(4, 3, 32, 32, bound=1.3)
    outputs, problems = calls(network, "forward", images)
    if problems:
        return problems
    values, scale = images, network.input_scale
    entered = [i for i, _ in seen[:5]] + [outputs]
    for k, actual in enumerate(entered):
        expected = (values * float(scale)).round().clamp(-128, 127)
        if problem := differs(actual, expected.reshape(actual.shape[0], -1)):
            return [f"what enters layer {k + 1} {problem}"]
        if k < 5:
            values = to_next_layer(seen[k][1], LAYERS[k])
            scale = getattr(network, LAYERS[k]).output_scale
    return []


def to_next_layer(accumulators: torch.Tensor, name: str) -> torch.Tensor:
    values = accumulators if name == "fc3" else accumulators.relu()
    return nn.functional.max_pool2d(values, 2) if name.startswith("conv") else values


def differs(actual: torch.Tensor, expected: torch.Tensor) -> str | None:
    actual = actual.reshape(actual.shape[0], -1)
    if actual.shape != expected.shape:
        return "has another shape"
    if not torch.equal(actual, actual.round()):
        return "is no integer"
    off = (actual.clamp(min=-127) - expected.clamp(min=-127)).abs()
    if actual.min() < -128 or off.max() > 1 or (off > 0).float().mean() > 0.01:
        return f"is off by {off.max()}"
    return None


def problems_of(case: Case, task: str, baseline: Any, student: Any) -> list[str]:
    if task == "weights":
        return weights_problems(student, case.remarks)
    if task == "initial_input":
        return initial_input_problems(student, case.remarks)
    if task == "forward":
        return forward_problems(student, student if case.is_right else baseline)
    scales = chain(student if case.is_right else baseline)
    if task == "activations":
        return activations_problems(student, case.remarks, scales)
    return bias_problems(student, scales)


@contextlib.contextmanager
def line_limit(lines: int) -> Iterator[None]:
    """Raise TimeoutError once the submission has run that many lines."""
    left = lines

    def count(frame: Any, event: str, arg: Any) -> Any:
        nonlocal left
        left -= frame.f_code.co_filename == "<string>"
        if left < 0:
            raise TimeoutError
        return count

    sys.settrace(count)
    try:
        yield
    finally:
        sys.settrace(None)
