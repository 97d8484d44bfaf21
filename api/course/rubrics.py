"""An assignment's own title, and the criteria that people grade: an edition's, or the course's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.auth import audit
from api.kit.models import Assignment, ManualScore, Submission, new_id
from api.kit.problems import Problem
from api.requests.principal import Principal
from grader.editions.loader import Edition
from grader.editions.rubric import Criterion, RubricFile
from grader.editions.schema import WRITTEN, Localized
from grader.words.message import message


@dataclass(frozen=True, kw_only=True)
class WantedCriterion:
    """A criterion as it is to be; without *id* it is a new one. *points* are 0 or more."""

    id: str
    title: Localized
    points: float


def as_set(assignment: Assignment, edition: Edition) -> Edition:
    """Return an edition as an assignment of it has it: its title, and what people grade."""
    if assignment.title:
        file = edition.file.model_copy(update={"title": Localized(**assignment.title)})
        edition = replace(edition, file=file)
    if assignment.criteria is None:
        return edition
    return replace(edition, rubric=_with(edition.rubric, assignment.criteria))


def by_people(edition: Edition) -> tuple[Criterion, ...]:
    """Return the criteria that only people grade, in order."""
    return tuple(one for one in edition.rubric.criteria if not one.checks)


def set_rubric(  # noqa: PLR0913  what is set
    session: Session,
    principal: Principal,
    assignment: Assignment,
    edition: Edition,
    *,
    title: Mapping[str, str],
    wanted: Sequence[WantedCriterion],
    request_id: str,
) -> None:
    """
    Set an assignment's title (empty: the edition's) and all criteria that people grade.

    *edition* is the installed one. Grades follow at once, since they are never stored. The caller
    holds the assignment's row, so that two do not set it at the same moment.

    Raises:
        Problem: 422 for an id that no criterion has, or the same one twice; 409 where points that
            somebody gave already would be lost, or more than the maximum.

    """
    present = {one.id: one for one in by_people(as_set(assignment, edition))}
    known = present.keys() | {one.id for one in by_people(edition)}
    named = [one.id for one in wanted if one.id]
    strange = sorted({one for one in named if one not in known or named.count(one) > 1})
    if strange:
        raise Problem(422, "bad-rubric", message("rubric.unknown", criteria=", ".join(strange)))
    chosen = [replace(one, id=one.id or f"{WRITTEN}.{new_id()[:8]}") for one in wanted]
    _refuse_lost_points(session, assignment, present, {one.id: one.points for one in chosen})
    before = _values(assignment, edition)
    assignment.title = {name: words for name, words in title.items() if words}
    rows = [_row(one.id, one.title, one.points) for one in chosen]
    own = [_row(one.id, one.title, one.points) for one in by_people(edition)]
    assignment.criteria = None if rows == own else rows
    after = _values(assignment, edition)
    target = f"assignment:{assignment.edition}"
    audit.record_change(session, principal, "assignment.rubric", target, before, after, request_id)


def _with(rubric: RubricFile, rows: Sequence[Mapping[str, Any]]) -> RubricFile:
    """Return a rubric whose criteria for people are *rows*; those stand where the first stood."""
    own = tuple(
        Criterion.model_construct(  # checked when it was set; 0 points are only for remarks
            id=row["id"],
            title=Localized(**row["title"]),
            points=row["points"],
            graded_by="people",
            checks=(),
            rests_on=(),
        )
        for row in rows
    )
    every = rubric.criteria
    place = next((at for at, one in enumerate(every) if not one.checks), len(every))
    judged = tuple(one for one in every if one.checks)
    criteria = (*judged[:place], *own, *judged[place:])
    total = sum(one.points for one in criteria)
    return rubric.model_copy(update={"criteria": criteria, "total": total})


def _refuse_lost_points(
    session: Session,
    assignment: Assignment,
    present: Mapping[str, Criterion],
    wanted: Mapping[str, float],
) -> None:
    """Raise Problem 409 where people have given more on a criterion than it is to have."""
    for name, criterion in present.items():
        given = select(func.count()).select_from(ManualScore).join(Submission)
        given = given.where(
            Submission.edition == assignment.edition,
            ManualScore.criterion == name,
            ManualScore.points.is_not(None),
            ManualScore.points > wanted.get(name, -1.0),
        )
        if count := session.scalar(given):
            reason = message("rubric.given", title=criterion.title.en, count=count)
            raise Problem(409, "points-given", reason)


def _values(assignment: Assignment, edition: Edition) -> dict[str, Any]:
    criteria = by_people(as_set(assignment, edition))
    return {
        "title": dict(assignment.title or {}),
        "criteria": [_row(one.id, one.title, one.points) for one in criteria],
    }


def _row(name: str, title: Localized, points: float) -> dict[str, Any]:
    words = {"en": title.en, "zh_TW": title.zh_TW} if title.zh_TW else {"en": title.en}
    return {"id": name, "title": words, "points": float(points)}
