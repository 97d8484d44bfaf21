"""Results JSON -> a document of finished strings. No torch, no WeasyPrint."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count

from grader.results.file.schema import File, Results
from report_templates.messages import load_messages
from report_templates.page.blocks import Block, Cover, Document, Fact, Section
from report_templates.page.numbers import UNKNOWN, integer, points, size_bytes
from report_templates.page.text import line
from report_templates.parts import PARTS, PARTS_OF, find_part
from report_templates.parts.grading import waiting
from report_templates.source import Source
from report_templates.structure import Heading, StructureError, load_structure, parts_of

MOST_FILES = 12


def build_document(results: Results, *, kind: str = "feedback", language: str = "en") -> Document:
    """
    Return the document of *kind* (``feedback`` or ``report``) about one run.

    Raises:
        LanguageError: There is no catalogue for *language*.
        StructureError: The document's structure file cannot be used.

    """
    t = load_messages(language)
    structure = load_structure(kind, results.extra_data.edition)
    source = Source(results=results, t=t, kind=kind, placed=_placed(structure))
    extra = source.extra
    given = extra.edition_title or extra.edition
    edition = source.titles.edition(given) or t("cover.unknown_edition")
    student = _student(source)
    named = t(f"cover.{kind}")
    return Document(
        language=t("tag"),
        title=t(
            "cover.title",
            assignment=line(extra.assignment, 40),
            kind=named,
            student=student,
        ),
        subject=t(
            "cover.subject",
            edition=edition,
            kind=named,
            student=student,
            program=_program(source),
            data=line(t.told(source.extra.data.set, source.extra.data.set_message), 60) or UNKNOWN,
        ),
        created=extra.graded_at,
        author=_program(source),
        running_left=t("cover.running", edition=edition, kind=named, program=_program(source)),
        running_right=student,
        cover=_cover(source, edition=edition, student=student, kind=kind),
        sections=tuple(_sections(source, structure, count(1))),
    )


def _student(source: Source) -> str:
    """Return the student's id, and the name beside it where that is known."""
    extra = source.extra
    student = line(extra.student_id, 60) or source.t("cover.unknown_student")
    name = line(extra.student_name, 60)
    return source.t("cover.named", student=student, name=name) if name else student


def _placed(structure: tuple[Heading, ...]) -> frozenset[str]:
    """Return the tasks whose judgement stands beside their code."""
    named = (part.partition(":") for part in parts_of(structure))
    return frozenset(task for name, _, task in named if name == "judgement_of")


def _cover(source: Source, *, edition: str, student: str, kind: str) -> Cover:
    t = source.t
    scored = kind == "feedback"
    score, maximum = (points(one) for one in waiting.so_far(source))
    left = waiting.waiting_points(source) if scored else 0.0
    return Cover(
        kicker=edition,
        title=t(f"cover.{kind}"),
        student_label=t("cover.student"),
        student=student,
        score_label=t("cover.so_far" if left else "cover.score") if scored else "",
        score=score if scored else "",
        maximum=t("cover.out_of", maximum=maximum) if scored else "",
        waiting=t("cover.waiting", waiting=points(left)) if left else "",
        facts=_cover_facts(source),
        contents_label=t("contents"),
    )


def _cover_facts(source: Source) -> tuple[Fact, ...]:
    t = source.t
    data = source.extra.data
    judged = t(
        "cover.data_value",
        name=line(t.told(data.set, data.set_message), 60) or UNKNOWN,
        split=t.name("splits", line(data.split, 20)) or UNKNOWN,
        images=integer(data.images),
    )
    return (
        Fact(
            label=t("cover.made"),
            value=t("cover.made_value", program=_program(source), data=judged),
        ),
        Fact(label=t("cover.data"), value=judged),
        Fact(label=t("cover.graded"), value=_moment(source)),
        *(fact for file in source.extra.files[:MOST_FILES] for fact in _file_facts(source, file)),
    )


def _program(source: Source) -> str:
    """Return what made the document, with the version that graded."""
    version = line(source.extra.versions.get("grader", ""), 40)
    return source.t("cover.program", version=version).rstrip()


def _file_facts(source: Source, file: File) -> tuple[Fact, Fact]:
    t = source.t
    name, size = line(file.name, 100), size_bytes(file.size_bytes)
    return (
        Fact(label=t("cover.file"), value=f"{name} ({size})"),
        Fact(label=t("cover.sha256"), value=line(file.sha256, 64) or UNKNOWN, mono=True),
    )


def _moment(source: Source) -> str:
    """Return when the run took place, in UTC."""
    given = source.extra.graded_at
    try:
        moment = datetime.fromisoformat(given).astimezone(UTC)
    except ValueError:
        return line(given, 40) or UNKNOWN
    return source.t("cover.utc", date=f"{moment:%Y-%m-%d}", time=f"{moment:%H:%M}")


def _sections(
    source: Source,
    headings: tuple[Heading, ...],
    anchors: Iterator[int],
    level: int = 1,
) -> Iterator[Section]:
    """Yield the sections depth first, less those that have nothing to show."""
    for heading in headings:
        blocks = tuple(block for name in heading.parts for block in _part(source, name))
        anchor = f"section-{next(anchors)}"
        below = tuple(_sections(source, heading.sections, anchors, level + 1))
        if blocks or below:
            yield Section(
                anchor=anchor,
                number=heading.number,
                title=heading.title.in_language(source.t.language),
                level=level,
                blocks=blocks,
                front=heading.front,
            )
            yield from below


def _part(source: Source, name: str) -> tuple[Block, ...]:
    part = find_part(name)
    if part is None:
        known = ", ".join(sorted([*PARTS, *(f"{part}:..." for part in PARTS_OF)]))
        msg = f"no part {name!r}; there are {known}"
        raise StructureError(msg)
    return part(source)
