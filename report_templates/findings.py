"""
The findings' words in the language of the document, whatever language the run wrote them in.

A results file has each finding in words, its numbers filled in. The catalogue that they come from
tells the numbers from the words again, so that one file makes documents in every language.
"""

from __future__ import annotations

from functools import cache

from grader.diagnosis.catalogue import load_catalogue
from grader.reasons import LANGUAGES
from report_templates.messages import Form, Messages, fill, form
from report_templates.reading import Json, text

FIELDS = ("title", "message", "hint")


def in_language(finding: Json, t: Messages) -> Json:
    """Return *finding* with its words in the language of *t*; unknown words stay as they are."""
    said = {field: _say(finding, field, t) for field in FIELDS}
    return {**finding, **{field: words for field, words in said.items() if words is not None}}


def _say(finding: Json, field: str, t: Messages) -> str | None:
    given = text(finding, field)
    for known in _forms(text(finding, "id"), field, t.language):
        found = known.pattern.fullmatch(given)
        if found:
            values = {name: t.reword(name, value) for name, value in found.groupdict().items()}
            return fill(known.sentence, values)
    return None


@cache
def _forms(finding_id: str, field: str, language: str) -> tuple[Form, ...]:
    """Return the words of every language, each as a form of the same words in *language*."""
    entry = load_catalogue().entries.get(finding_id)
    if entry is None:
        return ()
    wanted = getattr(entry.words(language), field)
    return tuple(form(getattr(entry.words(known), field), wanted) for known in LANGUAGES)
