"""What is shown when the run measured it: bias, confusion, bit widths, powers of two."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from grader.results.file.measurements import BitWidth
from grader.words.message import Value
from reference.figures import Curve, bit_width_curves, confusion_matrix
from report_templates.page.blocks import (
    Block,
    Column,
    Figure,
    Figures,
    Prose,
    Row,
    Table,
    filled,
)
from report_templates.page.numbers import MINUS, UNKNOWN, decimal, integer, percent
from report_templates.page.pictures import picture
from report_templates.page.text import line, paragraph
from report_templates.source import Source
from report_templates.wording import told

_REACHED: Mapping[str, Callable[[BitWidth], float | None]] = {
    "free": lambda one: one.percent,
    "power": lambda one: one.power_of_two_percent,
}


def bias_table(source: Source) -> tuple[Block, ...]:
    """Return the bias as trained, as it should be, and as the student quantized it."""
    t = source.t
    bias = source.extra.bias
    if not bias.values:
        return ()
    titles = ("class", "float", "expected", "actual")
    columns = [
        Column(title=t(f"bias.{name}"), align="number" if place else "text")
        for place, name in enumerate(titles)
    ]
    rows = [
        Row(
            cells=(
                line(one.name, 30),
                decimal(one.trained),
                integer(one.expected),
                integer(one.actual),
            )
        )
        for one in bias.values
    ]
    shown, rows_shown = filled(columns, rows)
    came_back = any(one.actual is not None for one in bias.values)
    key = "bias.caption" if came_back else "bias.caption_missing"
    caption = source.table_caption(t(key, layer=line(bias.layer, 30)))
    return (Table(caption=caption, columns=shown, rows=rows_shown),)


def claims(source: Source) -> tuple[Block, ...]:
    """Return what the notebook's saved outputs say, beside what was measured."""
    t = source.t
    rows = tuple(
        Row(
            cells=(
                _claimed_what(source, one.what),
                _claim(source, one.claimed, one.claimed_message),
                _claim(source, one.measured, one.measured_message) or UNKNOWN,
                told(source, one.where, one.where_message, 160),
            )
        )
        for one in source.extra.claims
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
        return t("claims_table.accuracy", name=source.titles.label(about, about))
    if kind == "histograms":
        return t("claims_table.histograms", name=t.name("claims_table", f"kind_{about}", about))
    if kind == "range" and f"claims_table.{tensor}" in t.sentences:
        return line(t(f"claims_table.{tensor}", name=name), 60)
    return line(given, 60)


def _claim(source: Source, text: str, message: Value | None) -> str:
    """Return a claimed or measured value: a range with the document's own signs and word."""
    words = told(source, text, message, 80)
    ends = re.fullmatch(r"(-?[\d.]+) ~ (-?[\d.]+)", words)
    if ends is None:
        return words
    low, high = (end.replace("-", MINUS) for end in ends.groups())
    return f"{low} {source.t('to')} {high}"


def confusion_matrices(source: Source) -> tuple[Block, ...]:
    """Return the confusion before and after quantization."""
    t = source.t
    given = source.extra.confusion
    classes = tuple(line(name, 12) for name in given.classes)
    figures = []
    for stage, matrix in (("float", given.before), ("quantized", given.quantized)):
        rows = [list(map(float, row)) for row in matrix]
        if not rows or any(len(row) != len(rows) for row in rows) or len(classes) < len(rows):
            continue
        right = sum(row[index] for index, row in enumerate(rows))
        words = {"right": integer(right), "images": integer(sum(map(sum, rows)))}
        drawing = picture(
            confusion_matrix,
            tuple(map(tuple, rows)),
            classes,
            axes_names=(t("confusion.true"), t("confusion.answered")),
            words=t(f"confusion.alt_{stage}", **words),
        )
        caption = source.figure_caption(_confusion_caption(source, stage, words))
        figures.append(Figure(picture=drawing, caption=caption))
    return (Figures(figures=tuple(figures)),) if figures else ()


def _confusion_caption(source: Source, stage: str, words: Mapping[str, str]) -> str:
    """Return what a matrix is of; the reference's where its accuracy is that of such a stage."""
    t = source.t
    right = words["right"]
    borrowed = next(
        (
            one.substituted
            for one in source.extra.accuracy_stages
            if one.substituted and integer(one.correct) == right
        ),
        (),
    )
    if stage == "float" or not borrowed:
        return t(f"confusion.{stage}", **words)
    names = t("joiner").join(t("quoted", words=source.task_title(task)) for task in borrowed)
    return t("whose.confusion", tasks=names, **words)


def bit_widths(source: Source) -> tuple[Block, ...]:
    """Return the accuracy against the bit width, for free and for power-of-two scales."""
    t = source.t
    curves = [
        Curve(name=t(f"bits.{name}"), points=points)
        for name, reached in _REACHED.items()
        if (points := _points(source.extra.bit_widths, reached))
    ]
    if not curves:
        return ()
    float_percent = source.extra.accuracy.get("float")
    told = "; ".join(
        f"{curve.name}: " + ", ".join(f"{x:g}: {percent(y)}" for x, y in curve.points)
        for curve in curves
    )
    drawing = picture(
        bit_width_curves,
        tuple(curves),
        baseline=None
        if float_percent is None
        else (float_percent, t("bits.float", percent=percent(float_percent))),
        axes_names=(t("bits.bits"), t("bits.accuracy")),
        words=t("bits.alt", points=told),
    )
    caption = source.figure_caption(t("bits.caption"))
    return (Figures(figures=(Figure(picture=drawing, caption=caption),), across=1),)


def _points(
    widths: Iterable[BitWidth], reached: Callable[[BitWidth], float | None]
) -> tuple[tuple[float, float], ...]:
    """Return the known accuracies by bits, from few bits to many."""
    found = ((one.bits, reached(one)) for one in widths)
    return tuple(sorted((x, y) for x, y in found if x is not None and y is not None))


def remarks(source: Source) -> tuple[Block, ...]:
    """Return what the teaching assistants wrote about the whole submission."""
    return remarks_on(source, "")


def remarks_on(source: Source, task: str) -> tuple[Block, ...]:
    """Return what the teaching assistants wrote about a task; ``""`` is the whole submission."""
    said = []
    for one in source.extra.remarks or ():
        if one.task == task:
            author, words = line(one.author, 60), paragraph(one.text, 2_000)
            said.append(f"{author}: {words}" if author else words)
    return (Prose(paragraphs=tuple(said), style="remark"),) if said else ()
