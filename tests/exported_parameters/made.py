"""Archives of parameters made by the rules of the sheet, in plain NumPy, for tests to alter."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from grader.intake.model import Artifact, SourceFile
from grader.model import CheckResult, Outcome
from grader.tasks.exported_parameters.checks import judge
from grader.tasks.exported_parameters.layout import Layout
from grader.tasks.exported_parameters.observe import open_parameters
from reference.spec import LayerKind, LayerSpec, NetworkSpec

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Files = dict[str, bytes]
IMAGES = 4  # of most tests: the sheet's 100 take seconds to pack
POOL, CONV, FC = LayerKind.MAX_POOL2D, LayerKind.CONV2D, LayerKind.LINEAR


def block(name: str, kind: LayerKind, given: int, made: int, *, relu: bool = True) -> LayerSpec:
    child = {CONV: "conv", FC: "fc"}[kind]
    return LayerSpec(
        name=name,
        kind=kind,
        module=f"{name}.{child}",
        in_features=given,
        out_features=made,
        kernel=5 if kind is CONV else 1,
        relu=relu,
        bias=not relu,
    )


def pool(name: str) -> LayerSpec:
    return LayerSpec(name=name, kind=POOL, module=f"{name}.pool", kernel=2, stride=2)


LENET = NetworkSpec(
    name="LeNet",
    input_shape=(1, 32, 32),
    layers=(
        block("conv1", CONV, 1, 6),
        pool("maxpool2"),
        block("conv3", CONV, 6, 16),
        pool("maxpool4"),
        block("conv5", CONV, 16, 120),
        block("fc6", FC, 120, 84),
        block("output", FC, 84, 10, relu=False),
    ),
)
LAYOUT = Layout(network=LENET, images=IMAGES)
WEIGHTED = ("conv1", "conv3", "conv5", "fc6", "output")
SHIFT = 16


def module(layer: str) -> str:
    return f"{layer}.{'conv' if layer.startswith('conv') else 'fc'}"


@dataclass(frozen=True)
class Net:
    """An integer network: what it is made of, and every rule that a student may get wrong."""

    weights: Mapping[str, Ints]
    bias: Ints
    scales: Mapping[str, int]
    pixels: Array  # images, 1, 32, 32
    quantize: Callable[[Array, int], Array] = lambda x, n: (
        np.clip(np.rint(x * n), -128, 127) + 0.0  # no negative zeros
    )
    shift: Callable[[Ints, int], Array] = lambda sums, m: np.asarray((sums * m) >> SHIFT, float)
    low: int = -128
    high: int = 127
    clamp: Callable[[Array, int, int], Array] = np.clip
    hidden_low: int = 0
    window: Callable[[Array], Array] = lambda x: x.max(axis=(3, 5))
    recorded_sums: Callable[[Ints, int, bool], Array] = lambda sums, _m, _relu: sums.astype(float)
    recorded_inputs: Callable[[Array], Array] = lambda x: x
    entries: Mapping[str, Array] = field(default_factory=dict)  # that take a file's place

    def convolve(self, x: Array, name: str) -> Ints:
        """Return exact sums by einsum on integers, which shares nothing with the grader's."""
        weights, given = self.weights[name].astype(np.int64), x.astype(np.int64)
        if weights.ndim == 2:
            sums = given.reshape(len(x), -1) @ weights.T
            return sums + self.bias if name == "output" else sums
        windows = sliding_window_view(given, weights.shape[2:], axis=(2, 3))
        return np.einsum("nchwij,ocij->nohw", windows, weights, optimize=True)

    def values(self) -> dict[str, Array]:
        """Return every recording by its name, images first."""
        found = {"input.csv": self.pixels}
        x = self.quantize(self.pixels, self.scales["quant"])
        for layer in LENET.layers:
            found[f"{layer.name}/input.csv"] = self.recorded_inputs(x)
            if layer.has_weights:
                sums, m = self.convolve(x, layer.name), self.scales[layer.module]
                found[f"{layer.name}/output.csv"] = self.recorded_sums(sums, m, layer.relu)
                x = self.clamp(
                    self.shift(sums, m), self.hidden_low if layer.relu else self.low, self.high
                )
            else:
                n, c, h, w = x.shape
                even = x[:, :, : h // 2 * 2, : w // 2 * 2]
                x = self.window(even.reshape(n, c, h // 2, 2, w // 2, 2))
                found[f"{layer.name}/output.csv"] = x
        return {**found, "output.csv": x}


@cache
def net(images: int = IMAGES, seed: int = 0) -> Net:
    """Return a network whose scales put a layer's values on all of 8 bits and a little beyond."""
    draw = np.random.default_rng(seed)
    weights = {
        layer.name: np.clip(draw.normal(0, 45, layer.weight_shape).round(), -128, 127)
        for layer in LENET.weighted_layers
    }
    bias = draw.integers(-60_000, 60_000, 10)
    strokes = draw.random((images, 1, 8, 8)) ** 3
    pixels = np.kron(strokes, np.ones((4, 4))) * 2 - 1
    pixels = np.clip(pixels + draw.normal(0, 0.05, pixels.shape), -1, 1)
    scales = {"quant": 119}
    bare = Net(
        weights={name: w.astype(np.int64) for name, w in weights.items()},
        bias=bias,
        scales=scales,
        pixels=pixels.astype(np.float32).astype(np.float64),
    )
    for layer in LENET.weighted_layers:
        scales[layer.module] = 1
    for layer in LENET.weighted_layers:
        sums = bare.values()[f"{layer.name}/output.csv"]
        scales[layer.module] = round(120 * 65536 / float(np.quantile(np.abs(sums), 0.999)))
    return bare


def text(values: Array, *, form: str = "%.18e", end: str = "\n") -> bytes:
    """Return numbers as ``numpy.savetxt`` writes them, one a line."""
    return "".join(f"{form % value}{end}" for value in values.reshape(-1)).encode()


def files(one: Net) -> Files:
    """Return an archive's files in the order in which the sheet's cells write them."""
    found: Files = {}
    for name, weights in one.weights.items():
        found[f"weights/{module(name)}.weight.csv"] = text(weights)
    found["weights/output.fc.bias.csv"] = (
        ",".join(f"{value:.18e}" for value in one.bias) + "\n"
    ).encode()
    found["fixed_scale.json"] = json.dumps(dict(one.scales)).encode()
    values = {**one.values(), **one.entries}
    for image in range(len(one.pixels)):
        for name, rows in values.items():
            found[f"activations/img{image}/{name}"] = text(rows[image])
    return found


@cache
def _right(images: int) -> Files:
    return files(net(images))


def right(images: int = IMAGES) -> Files:
    """Return the files of a right archive, to be altered."""
    return dict(_right(images))


def pack(path: Path, content: Files | Iterable[tuple[str, bytes]]) -> Path:
    """Write files into a zip, names that occur twice as well."""
    path.write_bytes(zipped(content))
    return path


def zipped(content: Files | Iterable[tuple[str, bytes]], packed: bool = True) -> bytes:
    """Return a zip's bytes."""
    held = io.BytesIO()
    pairs = content.items() if isinstance(content, dict) else content
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with (
        warnings.catch_warnings(
            action="ignore", category=UserWarning
        ),  # of names that occur twice
        zipfile.ZipFile(held, "w", method, compresslevel=1) as archive,
    ):
        for name, data in pairs:
            archive.writestr(name, data)
    return held.getvalue()


def handed_in(path: Path | None) -> Artifact | None:
    """Return a file as it is handed in."""
    if path is None:
        return None
    data = path.read_bytes()
    file = SourceFile(name=path.name, sha256="", size_bytes=len(data))
    return Artifact(task="parameters", file=file, data=data)


def judged(path: Path | None, layout: Layout = LAYOUT) -> dict[str, CheckResult]:
    """Return the results of an archive by the check's name."""
    results = judge(open_parameters(handed_in(path), layout))
    return {result.check.partition(".")[2]: result for result in results}


def lost(results: Mapping[str, CheckResult]) -> dict[str, Outcome]:
    """Return the checks that did not pass, with their outcomes."""
    passed = Outcome.PASSED
    return {name: r.outcome for name, r in results.items() if r.outcome is not passed}


def altered(images: int = IMAGES, **changes: object) -> Net:
    """Return the right network with other rules or numbers."""
    return replace(net(images), **changes)  # type: ignore[arg-type]
