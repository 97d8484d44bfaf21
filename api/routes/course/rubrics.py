"""An assignment's title, and the criteria that people grade."""

from __future__ import annotations

from fastapi import APIRouter

from api.course import rubrics
from api.kit.models import Assignment
from api.kit.schemas.rubrics import RubricIn, RubricOut
from api.requests.dependencies import RequestId, Route, ServicesDep, SessionDep
from api.requests.openapi import errors
from api.routes.parameters import Administrator, EditionId, Staff
from api.submissions.runs import find_assignment, find_edition
from grader.editions.loader import Edition
from grader.editions.schema import Localized

router = APIRouter(route_class=Route, prefix="/assignments/{edition}/rubric", tags=["assignments"])


@router.get("", summary="The rubric", responses=errors(401, 403, 404))
def show(
    edition: EditionId, services: ServicesDep, session: SessionDep, _staff: Staff
) -> RubricOut:
    """Return the title and all criteria, those of the grader and those of people."""
    return tell(find_assignment(session, edition), find_edition(services, edition))


@router.put("", summary="Change it", responses=errors(401, 403, 404, 409, 422))
def put(  # noqa: PLR0913, PLR0917  what a route is handed
    edition: EditionId,
    wanted: RubricIn,
    services: ServicesDep,
    session: SessionDep,
    principal: Administrator,
    request_id: RequestId,
) -> RubricOut:
    """Set the title and the criteria that people grade; every grade follows at once."""
    assignment = find_assignment(session, edition)
    session.refresh(assignment, with_for_update=True)
    installed = find_edition(services, edition)
    rubrics.set_rubric(
        session,
        principal,
        assignment,
        installed,
        title=wanted.title.model_dump(),
        wanted=wanted_criteria(wanted),
        request_id=request_id,
    )
    return tell(assignment, installed)


def wanted_criteria(wanted: RubricIn) -> list[rubrics.WantedCriterion]:
    """Return the criteria that a request or a form asks for."""
    return [
        rubrics.WantedCriterion(
            id=one.id, title=Localized(**one.title.model_dump()), points=one.points
        )
        for one in wanted.criteria
    ]


def tell(assignment: Assignment, installed: Edition) -> RubricOut:
    """Return the rubric of an assignment as it is set."""
    edition = rubrics.as_set(assignment, installed)
    every = edition.rubric.criteria
    return RubricOut.model_validate(
        {
            "title": edition.file.title,
            "total": edition.rubric.total,
            "checked": [one for one in every if one.checks],
            "criteria": list(rubrics.by_people(edition)),
        },
        from_attributes=True,
    )
