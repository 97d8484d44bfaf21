"""
An edition's equations as data: ``[[equations]]`` and ``[worked]`` of its ``report.toml``.

A line is TeX in the sheet's own symbols. Letters of ``layers`` stand for layers with weights,
counted from 1 or, with a minus, from the last: ``{k}`` is the name of layer k, ``{k_largest}`` a
number of its, one of :class:`Number`. The words beside a line may have the same in braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from grader.editions.schema import Localized
from grader.editions.strict import Strict

_PLACE = re.compile(r"\{([A-Za-z]\w*)\}")


class Number(StrEnum):
    """A number of a layer; a step is 1 / multiplier."""

    INPUT_MULTIPLIER = "input_multiplier"  # of the network's input
    INPUT_STEP = "input_step"
    WEIGHT_MULTIPLIER = "weight_multiplier"
    WEIGHT_STEP = "weight_step"
    ACCUMULATED = "accumulated"  # what the accumulator is multiplied by: A
    OUTPUT_MULTIPLIER = "output_multiplier"  # from the accumulator to the output's integers
    OUTPUT_STEP = "output_step"  # of the output's integers
    LARGEST = "largest"  # output, before quantization
    IDEAL = "ideal"  # output multiplier, which fills the range
    LANDING = "landing"  # the integer of the largest output
    # Of the layer with a bias, in the network that has it: scales of its own.
    BIAS = "bias"  # of largest magnitude, as trained
    BIAS_WEIGHT = "bias_weight"  # the multiplier of the weights
    BIAS_ENTERING = "bias_entering"  # the multiplier of what enters the layer
    BIAS_FACTOR = "bias_factor"  # the product of both: A
    BIAS_WEIGHT_STEP = "bias_weight_step"
    BIAS_ENTERING_STEP = "bias_entering_step"
    BIAS_STEP = "bias_step"  # 1 / A
    BIAS_PRODUCT = "bias_product"  # bias x A
    BIAS_INTEGER = "bias_integer"  # as the equations want it


class Line(Strict):
    """
    One equation, the words that lead to it, and the equation said aloud.

    Where it shows what a task *of_task* was answered with, ``lead_reference`` leads to it if the
    reference's answer stands in place of the submission's.
    """

    tex: str
    lead: Localized
    say: Localized
    of_task: str = ""
    lead_reference: Localized | None = None

    def in_words(self) -> Iterator[str]:
        """Yield the names in braces that the words have."""
        words = (self.lead, self.say, self.lead_reference)
        for text in (text for one in words if one for text in (one.en, one.zh_TW)):
            yield from _PLACE.findall(text)

    def in_tex(self) -> list[str]:
        """Return the names in braces that TeX has, its own groups among them."""
        return _PLACE.findall(self.tex)


class Formula(Strict):
    """Equations that stand together, and the layers that their letters stand for."""

    id: str
    layers: Mapping[Annotated[str, Field(pattern="^[a-z]$")], int] = {}
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]

    @property
    def numbers(self) -> frozenset[tuple[str, str]]:
        """Return the numbers that are filled in, each as the layer's letter and its own name."""
        return frozenset((name[0], name[2:]) for name in self._names() if name not in self.layers)

    def _names(self) -> Iterator[str]:
        for line in self.lines:
            yield from line.in_words()
            yield from (name for name in line.in_tex() if name[:1] in self.layers and "_" in name)

    @model_validator(mode="after")
    def _can_be_filled_in(self) -> Formula:
        known = [*self.layers, *(f"{letter}_{name}" for letter in self.layers for name in Number)]
        for name in self._names():
            if name not in known:
                told = ", ".join(f"{{{one}}}" for one in known) or "nothing, as it names no layers"
                msg = f"{self.id}: {{{name}}} is not known; it can fill in {told}"
                raise ValueError(msg)
        return self


class Column(Strict):
    """One column of the table of worked numbers, with another title for the reference's."""

    title: Localized
    number: Number
    of_task: str = ""
    title_reference: Localized | None = None


class Worked(Strict):
    """The table of the equations' numbers, layer by layer."""

    caption: Localized
    caption_reference: Localized
    columns: tuple[Column, ...]
