"""The scaling equations: the edition's own, with this student's numbers put in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from grader.editions.schema import Localized
from grader.results.file.measurements import Range
from grader.words.message import fill
from report_templates.formulas import Formula, Line, Number, Worked
from report_templates.page.blocks import (
    Block,
    Caption,
    Column,
    Equation,
    Equations,
    Prose,
    Row,
    Table,
)
from report_templates.page.equations import typeset
from report_templates.page.numbers import column, decimal
from report_templates.source import SCALING, Source
from report_templates.structure import StructureError

EDGE = 127


@dataclass(frozen=True, kw_only=True)
class BiasOfLayer:
    """A layer's bias of largest magnitude and its factors, in the network that has the bias."""

    trained: float
    weight: float
    entering: float
    integer: float

    @property
    def factor(self) -> float:
        """Return ``A``, the multiplier of the accumulator."""
        return self.weight * self.entering


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer's multipliers, its largest output, and the factor of its accumulator."""

    name: str
    input: float | None = None  # the network's
    weight: float | None
    output: float | None
    largest: float | None
    accumulated: float | None
    bias: BiasOfLayer | None = None

    @property
    def ideal(self) -> float | None:
        """Return ``127 / (max|O| A)``, the multiplier that fills the range."""
        if not self.largest or not self.accumulated:
            return None
        return EDGE / (self.largest * self.accumulated)

    @property
    def landing(self) -> float | None:
        """Return ``E = max|O| A n_O``."""
        if self.largest is None or self.accumulated is None or self.output is None:
            return None
        return self.largest * self.accumulated * self.output

    @property
    def carried(self) -> float | None:
        """Return ``A n_O``, the multiplier of the layer's output."""
        if self.accumulated is None or self.output is None:
            return None
        return self.accumulated * self.output


def _of_bias(number: Callable[[BiasOfLayer], float]) -> Callable[[Layer], float | None]:
    return lambda layer: None if layer.bias is None else number(layer.bias)


_NUMBERS: Mapping[Number, Callable[[Layer], float | None]] = {
    Number.INPUT_MULTIPLIER: lambda layer: layer.input,
    Number.INPUT_STEP: lambda layer: _inverse(layer.input),
    Number.WEIGHT_MULTIPLIER: lambda layer: layer.weight,
    Number.WEIGHT_STEP: lambda layer: _inverse(layer.weight),
    Number.ACCUMULATED: lambda layer: layer.accumulated,
    Number.OUTPUT_MULTIPLIER: lambda layer: layer.output,
    Number.OUTPUT_STEP: lambda layer: _inverse(layer.carried),
    Number.LARGEST: lambda layer: layer.largest,
    Number.IDEAL: lambda layer: layer.ideal,
    Number.LANDING: lambda layer: layer.landing,
    Number.BIAS: _of_bias(lambda bias: bias.trained),
    Number.BIAS_WEIGHT: _of_bias(lambda bias: bias.weight),
    Number.BIAS_ENTERING: _of_bias(lambda bias: bias.entering),
    Number.BIAS_FACTOR: _of_bias(lambda bias: bias.factor),
    Number.BIAS_WEIGHT_STEP: _of_bias(lambda bias: 1.0 / bias.weight),
    Number.BIAS_ENTERING_STEP: _of_bias(lambda bias: 1.0 / bias.entering),
    Number.BIAS_STEP: _of_bias(lambda bias: 1.0 / bias.factor),
    Number.BIAS_PRODUCT: _of_bias(lambda bias: bias.trained * bias.factor),
    Number.BIAS_INTEGER: _of_bias(lambda bias: bias.integer),
}
# The decimals of those that do not keep a number of digits instead.
_PLACES = {Number.LARGEST: 4, Number.LANDING: 1}
_PLACES_IN_LINE = {
    Number.INPUT_MULTIPLIER: 2,
    Number.WEIGHT_MULTIPLIER: 2,
    Number.ACCUMULATED: 2,
    **_PLACES,
    Number.BIAS: 4,
    Number.BIAS_WEIGHT: 2,
    Number.BIAS_FACTOR: 2,
    Number.BIAS_PRODUCT: 2,
    Number.BIAS_INTEGER: 0,
}


def equation(source: Source, equation_id: str) -> tuple[Block, ...]:
    """Return the edition's equations of that id; none where a layer or a number is missing."""
    formula = source.formulas.equations[equation_id]
    layers = _named_layers(formula, scaled_layers(source))
    if layers is None or any(
        _NUMBERS[Number(name)](layers[letter]) is None for letter, name in formula.numbers
    ):
        return ()
    words = {letter: layer.name for letter, layer in layers.items()}
    tex = {letter: symbol(name) for letter, name in words.items()}
    for letter, layer in layers.items():
        for number, written in _written(layer).items():
            words[f"{letter}_{number}"] = written
            tex[f"{letter}_{number}"] = _in_tex(written)
    lines = Equations(equations=tuple(_line(source, one, words, tex) for one in formula.lines))
    lead = source.once("whose.derivation")
    return (Prose(paragraphs=(lead,), style="note"), lines) if lead else (lines,)


def scales_worked(source: Source) -> tuple[Block, ...]:
    """Return a table of the numbers in the equations, for every layer."""
    layers = scaled_layers(source)
    worked = source.formulas.worked
    if worked is None or not any(layer.landing is not None for layer in layers):
        some = any(layer.weight is not None or layer.output is not None for layer in layers)
        known = some or source.extra.input_multiplier is not None
        return (Prose(paragraphs=(source.t("scales.too_few" if known else "scales.empty"),)),)
    names = tuple(layer.name for layer in layers)
    columns = (_column_of(layers, one.number) for one in worked.columns)
    table = Table(
        caption=_worked_caption(source, worked),
        columns=_worked_columns(source, worked),
        rows=tuple(Row(cells=cells) for cells in zip(names, *columns, strict=True)),
    )
    return (table,)


def scaled_layers(source: Source) -> list[Layer]:
    """Return the layers that have weights, each with the factor its accumulator carries."""
    largest = {
        one.layer: _largest(one) for one in source.extra.ranges if one.kind == "activations"
    }
    factor = source.extra.input_multiplier
    layers = []
    for layer in source.extra.layers:
        if not layer.weights:
            continue
        weight = layer.weight_multiplier
        accumulated = factor * weight if factor is not None and weight is not None else None
        scaled = Layer(
            name=layer.name,
            input=source.extra.input_multiplier,
            weight=weight,
            output=layer.output_multiplier,
            largest=largest.get(layer.name),
            accumulated=accumulated,
            bias=_bias_of(source, layer.name),
        )
        layers.append(scaled)
        factor = scaled.carried
    return layers


def _bias_of(source: Source, layer: str) -> BiasOfLayer | None:
    """Return the bias of largest magnitude of a layer, None where its factors are unknown."""
    bias = source.extra.bias
    factors = bias.factors
    rows = [row for row in bias.values if row.trained is not None and row.expected is not None]
    if bias.layer != layer or not rows or factors is None:
        return None
    if not factors.weight or not factors.entering:
        return None
    row = max(rows, key=lambda row: abs(row.trained or 0.0))
    return BiasOfLayer(
        trained=row.trained or 0.0,
        weight=factors.weight,
        entering=factors.entering,
        integer=row.expected or 0,
    )


def symbol(name: str) -> str:
    """Return *name* as an upright subscript; whatever is not a letter or a digit is left out."""
    return rf"{{\mathrm{{{re.sub('[^A-Za-z0-9]', '', name) or 'k'}}}}}"


def _largest(one: Range) -> float | None:
    return None if one.min is None or one.max is None else max(abs(one.min), abs(one.max))


def _inverse(multiplier: float | None) -> float | None:
    return 1.0 / multiplier if multiplier else None


def _named_layers(formula: Formula, layers: Sequence[Layer]) -> Mapping[str, Layer] | None:
    """Return the layers that the letters stand for, None where there are not so many."""
    if any(not 1 <= abs(place) <= len(layers) for place in formula.layers.values()):
        return None
    return {
        letter: layers[place - 1 if place > 0 else place]
        for letter, place in formula.layers.items()
    }


def _written(layer: Layer) -> dict[Number, str]:
    """Return a layer's numbers as an equation has them."""
    known = {number: value(layer) for number, value in _NUMBERS.items()}
    written = {
        number: decimal(value, _PLACES_IN_LINE[number])
        if number in _PLACES_IN_LINE
        else column([value], 5)[0]
        for number, value in known.items()
    }
    # These are there to be compared.
    pair = (Number.IDEAL, Number.OUTPUT_MULTIPLIER)
    return written | dict(zip(pair, column([known[one] for one in pair], 5), strict=True))


def _line(source: Source, one: Line, words: Mapping[str, str], tex: Mapping[str, str]) -> Equation:
    """Return an equation with its lead and its number."""
    language = source.t.language
    lead = _whose(source, one.of_task, one.lead, one.lead_reference)
    formula = re.sub(r"\{(\w+)\}", lambda found: tex.get(found[1], found[0]), one.tex)
    try:
        picture = typeset(formula, fill(one.say.in_language(language), words))
    except ValueError as error:
        where = f"{source.extra.edition}/report.toml"
        msg = f"{where}: the equation {one.tex!r} cannot be drawn: {error}"
        raise StructureError(msg) from None
    number = source.equation_number()
    return Equation(picture=picture, number=number, lead=fill(lead, words), tex=formula)


def _whose(source: Source, task: str, own: Localized, reference: Localized | None) -> str:
    """Return the words for a task's answer, which may be the reference's."""
    borrowed = reference if source.borrowed(task) else None
    return (borrowed or own).in_language(source.t.language)


def _worked_caption(source: Source, worked: Worked) -> Caption:
    borrowed = source.borrowed_titles(*SCALING)
    told = worked.caption_reference if borrowed else worked.caption
    return source.table_caption(fill(told.in_language(source.t.language), {"tasks": borrowed}))


def _worked_columns(source: Source, worked: Worked) -> tuple[Column, ...]:
    titles = (
        _whose(source, one.of_task, one.title, one.title_reference) for one in worked.columns
    )
    numbers = (Column(title=title, align="number") for title in titles)
    return (Column(title=source.t("scales.layer")), *numbers)


def _in_tex(number: str) -> str:
    """Return *number* as TeX wants it: a plain minus, no gap after commas."""
    return re.sub(r"(?<=\d),(?=\d{3})", "{,}", number.replace("\u2212", "-"))


def _column_of(layers: Sequence[Layer], number: Number) -> tuple[str, ...]:
    values = [_NUMBERS[number](layer) for layer in layers]
    if number in _PLACES:
        return tuple(decimal(value, _PLACES[number]) for value in values)
    return column(values, 4)
