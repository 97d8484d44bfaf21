"""``/docs``: the API's reference."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.pages.reference.view import build_reference
from api.pages.visit import VisitDep

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def show_reference(request: Request, visit: VisitDep) -> Response:
    """Show every operation of the API, with a line of curl that makes it."""
    site = visit.settings.public_url.rstrip("/")
    document, address = request.app.openapi(), request.app.openapi_url
    page = build_reference(document, site, address, visit.t)
    return visit.page("reference", page, title=visit.t("reference.title"))
