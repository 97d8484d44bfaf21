"""What is shown when the run measured it: bias, confusion, bit widths, powers of two."""

from __future__ import annotations

import re

from report_templates.blocks import (
    Block,
    Column,
    Figure,
    Figures,
    Prose,
    Row,
    Table,
    filled,
)
from report_templates.curves import Curve, bit_width_curves
from report_templates.matrix import confusion
from report_templates.numbers import MINUS, UNKNOWN, decimal, integer, percent
from report_templates.parts.wording import told
from report_templates.reading import Json, items, mapping, mappings, number, text, texts
from report_templates.source import Source
from report_templates.text import line, paragraph


def bias_table(source: Source) -> tuple[Block, ...]:
    """Return the bias as trained, as it should be, and as the student quantized it."""
    t = source.t
    bias = mapping(source.extra, "bias")
    values = mappings(bias, "values")
    if not values:
        return ()
    titles = ("class", "float", "expected", "actual")
    columns = [
        Column(title=t(f"bias.{name}"), align="number" if place else "text")
        for place, name in enumerate(titles)
    ]
    rows = [
        Row(
            cells=(
                line(one.get("class"), 30),
                decimal(number(one, "float")),
                integer(number(one, "expected")),
                integer(number(one, "actual")),
            )
        )
        for one in values
    ]
    shown, rows_shown = filled(columns, rows)
    came_back = any(number(one, "actual") is not None for one in values)
    key = "bias.caption" if came_back else "bias.caption_missing"
    caption = source.table_caption(t(key, layer=line(bias.get("layer"), 30)))
    return (Table(caption=caption, columns=shown, rows=rows_shown),)


def claims(source: Source) -> tuple[Block, ...]:
    """Return what the notebook's saved outputs say, beside what was measured."""
    t = source.t
    rows = tuple(
        Row(
            cells=(
                _claimed_what(source, text(one, "what")),
                _claim(source, one, "claimed"),
                _claim(source, one, "measured") or UNKNOWN,
                told(source, one, "where", 160),
            )
        )
        for one in mappings(source.extra, "claims")
    )
    if not rows:
        return ()
    titles = ("what", "claimed", "measured", "where")
    columns, rows = filled([Column(title=t(f"claims_table.{name}")) for name in titles], rows)
    table = Table(
        caption=source.table_caption(t("claims_table.caption")), columns=columns, rows=rows
    )
    return (Prose(paragraphs=(t("claims_table.about"),), style="lead"), table)


def _claimed_what(source: Source, given: str) -> str:
    """Return what a claim is about: ``range.conv1.weight`` is the range of conv1's weights."""
    t = source.t
    kind, _, about = given.partition(".")
    name, _, tensor = about.rpartition(".")
    if kind == "accuracy":
        return t("claims_table.accuracy", name=t.name("stages", about))
    if kind == "histograms":
        return t("claims_table.histograms", name=t.name("claims_table", f"kind_{about}", about))
    if kind == "range" and f"claims_table.{tensor}" in t.sentences:
        return line(t(f"claims_table.{tensor}", name=name), 60)
    return line(given, 60)


def _claim(source: Source, claim: Json, key: str) -> str:
    """Return a claimed or measured value: a range with the document's own signs and word."""
    words = told(source, claim, key, 80)
    ends = re.fullmatch(r"(-?[\d.]+) ~ (-?[\d.]+)", words)
    if ends is None:
        return words
    low, high = (end.replace("-", MINUS) for end in ends.groups())
    return f"{low} {source.t('to')} {high}"


def confusion_matrices(source: Source) -> tuple[Block, ...]:
    """Return the confusion before and after quantization."""
    t = source.t
    given = mapping(source.extra, "confusion")
    classes = tuple(line(name, 12) for name in texts(given, "classes"))
    figures = []
    for stage in ("float", "quantized"):
        rows = [list(map(float, row)) for row in items(given, stage) if isinstance(row, list)]
        if not rows or any(len(row) != len(rows) for row in rows) or len(classes) < len(rows):
            continue
        right = sum(row[index] for index, row in enumerate(rows))
        words = {"right": integer(right), "images": integer(sum(map(sum, rows)))}
        svg = confusion(
            rows,
            classes,
            axes=(t("confusion.true"), t("confusion.answered")),
            title=t(f"confusion.alt_{stage}", **words),
        )
        caption = source.figure_caption(t(f"confusion.{stage}", **words))
        figures.append(Figure(picture=svg, caption=caption))
    return (Figures(figures=tuple(figures)),) if figures else ()


def bit_widths(source: Source) -> tuple[Block, ...]:
    """Return the accuracy against the bit width, for free and for power-of-two scales."""
    t = source.t
    measured = mappings(source.extra, "bit_widths")
    curves = []
    for key, name in (("percent", "free"), ("power_of_two_percent", "power")):
        points = [
            (bits, reached)
            for one in measured
            if (bits := number(one, "bits")) is not None
            and (reached := number(one, key)) is not None
        ]
        if points:
            curves.append(Curve(name=t(f"bits.{name}"), points=tuple(sorted(points))))
    if not curves:
        return ()
    float_percent = number(mapping(source.extra, "accuracy"), "float")
    told = "; ".join(
        f"{curve.name}: " + ", ".join(f"{x:g}: {percent(y)}" for x, y in curve.points)
        for curve in curves
    )
    svg = bit_width_curves(
        curves,
        baseline=None
        if float_percent is None
        else (float_percent, t("bits.float", percent=percent(float_percent))),
        axes=(t("bits.bits"), t("bits.accuracy")),
        title=t("bits.alt", points=told),
    )
    caption = source.figure_caption(t("bits.caption"))
    return (Figures(figures=(Figure(picture=svg, caption=caption),), across=1),)


def remarks(source: Source) -> tuple[Block, ...]:
    """Return what the teaching assistants wrote about the whole submission."""
    return remarks_on(source, "")


def remarks_on(source: Source, task: str) -> tuple[Block, ...]:
    """Return what the teaching assistants wrote about a task; ``""`` is the whole submission."""
    said = []
    for one in mappings(source.extra, "remarks"):
        if text(one, "task") == task:
            author, words = line(one.get("author"), 60), paragraph(one.get("text"), 2_000)
            said.append(f"{author}: {words}" if author else words)
    return (Prose(paragraphs=tuple(said), style="remark"),) if said else ()
