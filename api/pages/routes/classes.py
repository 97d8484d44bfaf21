"""A whole class handed in by staff."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.auth.permissions import RANKS, demand
from api.classes import take_class
from api.dependencies import PrincipalDep, RequestId, ServicesDep
from api.models import Role
from api.pages.frame import words_for
from api.pages.messages import Words
from api.pages.render import render
from api.pages.routes.staff import EditionId
from api.pages.view.attempts import Notice
from api.pages.view.home import edition_title
from api.pages.visit import VisitDep
from api.problems import not_found
from api.schemas import ClassEntryOut, ClassOut
from api.services import Services
from api.uploads import read_form, text_fields, uploaded_files
from grader.reasons import tell

router = APIRouter(prefix="/staff", include_in_schema=False)


@dataclass(frozen=True, kw_only=True)
class ClassUploadPage:
    """The form for a class's zip, and what became of the last one."""

    edition: str
    edition_title: str
    notices: tuple[Notice, ...]
    left_out: tuple[str, ...]
    named_for: tuple[str, ...]
    limit_bytes: int


@router.get("/{edition_id}/upload")
def show_class_upload(edition_id: EditionId, visit: VisitDep) -> Response:
    """Show the form."""
    visit.demand(Role.TA, scope="submit")
    visit.edition(edition_id)
    page = _page(visit.services, edition_id, visit.request, None)
    return visit.page("class_upload", page, title=visit.t("class_upload.title"))


@router.post("/upload")
async def upload_class(
    request: Request, services: ServicesDep, principal: PrincipalDep, request_id: RequestId
) -> Response:
    """Take a class's zip in and say what became of every part of it."""
    demand(principal, least=RANKS[Role.TA], scope="submit")
    request.state.principal = principal
    form = await read_form(request, max_files=1)
    try:
        [file] = uploaded_files(form)
        fields = text_fields(form)
        edition_id = fields.get("edition", "")
        if edition_id not in services.editions:
            raise not_found(what="this assignment")
        done = await run_in_threadpool(
            take_class, services, principal, file.file, fields, request_id
        )
    finally:
        await form.close()
    t = words_for(request)
    page = _page(services, edition_id, request, done)
    title = t("class_upload.title")
    return render(request, principal, "class_upload", page, t=t, title=title, status=202)


def _why(entry: ClassEntryOut, t: Words) -> str:
    """Return why a part was not taken, in the page's language."""
    reason = entry.reason.model_dump() if entry.reason else None
    return tell(reason, t.language, entry.problem)


def _page(
    services: Services, edition_id: str, request: Request, done: ClassOut | None
) -> ClassUploadPage:
    t = words_for(request)
    taken = t.count("class_upload.taken", done.accepted) if done else ""
    refused = [one for one in done.entries if one.problem] if done else []
    return ClassUploadPage(
        edition=edition_id,
        edition_title=edition_title(services.editions[edition_id], t),
        notices=(Notice(text=taken, style="good", role="status"),) if taken else (),
        left_out=tuple(
            f"{one.student_id}{t('class_upload.colon')}{_why(one, t)}" for one in refused
        ),
        named_for=tuple(
            t("class_upload.named_for_line", student=one.student_id, named=one.named_for)
            for one in (done.entries if done else [])
            if one.named_for
        ),
        limit_bytes=services.settings.max_class_upload_bytes,
    )
