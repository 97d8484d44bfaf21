"""What the student's forward pass let through, and what it should have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from grader.baseline.quantized import QuantizedNumbers
from grader.baseline.replay import OUTPUT
from grader.border.answers import TraceAnswer
from grader.border.conventions import Floats
from grader.editions.schema import ScaleForm
from grader.tasks.integer_pass.network import BuiltNetwork

MOSTLY = 0.99  # of the values: a tie may be rounded either way here and there


@dataclass(frozen=True, kw_only=True)
class Replay:
    """
    What the integers should have been.

    *reals* are the values before rounding, from the integers that were seen to enter the layer
    before, and *multipliers* what their exact sums were multiplied by; *output* is the last
    layer's output when all layers are replayed from the images. *fraction_bits* are the binary
    places of an edition whose multipliers are fixed-point numbers.
    """

    reals: Mapping[str, Floats]
    output: Floats
    multipliers: Mapping[str, float] = field(default_factory=dict)
    input_multiplier: float = 1.0
    fraction_bits: int | None = None

    def sums(self, name: str) -> Floats:
        """Return the exact sums that enter a layer but the first, or come out of the last."""
        return np.asarray(np.rint(self.reals[name] / self.multipliers[name]))

    def fixed_point(self, name: str, places: int, whole_of: Callable[[float], float]) -> Floats:
        """Return the values at a place for a multiplier made whole at 2^-*places*."""
        return np.asarray(self.sums(name) * fixed_point(self.multipliers[name], places, whole_of))


def fixed_point(
    multiplier: float, places: int, whole_of: Callable[[float], float] = np.rint
) -> float:
    """Return a multiplier made whole at 2^-*places*."""
    return float(whole_of(multiplier * 2.0**places)) / 2.0**places


@dataclass(frozen=True, kw_only=True)
class Forms:
    """Which way up the edition writes the scale of the images, and those of the layers' sums."""

    images: ScaleForm = ScaleForm.STEP
    layers: ScaleForm = ScaleForm.STEP


@dataclass(frozen=True, kw_only=True)
class ForwardAnswers:
    """The student's pass over a few images, and its replay."""

    trace: TraceAnswer
    replay: Replay
    layers: tuple[str, ...]  # the weighted layers' names, in order
    classes: int
    numbers: QuantizedNumbers | None = None  # that the replay stands on
    # The same with scales by which every layer clips: what the network's own may never show.
    clipping: ForwardAnswers | None = None
    built: BuiltNetwork | None = None
    forms: Forms = Forms()

    @property
    def seen(self) -> bool:
        """Return whether integers were seen to enter every layer."""
        return all(name in self.trace.entering for name in self.layers)

    @property
    def seen_at(self) -> dict[str, Floats]:
        """Return what was seen at each place: before the layers, and the last one's output."""
        output = self.trace.output
        return {**self.trace.entering, **({} if output is None else {OUTPUT: output})}

    @property
    def pixels(self) -> Floats:
        """Return the images that the network is given, normalised."""
        reals = self.replay.reals.get(self.layers[0], np.empty(0))
        pixels = reals / self.replay.input_multiplier
        return np.asarray(pixels, dtype=np.float32)

    @property
    def ignores_images(self) -> bool:
        """Return whether the same entered the first layer, or came out, whatever the image."""
        values = self.trace.entering.get(self.layers[0], self.trace.output)
        return values is not None and all_alike(values)

    @property
    def equals_replay(self) -> bool:
        """Return whether the output is the replayed one but for a rounding tie here and there."""
        output = self.trace.output
        if output is None or output.shape != self.replay.output.shape:
            return False
        return bool(np.mean(output == self.replay.output) > MOSTLY)


def all_alike(values: Floats) -> bool:
    """Return whether all of several rows hold the same values."""
    return len(values) > 1 and bool(np.all(values == values[:1]))
