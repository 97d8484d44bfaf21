"""The instructor's page of learning platforms: addresses, courses, rosters, and grades."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from api.kit.ids import SUBMISSION_ID
from api.kit.models import Role
from api.kit.models.lti import LtiLink, LtiScore
from api.lti import courses
from api.lti.platforms import platforms
from api.lti.services import members, scores
from api.lti.setup import addresses_of
from api.pages.confirm import ConfirmationDep
from api.pages.lti.view import build_platforms
from api.pages.view.home import edition_title
from api.pages.visit import VisitDep, then

router = APIRouter(prefix="/staff/lti", include_in_schema=False)
CourseId = Annotated[str, Path(pattern=SUBMISSION_ID)]
HERE = "/staff/lti"


@router.get("")
def show(visit: VisitDep) -> Response:
    """Show everything about learning platforms."""
    visit.demand(Role.INSTRUCTOR)
    query = (
        select(LtiScore)
        .options(joinedload(LtiScore.user), joinedload(LtiScore.link).joinedload(LtiLink.course))
        .order_by(LtiScore.asked_at.desc())
    )
    page = build_platforms(
        addresses_of(visit.settings),
        platforms(visit.session),
        courses.courses(visit.session),
        visit.session.scalars(query).all(),
        titles={one.id: edition_title(one, visit.t) for one in visit.services.editions.values()},
        clock=visit.clock,
    )
    return visit.page("lti", page, title=visit.t("lti.title"), width="wide")


@router.post("/courses/{course_id}/accept")
def accept(course_id: CourseId, visit: VisitDep, confirmation: ConfirmationDep) -> Response:
    """Let people in from a course."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    course = courses.find(visit.session, course_id)
    if not confirmation.given:
        question = visit.t("lti.confirm_accept", course=course.title or course.context_id)
        return confirmation.ask(visit, question, visit.t("lti.accept"))
    courses.accept(visit.session, visit.principal, course, visit.request_id)
    return then(HERE, "lti_accepted")


@router.post("/courses/{course_id}/unlink")
def unlink(course_id: CourseId, visit: VisitDep, confirmation: ConfirmationDep) -> Response:
    """Let nobody in from a course any more."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    course = courses.find(visit.session, course_id)
    if not confirmation.given:
        question = visit.t("lti.confirm_unlink", course=course.title or course.context_id)
        return confirmation.ask(visit, question, visit.t("lti.unlink"))
    courses.unlink(visit.session, visit.principal, course, visit.request_id)
    return then(HERE, "lti_unlinked")


@router.post("/courses/{course_id}/members")
def read_members(course_id: CourseId, visit: VisitDep) -> Response:
    """Have the course's students put on the roster."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    course = courses.find(visit.session, course_id)
    members.ask_noted(visit.services, visit.session, visit.principal, course, visit.request_id)
    return then(HERE, "lti_members")


@router.post("/send-again")
def send_again(visit: VisitDep) -> Response:
    """Try again to send the grades that were refused or given up."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    scores.send_again(visit.services, visit.session, visit.principal, visit.request_id)
    return then(HERE, "lti_again")
