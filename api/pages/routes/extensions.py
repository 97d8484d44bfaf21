"""The staff's page of extensions: who has terms of their own, and giving them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from pydantic import ValidationError

from api.course import extensions, roster
from api.kit.database import NO_NUL
from api.kit.models import Role
from api.kit.problems import Problem
from api.pages.confirm import ConfirmationDep
from api.pages.view.attempts import Notice
from api.pages.view.extensions import (
    ExtensionFields,
    as_typed,
    build_extensions,
    read_extension,
)
from api.pages.view.problem import problem_words
from api.pages.visit import Visit, VisitDep, then
from api.routes.parameters import EditionId, StudentId
from grader.lateness import SkippedTimeError

router = APIRouter(prefix="/staff/{edition_id}/extensions", include_in_schema=False)
Student = Annotated[str, Query(max_length=200, pattern=NO_NUL)]


@router.get("")
def show(edition_id: EditionId, visit: VisitDep, student: Student = "") -> Response:
    """Show the extensions; with *student* the form holds theirs, to be changed."""
    visit.demand(Role.TA)
    assignment, _ = visit.edition(edition_id)
    own = assignment.extensions.get(student)
    typed = as_typed(own, visit.clock) if own else ExtensionFields(students=student)
    return _page(visit, edition_id, typed)


@router.post("")
def give(
    edition_id: EditionId, visit: VisitDep, typed: Annotated[ExtensionFields, Form()]
) -> Response:
    """Give the students what was typed, or say what was wrong with the form."""
    visit.demand(Role.TA, scope="grade")
    assignment, _ = visit.edition(edition_id)
    try:
        wanted = read_extension(typed, visit.clock)
        extensions.give(
            visit.session,
            visit.principal,
            assignment,
            wanted.students,
            wanted.model_dump(exclude={"students", "reason"}),
            reason=wanted.reason,
            request_id=visit.request_id,
        )
    except Problem as problem:
        return _page(visit, edition_id, typed, wrong=problem_words(problem, visit.t))
    except (ValueError, ValidationError) as error:
        code = "settings.skipped" if isinstance(error, SkippedTimeError) else "extensions.wrong"
        return _page(visit, edition_id, typed, wrong=visit.t(code))
    return then(f"/staff/{edition_id}/extensions", "extended")


@router.post("/{student_id}/take-back")
def take_back(
    edition_id: EditionId, student_id: StudentId, visit: VisitDep, confirmation: ConfirmationDep
) -> Response:
    """Let the assignment's terms hold for the student again."""
    visit.demand(Role.TA, scope="grade")
    assignment, _ = visit.edition(edition_id)
    if not confirmation.given:
        question = visit.t("extensions.confirm", student=student_id)
        return confirmation.ask(visit, question, visit.t("extensions.take_back"))
    extensions.take_back(
        visit.session, visit.principal, assignment, student_id, request_id=visit.request_id
    )
    return then(f"/staff/{edition_id}/extensions", "taken_back")


def _page(visit: Visit, edition_id: str, typed: ExtensionFields, *, wrong: str = "") -> Response:
    assignment, edition = visit.edition(edition_id)
    names = {one.login: one.name for one in roster.students(visit.session)}
    page = build_extensions(
        assignment,
        edition,
        extensions.listed(assignment),
        names,
        visit.clock,
        typed=typed,
        notices=(Notice(text=wrong, style="bad", role="alert"),) if wrong else (),
    )
    title = visit.t("extensions.title")
    return visit.page("extensions", page, title=title, status=422 if wrong else 200)
