"""The student's own words on a question, beside ours."""

from __future__ import annotations

import re

from grader.results.file.schema import OwnText
from report_templates import wording
from report_templates.page.blocks import Block, Prose
from report_templates.page.text import paragraph
from report_templates.source import Source

MOST = 6  # pieces of one question
LONGEST = 2_000


def own_words(source: Source, question: str) -> tuple[Block, ...]:
    """Return what the notebook says under a *question* and its parts: ``3`` is 3, 3a and 3b."""
    found = [one for one in source.extra.own_text if _is_of(one.question, question)][:MOST]
    if not found:
        return ()
    lead = Prose(paragraphs=(source.t("own_words.lead"),), style="note")
    said = tuple(_said(source, one) for one in found)
    return lead, Prose(paragraphs=said, style="own")


def _is_of(found: str, question: str) -> bool:
    return found == question or bool(re.fullmatch(re.escape(question) + r"[a-d]", found))


def _said(source: Source, one: OwnText) -> str:
    """Return a piece as plain text, without Markdown's marks of headings and bold words."""
    place = wording.told(source, one.place, one.place_message, 60)
    words = re.sub(r"^#+[ \t]*|\*\*", "", one.source, flags=re.MULTILINE)
    said = source.t("own_words.said", question=one.question, place=place)
    return f"{said} {paragraph(words, LONGEST)}"
