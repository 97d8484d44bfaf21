"""What the student wrote beside the code: a notebook's text cells, by question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.intake.model import Cell
from grader.model import OwnText
from grader.results.excerpts import text_below

MOST_CHARACTERS = 4_000  # of one question
# "## Question 3: ...", "Q3(a)", "3a.", "1.2 ...", a question's number in Chinese as well
_HEADING = re.compile(
    r"^[ \t]*#*[ \t*]*(?:question|problem|part|q\.?|\u554f\u984c|\u7b2c)?[ \t]*"
    r"(?P<number>\d(?:\.\d){0,2})[ \t]*\(?(?P<letter>[a-d])?\)?(?=[\s.:)*\uff1a\u984c\u3001-]|$)",
    re.IGNORECASE,
)
_MARKED = re.compile(r"^[ \t]*(?:#|\*\*|question|problem|q\d)", re.IGNORECASE)


def own_text(cells: Sequence[Cell]) -> tuple[OwnText, ...]:
    """
    Return the text of each question, in the order of the notebook.

    A question begins with a line that names its number and is set as a heading, in bold or with
    the word; what stands before the first one belongs to none and is left out. The template's own
    words are not told from the student's.
    """
    found: list[OwnText] = []
    question = ""
    for cell in cells:
        for asked, words in _pieces(cell.source, question):
            question = asked
            if asked and words:
                title = text_below(cell)
                found.append(OwnText(question=asked, source=words, place=title))
    return tuple(found)


def _pieces(source: str, question: str) -> Iterator[tuple[str, str]]:
    """Yield each question of a cell with its words, first those of the *question* before."""
    lines: list[str] = []
    for line in source.split("\n"):
        heading = _HEADING.match(line) if _MARKED.match(line) else None
        if heading is None:
            lines.append(line)
            continue
        yield question, _words(lines)
        question = heading["number"] + (heading["letter"] or "").lower()
        lines = [line[heading.end() :].strip(" :.)*#-\uff1a\u3001")]
    yield question, _words(lines)


def _words(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip()[:MOST_CHARACTERS]
