"""A whole class handed in by staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from api.auth.permissions import RANKS, demand
from api.kit.models import Role, now
from api.kit.problems import Problem, not_found
from api.kit.schemas.class_upload import ClassEntryOut, ClassOut, LeftOutOut
from api.pages.frame import words_for
from api.pages.messages import Words
from api.pages.parts.moments import Clock
from api.pages.view.attempts import Notice
from api.pages.view.home import edition_title
from api.pages.visit import Visit, VisitDep, then, zone_of
from api.requests.dependencies import PrincipalDep, RequestId, ServicesDep
from api.routes.parameters import EditionId
from api.submissions.class_upload import find_outcome, take_class
from api.submissions.uploads import read_form, text_fields, uploaded_files
from grader.words.message import tell

router = APIRouter(prefix="/staff", include_in_schema=False)
NAMED_FILES = 10  # that are left out for one reason
Outcome = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True, kw_only=True)
class ClassUploadPage:
    """The form for a class's zip, and the result of the last upload."""

    edition: str
    edition_title: str
    notices: tuple[Notice, ...]
    left_out: tuple[str, ...]
    named_for: tuple[str, ...]
    late: tuple[str, ...]  # marked so by a course site that does not say when it came
    members: tuple[str, ...]  # of the zip, that are nobody's work
    limit_bytes: int
    received_label: str
    received_hint: str
    latest: str


@router.get("/{edition_id}/upload")
def show_class_upload(edition_id: EditionId, visit: VisitDep) -> Response:
    """Show the form."""
    visit.demand(Role.TA, scope="submit")
    visit.edition(edition_id)
    return _show(visit, edition_id, None)


@router.get("/{edition_id}/upload/{outcome}")
def show_class_outcome(edition_id: EditionId, outcome: Outcome, visit: VisitDep) -> Response:
    """Show the result of a class upload; reloading uploads nothing again."""
    visit.demand(Role.TA, scope="submit")
    visit.edition(edition_id)
    return _show(visit, edition_id, find_outcome(visit.services, edition_id, outcome))


@router.post("/upload")
async def upload_class(
    request: Request, services: ServicesDep, principal: PrincipalDep, request_id: RequestId
) -> Response:
    """Accept a class's zip and redirect to the result of the upload."""
    demand(principal, least=RANKS[Role.TA], scope="submit")
    form = await read_form(request, max_files=1)
    try:
        fields = text_fields(form)
        edition_id = fields.get("edition", "")
        if edition_id not in services.editions:
            raise not_found(what="this assignment")
        clock = Clock(zone=zone_of(services.settings), t=words_for(request), now=now())
        fields["received_at"] = _received_at(fields.get("received_at", ""), clock)
        [file] = uploaded_files(form)
        taken = await run_in_threadpool(
            partial(take_class, keep=True), services, principal, file.file, fields, request_id
        )
    finally:
        await form.close()
    if not taken.sha256:
        return then(f"/staff/{edition_id}", "class_taken")
    return then(f"/staff/{edition_id}/upload/{taken.sha256}")


def _received_at(typed: str, clock: Clock) -> str:
    """
    Return when the work was handed in as the API has it said, "" for in time.

    What cannot be read stays as it is: the API's own reader refuses it.
    """
    try:
        first, last = clock.read(typed, earliest=True), clock.read(typed)
    except ValueError:
        return typed
    if first is None or last is None:
        return ""
    if first > clock.now:
        raise Problem(
            422, "in-the-future", "the work was handed in before now; correct the moment"
        )
    return min(last, clock.now).isoformat()


def _why(entry: ClassEntryOut | LeftOutOut, t: Words) -> str:
    """Return why a part or a file was not taken, in the page's language."""
    reason = entry.reason.model_dump() if entry.reason else None
    return tell(reason, t.language, entry.problem)


def _members(left_out: Sequence[LeftOutOut], t: Words) -> tuple[str, ...]:
    """Return a line for each reason, with the first of the files that it holds for."""
    groups: dict[str, list[str]] = {}
    for one in left_out:
        groups.setdefault(_why(one, t), []).append(one.path)
    lines = []
    for why, paths in groups.items():
        shown = t("joiner").join(paths[:NAMED_FILES])
        more = len(paths) - NAMED_FILES
        rest = t("class_upload.more", shown=shown, count=more) if more > 0 else shown
        lines.append(f"{rest}{t('class_upload.colon')}{why}")
    return tuple(lines)


def _show(visit: Visit, edition_id: str, done: ClassOut | None) -> Response:
    t = visit.t
    taken = t.count("class_upload.taken", done.accepted) if done else ""
    entries = done.entries if done else []
    page = ClassUploadPage(
        edition=edition_id,
        edition_title=edition_title(visit.edition(edition_id)[1], t),
        notices=(Notice(text=taken, style="good", role="status"),) if taken else (),
        left_out=tuple(
            f"{t('joiner').join(one.paths)}{t('class_upload.colon')}{_why(one, t)}"
            for one in entries
            if one.problem
        ),
        named_for=tuple(
            t("class_upload.named_for_line", student=one.student_id, named=one.named_for)
            for one in entries
            if one.named_for
        ),
        late=tuple(
            t("class_upload.late_line", student=one.student_id)
            for one in entries
            if one.marked_late
        ),
        members=_members(done.left_out if done else [], t),
        limit_bytes=visit.settings.max_class_upload_bytes,
        received_label=t("class_upload.received", zone=visit.clock.offset(visit.clock.now)),
        received_hint=t("class_upload.received_hint"),
        latest=visit.clock.field(visit.clock.now.replace(second=0)),
    )
    return visit.page("class_upload", page, title=t("class_upload.title"))
