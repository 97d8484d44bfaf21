"""
How one task of an edition writes its scales: the symbols of its sheet, and formulas in them.

A scale is a factor that values are multiplied by (a multiplier) or divided by (a step). What the
grader says is phrased through this module, so that a formula comes in the sheet's own symbols and
the right way up: ``n = 127 / max|W|`` of a multiplier, ``s_w = max|W| / 127`` of a step.

A layer's sum carries a factor, *A*; where weights have steps the sum is said to have a step, *S*,
which is 1 / A.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from grader.editions.loader import Edition
from grader.editions.schema import Binding, EditionFile, Role, ScaleForm, TaskSpec
from grader.words.message import Value, say

EDGE = "127"
PRODUCT = " · "
SCALES = (Role.WEIGHT_SCALE, Role.INPUT_SCALE, Role.REQUANTIZE_SCALE, Role.OUTPUT_SCALE)

_LETTERS: Mapping[ScaleForm, str] = {ScaleForm.MULTIPLIER: "n", ScaleForm.STEP: "s"}
_SUMS: Mapping[ScaleForm, str] = {ScaleForm.MULTIPLIER: "A", ScaleForm.STEP: "S"}
# What a scale is taken from, as the sheets call it.
_VALUES: Mapping[str, str] = {Role.WEIGHT_SCALE: "W", Role.INPUT_SCALE: "I"}
_OUTPUTS = "O"


@dataclass(frozen=True)
class Quotient:
    """A product of symbols over another one."""

    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    def times(self, other: Quotient) -> Quotient:
        """Return the product of both."""
        return Quotient(self.above + other.above, self.below + other.below)

    def inverse(self) -> Quotient:
        """Return one over it."""
        return Quotient(self.below, self.above)

    def as_form(self, form: ScaleForm) -> Quotient:
        """Return a multiplier as it is written in a form: a step is its inverse."""
        return self if form is ScaleForm.MULTIPLIER else self.inverse()

    def text(self, joint: str = PRODUCT) -> str:
        """Return it as a formula: ``127 / (max|O| A)``."""
        above, below = joint.join(self.above) or "1", joint.join(self.below)
        if len(self.below) > 1:
            return f"{above} / ({below})"
        return f"{above} / {below}" if below else above


@dataclass(frozen=True)
class Symbol:
    """What a sheet calls a scale in its formulas, and which way it writes it."""

    text: str
    form: ScaleForm

    @property
    def factor(self) -> Quotient:
        """Return what values are multiplied by."""
        return Quotient((self.text,)).as_form(self.form)

    def marked(self, mark: str) -> Symbol:
        """Return the symbol of another layer: ``n_Wj``."""
        return replace(self, text=f"{self.text}{mark}")

    def raised(self, power: str) -> Symbol:
        """Return a power of it."""
        return replace(self, text=f"{self.text}^{power}")


class SumMistake(StrEnum):
    """A known mistake in the factors on a layer's sum, as it ends the ids of its findings."""

    MISSES_WEIGHT_SCALE = "misses-weight-scale"
    MISSES_INPUT_SCALE = "misses-input-scale"
    MISSES_PRECEDING_LAYERS = "misses-preceding-layers"
    MISSES_ALL_SCALES = "misses-all-scales"
    MISSES_PRECEDING_WEIGHT_SCALES = "misses-preceding-weight-scales"
    MISSES_PRECEDING_OUTPUT_SCALES = "misses-preceding-output-scales"
    ONLY_LAST_LAYER = "only-last-layer"
    ONLY_LAST_OUTPUT = "only-last-output"
    SKIPS_FIRST_LAYER = "skips-first-layer"
    SKIPS_LAST_LAYER = "skips-last-layer"
    REPEATS_FIRST_LAYER = "repeats-first-layer"
    REPEATS_INPUT_SCALE = "repeats-input-scale"
    REPEATS_WEIGHT_SCALE = "repeats-weight-scale"
    REPEATS_LAST_OUTPUT_SCALE = "repeats-last-output-scale"
    REAPPLIES_ACCUMULATED_SCALE = "reapplies-accumulated-scale"
    ADDS_PRECEDING_SCALES = "adds-preceding-scales"
    MULTIPLIES_BY_ACCUMULATED_SCALE = "multiplies-by-accumulated-scale"
    MISSES_ENTERING_SCALE = "misses-entering-scale"
    MULTIPLIES_EVERY_SCALE = "multiplies-every-scale"
    LAYER_BEFORE_LAST = "layer-before-last"
    FIRST_LAYERS_SCALE = "first-layers-scale"
    INPUT_SCALE_FOR_EVERY_LAYER = "input-scale-for-every-layer"
    INPUT_SCALE_NOT_INVERTED = "input-scale-not-inverted"
    ADDS_EVERY_SCALE = "adds-every-scale"
    WITH_OWN_OUTPUT_SCALE = "with-own-output-scale"
    OWN_OUTPUT_SCALE = "own-output-scale"


@dataclass(frozen=True, kw_only=True)
class Notation:
    """
    The symbols and formulas of one task.

    *at_first_layer* makes them those of the first layer, where a list of scales is empty.
    """

    edition: EditionFile
    task: TaskSpec
    at_first_layer: bool = False

    def symbol(self, role: str) -> Symbol:
        """Return the symbol of a role: as this task writes it, else as another task does."""
        tasks = (self.task, *self.edition.tasks)
        bound = [b for task in tasks for b in (*task.arguments, *task.returns) if b.role == role]
        form = bound[0].form if bound else ScaleForm.STEP
        texts = (b.symbol or b.name for b in bound if b.form is form)
        return Symbol(next(filter(None, texts), _default(role, form)), form)

    @cached_property
    def role(self) -> str:
        """Return the role of the scale that the task returns, that of weights if it has none."""
        returned = (binding.role for binding in self.task.returns if binding.role in SCALES)
        return next(returned, Role.WEIGHT_SCALE)

    @property
    def own(self) -> Symbol:
        """Return the symbol of the scale that the task returns."""
        return self.symbol(self.role)

    @cached_property
    def listed(self) -> Binding:
        """Return the argument that holds the scales of the preceding layers."""
        lists = (b for b in self.task.arguments if b.role == Role.PRECEDING_SCALES)
        return next(lists, Binding(role=Role.PRECEDING_SCALES))

    @property
    def is_cumulative(self) -> bool:
        """Return whether a scale of the list already holds all that came before it."""
        return self.listed.items == (Role.OUTPUT_SCALE,)

    # -- a layer's sum --------------------------------------------------------------------------

    @property
    def letter(self) -> Symbol:
        """Return the letter of what a layer's sum carries: A, a factor, or S, a step."""
        form = self.symbol(Role.WEIGHT_SCALE).form
        return Symbol(_SUMS[form], form)

    @property
    def sum_factor(self) -> Quotient:
        """Return the factor on a layer's sum, written out."""
        return self.symbol(Role.WEIGHT_SCALE).factor.times(self._before())

    def as_sum(self, factor: Quotient) -> str:
        """Return a factor on a layer's sum as what the letter stands for."""
        return factor.as_form(self.letter.form).text()

    def _before(self) -> Quotient:
        """Return the factor that a layer's input carries."""
        images = self.symbol(Role.INPUT_SCALE).factor
        if not self.is_cumulative:
            return images.times(self._preceding())
        return images if self.at_first_layer else self._entry(f"[{self.listed.layer_before}]")

    def _preceding(self) -> Quotient:
        marked = [symbol.marked("j").text for symbol in self._pair()]
        return self._of_list(f"Π({PRODUCT.join(marked)})")

    def _pair(self) -> list[Symbol]:
        return [self.symbol(role) for role in self.listed.items or _PAIR]

    def _entry(self, place: str) -> Quotient:
        return self._of_list(f"{self.listed.name}{place}")

    def _of_list(self, text: str) -> Quotient:
        return Quotient((text,)).as_form(self.listed.form)

    # -- scales ---------------------------------------------------------------------------------

    def scale(self, role: str) -> str:
        """Return the formula of the scale that fills the range: ``n_O = 127 / (max|O| A)``."""
        return f"{self.symbol(role).text} = {self.right_side(role)}"

    def right_side(self, role: str) -> str:
        """Return the scale that fills the range, without its symbol: ``127 / (max|O| A)``."""
        return self._as_scale(role, self._range(role).inverse())

    def misapplied(self, role: str) -> str:
        """Return the scale with the factor on the sum the wrong way up: ``127 A / max|O|``."""
        return self._as_scale(role, Quotient((), (_largest(role),)).times(self._on_sum(role)))

    def range(self, role: str) -> str:
        """Return the range of what the scale is applied to, as a part of a formula."""
        spread = self._range(role)
        text = spread.text(self._joint(role))
        is_composed = len(spread.above + spread.below) > 1
        is_divisor = self.symbol(role).form is ScaleForm.STEP
        return f"({text})" if is_composed and is_divisor else text

    def filled(self, role: str) -> str:
        """Return what is the same for every layer if only the factors are followed: ``n_O A``."""
        return self.symbol(role).factor.times(self._on_sum(role)).text(self._joint(role))

    def _as_scale(self, role: str, multiplier: Quotient) -> str:
        whole = Quotient((EDGE,)).times(multiplier)
        return whole.as_form(self.symbol(role).form).text(self._joint(role))

    def _range(self, role: str) -> Quotient:
        return Quotient((_largest(role),)).times(self._on_sum(role))

    def _on_sum(self, role: str) -> Quotient:
        """Return the factor on what a scale is applied to: that of a sum, for its own scale."""
        if role != Role.REQUANTIZE_SCALE:
            return Quotient()
        return self.sum_factor if self.is_cumulative else self.letter.factor

    def _joint(self, role: str) -> str:
        return PRODUCT if self.is_cumulative and role == Role.REQUANTIZE_SCALE else " "

    # -- altered sums ---------------------------------------------------------------------------

    def altered(self, mistake: SumMistake) -> Value:
        """Return what a known mistake makes of the letter's formula; KeyError: of none known."""
        if mistake in _SKIPPED:
            entry = f"{self.listed.name}{_SKIPPED[mistake]}"
            return say("formula", "without", letter=self.letter.text, entry=entry)
        if mistake in _REPEATED:
            symbol = self.symbol(_REPEATED[mistake])
            twice = (symbol, symbol.raised(f"len({self.listed.name})"))
            first, other = (self.as_sum(self.letter.factor.times(one.factor)) for one in twice)
            if self.is_cumulative:
                return first
            return say("formula", "either", first=first, other=other)
        return self.as_sum({**self._altered(), **self._altered_cumulative()}[mistake])

    def is_of(self, mistake: str) -> bool:
        """Return whether a known mistake can be made with scales as this task hands them on."""
        of_cumulative = mistake in self._altered_cumulative() or mistake.startswith(_BESIDE)
        return self.is_cumulative or not of_cumulative

    def _altered_cumulative(self) -> Mapping[SumMistake, Quotient]:
        """Return what mistakes make of A where a scale of the list holds all before it."""
        weight, images = (self.symbol(r).factor for r in (Role.WEIGHT_SCALE, Role.INPUT_SCALE))
        place = self.listed.layer_before
        return {
            SumMistake.MISSES_ENTERING_SCALE: weight,
            SumMistake.MULTIPLIES_EVERY_SCALE: weight.times(
                self._of_list(f"Π {self.listed.name}[j]")
            ),
            SumMistake.ADDS_EVERY_SCALE: weight.times(self._of_list(f"Σ {self.listed.name}[j]")),
            SumMistake.LAYER_BEFORE_LAST: weight.times(self._entry(f"[{place - 1}]")),
            SumMistake.FIRST_LAYERS_SCALE: weight.times(self._entry("[0]")),
            SumMistake.INPUT_SCALE_FOR_EVERY_LAYER: weight.times(images),
            SumMistake.INPUT_SCALE_NOT_INVERTED: weight.times(images.inverse()),
            SumMistake.WITH_OWN_OUTPUT_SCALE: self.letter.factor.times(self._entry("[-1]")),
            SumMistake.OWN_OUTPUT_SCALE: weight.times(self._entry("[-1]")),
        }

    def _altered(self) -> Mapping[SumMistake, Quotient]:
        weight, images = (self.symbol(r).factor for r in (Role.WEIGHT_SCALE, Role.INPUT_SCALE))
        own, name = weight.times(images), self.listed.name
        last = [self._of_list(symbol.marked("(k-1)").text) for symbol in self._pair()]
        each = [self._of_list(f"Π {symbol.marked('j').text}") for symbol in self._pair()]
        first = self._of_list(f"({name}[0][0] · {name}[0][1])^len({name})")
        return {
            SumMistake.MISSES_WEIGHT_SCALE: self._before(),
            SumMistake.MISSES_INPUT_SCALE: weight
            if self.is_cumulative
            else weight.times(self._preceding()),
            SumMistake.MISSES_PRECEDING_LAYERS: own,
            SumMistake.MISSES_ALL_SCALES: Quotient(),
            SumMistake.MISSES_PRECEDING_WEIGHT_SCALES: own.times(each[-1]),
            SumMistake.MISSES_PRECEDING_OUTPUT_SCALES: own.times(each[0]),
            SumMistake.ONLY_LAST_LAYER: own.times(last[0]).times(last[-1]),
            SumMistake.ONLY_LAST_OUTPUT: weight.times(last[-1]),
            SumMistake.REPEATS_FIRST_LAYER: own.times(first),
            SumMistake.REPEATS_LAST_OUTPUT_SCALE: self.letter.factor.times(self._entry("[-1][1]")),
        }


_BESIDE = "output-scale"  # mistakes in a second scale that is returned
_REVERSE = {ScaleForm.STEP: ScaleForm.MULTIPLIER, ScaleForm.MULTIPLIER: ScaleForm.STEP}
_PAIR = (Role.WEIGHT_SCALE, Role.REQUANTIZE_SCALE)
_SKIPPED = {SumMistake.SKIPS_FIRST_LAYER: "[0]", SumMistake.SKIPS_LAST_LAYER: "[-1]"}
_REPEATED = {
    SumMistake.REPEATS_INPUT_SCALE: Role.INPUT_SCALE,
    SumMistake.REPEATS_WEIGHT_SCALE: Role.WEIGHT_SCALE,
}


def turned_over(edition: Edition, roles: Collection[str] | None = None) -> Edition:
    """Return an edition that writes every scale, or those of some *roles*, the other way up."""
    tasks = tuple(_turned_task(task, roles) for task in edition.file.tasks)
    return replace(edition, file=edition.file.model_copy(update={"tasks": tasks}))


def in_fixed_point(edition: Edition, places: int) -> Edition:
    """Return an edition whose layers' scales are returned as whole numbers of 2^-*places*."""
    tasks = tuple(_fixed_task(task, places) for task in edition.file.tasks)
    return replace(edition, file=edition.file.model_copy(update={"tasks": tasks}))


def _fixed_task(task: TaskSpec, places: int) -> TaskSpec:
    def fixed(binding: Binding) -> Binding:
        is_meant = binding.role == Role.REQUANTIZE_SCALE
        return binding.model_copy(update={"places": places}) if is_meant else binding

    return task.model_copy(update={"returns": tuple(map(fixed, task.returns))})


def _turned_task(task: TaskSpec, roles: Collection[str] | None) -> TaskSpec:
    def turned(binding: Binding) -> Binding:
        held = binding.items or (binding.role,)
        if roles is not None and not all(role in roles for role in held):
            return binding
        return binding.model_copy(update={"form": _REVERSE[binding.form]})

    sides = {"arguments": task.arguments, "returns": task.returns}
    return task.model_copy(update={side: tuple(map(turned, all_)) for side, all_ in sides.items()})


def _largest(role: str) -> str:
    return f"max|{_VALUES.get(role, _OUTPUTS)}|"


def _default(role: str, form: ScaleForm) -> str:
    return f"{_LETTERS[form]}_{_VALUES.get(role, _OUTPUTS)}"
