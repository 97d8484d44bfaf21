"""Ways to spoil a right archive: by its sums, its scales, its files."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np

from tests.exported_parameters.made import (
    WEIGHTED,
    Array,
    Files,
    altered,
    files,
    module,
    net,
    right,
    text,
    zipped,
)

BIAS = "weights/output.fc.bias.csv"
SCALES = "fixed_scale.json"

CONV1 = "weights/conv1.conv.weight.csv"

SUMS = "activations/img2/conv3/output.csv"


def shifted_by(places: int) -> Files:
    return files(altered(shift=lambda sums, m: np.asarray((sums * m) >> places, float)))


def rectified(values: Array, low: int) -> Array:
    return np.maximum(values, 0) if low == 0 else values


def wrapped(values: Array, low: int, _high: int) -> Array:
    return rectified(values, low).astype(np.int64).astype(np.int8).astype(float)


def changed(file: str, entry: int, change: Callable[[float], float]) -> Files:
    """Return the right files with one number changed; *entry* counts from 1."""
    found = right()
    values = np.array(found[file].replace(b",", b" ").split(), float)
    values[entry - 1] = change(values[entry - 1])
    found[file] = text(values)
    return found


def exchanged(**content: bytes) -> Files:
    """Return the right files with some exchanged: ``scales=``, ``bias=`` or ``conv1=``."""
    names = {"scales": SCALES, "bias": BIAS, "conv1": CONV1}
    return {**right(), **{names[name]: data for name, data in content.items()}}


def without(*names: str) -> Files:
    return {name: data for name, data in right().items() if name not in names}


def of_weights(make: Callable[[str, Array], Array]) -> Files:
    """Return the right files with every layer's weights made into others."""
    found = right()
    for layer in WEIGHTED:
        values = make(layer, net().weights[layer].astype(float))
        found[f"weights/{module(layer)}.weight.csv"] = text(np.ascontiguousarray(values))
    return found


def transposed(layer: str, weights: Array) -> Array:
    return weights.T if layer == "fc6" else weights


def channels_last(layer: str, weights: Array) -> Array:
    return weights.transpose(2, 3, 1, 0) if layer == "conv3" else weights


def with_other_bias(bias: np.ndarray) -> Files:
    """Return files whose sums were made with another bias than the one in the file."""
    return {**files(altered(bias=bias)), BIAS: right()[BIAS]}


def of_another_run(*names: str) -> Files:
    """Return the right files with some of another network."""
    return {**right(), **{n: d for n, d in files(net(seed=5)).items() if n.startswith(names)}}


def with_rows(order: Sequence[int]) -> Files:
    """Return files in which each image has another's activations."""
    values = net().values().items()
    return files(altered(entries={n: v[[*order]] for n, v in values if n != "input.csv"}))


def with_next_input(made: Callable[[Array, int], Array]) -> Files:
    """Return the right files, but for what enters the layer after conv1: it is made otherwise."""
    sums, m = net().values()["conv1/output.csv"], net().scales["conv1.conv"]
    return files(altered(entries={"maxpool2/input.csv": made(sums, m)}))


def scaled(change: Callable[[str, float], object]) -> Files:
    scales = {name: change(name, value) for name, value in net().scales.items()}
    return exchanged(scales=json.dumps(scales).encode())


def replaced_weights() -> bytes:
    """Return an archive to which new weights were added after the recording."""
    new = {n: d for n, d in files(net(seed=5)).items() if n.startswith("weights/fc6")}
    return zipped([*right().items(), *new.items()])


def reciprocal(sums: Array, m: int) -> Array:
    return np.floor(sums / round(65536 / m))
