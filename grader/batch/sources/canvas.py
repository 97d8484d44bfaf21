"""
Canvas's download of all submissions: files side by side, each with its person in front.

``<name>[_LATE]_<user id>_<attachment id>_<file>``; the name is the sortable one in small letters
without spaces and marks, and "LATE" is small or large by version. An anonymous assignment has
``anon_<five letters>`` for name and user. Of what was typed in, there is ``..._text.html``. A
file that is handed in again under its name becomes ``hw1-1.ipynb``, then ``hw1-2.ipynb``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.batch.sources.submitted import HandedFile, PersonPart, Split
from grader.intake.classes.members import Member, SkippedMember
from grader.words.message import message

_NAMED = r"(?P<name>.*?)(?P<late>_late)?_(?P<user>\d+)"
_ANONYMOUS = r"anon(?:ymous)?_(?P<anonymous>[0-9a-z]{5})(?P<anonymous_late>_late)?"
_FILE = re.compile(
    rf"(?:{_ANONYMOUS}|{_NAMED})_(?P<attachment>\d{{2,}})_(?P<file>.+)", re.IGNORECASE
)
_RESUBMITTED = re.compile(r"-\d{1,2}(?=\.\w+$)")
_TYPED = re.compile(rf"(?:{_ANONYMOUS}|{_NAMED})_(?:text|link)\.html", re.IGNORECASE)


def is_canvas(tops: Sequence[str]) -> bool:
    """Return whether most of the names at the top are named as Canvas names them."""
    named = sum(_match(top) is not None for top in tops)
    return named * 2 > len(tops)


def split(members: Sequence[Member], depth: int) -> Split:
    """Return each person's files."""
    people: dict[str, list[tuple[Member, re.Match[str]]]] = {}
    left_out = []
    for one in members:
        found = _match(one.parts[depth])
        if found is None or len(one.parts) > depth + 1:
            reason = message("batch.no-person", layout="Canvas")
            left_out.append(SkippedMember(path=one.path, reason=reason))
        else:
            people.setdefault(_label(found), []).append((one, found))
            if "file" not in found.groupdict():
                reason = message("batch.typed")
                left_out.append(SkippedMember(path=one.path, reason=reason))
    return Split(parts=[_part(*one) for one in people.items()], left_out=left_out)


def _match(top: str) -> re.Match[str] | None:
    return _TYPED.fullmatch(top) or _FILE.fullmatch(top)


def _label(found: re.Match[str]) -> str:
    if found["anonymous"]:
        return f"anon_{found['anonymous']}"
    return f"{found['name']}_{found['user']}"


def _part(label: str, found: Sequence[tuple[Member, re.Match[str]]]) -> PersonPart:
    first = found[0][1]
    late = any(match["late"] or match["anonymous_late"] for _, match in found)
    return PersonPart(
        label=label,
        files=[
            HandedFile(
                path=(match["file"],),
                member=one,
                order=int(match["attachment"]),
                unnumbered=_RESUBMITTED.sub("", match["file"]),
            )
            for one, match in found
            if "file" in match.groupdict()
        ],
        about={
            "name": first["name"] or "",
            "canvas_user_id": first["user"] or "",
            "late": "late" if late else "",
        },
    )
