"""A notebook or script as its student left it, also where it is in a zip."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth.permissions import readable
from api.course.release import Document
from api.grades.visibility import shown_to
from api.kit.models import Submission, SubmissionFile, User
from api.kit.problems import Problem, not_found
from api.kit.schemas.grades import Language
from api.kit.services import Services
from api.notebooks.archives import is_archive, read_archive
from api.notebooks.cells import ReadFile, is_readable, read_file
from api.notebooks.document import Remark, policy, render, render_archive, render_changes
from api.requests.dependencies import Route, ServicesDep, SessionDep
from api.requests.openapi import errors
from api.requests.principal import Principal
from api.requests.security_headers import FRAMED_PAGE_POLICY, POLICY
from api.routes.parameters import Anybody, SubmissionId
from api.submissions.runs import find_assignment, submissions_of
from grader.errors import SubmissionError

router = APIRouter(route_class=Route, tags=["results"])
MOST_FILES = 1000
MOST_ATTEMPTS = 10_000
FRAMED = {POLICY: FRAMED_PAGE_POLICY}


@router.get(
    "/submissions/{submission_id}/files/{position}/view",
    summary="A notebook as a page",
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
        **errors(401, 403, 404, 422),
    },
    response_class=Response,
)
def view_file(  # noqa: PLR0913, PLR0917  what a route is handed
    submission_id: SubmissionId,
    position: Annotated[int, Path(ge=0, le=MOST_FILES)],
    services: ServicesDep,
    session: SessionDep,
    principal: Anybody,
    language: Language | None = None,
) -> Response:
    """
    Return a notebook or script with markdown, code and outputs, as a page that runs nothing.

    Of a zip it is all that are in it, one after another. The page is sanitized, loads nothing, and
    is shown in a sandbox. What is too large is cut, with a note.
    """
    submission = readable(session, principal, submission_id)
    found = next((one for one in submission.files if one.position == position), None)
    if found is None or not (is_readable(found.name) or is_archive(found.name)):
        raise not_found(what="this notebook")
    tongue = language or submission.language
    assignment = find_assignment(session, submission.edition)
    shown = Document.FINDINGS in shown_to(principal, assignment, submission)
    remarks = _remarks(session, principal, submission, position) if shown else []
    session.commit()  # the store may be slow
    html = _shown(services, found, tongue, remarks)
    return Response(
        html.encode(),
        media_type="text/html; charset=utf-8",
        headers={POLICY: policy()},
    )


@router.get(
    "/submissions/{submission_id}/changes",
    summary="What changed since another attempt",
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
        **errors(401, 403, 404, 422),
    },
    response_class=Response,
)
def view_changes(  # noqa: PLR0913, PLR0917  what a route is handed
    submission_id: SubmissionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Anybody,
    since: Annotated[int, Query(ge=1, le=MOST_ATTEMPTS, description="The other attempt.")],
    language: Language | None = None,
) -> Response:
    """Return the lines of code that differ from another attempt of the student, as a page."""
    submission = readable(session, principal, submission_id)
    group = find_assignment(session, submission.edition).group_of(submission.student_id)
    every = submissions_of(session, submission.edition, *group)
    other = next((one for one in every if one.attempt == since), None)
    if other is None or submission.anonymous:
        raise not_found(what="this attempt")
    tongue = language or submission.language
    pairs = _paired(other, submission)
    session.commit()  # the store may be slow
    files = [(name, _read(services, old), _read(services, new)) for name, old, new in pairs]
    html = render_changes(files, since=since, language=tongue)
    return Response(
        html.encode(), media_type="text/html; charset=utf-8", headers={POLICY: policy()}
    )


def _shown(services: Services, file: SubmissionFile, language: str, remarks: list[Remark]) -> str:
    """Return the page of a file; raise Problem 422 where it cannot be read."""
    name = file.name
    with _told():
        data = services.blobs.read(file.sha256)
        if is_archive(name):
            return render_archive(read_archive(name, data), name=name, language=language)
        return render(read_file(name, data), name=name, language=language, remarks=remarks)


@contextmanager
def _told() -> Iterator[None]:
    """Make a Problem 422, which may stand in the desk's frame, of a file that cannot be read."""
    try:
        yield
    except SubmissionError as error:
        reason = error.reason
        raise Problem(422, "unreadable-file", reason, headers=FRAMED) from error


def _paired(
    before: Submission, after: Submission
) -> list[tuple[str, SubmissionFile | None, SubmissionFile | None]]:
    """Return the files that can be compared: by name, those of other names in their order."""
    old = [one for one in before.files if is_readable(one.name)]
    new = [one for one in after.files if is_readable(one.name)]
    same = {one.name for one in old} & {one.name for one in new}
    by_name = {one.name: one for one in old if one.name in same}
    left = [one for one in old if one.name not in same]
    added = [one for one in new if one.name not in same]
    pairs = [(one.name, by_name[one.name], one) for one in new if one.name in same]
    return [
        *pairs,
        *(((b or a).name, a, b) for a, b in zip_longest(left, added)),
    ]


def _read(services: Services, file: SubmissionFile | None) -> ReadFile | None:
    """Return a file's cells; raise Problem 422 where it has none."""
    if file is None:
        return None
    with _told():
        return read_file(file.name, services.blobs.read(file.sha256))


def _remarks(
    session: Session, principal: Principal, submission: Submission, position: int
) -> list[Remark]:
    """Return what was written about a file; who wrote it is told to staff alone."""
    found = [one for one in submission.comments if one.position == position]
    query = select(User.id, User.login).where(User.id.in_({one.user_id for one in found}))
    names = {row.id: row.login for row in session.execute(query)} if principal.is_staff else {}
    return [
        Remark(cell=one.cell, line=one.line, who=names.get(one.user_id or "", ""), text=one.text)
        for one in found
    ]
