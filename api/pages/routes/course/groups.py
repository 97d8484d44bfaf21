"""The staff's page of groups: who hands in together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Response

from api.course import groups, roster
from api.kit.models import Role
from api.kit.problems import Problem
from api.pages.confirm import ConfirmationDep
from api.pages.view.attempts import Notice
from api.pages.view.home import edition_title
from api.pages.view.problem import problem_words
from api.pages.visit import Visit, VisitDep, then
from api.routes.parameters import EditionId, StudentId

router = APIRouter(prefix="/staff/{edition_id}/groups", include_in_schema=False)
BETWEEN = re.compile(r"[\s,;]+")
LONGEST = 100_000


@dataclass(frozen=True, kw_only=True)
class GroupRow:
    """One group."""

    lead: str
    members: str
    dissolve: str
    dissolve_label: str
    confirm: str


@dataclass(frozen=True, kw_only=True)
class GroupsPage:
    """The groups of an assignment."""

    edition: str
    edition_title: str
    notices: tuple[Notice, ...]
    students: str
    rows: tuple[GroupRow, ...]


@router.get("")
def show(edition_id: EditionId, visit: VisitDep) -> Response:
    """Show the groups."""
    visit.demand(Role.TA)
    return _page(visit, edition_id)


@router.post("")
def put_together(
    edition_id: EditionId,
    visit: VisitDep,
    students: Annotated[str, Form(max_length=LONGEST)] = "",
) -> Response:
    """Make the groups that were typed, a line for each: all of them or none."""
    visit.demand(Role.TA, scope="grade")
    assignment, _ = visit.edition(edition_id)
    lines = [line for line in students.splitlines() if line.strip()]
    if not lines:
        return _page(visit, edition_id, wrong=visit.t("groups.none"))
    try:
        with visit.session.begin_nested():
            for line in lines:
                groups.put_together(
                    visit.session,
                    visit.principal,
                    assignment,
                    BETWEEN.split(line),
                    request_id=visit.request_id,
                )
    except Problem as problem:
        told = problem_words(problem, visit.t)
        return _page(visit, edition_id, typed=students, wrong=told, status=problem.status)
    return then(f"/staff/{edition_id}/groups", "grouped")


@router.post("/{student_id}/dissolve")
def dissolve(
    edition_id: EditionId, student_id: StudentId, visit: VisitDep, confirmation: ConfirmationDep
) -> Response:
    """Let the members of a group work alone again."""
    visit.demand(Role.TA, scope="grade")
    assignment, _ = visit.edition(edition_id)
    if not confirmation.given:
        group = assignment.group_of(student_id)
        return confirmation.ask(visit, _question(visit, group), visit.t("groups.dissolve"))
    groups.dissolve(
        visit.session, visit.principal, assignment, student_id, request_id=visit.request_id
    )
    return then(f"/staff/{edition_id}/groups", "dissolved")


def _page(
    visit: Visit, edition_id: str, *, typed: str = "", wrong: str = "", status: int = 422
) -> Response:
    assignment, edition = visit.edition(edition_id)
    names = {one.login: one.name for one in roster.students(visit.session)}
    page = GroupsPage(
        edition=edition_id,
        edition_title=edition_title(edition, visit.t),
        notices=(Notice(text=wrong, style="bad", role="alert"),) if wrong else (),
        students=typed,
        rows=tuple(_row(visit, edition_id, one, names) for one in groups.listed(assignment)),
    )
    title = visit.t("groups.title")
    return visit.page("groups", page, title=title, status=status if wrong else 200)


def _row(visit: Visit, edition_id: str, group: tuple[str, ...], names: dict[str, str]) -> GroupRow:
    t = visit.t
    lead = group[0]
    return GroupRow(
        lead=lead,
        members=t("joiner").join(f"{one} {names.get(one, '')}".strip() for one in group),
        dissolve=f"/staff/{edition_id}/groups/{lead}/dissolve",
        dissolve_label=f"{t('groups.dissolve')}: {lead}",
        confirm=_question(visit, group),
    )


def _question(visit: Visit, group: tuple[str, ...]) -> str:
    students = visit.t("joiner").join(group)
    return visit.t("groups.confirm", students=students, lead=group[0])
