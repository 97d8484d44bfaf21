"""Ranges: tables and histograms of weights, input and activations, as the lab asks for them."""

from __future__ import annotations

import math

from report_templates.blocks import Block, Column, Figure, Figures, Prose, Row, Table
from report_templates.charts import Histogram, HistogramWords, histogram
from report_templates.numbers import UNKNOWN, decimal, integer
from report_templates.reading import Json, counts, mapping, mappings, number, text
from report_templates.source import Source
from report_templates.text import line

FIELDS = ("min", "max", "width", "mean", "std", "sigma_min", "sigma_max", "sigma_width")


def weight_ranges(source: Source) -> tuple[Block, ...]:
    """Return the range table of the weights."""
    return _range_table(source, "weights")


def activation_ranges(source: Source) -> tuple[Block, ...]:
    """Return the range table of the input and the activations."""
    return _range_table(source, "activations")


def weight_histograms(source: Source) -> tuple[Block, ...]:
    """Return a histogram of every layer's weights."""
    return _histograms(source, "weights")


def activation_histograms(source: Source) -> tuple[Block, ...]:
    """Return a histogram of the input and of every layer's activations."""
    return _histograms(source, "activations")


def ranges_of(source: Source, kind: str) -> tuple[Json, ...]:
    """Return the measured tensors of *kind*, ``weights`` or ``activations``."""
    return tuple(r for r in mappings(source.extra, "ranges") if text(r, "kind") == kind)


def _range_table(source: Source, kind: str) -> tuple[Block, ...]:
    t = source.t
    measured = ranges_of(source, kind)
    if not measured:
        return (Prose(paragraphs=(t("ranges.empty"),)),)
    columns = (
        Column(title=t("ranges.tensor")),
        Column(title=t("ranges.count"), align="number"),
        *(Column(title=t(f"ranges.{name}"), align="number") for name in FIELDS),
        Column(title=t("ranges.larger")),
    )
    rows = tuple(_range_row(source, one) for one in measured)
    caption = source.table_caption(t(f"ranges.{kind}"))
    return (Table(caption=caption, columns=columns, rows=rows, style="ranges"),)


def _range_row(source: Source, one: Json) -> Row:
    larger = text(one, "larger")
    cells = (
        line(one.get("layer") or one.get("tensor"), 40),
        integer(number(one, "numel")),
        *(decimal(number(one, name)) for name in FIELDS),
        source.t.name("ranges", larger) if larger else UNKNOWN,
    )
    return Row(cells=cells)


def _histograms(source: Source, kind: str) -> tuple[Block, ...]:
    figures = tuple(
        figure
        for one in ranges_of(source, kind)
        if (figure := _figure(source, one, kind)) is not None
    )
    if not figures:
        return ()
    return (Figures(figures=figures, across=3, lead=source.once("histogram.lead")),)


def _figure(source: Source, one: Json, kind: str) -> Figure | None:
    data = _histogram(one)
    if data is None:
        return None
    t = source.t
    values = {
        "tensor": line(one.get("layer") or one.get("tensor"), 40),
        "count": integer(number(one, "numel")),
        "low": decimal(data.minimum),
        "high": decimal(data.maximum),
    }
    low, high = data.limits
    alt = t(
        "histogram.alt",
        **values,
        mean=decimal(data.mean),
        std=decimal(data.std),
        sigma_low=decimal(low),
        sigma_high=decimal(high),
        larger=t.name("ranges", text(one, "larger")),
        scale=t("histogram.logarithmic" if data.dominated else "histogram.linear"),
    )
    words = t(f"histogram.{kind}", **values)
    caption = words + t("gap") + t("histogram.log") if data.dominated else words
    drawing = histogram(data, _words(source), title=alt)
    return Figure(picture=drawing, caption=source.figure_caption(caption))


def _histogram(one: Json) -> Histogram | None:
    """Return what is drawn, or None where a number is missing or not finite."""
    bins = mapping(one, "histogram")
    numbers = {
        "low": number(bins, "low"),
        "high": number(bins, "high"),
        "minimum": number(one, "min"),
        "maximum": number(one, "max"),
        "mean": number(one, "mean"),
        "std": number(one, "std"),
    }
    known = {name: n for name, n in numbers.items() if n is not None and math.isfinite(n)}
    found = counts(bins, "counts")
    return Histogram(counts=found, **known) if found and len(known) == len(numbers) else None


def _words(source: Source) -> HistogramWords:
    t = source.t
    return HistogramWords(
        mean=t("histogram.mean"),
        sigma_low=t("histogram.sigma_low"),
        sigma_high=t("histogram.sigma_high"),
        minimum=t("histogram.min"),
        maximum=t("histogram.max"),
    )
