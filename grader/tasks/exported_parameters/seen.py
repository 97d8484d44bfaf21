"""What an archive of parameters was found to hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from grader.border.answers import Answer, nothing
from grader.border.conventions import Floats
from grader.border.probes import InputName
from grader.tasks.exported_parameters import arithmetic
from grader.tasks.exported_parameters.arithmetic import Integers
from grader.tasks.exported_parameters.layout import Layer, Layout, recording_file
from grader.words.message import Message

LARGEST_SUM = 1 << 31  # of what an accumulator of 32 bits holds
LARGEST_FACTOR = 1 << 20  # products of two, added up, stay below 2^53


@dataclass(frozen=True, kw_only=True)
class Miscounted:
    """A file that holds another count of numbers than its layer has."""

    expected: int
    actual: int


@dataclass(frozen=True, kw_only=True)
class Exported:
    """
    An archive's numbers; the files that gave none are named with what is wrong with them.

    ``parameters`` are keyed by file. ``recorded`` has a row for every image, keyed by the path
    in its folder: ``conv1/input.csv``. Rows of files that gave no numbers are not numbers.
    """

    layout: Layout
    file: str = ""  # the archive's name; "" where none was handed in
    unread: Message | None = None  # why we could not read the file at all
    problem: Message | None = None  # why the archive could not be opened
    missing: tuple[str, ...] = ()
    unreadable: Mapping[str, Message] = field(default_factory=dict)
    miscounted: Mapping[str, Miscounted] = field(default_factory=dict)
    no_numbers: Mapping[str, Message] = field(default_factory=dict)
    parameters: Mapping[str, Floats] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)
    recorded: Mapping[str, Floats] = field(default_factory=dict)
    # Earlier copies of files that occur more than once, the latest first.
    earlier: Mapping[str, Sequence[Floats]] = field(default_factory=dict)
    copies: Mapping[str, int] = field(default_factory=dict)  # of files that occur more than once
    root: str = ""
    weighted: frozenset[str] = frozenset()  # the modules that it has weights of, by its paths
    other_edition: str = ""  # the one whose archive this is, where it is not this edition's
    rows: tuple[int, ...] | None = None  # the images whose recordings these are, None for all
    ignored: tuple[Message, ...] = ()
    computed: dict[str, Integers] = field(default_factory=dict, repr=False)  # by layer, once each

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the archive as the one answer that was given, nothing where it was not."""
        return (Answer(probe=InputName(self.file), problem=self.problem),) if self.file else ()

    @cached_property
    def faulty(self) -> frozenset[str]:
        """Return the files that gave no numbers."""
        wrong = (self.unreadable, self.miscounted, self.no_numbers)
        return frozenset({*self.missing, *(path for files in wrong for path in files)})

    @property
    def has_no_file(self) -> bool:
        """Return whether not one of the files that the sheet lists could be read."""
        return {*self.missing, *self.unreadable} >= self.layout.files.keys()

    def lacks(self, *files: str) -> bool:
        """Return whether any of the *files* gave no numbers."""
        return not self.faulty.isdisjoint(files)

    def lacks_recordings(self, *names: str) -> bool:
        """Return whether a recording of any image gave no numbers."""
        return any(
            self.lacks(recording_file(image, name)) for name in names for image in self.images
        )

    @property
    def images(self) -> Sequence[int]:
        """Return the number of the image that each row belongs to."""
        return range(self.layout.images) if self.rows is None else self.rows

    def of_whole_images(self, names: Iterable[str]) -> Exported:
        """Return the archive without the images of which any of some recordings gave nothing."""
        held = [*names]
        whole = [image for image in self.images if not self._lacks_any(image, held)]
        if len(whole) == len(self.images):
            return self
        recorded = {name: numbers[whole] for name, numbers in self.recorded.items()}
        return replace(self, rows=(*whole,), recorded=recorded, computed={})

    def _lacks_any(self, image: int, names: Sequence[str]) -> bool:
        return self.lacks(*(recording_file(image, name) for name in names))

    @property
    def pixels(self) -> Floats:
        """Return the images, a row each."""
        return self.recorded["input.csv"]

    @property
    def result(self) -> Floats:
        """Return what was recorded as the network's output."""
        return self.recorded["output.csv"]

    def entering(self, layer: Layer) -> Floats:
        """Return what was recorded to enter a layer, a row for every image."""
        return self.recorded[f"{layer.block}/input.csv"]

    def leaving(self, layer: Layer) -> Floats:
        """Return what was recorded to leave a layer, a row for every image."""
        return self.recorded[f"{layer.block}/output.csv"]

    def weights(self, layer: Layer) -> Floats:
        """Return a layer's weights as they stand in the file."""
        return self.parameters[layer.weights_file]

    def bias(self, layer: Layer) -> Floats:
        """Return a layer's bias, an empty array where it has none."""
        return self.parameters[layer.bias_file] if layer.spec.bias else nothing()

    def multiplier(self, layer: Layer) -> int:
        """Return m, the layer's scale as an integer."""
        return int(self.scales[layer.module])

    def exact(self, layer: Layer) -> Integers:
        """Return a layer's sums, from the inputs and weights that stand in the files."""
        if layer.module not in self.computed:
            self.computed[layer.module] = arithmetic.exact_sums(
                layer, self.entering(layer), self.weights(layer), self.bias(layer)
            )
        return self.computed[layer.module]

    def sums(self, layer: Layer) -> list[Integers]:
        """Return a layer's sums as they were recorded, and as they should have been."""
        within = np.clip(self.leaving(layer), -LARGEST_SUM, LARGEST_SUM)
        found = [np.rint(within).astype(np.int64)]
        return [*found, self.exact(layer)] if self.is_computable(layer) else found

    def is_computable(self, layer: Layer) -> bool:
        """Return whether a layer's sums can be computed without rounding."""
        if self.lacks(layer.weights_file, *((layer.bias_file,) if layer.spec.bias else ())):
            return False
        factors = (self.entering(layer), self.weights(layer))
        fit = all(bool(np.all(np.abs(numbers) <= LARGEST_FACTOR)) for numbers in factors)
        return fit and bool(np.all(np.abs(self.bias(layer)) <= LARGEST_SUM))
