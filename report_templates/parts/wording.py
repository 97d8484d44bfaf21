"""The grader's own words in the language of the document, and what a check's outcome comes to."""

from __future__ import annotations

from grader.words.catalogue import claims
from grader.words.message import Message
from report_templates.reading import Json, mapping, mappings, text, texts
from report_templates.source import Source
from report_templates.text import LINE, line

MOST_PROBLEMS = 30


def criterion_title(source: Source, test: Json) -> str:
    """Return the title of a criterion."""
    extra = mapping(test, "extra_data")
    given = text(extra, "title") or text(test, "name")
    return line(source.t.name("criteria", text(extra, "criterion"), given), 120)


def claim(source: Source, check: Json) -> str:
    """Return what a check claims."""
    name, said = text(check, "check"), text(check, "claim") or text(check, "check")
    known = Message("reason.holds", {"check": name, "claim": said}) if name in claims() else said
    return line(source.t.said(known), 200)


def criterion_reason(source: Source, test: Json) -> str:
    """Return the one line of reason for a criterion's outcome."""
    extra = mapping(test, "extra_data")
    return line(source.t.sentence(extra, "reason") or text(test, "output"))


def reason(source: Source, check: Json) -> str:
    """Return why a check has its outcome."""
    return line(source.t.sentence(check, "reason"))


def told(source: Source, given: Json, key: str, limit: int = LINE) -> str:
    """Return what results have at *key*, in the document's language, cut to *limit* characters."""
    return line(source.t.told(given, key), limit)


def problems(source: Source) -> tuple[str, ...]:
    """Return what reading the submission brought up."""
    given = texts(source.extra, "problems")[:MOST_PROBLEMS]
    known = mappings(source.extra, "problem_messages")
    if len(known) < len(given):
        return tuple(line(problem) for problem in given)
    both = zip(given, known, strict=False)
    return tuple(
        told(source, {"problem": words, "problem_message": message}, "problem")
        for words, message in both
    )
