"""What tells a document of this grader when it comes back as somebody's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grader.editions.loader import Edition, edition_ids, load_edition
from grader.intake.files.handed_report import handed_report_file
from grader.similarity.reports.generated import OurDocuments, find_generated, told_generated
from grader.similarity.reports.reader import ReportReader
from grader.similarity.reports.words import normal_text, runs, words_of
from grader.words.catalogue import LANGUAGES, sentences
from grader.words.message import Message
from report_templates.messages import languages, load_messages

CREATOR = "quantization-lab-grader"  # as templates/document.html.j2 has it
_BRACES = re.compile(r"\{[^{}]*\}")
_KINDS = ("cover.feedback", "cover.report")


@cache
def our_documents() -> OurDocuments:
    """Return the sentences and heads of feedback and lab report, in every language."""
    return OurDocuments(
        creator=CREATOR,
        phrases=frozenset(run for text in _sentences() for run in runs(words_of(text))),
        signatures=tuple(_signatures()),
        nobody=frozenset(load_messages(one)("cover.unknown_student") for one in languages()),
    )


def _sentences() -> Iterator[str]:
    """Yield what stands between the braces of every sentence: the same in every document."""
    for language in languages():
        for text in load_messages(language).sentences.values():
            yield from _BRACES.split(text)
    for language in LANGUAGES:
        for wording in sentences().values():
            yield from _BRACES.split(wording.in_language(language))


def _signatures() -> Iterator[re.Pattern[str]]:
    """Yield the running head and the subject, with an edition's title, as regular expressions."""
    titles = "|".join(sorted({_spaced(title) for title in _edition_titles()}))
    for language in languages():
        t = load_messages(language)
        for kind in map(t, _KINDS):
            values = {"edition": f"(?:{titles})", "kind": re.escape(kind)}
            yield _pattern(t.sentences["cover.running"] + " {student}", values)
            yield _pattern(t.sentences["cover.subject"], values)


def _edition_titles() -> Iterator[str]:
    for one in edition_ids():
        title = load_edition(one).file.title
        yield from (title.in_language(language) for language in languages())


def _pattern(sentence: str, values: dict[str, str]) -> re.Pattern[str]:
    """Return a pattern for a line: *values* stand in its braces, an id in those of the student."""
    parts = re.split(r"(\{\w+\})", normal_text(sentence))
    known = {f"{{{name}}}": pattern for name, pattern in values.items()}
    known["{student}"] = r"(?P<student>[^\s:·]{1,60})"
    made = [known.get(part) or _spaced(part) for part in parts]
    return re.compile(rf"(?m)^[ \t]*{''.join(made)}[ \t\r]*$")


def _spaced(text: str) -> str:
    """Return a pattern for a text, whatever spaces stand between its words."""
    return r"\s+".join(map(re.escape, re.split(r"\s+", normal_text(text))))


@dataclass(frozen=True, kw_only=True)
class ReportRemarks:
    """What staff are told of the report of one submission; ``content`` is a digest of it."""

    said: tuple[Message, ...] = ()
    content: str = ""


def remarks_on_report(
    edition: Edition, paths: Sequence[Path], student_id: str | None
) -> ReportRemarks:
    """Return what is to be told of the report among the files in *paths*: it costs no points."""
    found = handed_report_file(paths, artifact_patterns=patterns_of(edition))
    if found is None:
        return ReportRemarks()
    with ReportReader() as reader:
        report = reader.read(*found)
    generated = find_generated(report, our_documents())
    said = [told_generated(generated, report.file, student_id or "")] if generated else []
    if report.told_problem is not None:
        said.append(report.told_problem)
    return ReportRemarks(said=tuple(said), content=report.content)


def patterns_of(edition: Edition) -> dict[str, tuple[str, ...]]:
    """Return the names of the files that are no code and no report, by task."""
    return {task.id: tuple(task.files) for task in edition.file.tasks if task.files}
