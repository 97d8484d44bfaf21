"""Read student ids from the file names of an upload."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.kit.models import User
from api.submissions.uploads import Received
from grader.intake.files.student_ids import another_in, parts_of

MOST_PARTS = 500  # asked of the roster


def named_for(session: Session, student_id: str, files: Sequence[Received]) -> str:
    """Return the first id of another student that a file's name carries, "" where none does."""
    names = [name for file in files for name in (file.name, *file.inside)]
    parts = list(dict.fromkeys(part for name in names for part in parts_of(name)))[:MOST_PARTS]
    listed = session.scalars(select(User.student_id).where(User.student_id.in_(parts)))
    known = {one for one in listed if one is not None}
    found = (another_in(name, student_id, known) for name in names)
    return next(filter(None, found), "")
