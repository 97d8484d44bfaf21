"""Comments on lines, with forms on the grader's desk."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from api.auth.permissions import readable
from api.grades import comments
from api.kit.models import Role, SavedComment
from api.kit.problems import Problem
from api.kit.schemas.grading import HIGHEST, LONGEST_TEXT
from api.pages.visit import Visit, VisitDep, then
from api.requests.redirects import local_path
from api.routes.parameters import EditionId, RowId, SubmissionId

router = APIRouter(prefix="/staff/{edition_id}", include_in_schema=False)
Text = Annotated[str, Form(max_length=LONGEST_TEXT)]
Number = Annotated[int, Form(ge=0, le=HIGHEST)]


@router.post("/{submission_id}/comments")
def add_comment(  # noqa: PLR0913, PLR0917  what its form holds
    edition_id: EditionId,
    submission_id: SubmissionId,
    visit: VisitDep,
    position: Number = 0,
    cell: Number = 1,
    line: Annotated[str, Form(max_length=10)] = "",
    text: Text = "",
    saved: Annotated[str, Form(max_length=32)] = "",
    keep: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Note a comment in the grader's own words, or in words kept before."""
    visit.demand(Role.TA, scope="grade")
    submission = readable(visit.session, visit.principal, submission_id)
    words = text.strip() or _saved(visit, edition_id, saved)
    comments.add(
        visit.session,
        visit.principal,
        submission,
        position=position,
        cell=max(cell, 1),
        line=_line(line),
        text=words,
        request_id=visit.request_id,
    )
    if keep:
        comments.save(
            visit.session, visit.principal, edition_id, words, request_id=visit.request_id
        )
    here = f"/staff/{edition_id}/{submission_id}?show=file-{position}&at={max(cell, 1)}"
    return then(here, "commented")


@router.post("/{submission_id}/comments/{comment}/remove")
def remove_comment(
    edition_id: EditionId,
    submission_id: SubmissionId,
    comment: RowId,
    visit: VisitDep,
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Remove a comment."""
    visit.demand(Role.TA, scope="grade")
    submission = readable(visit.session, visit.principal, submission_id)
    comments.remove(
        visit.session, visit.principal, submission, comment, request_id=visit.request_id
    )
    return then(local_path(back, f"/staff/{edition_id}/{submission_id}"), "uncommented")


@router.post("/comments/{saved}/forget")
def forget_comment(
    edition_id: EditionId,
    saved: RowId,
    visit: VisitDep,
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Take words off the list of those that are used again."""
    visit.demand(Role.TA, scope="grade")
    comments.forget(visit.session, visit.principal, edition_id, saved, request_id=visit.request_id)
    return then(local_path(back, f"/staff/{edition_id}"), "forgotten")


def _saved(visit: Visit, edition: str, name: str) -> str:
    found = visit.session.get(SavedComment, name) if name else None
    return found.text if found is not None and found.edition == edition else ""


def _line(given: str) -> int:
    """Return a line's number, 0 for the cell as a whole; raise Problem 422 for anything else."""
    words = given.strip()
    if not words:
        return 0
    if not words.isdecimal() or int(words) > HIGHEST:
        raise Problem(422, "no-line", f"{words[:10]!r} is not the number of a line")
    return int(words)
