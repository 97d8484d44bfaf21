"""How the course runs each edition: due date, late rule, attempts, what students see."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.course.assignments import change, create, publish, remove
from api.course.release import release_of
from api.course.rubrics import as_set
from api.course.terms import terms_of
from api.grades.announcements import publish_and_announce
from api.kit.models import Assignment, now
from api.kit.problems import Problem
from api.kit.schemas.assignments import (
    AssignmentIn,
    AssignmentNew,
    AssignmentOut,
    AssignmentPatch,
)
from api.kit.services import Services
from api.requests.dependencies import RequestId, Route, ServicesDep, SessionDep
from api.requests.openapi import errors
from api.requests.principal import Principal
from api.routes.parameters import Administrator, EditionId, Grader, LoggedIn
from api.submissions.attempts import attempts_left
from api.submissions.runs import find_assignment, find_edition, submissions_of

router = APIRouter(route_class=Route, prefix="/assignments", tags=["assignments"])


@router.get("", summary="All assignments", responses=errors(401, 403))
def list_all(
    services: ServicesDep, session: SessionDep, principal: LoggedIn
) -> list[AssignmentOut]:
    """Return the assignments of all editions that are installed, by edition."""
    found = session.scalars(select(Assignment).order_by(Assignment.edition)).all()
    installed = [one for one in found if one.edition in services.editions]
    return [tell(services, session, principal, one) for one in installed]


@router.post("", summary="Make one", status_code=201, responses=errors(401, 403, 409, 422))
def post(
    wanted: AssignmentNew,
    services: ServicesDep,
    session: SessionDep,
    principal: Administrator,
    request_id: RequestId,
) -> AssignmentOut:
    """Make an assignment of an edition; it takes no uploads and shows no results yet."""
    made = create(services, session, principal, wanted.edition, request_id=request_id)
    return tell(services, session, principal, made)


@router.delete(
    "/{edition}", summary="Remove it", status_code=204, responses=errors(401, 403, 404, 409)
)
def delete(
    edition: EditionId, session: SessionDep, principal: Administrator, request_id: RequestId
) -> None:
    """Remove an assignment to which nothing was handed in, with its extensions."""
    assignment = find_assignment(session, edition)
    remove(session, principal, assignment, request_id=request_id)


@router.get("/{edition}", summary="One assignment", responses=errors(401, 403, 404))
def show(
    edition: EditionId, services: ServicesDep, session: SessionDep, principal: LoggedIn
) -> AssignmentOut:
    """Return an assignment, and how often the student who asks may still hand in."""
    return tell(services, session, principal, find_assignment(session, edition))


@router.put("/{edition}", summary="Change it", responses=errors(401, 403, 404, 422))
def put(  # noqa: PLR0913, PLR0917  what a route is handed
    edition: EditionId,
    wanted: AssignmentIn,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> AssignmentOut:
    """Set due date, late rule and attempts, all of them; PATCH changes single ones."""
    assignment = find_assignment(session, edition)
    present = tell(services, session, principal, assignment)
    for name in ("edition", "published"):
        if getattr(wanted, name) not in {None, getattr(present, name)}:
            msg = f"{name} cannot be changed here; results are published with .../publish"
            raise Problem(422, "read-only", msg)
    change(
        session,
        principal,
        assignment,
        wanted.model_dump(exclude_unset=True),
        request_id=request_id,
    )
    return tell(services, session, principal, assignment)


@router.patch("/{edition}", summary="Change some of it", responses=errors(401, 403, 404, 422))
def patch(  # noqa: PLR0913, PLR0917  what a route is handed
    edition: EditionId,
    wanted: AssignmentPatch,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> AssignmentOut:
    """Set the settings that are named; those that are left out stay as they are."""
    assignment = find_assignment(session, edition)
    change(session, principal, assignment, wanted.named(), request_id=request_id)
    return tell(services, session, principal, assignment)


@router.post("/{edition}/publish", summary="Publish", responses=errors(401, 403, 404))
def publish_results(
    edition: EditionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> AssignmentOut:
    """Show students what is released with publishing; see ``release``."""
    assignment = find_assignment(session, edition)
    publish_and_announce(services, session, principal, assignment, request_id=request_id)
    return tell(services, session, principal, assignment)


@router.post("/{edition}/hide", summary="Hide", responses=errors(401, 403, 404))
def hide_results(
    edition: EditionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Grader,
    request_id: RequestId,
) -> AssignmentOut:
    """Hide scores, findings and documents from students, who still see how far theirs are."""
    assignment = find_assignment(session, edition)
    publish(session, principal, assignment, published=False, request_id=request_id)
    return tell(services, session, principal, assignment)


def tell(
    services: Services, session: Session, principal: Principal, assignment: Assignment
) -> AssignmentOut:
    """Return an assignment as the one who asks may see it."""
    left = None
    terms = terms_of(assignment, principal.student_id or "")
    if principal.student_id is not None:
        group = assignment.group_of(principal.student_id)
        earlier = submissions_of(session, assignment.edition, *group)
        most_free = services.settings.max_free_attempts
        left = attempts_left(terms, earlier, most_free=most_free)
    return AssignmentOut(
        edition=assignment.edition,
        title=as_set(assignment, find_edition(services, assignment.edition)).file.title.en,
        due_at=terms.due_at,
        closes_at=terms.closes_at,
        late_percent_per_day=terms.late_percent_per_day,
        late_days=terms.late_days,
        max_attempts=terms.max_attempts,
        attempts_left=left,
        counts=assignment.counts,
        published=assignment.is_published(now()),
        anonymous=assignment.anonymous,
        open=assignment.open,
        opens_at=assignment.opens_at,
        grace_minutes=assignment.grace_minutes,
        publish_at=assignment.publish_at,
        release={document: when.value for document, when in release_of(assignment).items()},
        extended=terms.extended,
    )
