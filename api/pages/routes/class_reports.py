"""A class's overview, solutions that are alike, and tables for course sites, as pages."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.auth.permissions import RANKS, demand
from api.grades.classes import comparisons
from api.grades.classes.documents import overview
from api.kit.models import Role
from api.pages.view.class_reports import build_exports, build_overview, build_similarity
from api.pages.visit import VisitDep, refuse_scripts, then
from api.requests.dependencies import PrincipalDep, ServicesDep
from api.routes.class_documents import filled_answer
from api.routes.parameters import EditionId

router = APIRouter(prefix="/staff", include_in_schema=False)
AGAIN_SECONDS = 5


@router.get("/{edition_id}/overview")
def show_overview(edition_id: EditionId, visit: VisitDep) -> Response:
    """Show how the class did, what was hard, and who needs a person."""
    visit.demand(Role.TA)
    _, edition = visit.edition(edition_id)
    document = overview(visit.services, visit.session, edition, visit.t.language)
    page = build_overview(edition, document, visit.t)
    return visit.page("class_overview", page, title=page.title)


@router.get("/{edition_id}/similarity")
def show_similarity(edition_id: EditionId, visit: VisitDep) -> Response:
    """Show how far the comparison is, and the way to what it found."""
    visit.demand(Role.TA)
    _, edition = visit.edition(edition_id)
    found = comparisons.latest(visit.session, edition_id)
    page = build_similarity(
        edition, found, comparisons.latest_done(visit.session, edition_id), visit.clock
    )
    answer = visit.page("class_similarity", page, title=page.title)
    if page.underway:
        answer.headers["Refresh"] = str(AGAIN_SECONDS)  # without scripts, too
    return answer


@router.post("/{edition_id}/similarity")
def compare(edition_id: EditionId, visit: VisitDep) -> Response:
    """Have a worker compare the class's code."""
    visit.demand(Role.TA, scope="grade")
    visit.edition(edition_id)
    comparisons.ask(
        visit.services,
        visit.session,
        visit.principal,
        edition_id,
        request_id=visit.request_id,
    )
    return then(f"/staff/{edition_id}/similarity")


@router.get("/{edition_id}/exports")
def show_exports(edition_id: EditionId, visit: VisitDep) -> Response:
    """Show the tables that there are, and the form for a course site's own."""
    visit.demand(Role.TA)
    _, edition = visit.edition(edition_id)
    page = build_exports(edition, visit.t)
    return visit.page("class_exports", page, title=page.title)


@router.post("/{edition_id}/exports")
async def fill_table(
    edition_id: EditionId, request: Request, services: ServicesDep, principal: PrincipalDep
) -> Response:
    """Return a course site's own table with the grades in it, to be saved."""
    refuse_scripts(request)
    demand(principal, least=RANKS[Role.TA], scope="read")
    return await filled_answer(request, services, edition_id)
