"""Ranges: tables and histograms of weights, input and activations, as the lab asks for them."""

from __future__ import annotations

import math

from grader.results.file.measurements import Range
from reference.figures import Bins, RangeWords, binned_histogram
from report_templates.page.blocks import Block, Column, Figure, Figures, Prose, Row, Table
from report_templates.page.numbers import UNKNOWN, decimal, integer
from report_templates.page.pictures import picture
from report_templates.page.text import line
from report_templates.source import Source

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


def ranges_of(source: Source, kind: str) -> tuple[Range, ...]:
    """Return the measured tensors of *kind*, ``weights`` or ``activations``."""
    return tuple(one for one in source.extra.ranges if one.kind == kind)


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


def _range_row(source: Source, one: Range) -> Row:
    cells = (
        line(one.layer or one.tensor, 40),
        integer(one.numel),
        *map(decimal, _numbers_of(one)),
        source.t.name("ranges", one.larger) if one.larger else UNKNOWN,
    )
    return Row(cells=cells)


def _numbers_of(one: Range) -> tuple[float | None, ...]:
    actual = (one.min, one.max, one.width, one.mean, one.std)
    return (*actual, one.sigma_min, one.sigma_max, one.sigma_width)


def _histograms(source: Source, kind: str) -> tuple[Block, ...]:
    figures = tuple(
        figure
        for one in ranges_of(source, kind)
        if (figure := _figure(source, one, kind)) is not None
    )
    if not figures:
        return ()
    return (Figures(figures=figures, across=3, lead=source.once("histogram.lead")),)


def _figure(source: Source, one: Range, kind: str) -> Figure | None:
    data = _histogram(one)
    if data is None:
        return None
    t = source.t
    values = {
        "tensor": line(one.layer or one.tensor, 40),
        "count": integer(one.numel),
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
        larger=t.name("ranges", one.larger),
        scale=t("histogram.logarithmic" if data.dominated else "histogram.linear"),
    )
    words = t(f"histogram.{kind}", **values)
    caption = words + t("gap") + t("histogram.log") if data.dominated else words
    drawing = picture(binned_histogram, data, _words(source), words=alt)
    return Figure(picture=drawing, caption=source.figure_caption(caption))


def _histogram(one: Range) -> Bins | None:
    """Return what is drawn, or None where a number is missing or not finite."""
    bins = one.histogram
    numbers = {
        "low": bins.low,
        "high": bins.high,
        "minimum": one.min,
        "maximum": one.max,
        "mean": one.mean,
        "std": one.std,
    }
    known = {name: n for name, n in numbers.items() if n is not None and math.isfinite(n)}
    complete = bins.counts and len(known) == len(numbers)
    return Bins(counts=bins.counts, **known) if complete else None


def _words(source: Source) -> RangeWords:
    t = source.t
    return RangeWords(
        mean=t("histogram.mean"),
        sigma_low=t("histogram.sigma_low"),
        sigma_high=t("histogram.sigma_high"),
        minimum=t("histogram.min"),
        maximum=t("histogram.max"),
    )
