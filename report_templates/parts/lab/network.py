# ruff: noqa: RUF001, RUF002 - multiplication signs are what is printed
"""The network: its layers, and what the student's scales make of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.editions.notation import Symbol
from grader.editions.schema import ScaleForm
from grader.results.file.comparisons import SummaryRow
from grader.results.file.measurements import Layer
from reference.figures import integer_histogram
from report_templates.page.blocks import Block, Column, Figure, Figures, Prose, Row, Table
from report_templates.page.numbers import UNKNOWN, column, decimal, integer, percent, shape
from report_templates.page.pictures import picture
from report_templates.page.text import line
from report_templates.source import SCALING, Source

FULL_RANGE = 127.0
INDENT = "\u2003"


def architecture(source: Source) -> tuple[Block, ...]:
    """Return the table of layers: type, sizes, activation, weights and multiply-adds."""
    t = source.t
    layers = source.extra.layers
    if not layers:
        return (Prose(paragraphs=(t("network.empty"),)),)
    names = ("layer", "type", "input", "output", "activation", "weights", "multiply_adds")
    columns = tuple(
        Column(title=t(f"network.{name}"), align="number" if place >= 5 else "text")
        for place, name in enumerate(names)
    )
    total = Row(
        cells=(
            t("network.total"), "", "", "", "",
            integer(sum(layer.weights or 0 for layer in layers)),
            integer(sum(layer.multiply_adds or 0 for layer in layers)),
        ),
        style="total",
    )  # fmt: skip
    rows = (*(_layer_row(source, layer) for layer in layers), total)
    caption = source.table_caption(t("network.caption"))
    return (Table(caption=caption, columns=columns, rows=rows),)


def model_summary(source: Source) -> tuple[Block, ...]:
    """Return the network module by module, as torchinfo sums it up."""
    t = source.t
    found = source.extra.summary
    if found is None or not found.rows:
        return (Prose(paragraphs=(t("network.empty"),)),)
    names = ("module", "input", "kernel", "output", "parameters", "multiply_adds")
    sizes = (found.input_bytes or 0, found.pass_bytes or 0, found.parameter_bytes or 0)
    input_size, pass_size, parameter_size = (decimal(size / 1e6, 2) for size in sizes)
    total = Row(
        cells=(
            t("network.total"), "", "", "",
            integer(found.parameters), integer(found.multiply_adds),
        ),
        style="total",
    )  # fmt: skip
    note = t(
        "network.summary_note",
        trainable=integer(found.trainable),
        others=integer((found.parameters or 0) - (found.trainable or 0)),
        millions=decimal((found.multiply_adds or 0) / 1e6, 2),
        input=input_size,
        passed=pass_size,
        parameters=parameter_size,
        total=decimal(sum(sizes) / 1e6, 2),
    )
    table = Table(
        caption=source.table_caption(t("network.summary", program=line(found.program, 40))),
        columns=tuple(
            Column(title=t(f"network.{name}"), align="number" if place >= 4 else "text")
            for place, name in enumerate(names)
        ),
        rows=(*map(_summary_row, found.rows), total),
        note=note,
        style="dense",
    )
    return (table,)


def scales(source: Source) -> tuple[Block, ...]:
    """Return the table of scales as the sheet writes them, landing levels, and ranges."""
    t = source.t
    layers = [layer for layer in source.extra.layers if layer.weights]
    known = [number is not None for layer in layers for number in _scales_of(layer)]
    multiplier = source.extra.input_multiplier
    if multiplier is None and not any(known):
        return (Prose(paragraphs=(t("scales.empty"),)),)
    weight, output = source.titles.weight_scale, source.titles.output_scale
    columns = (
        Column(title=t("scales.layer")),
        *(_symbol_column(symbol) for symbol in (weight, output)),
        *(
            Column(title=t(f"scales.{name}"), align="number")
            for name in ("landing", "used", "clipped")
        ),
    )
    known_input = multiplier is not None
    notes = [t("scales.input", multiplier=decimal(multiplier, 2))] if known_input else []
    if not all((*known, known_input)):
        notes.append(t("scales.missing"))
    words = {
        "weight": weight.text,
        "output": output.text,
        "weight_form": t(f"scales.{weight.form}"),
        "output_form": t(f"scales.{output.form}"),
    }
    table = Table(
        caption=source.table_caption(source.by_whom("scales.caption", *SCALING, **words)),
        columns=columns,
        rows=_scale_rows(layers, weight, output),
        note=t("gap").join(notes),
    )
    return (table,)


def quantized_weights(source: Source) -> tuple[Block, ...]:
    """Return the histogram of every layer's quantized weights, where they came back."""
    t = source.t
    figures = []
    for layer in source.extra.layers:
        found = layer.weight_counts
        if not found:
            continue
        lowest = -(len(found) // 2)
        values = [lowest + index for index, count in enumerate(found) if count]
        words = {
            "layer": line(layer.name, 40),
            "low": integer(min(values, default=0)),
            "high": integer(max(values, default=0)),
            "used": integer(len(values)),
            "of": integer(len(found)),
        }
        figures.append(
            Figure(
                picture=picture(
                    integer_histogram, found, lowest=lowest, words=t("quantized.alt", **words)
                ),
                caption=source.figure_caption(t("quantized.caption", **words)),
            )
        )
    lead = source.by_whom("quantized.lead", "weights")
    return (Figures(figures=tuple(figures), across=3, lead=lead),) if figures else ()


def type_name(source: Source, given: str) -> str:
    """Return a layer's type in the document's language, its kernel's size kept: ``... 5 × 5``."""
    name, _, size = given.rpartition(" ")
    if not re.fullmatch(r"\d+x\d+", size):
        name, size = given, ""
    return line(f"{source.t.name('types', name)} {size.replace('x', ' × ')}", 40)


def activation_name(given: str) -> str:
    """Return a layer's activation as it is written everywhere, a dash where it has none."""
    name = line(given, 20)
    return UNKNOWN if name in {"", "-"} else name


def used_percent(landing: float | None) -> float | None:
    """Return how much of the positive range a landing level of *landing* fills, at most 100 %."""
    return None if landing is None else min(100.0, 100.0 * landing / FULL_RANGE)


def _scales_of(layer: Layer) -> tuple[float | None, ...]:
    return (
        layer.weight_multiplier,
        layer.output_multiplier,
        layer.landing_level,
        layer.clipped_percent,
    )


def _summary_row(one: SummaryRow) -> Row:
    """Return a module's row, set in by its depth; shapes are a list of sizes, batch first."""
    cells = (
        INDENT * (one.depth or 0) + line(one.name, 60),
        _sizes(one.input_shape),
        _sizes(one.kernel),
        _sizes(one.output_shape),
        _count(one.parameters),
        _count(one.multiply_adds),
    )
    return Row(cells=cells)


def _sizes(sizes: Sequence[int]) -> str:
    return f"[{', '.join(map(str, sizes))}]".replace(" ", "\u00a0") if sizes else UNKNOWN


def _count(value: int | None) -> str:
    """Return a layer's count, a dash where it has none (pooling)."""
    return integer(value) if value else UNKNOWN


def _layer_row(source: Source, layer: Layer) -> Row:
    cells = (
        line(layer.name, 40),
        type_name(source, layer.type),
        shape(layer.input_shape),
        shape(layer.output_shape),
        activation_name(layer.activation),
        _count(layer.weights),
        _count(layer.multiply_adds),
    )
    return Row(cells=cells)


def _symbol_column(symbol: Symbol) -> Column:
    """Return the column of a scale: n_W is an n with a W set lower."""
    letter, _, subscript = symbol.text.partition("_")
    return Column(title=letter, subscript=subscript, align="number")


def _in_form(multiplier: float | None, symbol: Symbol) -> float | None:
    """Return a multiplier as a symbol's form has it."""
    if symbol.form is ScaleForm.MULTIPLIER:
        return multiplier
    return 1.0 / multiplier if multiplier else None


def _scale_rows(layers: list[Layer], weight_as: Symbol, output_as: Symbol) -> tuple[Row, ...]:
    weights = column([_in_form(layer.weight_multiplier, weight_as) for layer in layers])
    outputs = column([_in_form(layer.output_multiplier, output_as) for layer in layers])
    return tuple(
        Row(
            cells=(
                line(layer.name, 40),
                weight,
                output,
                decimal(layer.landing_level, 1),
                percent(used_percent(layer.landing_level), 1),
                percent(layer.clipped_percent, 2),
            )
        )
        for layer, weight, output in zip(layers, weights, outputs, strict=True)
    )
