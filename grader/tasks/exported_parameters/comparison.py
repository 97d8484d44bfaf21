"""Recorded numbers beside the right ones: the first that differs, and how many do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.border.conventions import Floats
from grader.tasks.exported_parameters.arithmetic import Integers
from grader.tasks.exported_parameters.layout import Layer, recording_file
from grader.tasks.exported_parameters.seen import Exported
from reference.spec import Shape

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Numbers as they stand in files: one row, or one of every image."""

    name: str  # of the file, or of the recording
    values: Floats
    shape: Shape
    images: Sequence[int] = ()  # that the rows are of; none of a file of its own

    def file(self, row: int) -> str:
        """Return the path of the file in which a row stands."""
        return recording_file(self.images[row], self.name) if self.images else self.name


@dataclass(frozen=True, kw_only=True)
class Spot:
    """The first of some numbers that are wrong, and how many of how many there are."""

    numbers: Numbers
    row: int
    index: int
    wrong: int
    total: int

    @property
    def file(self) -> str:
        """Return the path of the file."""
        return self.numbers.file(self.row)

    @property
    def entry(self) -> int:
        """Return the place in the file, from 1: the line, where every number has its own."""
        return self.index + 1

    @property
    def element(self) -> str:
        """Return the place in the layer's own shape, from 0: ``[2, 4, 5]``."""
        return str([int(at) for at in np.unravel_index(self.index, self.numbers.shape)])

    @property
    def actual(self) -> float:
        """Return the number that stands there."""
        return float(self.numbers.values[self.row, self.index])


def first_where(masked: Iterable[tuple[Numbers, Mask]]) -> Spot | None:
    """Return the first number that a mask marks: by image, then in the order given, or None."""
    pairs = [*masked]
    hits = [(int(mask.any(1).argmax()), at) for at, (_, mask) in enumerate(pairs) if mask.any()]
    if not hits:
        return None
    row, at = min(hits)
    numbers, mask = pairs[at]
    return Spot(
        numbers=numbers,
        row=row,
        index=int(mask[row].argmax()),
        wrong=sum(int(mask.sum()) for _, mask in pairs),
        total=sum(mask.size for _, mask in pairs),
    )


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Recorded numbers, and what should stand there."""

    numbers: Numbers
    expected: Integers

    @property
    def mask(self) -> Mask:
        """Return where they differ."""
        return np.asarray(self.numbers.values != self.expected)

    @property
    def agrees(self) -> bool:
        """Return whether they are the same."""
        return not self.mask.any()


def entering(seen: Exported, layer: Layer) -> Numbers:
    """Return what enters a layer."""
    name = f"{layer.block}/input.csv"
    return Numbers(
        name=name, values=seen.recorded[name], shape=layer.input_shape, images=seen.images
    )


def leaving(seen: Exported, layer: Layer) -> Numbers:
    """Return what leaves a layer."""
    name = f"{layer.block}/output.csv"
    return Numbers(
        name=name, values=seen.recorded[name], shape=layer.output_shape, images=seen.images
    )


def result(seen: Exported) -> Numbers:
    """Return the network's output."""
    shape = seen.layout.layers[-1].output_shape
    return Numbers(name="output.csv", values=seen.result, shape=shape, images=seen.images)


def following(seen: Exported, layer: Layer) -> Numbers:
    """Return what a layer's output became: what enters the next one, or the network's output."""
    after = seen.layout.after(layer)
    return result(seen) if after is None else entering(seen, after)


def weights(seen: Exported, layer: Layer) -> Numbers:
    """Return a layer's weights, as one row."""
    values = seen.weights(layer).reshape(1, -1)
    shape = layer.spec.weight_shape
    return Numbers(name=layer.weights_file, values=values, shape=shape)


def bias(seen: Exported, layer: Layer) -> Numbers:
    """Return a layer's bias, as one row."""
    values = seen.bias(layer).reshape(1, -1)
    shape = (layer.spec.out_features,)
    return Numbers(name=layer.bias_file, values=values, shape=shape)
