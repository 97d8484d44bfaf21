"""The grader's own words in the language of the document, and what a check's outcome comes to."""

from __future__ import annotations

from report_templates.parts.outcomes import outcome_in
from report_templates.reading import Json, mapping, mappings, text, texts
from report_templates.source import Source
from report_templates.text import LINE, line

# The grader's sentences are known only as a whole: they are cut once they are said.
WHOLE = 1_000
MOST_PROBLEMS = 30
_DATUM = ("expected", "actual", "tolerance")


def speaks_english(source: Source) -> bool:
    """Return whether what the grader wrote is printed as it stands."""
    return "sentences.failed" not in source.t.sentences


def criterion_title(source: Source, test: Json) -> str:
    """Return the title of a criterion."""
    extra = mapping(test, "extra_data")
    given = text(extra, "title") or text(test, "name")
    return line(source.t.name("criteria", text(extra, "criterion"), given), 120)


def claim(source: Source, check: Json) -> str:
    """Return what a check claims."""
    given = text(check, "claim") or text(check, "check")
    return line(source.t.name("claims", text(check, "check"), given), 200)


def criterion_reason(source: Source, test: Json) -> str:
    """Return the one line of reason for a criterion's outcome."""
    said = _said(source, test.get("output"))
    if said or speaks_english(source):
        return said or line(test.get("output"))
    checks = mappings(mapping(test, "extra_data"), "checks")
    outcome = outcome_in(mapping(test, "extra_data"))
    deciding = [check for check in checks if outcome_in(check) == outcome]
    if deciding:
        return reason(source, deciding[0])
    # The checks ran, but what they rest on earned nothing: the criterion is not counted.
    return source.t("sentences.uncounted") if checks else line(test.get("output"))


def reason(source: Source, check: Json) -> str:
    """Return why a check has its outcome; in unknown words, its claim and the numbers."""
    t = source.t
    outcome, given = outcome_in(check), line(check.get("reason"))
    known = _said(source, check.get("reason"))
    if known or speaks_english(source) or f"sentences.{outcome}" not in t.sentences:
        return known or given
    said = t(f"sentences.{outcome}", claim=claim(source, check), reason=given.rstrip("."))
    if outcome != "failed":
        return said
    shown = mapping(check, "evidence")
    data = [
        t(f"sentences.{name}", **{name: value(source, shown.get(name))})
        for name in _DATUM
        if shown.get(name)
    ]
    return f"{said}：{'，'.join(data)}。" if data else f"{said}。"  # noqa: RUF001  Chinese


def _said(source: Source, given: object) -> str:
    """Return a reason in the document's language, ``""`` where it is not the grader's."""
    whole = line(given, WHOLE)
    words = whole.rstrip(".")
    said = source.t.said("reason", words)
    if said is None:
        return ""
    end = whole[len(words) :] if speaks_english(source) else "。"
    return line(f"{said}{end}")


def value(source: Source, given: object, limit: int = 200) -> str:
    """Return an expected or actual value, or a tolerance."""
    return reworded(source, "value", given, limit)


def place(source: Source, given: object, limit: int = 160) -> str:
    """Return where something is: a line of a cell, a layer, a probe."""
    return reworded(source, "where", given, limit)


def problems(source: Source) -> tuple[str, ...]:
    """Return what reading the submission brought up."""
    given = texts(source.extra, "problems")[:MOST_PROBLEMS]
    return tuple(reworded(source, "problem", problem) for problem in given)


def reworded(source: Source, group: str, given: object, limit: int = LINE) -> str:
    """Return what the grader wrote, in the document's language, of at most *limit* characters."""
    return line(source.t.reword(group, line(given, WHOLE)), limit)
