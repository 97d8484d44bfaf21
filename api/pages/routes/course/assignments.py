"""Assignments made from an edition and removed, and their titles and rubrics."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from api.course import assignments, rubrics
from api.kit.models import Role
from api.kit.problems import Problem
from api.pages.confirm import ConfirmationDep
from api.pages.view.attempts import Notice
from api.pages.view.course.rubric import (
    RubricFields,
    as_typed,
    base_of,
    build_rubric,
    read_rubric,
)
from api.pages.view.problem import problem_words
from api.pages.visit import Visit, VisitDep, then
from api.routes.course.rubrics import wanted_criteria
from api.routes.parameters import EditionId

router = APIRouter(prefix="/staff", include_in_schema=False)


@router.post("/assignments")
def create(visit: VisitDep, edition: Annotated[str, Form(max_length=64)] = "") -> Response:
    """Make an assignment of an edition, closed, and lead to its settings."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    made = assignments.create(
        visit.services, visit.session, visit.principal, edition, request_id=visit.request_id
    )
    return then(f"/staff/{made.edition}/settings", "assignment_made")


@router.post("/{edition_id}/remove")
def remove(edition_id: EditionId, visit: VisitDep, confirmation: ConfirmationDep) -> Response:
    """Remove an assignment to which nothing was handed in."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    assignment, _ = visit.edition(edition_id)
    if not confirmation.given:
        question = visit.t("staff.confirm_remove")
        return confirmation.ask(visit, question, visit.t("staff.remove"))
    assignments.remove(visit.session, visit.principal, assignment, request_id=visit.request_id)
    return then("/staff", "assignment_removed")


@router.get("/{edition_id}/rubric")
def show_rubric(edition_id: EditionId, visit: VisitDep) -> Response:
    """Show what points of an assignment are for."""
    visit.demand(Role.TA)
    return _rubric_page(visit, edition_id)


@router.post("/{edition_id}/rubric")
def save_rubric(
    edition_id: EditionId, visit: VisitDep, typed: Annotated[RubricFields, Form()]
) -> Response:
    """Set title and criteria, or say what was wrong with the form."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    assignment, _ = visit.edition(edition_id)
    visit.session.refresh(assignment, with_for_update=True)
    if typed.base != base_of(assignment):
        typed = typed.model_copy(update={"base": base_of(assignment)})
        told = visit.t("rubric.changed_meanwhile")
        return _rubric_page(visit, edition_id, typed=typed, wrong=told, status=409)
    try:
        wanted = read_rubric(typed)
    except ValueError:
        told = visit.t("rubric.wrong")
        return _rubric_page(visit, edition_id, typed=typed, wrong=told, status=422)
    try:
        rubrics.set_rubric(
            visit.session,
            visit.principal,
            assignment,
            visit.services.editions[edition_id],
            title=wanted.title.model_dump(),
            wanted=wanted_criteria(wanted),
            request_id=visit.request_id,
        )
    except Problem as problem:
        told = problem_words(problem, visit.t)
        return _rubric_page(visit, edition_id, typed=typed, wrong=told, status=problem.status)
    return then(f"/staff/{edition_id}/rubric", "saved")


def _rubric_page(
    visit: Visit,
    edition_id: str,
    *,
    typed: RubricFields | None = None,
    wrong: str = "",
    status: int = 200,
) -> Response:
    assignment, _ = visit.edition(edition_id)
    installed = visit.services.editions[edition_id]
    page = build_rubric(
        assignment,
        installed,
        visit.t,
        typed=typed or as_typed(assignment, installed),
        may_change=visit.principal.role is Role.INSTRUCTOR,
        notices=(Notice(text=wrong, style="bad", role="alert"),) if wrong else (),
    )
    return visit.page("rubric", page, title=visit.t("rubric.title"), status=status)
