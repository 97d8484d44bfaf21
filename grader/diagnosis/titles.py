"""What a finding is called where only its id is known: of a class, say."""

from __future__ import annotations

from collections.abc import Iterable

from grader.diagnosis.catalogue import COMMON, load_catalogue
from grader.editions.loader import Edition
from grader.editions.notation import Notation
from grader.editions.phrasing import phrases
from grader.words.message import UNREADABLE, Message, Value

# The task that findings are about, by what their ids begin with.
_TASKS = {
    **{name: name for name in ("weights", "activations", "forward", "bias", "parameters")},
    "input": "initial_input",
    "fixed": "fixed_scale",
}


def finding_title(finding_id: str, language: str, edition: Edition) -> str:
    """
    Return a finding's title in an edition's words; the id where the catalogue has none.

    A number of one submission is left out: "\u2026" stands for it.
    """
    entry = load_catalogue().entries.get(finding_id)
    if entry is None:
        return finding_id
    left_out: dict[str, Value] = dict.fromkeys((*COMMON, *entry.example), UNREADABLE)
    notation = notation_of(finding_id, [edition])
    known = phrases(notation, finding_id) if notation is not None else {}
    return Message(f"finding.{finding_id}.title", left_out | known).said_in(language)


def notation_of(finding_id: str, editions: Iterable[Edition]) -> Notation | None:
    """Return the notation of the first edition that a finding can be about, None for none."""
    prefix, _, mistake = finding_id.partition("-")
    task = _TASKS.get(prefix, "weights")
    having = (one for one in editions if any(spec.id == task for spec in one.file.tasks))
    notations = (Notation(edition=one.file, task=one.task(task)) for one in having)
    return next((notation for notation in notations if notation.is_of(mistake)), None)
