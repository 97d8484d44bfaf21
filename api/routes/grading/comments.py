"""Comments on lines of a student's files, and words that staff use again."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.auth.permissions import readable
from api.course.release import Document
from api.grades import comments
from api.grades.visibility import demand_shown
from api.kit.schemas.grading import CommentIn, CommentOut, SavedOut, TextIn
from api.requests.dependencies import RequestId, Route, SessionDep
from api.requests.openapi import errors
from api.routes.parameters import Anybody, EditionId, Grader, RowId, Staff, SubmissionId
from api.submissions.runs import find_assignment

router = APIRouter(route_class=Route, tags=["grading"])


@router.get(
    "/submissions/{submission_id}/comments",
    summary="Comments on lines",
    responses=errors(401, 403, 404),
)
def list_comments(
    submission_id: SubmissionId, session: SessionDep, principal: Anybody
) -> list[CommentOut]:
    """Return what staff wrote about lines of the files; students see it with the findings."""
    submission = readable(session, principal, submission_id)
    demand_shown(session, principal, submission, Document.FINDINGS)
    return [CommentOut.model_validate(one) for one in submission.comments]


@router.post(
    "/submissions/{submission_id}/comments",
    status_code=201,
    summary="Comment on a line",
    responses=errors(401, 403, 404, 409, 422),
)
def add_comment(
    submission_id: SubmissionId,
    wanted: CommentIn,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> CommentOut:
    """Write about a line of a notebook or script, or about a cell as a whole."""
    submission = readable(session, principal, submission_id)
    made = comments.add(
        session,
        principal,
        submission,
        position=wanted.position,
        cell=wanted.cell,
        line=wanted.line,
        text=wanted.text,
        request_id=request_id,
    )
    return CommentOut.model_validate(made)


@router.delete(
    "/submissions/{submission_id}/comments/{comment}",
    status_code=204,
    summary="Remove a comment",
    responses=errors(401, 403, 404),
)
def remove_comment(
    submission_id: SubmissionId,
    comment: RowId,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> Response:
    """Remove a comment, whoever wrote it."""
    submission = readable(session, principal, submission_id)
    comments.remove(session, principal, submission, comment, request_id=request_id)
    return Response(status_code=204)


@router.get(
    "/assignments/{edition}/comments",
    summary="Words to be used again",
    responses=errors(401, 403, 404),
)
def list_saved(edition: EditionId, session: SessionDep, _staff: Staff) -> list[SavedOut]:
    """Return the comments that staff keep for an assignment."""
    find_assignment(session, edition)
    return [SavedOut.model_validate(one) for one in comments.saved(session, edition)]


@router.post(
    "/assignments/{edition}/comments",
    status_code=201,
    summary="Keep words to be used again",
    responses=errors(401, 403, 404, 409, 422),
)
def save_comment(
    edition: EditionId,
    wanted: TextIn,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> SavedOut:
    """Keep a comment for the whole staff; the same words are kept once."""
    find_assignment(session, edition)
    made = comments.save(session, principal, edition, wanted.text, request_id=request_id)
    return SavedOut.model_validate(made)


@router.delete(
    "/assignments/{edition}/comments/{saved}",
    status_code=204,
    summary="Keep words no longer",
    responses=errors(401, 403, 404),
)
def forget_comment(
    edition: EditionId,
    saved: RowId,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> Response:
    """Take a comment off the list; where it was used it stays."""
    find_assignment(session, edition)
    comments.forget(session, principal, edition, saved, request_id=request_id)
    return Response(status_code=204)
