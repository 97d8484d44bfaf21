"""What tables of course sites look like: their separator, and Moodle's participants."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_PARTICIPANT = re.compile(r"\D*?\s?(\d+)")


def participant_in(cell: str) -> str:
    """Return the number in Moodle's "Participant 123" in any language, "" where there is none."""
    number = _PARTICIPANT.fullmatch(cell.strip())
    return number[1] if number else ""


def column_of_participants(table: Sequence[Sequence[str]]) -> int:
    """Return which column, from 1, holds "Participant 123" in any language, 0 for none."""
    for at in range(len(table[0])):
        cells = [line[at].strip() for line in table[1:] if at < len(line)]
        words = {re.sub(r"\d+$", "", cell) for cell in cells}
        if cells and all(map(_PARTICIPANT.fullmatch, cells)) and len(words) == 1 and words != {""}:
            return at + 1
    return 0


def separator_of(text: str) -> str:
    """Return what stands between the cells of a table, by its first line."""
    counts = Counter(one for one in text.partition("\n")[0] if one in ",;\t")
    return counts.most_common(1)[0][0] if counts else ","
