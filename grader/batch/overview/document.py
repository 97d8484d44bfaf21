"""Rows of a class -> a document of finished strings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from grader.batch.overview import figures
from grader.batch.records import GRADED, MISSING, PENDING, REFUSED, WAITING
from grader.batch.rows import ClassRow
from grader.diagnosis.titles import finding_title
from grader.editions.loader import load_edition
from grader.words.message import Message
from reference.figures import count_bars, scatter
from report_templates.messages import Messages, load_messages
from report_templates.page.blocks import (
    Block,
    Caption,
    Column,
    Cover,
    Document,
    Fact,
    Facts,
    Figure,
    Figures,
    Prose,
    Row,
    Section,
    Table,
)
from report_templates.page.numbers import UNKNOWN, decimal
from report_templates.page.pictures import picture
from report_templates.page.text import line
from report_templates.titles import Titles, titles_of

MOST_FINDINGS = 40


def class_document(rows: Sequence[ClassRow], *, edition: str, language: str) -> Document:
    """Return the overview of a class; no name of an edition or course is in its words."""
    t = load_messages(language)
    titles = titles_of(edition, t)
    called = titles.edition(edition)
    scores = figures.scores_of(rows)
    mean = "" if scores.mean is None else decimal(scores.mean, 1)
    return Document(
        language=t("tag"),
        title=t("classroom.title", edition=called),
        subject=t("classroom.title", edition=called),
        created="",
        author=t("cover.program", version="").rstrip(),
        running_left=called,
        running_right=t("classroom.kind"),
        cover=Cover(
            kicker=called,
            title=t("classroom.kind"),
            student_label=t("classroom.people"),
            student=str(len(rows)),
            score_label=t("classroom.mean") if mean else "",
            score=mean,
            maximum=t("cover.out_of", maximum=f"{scores.maximum:g}") if mean else "",
            waiting="",
            facts=_states(rows, t),
            contents_label=t("contents"),
        ),
        sections=tuple(_sections(rows, edition, titles, t)),
    )


def _states(rows: Sequence[ClassRow], t: Messages) -> tuple[Fact, ...]:
    states = figures.states_of(rows)
    return tuple(
        Fact(label=t(f"classroom.{state}"), value=str(states[state]))
        for state in (GRADED, WAITING, PENDING, REFUSED, MISSING)
        if states.get(state)
    )


def _sections(
    rows: Sequence[ClassRow], edition: str, titles: Titles, t: Messages
) -> Iterator[Section]:
    """Yield the sections, less those that have nothing to show."""
    tables, charts = count(1), count(1)
    made = (
        ("classroom.scores", _scores(rows, t, charts)),
        ("classroom.human", _human(rows, t, tables)),
        ("classroom.late", _late(rows, t, tables)),
        ("classroom.criteria", _criteria(rows, titles, t, tables)),
        ("classroom.findings", _findings(rows, edition, t, tables)),
        ("classroom.accuracy", _accuracies(rows, titles, t, charts)),
    )
    for at, (key, blocks) in enumerate(made, start=1):
        if blocks:
            yield Section(
                anchor=f"section-{at}", number="", title=t(key), level=1, blocks=tuple(blocks)
            )


def _scores(rows: Sequence[ClassRow], t: Messages, charts: Iterator[int]) -> list[Block]:
    scores = figures.scores_of(rows)
    if not scores.scores:
        return [Prose(paragraphs=(t("classroom.nobody"),))]
    counts = scores.counts
    told = {"people": str(len(scores.scores)), "bins": str(len(counts))}
    values = (
        ("classroom.mean", scores.mean),
        ("classroom.median", scores.median),
        ("classroom.spread", scores.spread),
        ("classroom.least", min(scores.scores)),
        ("classroom.most", max(scores.scores)),
    )
    alt = t("classroom.scores_alt", counts=t("joiner").join(map(str, counts)))
    drawing = picture(
        count_bars, counts, high=scores.maximum or 1.0, axis_label=t("classroom.points"), words=alt
    )
    caption = _caption(t, "figure", next(charts), t("classroom.scores_caption", **told))
    return [
        Facts(facts=tuple(Fact(label=t(key), value=decimal(one, 1)) for key, one in values)),
        Figures(figures=(Figure(picture=drawing, caption=caption),), across=1),
    ]


def _human(rows: Sequence[ClassRow], t: Messages, tables: Iterator[int]) -> list[Block]:
    waiting = figures.waiting_of(rows)
    if not waiting:
        return [Prose(paragraphs=(t("classroom.nobody_waits"),))]
    told = [
        (line(row.submitted.key, 40), line(row.submitted.about.get("name", ""), 40), _why(row, t))
        for row in waiting
    ]
    columns = (t("cover.student"), t("classroom.name"), t("classroom.why"))
    caption = t("classroom.human_caption", count=str(len(waiting)))
    return [_table(t, next(tables), caption, columns, told)]


def _why(row: ClassRow, t: Messages) -> str:
    late = row.lateness
    too_late = late.said if late is not None and late.needs_person else None
    reasons = [row.submitted.unclear, row.record.said, too_late]
    told = [t.said(reason) for reason in reasons if reason is not None]
    if row.record.state == PENDING and row.record.said is None:
        left = [name for name, (points, _) in row.record.criteria.items() if points is None]
        told.append(t("classroom.open", criteria=t("joiner").join(left)))
    return line("; ".join(told), 300) or UNKNOWN


def _late(rows: Sequence[ClassRow], t: Messages, tables: Iterator[int]) -> list[Block]:
    """Return who is late and what that takes off, and of how many nobody knows when it came."""
    late, unknown = figures.late_of(rows), figures.without_moment(rows)
    notes = [t("classroom.no_moment", count=str(unknown))] if unknown else []
    if not late:
        return [Prose(paragraphs=tuple(notes))] if notes else []
    told = [
        (
            line(row.submitted.key, 40),
            line(row.submitted.about.get("name", ""), 40),
            UNKNOWN if one.received_at is None else f"{one.received_at:%Y-%m-%d %H:%M}",
            UNKNOWN if one.days is None else str(one.days),
            UNKNOWN if one.days is None else f"{one.percent:g}",
            decimal(row.automatic, 2),
            decimal(row.score, 2),
        )
        for row, one in late
    ]
    keys = ("name", "received", "late_days", "taken", "automatic", "counts")
    columns = (t("cover.student"), *(t(f"classroom.{key}") for key in keys))
    table = _table(t, next(tables), t("classroom.late_caption"), columns, told, numbers=4)
    return [*([Prose(paragraphs=tuple(notes))] if notes else []), table]


def _criteria(
    rows: Sequence[ClassRow], titles: Titles, t: Messages, tables: Iterator[int]
) -> list[Block]:
    found = figures.criteria_of(rows)
    hardest = figures.hardest_task(found)
    if hardest is None:
        return []
    given = {name: title for row in rows for name, title in row.record.titles.items()}
    told = [
        (
            titles.task(one.id.partition(".")[0], one.id.partition(".")[0]),
            titles.criterion(one.id, given.get(one.id, one.id)),
            str(one.judged),
            f"{decimal(one.mean, 2)} / {one.maximum:g}" if one.judged else UNKNOWN,
            decimal(one.percent, 0) if one.judged else UNKNOWN,
            str(one.full),
        )
        for one in found
    ]
    keys = ("task", "criterion", "judged", "points_mean", "percent", "full")
    columns = tuple(t(f"classroom.{key}") for key in keys)
    task, share = hardest
    words = t("classroom.hardest", task=titles.task(task, task), percent=decimal(share, 0))
    table = _table(t, next(tables), t("classroom.criteria_caption"), columns, told, numbers=4)
    return [Prose(paragraphs=(words,), style="lead"), table]


def _findings(
    rows: Sequence[ClassRow], edition: str, t: Messages, tables: Iterator[int]
) -> list[Block]:
    found = figures.findings_of(rows)[:MOST_FINDINGS]
    if not found:
        return []
    given = {name: told for row in reversed(rows) for name, told in row.record.called.items()}
    told = [(_finding(name, given, edition, t), name, str(number)) for name, number in found]
    columns = (t("classroom.finding"), t("classroom.finding_id"), t("classroom.people"))
    caption = t("classroom.findings_caption")
    return [_table(t, next(tables), caption, columns, told, numbers=1)]


def _finding(name: str, given: Mapping[str, Mapping[str, Any]], edition: str, t: Messages) -> str:
    """Return what a finding is called, as it was of the first person who has it."""
    told = Message.of_json(given.get(name))
    try:
        if told is None:
            return finding_title(name, t.language, load_edition(edition))
        return line(t.said(told), 120)
    except KeyError:  # of another version
        return name


def _accuracies(
    rows: Sequence[ClassRow], titles: Titles, t: Messages, charts: Iterator[int]
) -> list[Block]:
    stage, points = figures.accuracies_of(rows)
    if not points:
        return []
    called = titles.rung(stage, stage)
    drawing = picture(
        scatter,
        tuple(points),
        high=figures.scores_of(rows).maximum or 1.0,
        axis_label=t("classroom.accuracy_label", stage=called),
        words=t("classroom.accuracy_alt", count=str(len(points)), stage=called),
    )
    words = t("classroom.accuracy_caption", stage=called)
    caption = _caption(t, "figure", next(charts), words)
    return [Figures(figures=(Figure(picture=drawing, caption=caption),), across=1)]


def _table(  # noqa: PLR0913, PLR0917  a table's parts
    t: Messages,
    number: int,
    caption: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str, ...]],
    numbers: int = 0,
) -> Table:
    """Return a table whose last *numbers* columns are figures."""
    first = len(columns) - numbers
    return Table(
        caption=_caption(t, "table", number, caption),
        columns=tuple(
            Column(title=title, align="text" if at < first else "number")
            for at, title in enumerate(columns)
        ),
        rows=tuple(Row(cells=cells) for cells in rows),
    )


def _caption(t: Messages, kind: str, number: int, text: str) -> Caption:
    label = t("table", number=number) if kind == "table" else t("figure", number=number)
    return Caption(label=label, text=text)
