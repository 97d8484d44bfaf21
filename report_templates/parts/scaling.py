"""The scaling equations, in symbols and with this student's numbers put in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from grader.results.measurements import Range
from report_templates.blocks import Block, Column, Equation, Equations, Prose, Row, Table
from report_templates.equations import typeset
from report_templates.numbers import column, decimal
from report_templates.source import SCALING, Source

EDGE = 127


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A layer's multipliers, its largest output, and the factor of its accumulator."""

    name: str
    weight: float | None
    output: float | None
    largest: float | None
    accumulated: float | None

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


def equation_first_layer(source: Source) -> tuple[Block, ...]:
    """Return the first layer's equation before and after quantization."""
    names = [symbol(layer.name) for layer in scaled_layers(source)[:1]]
    if not names:
        return ()
    (k,) = names
    lines = (
        (rf"W_{k} \ast I = O_{k}", "float"),
        (rf"n_{{W_{k}}} W_{k} \ast n_I\, I = n_{{W_{k}}} n_I\, O_{k}", "scaled"),
        (rf"n_{{O_{k}}} \left( n_{{W_{k}}} n_I\, O_{k} \right)", "requantized"),
    )
    return (_equations(source, lines),)


def equation_second_layer(source: Source) -> tuple[Block, ...]:
    """Return the second layer's equation, which carries the first layer's factors."""
    names = [symbol(layer.name) for layer in scaled_layers(source)[:2]]
    if len(names) < 2:
        return ()
    j, k = names
    before = rf"n_{{O_{j}}} n_{{W_{j}}} n_I"
    lines = (
        (rf"n_{{W_{k}}} W_{k} \ast {before}\, O_{j} = n_{{W_{k}}} {before}\, O_{k}", "carried"),
        (rf"n_{{O_{k}}} \left( n_{{W_{k}}} {before}\, O_{k} \right)", "requantized"),
    )
    return (_equations(source, lines),)


def equation_scales(source: Source) -> tuple[Block, ...]:
    """Return the accumulated factor, the ideal multiplier, and the landing level."""
    lines = (
        (r"A_k = n_I\, n_{W_k} \prod_{j<k} n_{W_j} n_{O_j}", "accumulated"),
        (rf"n_{{O_k}} = \dfrac{{{EDGE}}}{{\max|O_k| \, A_k}}", "ideal"),
        (r"E_k = \max|O_k| \, A_k \, n_{O_k}", "landing"),
    )
    return (_equations(source, lines),)


def equation_bias(source: Source) -> tuple[Block, ...]:
    """Return the equation of a layer with a bias, and the quantized bias."""
    layers = scaled_layers(source)
    if not layers:
        return ()
    k = symbol(layers[-1].name)
    lines = (
        (rf"W_{k} \ast I_{k} + \beta = O_{k}", "bias_float"),
        (rf"A_{k} \left( W_{k} \ast I_{k} + \beta \right) = A_{k} \, O_{k}", "bias_scaled"),
        (
            rf"\beta_q = \mathrm{{clamp}} \left( \mathrm{{round}} \left( \beta \, A_{k} \right),"
            r" -2^{31},\, 2^{31}-1 \right)",
            "bias_quantized",
        ),
    )
    return (_equations(source, lines),)


def scales_worked(source: Source) -> tuple[Block, ...]:
    """Return the first layer's equations with numbers, and a table of them for every layer."""
    t = source.t
    layers = scaled_layers(source)
    if not any(layer.landing is not None for layer in layers):
        return (Prose(paragraphs=(t("scales.empty"),)),)
    student = source.by_whom("worked.student", "activations")
    titles = ("max|O|", "A", t("worked.ideal"), student, "E")
    table = Table(
        caption=source.table_caption(source.by_whom("worked.caption", *SCALING)),
        columns=(
            Column(title=t("scales.layer")),
            *(Column(title=title, align="number") for title in titles),
        ),
        rows=_worked_rows(layers),
    )
    first = layers[0]
    worked = _worked(source, first) if first.landing is not None else ()
    return (*worked, table)


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
        weight, output = layer.weight_multiplier, layer.output_multiplier
        accumulated = factor * weight if factor is not None and weight is not None else None
        layers.append(
            Layer(
                name=layer.name,
                weight=weight,
                output=output,
                largest=largest.get(layer.name),
                accumulated=accumulated,
            )
        )
        known = accumulated is not None and output is not None
        factor = accumulated * output if known else None  # type: ignore[operator] # known above
    return layers


def symbol(name: str) -> str:
    """Return *name* as an upright subscript; whatever is not a letter or a digit is left out."""
    return rf"{{\mathrm{{{re.sub('[^A-Za-z0-9]', '', name) or 'k'}}}}}"


def _largest(one: Range) -> float | None:
    return None if one.min is None or one.max is None else max(abs(one.min), abs(one.max))


def _equations(source: Source, lines: Sequence[tuple[str, str]]) -> Equations:
    """Return *lines* of (TeX, message key), each with its lead and its number."""
    t = source.t
    return Equations(
        equations=tuple(
            Equation(
                picture=typeset(tex, t(f"equations.say_{key}")),
                number=source.equation_number(),
                lead=t(f"equations.{key}"),
            )
            for tex, key in lines
        )
    )


def _worked(source: Source, first: Layer) -> tuple[Equations, ...]:
    t = source.t
    k = symbol(first.name)
    n_input = decimal(source.extra.input_multiplier, 2)
    weight = decimal(first.weight, 2)
    accumulated, largest = decimal(first.accumulated, 2), decimal(first.largest)
    ideal, student = column((first.ideal, first.output), 5)
    values = {
        "accumulated": accumulated,
        "largest": largest,
        "ideal": ideal,
        "student": student,
        "landing": decimal(first.landing, 1),
        "weight": weight,
        "input": n_input,
        "layer": first.name,
    }
    lines = (
        rf"A_{k} = n_I\, n_{{W_{k}}} = {n_input} \times {weight} = {accumulated}",
        rf"n_{{O_{k}}} = \dfrac{{{EDGE}}}{{{largest} \times {accumulated}}} = {ideal}",
        rf"E_{k} = {largest} \times {accumulated} \times {student} = {values['landing']}",
    )
    judged = "_judged" if source.borrowed("activations") else ""
    keys = ("worked_accumulated", "worked_ideal", "worked_landing")
    return (
        Equations(
            equations=tuple(
                Equation(
                    picture=typeset(_tex(tex), t(f"equations.say_{key}", **values)),
                    number=source.equation_number(),
                    lead=t(
                        f"equations.{key}{judged if key == 'worked_landing' else ''}", **values
                    ),
                )
                for tex, key in zip(lines, keys, strict=True)
            )
        ),
    )


def _tex(formula: str) -> str:
    """Return *formula* with numbers as TeX wants them: a plain minus, no gap after commas."""
    return re.sub(r"(?<=\d),(?=\d{3})", "{,}", formula.replace("\u2212", "-"))


def _worked_rows(layers: Sequence[Layer]) -> tuple[Row, ...]:
    columns = (
        tuple(layer.name for layer in layers),
        tuple(decimal(layer.largest) for layer in layers),
        column([layer.accumulated for layer in layers], 4),
        column([layer.ideal for layer in layers], 4),
        column([layer.output for layer in layers], 4),
        tuple(decimal(layer.landing, 1) for layer in layers),
    )
    return tuple(Row(cells=cells) for cells in zip(*columns, strict=True))
