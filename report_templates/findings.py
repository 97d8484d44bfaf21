"""The findings' words in the language of the document."""

from __future__ import annotations

from grader.results.schema import Finding
from grader.words.catalogue import FINDING_PARTS
from grader.words.message import Message, Value
from report_templates.messages import Messages
from report_templates.page.numbers import worded

# Numbers may be texts here, written to as many digits as show what is wrong.
_MEASURED = ("actual", "real")


def in_language(finding: Finding, t: Messages) -> Finding:
    """Return *finding* with its words in the language of *t*; unknown words stay as they are."""
    values = {name: _written(name, value) for name, value in finding.values.items()}
    words = {part: Message(f"finding.{finding.id}.{part}", values) for part in FINDING_PARTS}
    try:
        return finding.model_copy(
            update={part: t.said(message) for part, message in words.items()}
        )
    except KeyError:  # of another version, or older than the values beside the words
        return finding


def _written(name: str, value: Value) -> Value:
    return worded(value) if name in _MEASURED and isinstance(value, str) else value
