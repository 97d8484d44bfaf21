"""Uploading, listing and watching submissions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.auth.permissions import not_logged_in, readable
from api.grades.visibility import SubmissionPresenter
from api.kit.database import NO_NUL
from api.kit.ids import EDITION_ID, STUDENT_ID
from api.kit.models import RunState, Submission
from api.kit.schemas.submissions import ProgressOut, SubmissionOut, SubmissionPage, UploadOut
from api.kit.services import Services
from api.operation.logs import annotate
from api.requests.dependencies import ArrivedAt, Route, ServicesDep, SessionDep, reading
from api.requests.openapi import errors
from api.requests.principal import Principal
from api.routes.parameters import Anybody, FindingFilter, SubmissionId, Uploader
from api.submissions.hand_in import admit, hand_in
from api.submissions.progress import ProgressWatchers
from api.submissions.search import Filters, count_submissions, list_submissions
from api.submissions.uploads import Form, receive

router = APIRouter(route_class=Route, tags=["submissions"])
MOST_ON_A_PAGE = 200

UPLOAD_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "array",
                            "minItems": 1,
                            "items": {"type": "string", "format": "binary"},
                            "description": "A notebook, a script or a .zip; several, and the"
                            " report's PDF, may come together.",
                        },
                        "student_id": {
                            "type": "string",
                            "description": "Whose work it is. Students may leave it out; a"
                            " self-check without a login has none.",
                            "example": "108062001",
                        },
                        "edition": {
                            "type": "string",
                            "description": "Left out: the course's usual one.",
                            "example": "cs5120-2021",
                        },
                        "language": {"type": "string", "enum": ["en", "zh_TW"]},
                        "received_at": {
                            "type": "string",
                            "format": "date-time",
                            "description": "Staff only: when it was handed in elsewhere.",
                        },
                    },
                }
            }
        },
    }
}


@router.post(
    "/submissions",
    status_code=202,
    summary="Hand in",
    responses={
        202: {
            "description": "Stored and queued: it survives any crash from here on.",
            "headers": {"Location": {"schema": {"type": "string"}}},
        },
        **errors(401, 403, 409, 413, 415, 422, 429),
    },
    openapi_extra=UPLOAD_FORM,
)
async def upload(  # noqa: PLR0913, PLR0917  what a route is handed
    request: Request,
    response: Response,
    services: ServicesDep,
    principal: Uploader,
    arrived_at: ArrivedAt,
    idempotency_key: Annotated[
        str | None,
        Header(description="A UUID of yours: sent again, the answer is the first one's."),
    ] = None,
) -> UploadOut:
    """
    Take in one student's files. The answer comes once they and their job are safe.

    A newer upload replaces one of the same student and edition that still waits. Without a login
    it is a self-check, where the instructor allows that: `key` then opens its result.
    """
    await run_in_threadpool(admit, services, principal)
    form = await receive(request, services)
    told = await run_in_threadpool(
        _hand_in, services, principal, form, arrived_at, idempotency_key
    )
    annotate(request, submission_id=told.id)
    response.headers["Location"] = f"{request.url.path}/{told.id}"
    return told


def _hand_in(
    services: Services,
    principal: Principal,
    form: Form,
    arrived_at: datetime,
    idempotency_key: str | None,
) -> UploadOut:
    done = hand_in(
        services, principal, form, arrived_at=arrived_at, idempotency_key=idempotency_key
    )
    with reading(services) as session:
        submission = session.get_one(Submission, done.submission.id)
        told = SubmissionPresenter.of(session, services, principal).tell(submission)
    return UploadOut(**told.model_dump(), key=done.key, repeated=done.repeated)


@dataclass(frozen=True, kw_only=True)
class PageQuery:
    """Which page is asked for."""

    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE)] = 50
    cursor: Annotated[str | None, Query(max_length=200, description="'next' of a page.")] = None


@router.get("/submissions", summary="List and filter", responses=errors(401, 403, 422))
def list_all(  # noqa: PLR0913, PLR0917  a list's filters are its parameters
    services: ServicesDep,
    session: SessionDep,
    principal: Anybody,
    page: Annotated[PageQuery, Depends()],
    edition: Annotated[str | None, Query(pattern=EDITION_ID)] = None,
    student_id: Annotated[str | None, Query(pattern=STUDENT_ID)] = None,
    state: Annotated[RunState | None, Query(description="Of the newest run.")] = None,
    finding: FindingFilter = None,
    q: Annotated[str, Query(max_length=100, pattern=NO_NUL, description="In id or name.")] = "",
) -> SubmissionPage:
    """
    Return submissions, newest first: a student's own, or for staff those of all.

    With ``state=pending`` these are what waits for staff, and ``count`` is how many do.
    """
    if principal.role is None and not principal.result_keys:
        raise not_logged_in()
    filters = Filters(
        edition=edition, student_id=student_id, state=state, finding=finding, text=q.strip()
    )
    found, after = list_submissions(
        session, principal, filters, limit=page.limit, cursor=page.cursor
    )
    presenter = SubmissionPresenter.of(session, services, principal)
    items = [presenter.tell(one) for one in found]
    count = count_submissions(session, principal, filters)
    return SubmissionPage(items=items, next=after, count=count)


@router.get("/submissions/{submission_id}", summary="Look at one", responses=errors(401, 403, 404))
def show(
    submission_id: SubmissionId, services: ServicesDep, session: SessionDep, principal: Anybody
) -> SubmissionOut:
    """Return one submission, its progress and its score by criterion."""
    submission = readable(session, principal, submission_id)
    return SubmissionPresenter.of(session, services, principal).tell(submission, with_grade=True)


def watched(submission_id: SubmissionId, services: ServicesDep, principal: Anybody) -> str:
    """Return the id of a submission that the one who asks may watch; nothing stays open."""
    with reading(services) as session:
        return readable(session, principal, submission_id).id


async def watch_of(request: Request, services: ServicesDep) -> ProgressWatchers:
    """Return the application's one watch."""
    state = request.app.state
    if not hasattr(state, "watch"):
        state.watch = ProgressWatchers(services)
    watch: ProgressWatchers = state.watch
    return watch


@router.get(
    "/submissions/{submission_id}/events",
    summary="Watch one",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "Events named `progress`, each with an id; the last says `final`.",
            "content": {
                "text/event-stream": {
                    "example": 'event: progress\nid: 1.grading.Accuracy.0\ndata: {"state":'
                    ' "grading", "stage": "Accuracy", "run": 1, "final": false}\n\n'
                }
            },
        },
        **errors(401, 403, 404),
    },
)
async def events(
    submission_id: Annotated[str, Depends(watched)],
    watch: Annotated[ProgressWatchers, Depends(watch_of)],
    last_event_id: Annotated[str | None, Header(description="Sent on reconnecting.")] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Send how far a submission is, whenever that changes, until it is final."""
    async for progress in watch.follow(submission_id):
        if progress.event_id == last_event_id and not progress.final:
            continue
        told = ProgressOut(
            state=progress.state,
            stage=progress.stage,
            run=progress.run,
            place_in_queue=progress.place_in_queue,
            final=progress.final,
        )
        yield ServerSentEvent(event="progress", id=progress.event_id, data=told)
