"""The findings' words in the language of the document."""

from __future__ import annotations

from grader.words.catalogue import FINDING_PARTS
from grader.words.message import Message, of_json
from report_templates.messages import Messages
from report_templates.reading import Json, mapping, text


def in_language(finding: Json, t: Messages) -> Json:
    """Return *finding* with its words in the language of *t*; unknown words stay as they are."""
    values = {name: of_json(value) for name, value in mapping(finding, "values").items()}
    name = text(finding, "id")
    words = {part: Message(f"finding.{name}.{part}", values) for part in FINDING_PARTS}
    try:
        return {**finding, **{part: t.said(message) for part, message in words.items()}}
    except KeyError:  # of another version, or older than the values beside the words
        return finding
