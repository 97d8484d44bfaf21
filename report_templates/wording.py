"""The grader's own words in the language of the document, and what a check's outcome comes to."""

from __future__ import annotations

from grader.results.file.schema import Check, CriterionExtra, CriterionTest
from grader.words.catalogue import claims
from grader.words.message import Message, Value
from report_templates.page.text import LINE, line
from report_templates.source import Source

MOST_PROBLEMS = 30


def criterion_title(source: Source, test: CriterionTest) -> str:
    """Return the title of a criterion."""
    extra = test.extra_data
    return source.titles.criterion(extra.criterion, extra.title)


def claim(source: Source, check: Check) -> str:
    """Return what a check claims."""
    name, said = check.check, check.claim or check.check
    words = {"check": check.claim_id or name, "claim": said}
    known = Message("reason.holds", words) if name in claims() else said
    return line(source.t.said(known), 200)


def reason(source: Source, judged: Check | CriterionExtra) -> str:
    """Return the one line of reason for the outcome of a check or of a criterion."""
    return line(source.t.sentence(judged.reason, judged.reason_message))


def told(source: Source, text: str, message: Value | None, limit: int = LINE) -> str:
    """Return a message in the document's language, else its text, cut to *limit* characters."""
    return line(source.t.told(text, message), limit)


def problems(source: Source) -> tuple[str, ...]:
    """Return what reading the submission brought up."""
    given = source.extra.problems[:MOST_PROBLEMS]
    known = source.extra.problem_messages
    if len(known) < len(given):
        return tuple(line(problem) for problem in given)
    return tuple(told(source, *both) for both in zip(given, known, strict=False))
