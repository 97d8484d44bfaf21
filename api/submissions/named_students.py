"""Read student ids from the file names of an upload."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.kit.models import User
from api.submissions.uploads import Received
from grader.intake.files.student_ids import another_in, parts_of

MOST_PARTS = 500  # asked of the roster


def named_for(session: Session, group: Sequence[str], files: Sequence[Received]) -> str:
    """
    Return the first id of another student that a file's name carries, "" where none does.

    *group* are the student whose work it is, and who hands in together with them.
    """
    names = [name for file in files for name in (file.name, *file.inside)]
    parts = list(dict.fromkeys(part for name in names for part in parts_of(name)))[:MOST_PARTS]
    listed = session.scalars(select(User.student_id).where(User.student_id.in_(parts)))
    known = {one for one in listed if one is not None} - {*group}
    found = ([another_in(name, member, known) for member in group] for name in names)
    # One that carries a member's own id is none of somebody else's.
    return next((told[0] for told in found if told[0] and all(told)), "")
