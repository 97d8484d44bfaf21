"""The grades of a class, as CSV and JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from api.grades.classes.exports import grade_rows, to_csv
from api.kit.schemas.grades import GradeRow
from api.kit.services import Services
from api.requests.dependencies import Route, ServicesDep, SessionDep
from api.requests.openapi import errors
from api.routes.parameters import EditionId, Staff
from api.submissions.runs import find_assignment, find_edition
from grader.editions.loader import Edition

router = APIRouter(route_class=Route, prefix="/assignments/{edition}", tags=["exports"])
History = Annotated[bool, Query(description="Every attempt instead of the one that counts.")]


@router.get("/grades.json", summary="Grades as JSON", responses=errors(401, 403, 404))
def as_json(
    edition: EditionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Staff,
    history: History = False,
) -> list[GradeRow]:
    """Return what every student of the roster has, whoever handed in nothing included."""
    return grade_rows(session, _installed(services, session, edition), history=history)


@router.get(
    "/grades.csv",
    summary="Grades as CSV",
    response_class=Response,
    responses={
        200: {
            "description": "UTF-8 with a byte-order mark; what looks like a formula is quoted.",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
        **errors(401, 403, 404),
    },
)
def as_csv(
    edition: EditionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Staff,
    history: History = False,
) -> Response:
    """Return the same for spreadsheets."""
    rows = grade_rows(session, _installed(services, session, edition), history=history)
    return Response(
        to_csv(rows),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{edition}-grades.csv"'},
    )


def _installed(services: Services, session: Session, edition: str) -> Edition:
    return find_edition(services, find_assignment(session, edition).edition)
