"""What waits for a person in an assignment, in the order in which it should be looked at."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from api.grades.effective_grades import CountingAttempt, standing
from api.grades.regrade_requests import waiting_requests
from grader.editions.loader import Edition


def next_to_grade(session: Session, edition: Edition, *, after: str = "") -> str:
    """
    Return the submission to look at after the one given, ``""`` where nothing (else) waits.

    Requests for a second look come first, then what the grader could not judge, then what has
    points that only people give. After the last one comes the first.
    """
    found = [*dict.fromkeys(_waiting(session, edition))]
    place = found.index(after) + 1 if after in found else 0
    following = [one for one in (*found[place:], *found[:place]) if one != after]
    return following[0] if following else ""


def _waiting(session: Session, edition: Edition) -> Iterator[str]:
    yield from (one.submission_id for one in waiting_requests(session, edition.id))
    rows = standing(session, edition)
    yield from (one.id for row in rows for one in row.pending)
    yield from (row.submission.id for row in rows if row.submission and _has_open_points(row))


def _has_open_points(row: CountingAttempt) -> bool:
    """Return whether a criterion that only people grade has points, and nobody gave any."""
    return row.grade is not None and any(
        one.automatic is None and one.manual is None and one.max_points > 0
        for one in row.grade.criteria
    )
