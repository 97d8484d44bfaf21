"""The network: its layers, and what the student's scales make of them."""

from __future__ import annotations

from collections.abc import Iterable

from report_templates.blocks import Block, Column, Prose, Row, Table
from report_templates.numbers import UNKNOWN, decimal, integer, percent, shape, significant
from report_templates.reading import Json, items, mappings, number, text
from report_templates.source import Source
from report_templates.text import line

FULL_RANGE = 127.0


def architecture(source: Source) -> tuple[Block, ...]:
    """Return the table of layers: type, sizes, activation, weights and multiply-adds."""
    t = source.t
    layers = mappings(source.extra, "layers")
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
            integer(_sum(layers, "weights")),
            integer(_sum(layers, "multiply_adds")),
        ),
        style="total",
    )  # fmt: skip
    rows = (*(_layer_row(source, layer) for layer in layers), total)
    caption = source.table_caption(t("network.caption"))
    return (Table(caption=caption, columns=columns, rows=rows),)


def scales(source: Source) -> tuple[Block, ...]:
    """Return the table of multipliers, landing levels, and clipped and used ranges."""
    t = source.t
    layers = [layer for layer in mappings(source.extra, "layers") if number(layer, "weights")]
    fields = ("weight_multiplier", "output_multiplier", "landing_level", "clipped_percent")
    multiplier = number(source.extra, "input_multiplier")
    if multiplier is None and not any(
        number(layer, f) is not None for layer in layers for f in fields
    ):
        return (Prose(paragraphs=(t("scales.empty"),)),)
    columns = (
        Column(title=t("scales.layer")),
        Column(title="n", subscript=t("scales.subscript_weight"), align="number"),
        Column(title="n", subscript=t("scales.subscript_output"), align="number"),
        *(
            Column(title=t(f"scales.{name}"), align="number")
            for name in ("landing", "used", "clipped")
        ),
    )
    missing = any(number(layer, name) is None for layer in layers for name in fields)
    note = t("scales.input", multiplier=decimal(multiplier, 2))
    table = Table(
        caption=source.table_caption(t("scales.caption")),
        columns=columns,
        rows=tuple(_scale_row(layer) for layer in layers),
        note=f"{note} {t('scales.missing')}" if missing else note,
    )
    return (table,)


def used_percent(landing: float | None) -> float | None:
    """Return how much of the positive range a landing level of *landing* fills, at most 100 %."""
    return None if landing is None else min(100.0, 100.0 * landing / FULL_RANGE)


def _sum(layers: Iterable[Json], key: str) -> float:
    return sum(number(layer, key) or 0.0 for layer in layers)


def _count(layer: Json, key: str) -> str:
    """Return a layer's count, a dash where it has none (pooling)."""
    value = number(layer, key)
    return integer(value) if value else UNKNOWN


def _layer_row(source: Source, layer: Json) -> Row:
    activation = line(layer.get("activation"), 20)
    cells = (
        line(layer.get("name"), 40),
        line(source.t.name("types", text(layer, "type")), 40),
        shape(items(layer, "input_shape")),
        shape(items(layer, "output_shape")),
        UNKNOWN if activation in {"", "-"} else activation,
        _count(layer, "weights"),
        _count(layer, "multiply_adds"),
    )
    return Row(cells=cells)


def _scale_row(layer: Json) -> Row:
    landing = number(layer, "landing_level")
    cells = (
        line(layer.get("name"), 40),
        decimal(number(layer, "weight_multiplier"), 2),
        significant(number(layer, "output_multiplier"), 5),
        decimal(landing, 1),
        percent(used_percent(landing), 1),
        percent(number(layer, "clipped_percent"), 2),
    )
    return Row(cells=cells)
