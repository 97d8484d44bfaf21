"""The accuracy ladder: what every stage of quantization costs."""

from __future__ import annotations

from grader.results.file.measurements import Stage
from reference.figures import Rung, accuracy_ladder
from report_templates import wording
from report_templates.page.blocks import Block, Column, Figure, Figures, Prose, Row, Table
from report_templates.page.numbers import UNKNOWN, decimal, integer, percent, signed
from report_templates.page.pictures import picture
from report_templates.page.text import line
from report_templates.source import Source

# Twice the standard error: about 95 % of what chance alone would do.
SPREAD = 2.0


def accuracy_chart(source: Source) -> tuple[Block, ...]:
    """Return the ladder as a dot plot, or the reason why there is none."""
    t = source.t
    stages = [stage for stage in stages_of(source) if stage.percent is not None]
    if not stages:
        return (Prose(paragraphs=(t("accuracy.empty", reason=t("accuracy.no_stage")),)),)
    rungs = tuple(_rung(source, stage) for stage in stages)
    told = "; ".join(f"{rung.label} {rung.value}" for rung in rungs)
    split = t.name("splits", line(source.extra.data.split, 20)) or UNKNOWN
    drawing = picture(
        accuracy_ladder,
        rungs,
        axis_label=t("accuracy.axis", split=split),
        words=t("accuracy.alt", stages=told),
    )
    figure = Figure(picture=drawing, caption=source.figure_caption(t("accuracy.chart")))
    return (Figures(figures=(figure,), across=1),)


def accuracy_table(source: Source) -> tuple[Block, ...]:
    """Return the ladder as a table with the loss and its uncertainty."""
    t = source.t
    stages = stages_of(source)
    if not stages:
        return ()
    columns = (
        Column(title=t("accuracy.stage")),
        Column(title=t("accuracy.correct"), align="number"),
        Column(title=t("accuracy.percent"), align="number"),
        Column(title=t("accuracy.loss"), align="number"),
        Column(title="±", align="number"),
        Column(title=t("accuracy.network")),
    )
    borrowed = any(stage.source == "reference" for stage in stages)
    notes = [t("accuracy.note")] if borrowed else []
    if source.replaced:
        notes.append(t("accuracy.judged"))
    rows = tuple(_row(source, stage) for stage in stages)
    table = Table(
        caption=source.table_caption(t("accuracy.caption")),
        columns=columns,
        rows=rows,
        note=t("gap").join(notes),
    )
    return (table,)


def stages_of(source: Source) -> tuple[Stage, ...]:
    """Return the stages in the order in which the lab quantizes, a judged one after its own."""
    stages = source.extra.accuracy_stages
    return tuple(sorted(stages, key=lambda stage: source.titles.place(stage.stage)))


def _label(source: Source, stage: Stage) -> str:
    return source.titles.label(stage.stage, stage.title or stage.stage)


def _rung(source: Source, stage: Stage) -> Rung:
    reached = stage.percent or 0.0
    loss, error = stage.degradation, stage.standard_error
    return Rung(
        label=_label(source, stage),
        percent=reached,
        value=percent(reached),
        spread=None if error is None else SPREAD * error,
        baseline=None if loss is None else reached + loss,
        hollow=stage.source == "reference",
    )


def _row(source: Source, stage: Stage) -> Row:
    error = stage.standard_error
    note = wording.told(source, stage.note, stage.note_message, 120)
    ran = source.t.name("accuracy", stage.source)
    cells = (
        _label(source, stage),
        _share(stage),
        percent(stage.percent),
        signed(stage.degradation),
        UNKNOWN if error is None else decimal(error, 2),
        f"{ran}{source.t('discussion.between')}{note}" if note else ran,
    )
    return Row(cells=cells, style="borrowed" if stage.source == "reference" else "")


def _share(stage: Stage) -> str:
    """Return how many images are right, of how many."""
    if stage.correct is None:
        return UNKNOWN
    return f"{integer(stage.correct)} / {integer(stage.images)}"
