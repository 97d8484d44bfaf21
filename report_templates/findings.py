"""The findings' words in the language of the document."""

from __future__ import annotations

from grader.words.catalogue import FINDING_PARTS
from grader.words.message import Message, Value, of_json
from report_templates.messages import Messages
from report_templates.numbers import worded
from report_templates.reading import Json, mapping, text

# Numbers may be texts here, written to as many digits as show what is wrong.
_MEASURED = ("actual", "real")


def in_language(finding: Json, t: Messages) -> Json:
    """Return *finding* with its words in the language of *t*; unknown words stay as they are."""
    values = {name: _read(name, value) for name, value in mapping(finding, "values").items()}
    name = text(finding, "id")
    words = {part: Message(f"finding.{name}.{part}", values) for part in FINDING_PARTS}
    try:
        return {**finding, **{part: t.said(message) for part, message in words.items()}}
    except KeyError:  # of another version, or older than the values beside the words
        return finding


def _read(name: str, stored: object) -> Value:
    value = of_json(stored)
    return worded(value) if name in _MEASURED and isinstance(value, str) else value
