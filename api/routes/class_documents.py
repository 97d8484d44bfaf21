"""A whole class: its overview, tables for course sites, and solutions that are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.grades.classes import comparisons
from api.grades.classes.documents import (
    Site,
    filled_table,
    overview,
    overview_page,
    overview_pdf,
    site_table,
)
from api.grades.classes.rows import class_rows
from api.kit.problems import not_found
from api.kit.schemas.comparisons import ComparisonOut
from api.kit.schemas.grades import Language
from api.kit.services import Services
from api.requests.dependencies import RequestId, Route, ServicesDep, SessionDep, reading
from api.requests.openapi import errors
from api.routes.parameters import EditionId, Grader, Staff
from api.routes.results import PDF_POLICY, REPORT_POLICY, disposition
from api.submissions.runs import find_assignment, find_edition
from api.submissions.uploads import read_form, text_fields, uploaded_files
from grader.editions.loader import Edition
from report_templates.page.blocks import Document

router = APIRouter(route_class=Route, prefix="/assignments/{edition}", tags=["classes"])
In = Annotated[Language, Query(description="The language of the document.")]
CSV = {"text/csv": {"schema": {"type": "string"}}}
PAGE = {"text/html": {"schema": {"type": "string"}}}
PDF = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "column": {
                            "type": "string",
                            "description": "The assignment's column in Canvas's gradebook.",
                        },
                    },
                }
            }
        },
    }
}


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A request for the overview of a class, and all that it takes to make it."""

    edition: str
    services: Services
    session: Session
    language: Language

    def document(self) -> Document:
        """Return scores, criteria, findings, accuracy and who needs a person."""
        edition = _installed(self.services, self.session, self.edition)
        return overview(self.services, self.session, edition, self.language)


async def open_overview(
    edition: EditionId,
    services: ServicesDep,
    session: SessionDep,
    _principal: Staff,
    language: In = "en",
) -> Overview:
    """Return what a route needs to show the class to staff."""
    return Overview(edition=edition, services=services, session=session, language=language)


OverviewDep = Annotated[Overview, Depends(open_overview, scope="function")]


@router.get(
    "/overview.html",
    summary="The class as one page",
    response_class=Response,
    responses={200: {"content": PAGE}, **errors(401, 403, 404, 503)},
)
def overview_html(asked: OverviewDep) -> Response:
    """Return scores, criteria, findings, accuracy and who needs a person, as one page."""
    return Response(
        overview_page(asked.document()),
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": REPORT_POLICY},
    )


@router.get(
    "/overview.pdf",
    summary="The class as a PDF",
    response_class=Response,
    responses={200: {"content": PDF}, **errors(401, 403, 404, 503)},
)
def overview_as_pdf(asked: OverviewDep) -> Response:
    """Return the same as a PDF."""
    return Response(
        overview_pdf(asked.document()),
        media_type="application/pdf",
        headers={
            "Content-Disposition": disposition("inline", f"{asked.edition}-class.pdf"),
            "Content-Security-Policy": PDF_POLICY,
        },
    )


@router.get(
    "/exports/{site}.csv",
    summary="Grades for a course site",
    response_class=Response,
    responses={200: {"content": CSV}, **errors(401, 403, 404)},
)
def site_csv(
    edition: EditionId,
    site: Site,
    services: ServicesDep,
    session: SessionDep,
    _principal: Staff,
) -> Response:
    """Return the grades as Canvas or Gradescope have them, or ids and scores alone (plain)."""
    found = _installed(services, session, edition)
    rows = class_rows(services, session, found)
    text = site_table(rows, site, found.file.title.in_language("en"))
    return as_csv(text, f"{edition}-{site}.csv")


@router.post(
    "/exports/filled",
    summary="Fill in a course site's own table",
    response_class=Response,
    openapi_extra=FORM,
    responses={200: {"content": CSV}, **errors(401, 403, 404, 413, 415, 422)},
)
async def fill(
    edition: EditionId, request: Request, services: ServicesDep, _principal: Staff
) -> Response:
    """
    Return Canvas's gradebook or Moodle's grading worksheet with the grades in it.

    No cell but the grades is another than before. `X-Grades-Filled` says how many there are,
    `X-Grades-Unmatched` how many people with a grade the table does not have.
    """
    return await filled_answer(request, services, edition)


async def filled_answer(request: Request, services: Services, edition: str) -> Response:
    """Return the table of a form, filled in; its session is closed before the answer is sent."""
    form = await read_form(request, max_files=1)
    try:
        column = text_fields(form).get("column", "").strip()
        [file] = uploaded_files(form)
        content = await file.read()
        name = file.filename or "gradebook.csv"
    finally:
        await form.close()

    def fill_in() -> Response:
        with reading(services) as session:
            rows = class_rows(services, session, _installed(services, session, edition))
        sheet = filled_table(rows, name, content, column)
        answer = as_csv(sheet.text, f"{edition}-{sheet.site}.csv")
        answer.headers["X-Grades-Filled"] = str(sheet.filled)
        answer.headers["X-Grades-Unmatched"] = str(len(sheet.unmatched))
        return answer

    return await run_in_threadpool(fill_in)


@router.post(
    "/similarity",
    status_code=202,
    summary="Compare a class's code",
    responses=errors(401, 403, 404, 409),
)
def compare(
    edition: EditionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> ComparisonOut:
    """
    Have a worker compare the code of all attempts, those of one student aside.

    What was found is information for staff, never points. One that is underway is not begun twice.
    """
    found = _installed(services, session, edition)
    asked = comparisons.ask(services, session, principal, found.id, request_id=request_id)
    return ComparisonOut.model_validate(asked)


@router.get("/similarity", summary="The last comparison", responses=errors(401, 403, 404))
def comparison(
    edition: EditionId, services: ServicesDep, session: SessionDep, _principal: Staff
) -> ComparisonOut:
    """Return how far the comparison is that was asked for last."""
    found = comparisons.latest(session, _installed(services, session, edition).id)
    if found is None:
        raise not_found(what="a comparison of this class")
    return ComparisonOut.model_validate(found)


@router.get(
    "/similarity.html",
    summary="Solutions that are alike",
    response_class=Response,
    responses={200: {"content": PAGE}, **errors(401, 403, 404)},
)
def similarity_html(
    edition: EditionId,
    services: ServicesDep,
    session: SessionDep,
    _principal: Staff,
    language: In = "en",
) -> Response:
    """Return the page of the last comparison that is done: pairs of solutions, side by side."""
    found = comparisons.latest_done(session, _installed(services, session, edition).id)
    session.commit()  # the store may be slow
    return Response(
        comparisons.page_of(services, found, language),
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": REPORT_POLICY},
    )


def as_csv(text: str, name: str) -> Response:
    """Return a table to be saved under a name."""
    return Response(
        text.encode("utf-8", "replace"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _installed(services: Services, session: Session, edition: str) -> Edition:
    return find_edition(services, find_assignment(session, edition).edition)
