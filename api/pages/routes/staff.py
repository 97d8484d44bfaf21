"""The staff's classes: all of them, one as a table, its settings, and bulk work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from fastapi import APIRouter, Depends, Form, Query, Response
from pydantic import ValidationError
from sqlalchemy import select

from api.course.assignments import change, handed_in, publish
from api.grades import regrades
from api.grades.announcements import publish_and_announce
from api.grades.effective_grades import standing
from api.grades.regrade_requests import waiting_requests
from api.kit.models import Assignment, RegradeRequest, Role, Submission
from api.kit.schemas.runs import RegradesIn
from api.pages.confirm import Confirmation, ConfirmationDep
from api.pages.parts.choices import Option
from api.pages.view.assignment_settings import (
    SettingsFields,
    build_settings,
    changes_of,
    conflict_notice,
    read_settings,
)
from api.pages.view.attempts import Fact, Notice
from api.pages.view.classroom.figures import build_tiles
from api.pages.view.classroom.filters import Filters, chosen
from api.pages.view.classroom.page import build_class, who_sees
from api.pages.view.grading.requests import waiting_rows
from api.pages.view.home import edition_title
from api.pages.visit import Visit, VisitDep, then
from api.requests.redirects import local_path
from api.routes.parameters import EditionId
from grader.lateness import SkippedTimeError

router = APIRouter(prefix="/staff", include_in_schema=False)
Short = Annotated[str, Query(max_length=100)]
Section = Annotated[str, Query(max_length=500)]  # a roster's may be long


@dataclass(frozen=True, kw_only=True)
class AssignmentTile:
    """One assignment among all."""

    edition: str
    title: str
    who: str
    href: str
    settings: str
    tiles: tuple[Fact, ...]


@dataclass(frozen=True, kw_only=True)
class StaffPage:
    """All assignments."""

    title: str
    assignments: tuple[AssignmentTile, ...]
    may_make: bool
    editions: tuple[Option, ...]  # that have no assignment yet


def read_filters(  # noqa: PLR0913, PLR0917  one for each filter
    q: Short = "",
    state: Short = "",
    finding: Short = "",
    late: Short = "",
    named: Short = "",
    hand: Short = "",
    section: Section = "",
    sort: Short = "student",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Filters:
    """Return the filters in an address."""
    return Filters(
        q=q,
        state=state,
        finding=finding,
        late=late,
        named=named,
        hand=hand,
        section=section,
        sort=sort,
        page=page,
    )


FiltersDep = Annotated[Filters, Depends(read_filters)]


@router.get("")
def show_assignments(visit: VisitDep) -> Response:
    """Show all assignments with how far their classes are."""
    visit.demand(Role.TA)
    found = visit.session.scalars(select(Assignment).order_by(Assignment.edition)).all()
    tiles = [_tile(visit, one) for one in found if one.edition in visit.services.editions]
    page = StaffPage(
        title=visit.t("staff.title"),
        assignments=tuple(tiles),
        may_make=visit.principal.role is Role.INSTRUCTOR,
        editions=_unused(visit, {one.edition for one in found}),
    )
    return visit.page("staff", page, title=page.title)


@router.get("/{edition_id}")
def show_class(edition_id: EditionId, visit: VisitDep, filters: FiltersDep) -> Response:
    """Show one class."""
    visit.demand(Role.TA)
    assignment, edition = visit.edition(edition_id)
    asked = waiting_requests(visit.session, edition_id)
    students = {one.id: one.student_id for one in _submissions_of(visit, asked)}
    page = build_class(
        assignment,
        edition,
        standing(visit.session, edition),
        filters,
        visit.clock,
        requests=waiting_rows(asked, students, f"/staff/{edition_id}", visit.clock),
    )
    return visit.page("class", page, title=page.title, width="wide")


@router.post("/{edition_id}/publish")
def publish_results(
    edition_id: EditionId, visit: VisitDep, confirmation: ConfirmationDep
) -> Response:
    """Show students their results."""
    return _publish(edition_id, visit, confirmation, published=True)


@router.post("/{edition_id}/hide")
def hide_results(
    edition_id: EditionId, visit: VisitDep, confirmation: ConfirmationDep
) -> Response:
    """Hide the results from students."""
    return _publish(edition_id, visit, confirmation, published=False)


@router.post("/{edition_id}/regrade")
def regrade_several(  # noqa: PLR0913, PLR0917  what its form holds
    edition_id: EditionId,
    visit: VisitDep,
    confirmation: ConfirmationDep,
    scope: Annotated[Literal["chosen", "shown"], Form()] = "chosen",
    submission: Annotated[list[str], Form(max_length=5000)] = [],  # noqa: B006  FastAPI copies it
    back: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Grade the chosen submissions again, or all that the filters of the page let through."""
    visit.demand(Role.TA, scope="grade")
    visit.edition(edition_id)
    here = local_path(back, f"/staff/{edition_id}")
    found = (
        _ticked(visit, edition_id, submission)
        if scope == "chosen"
        else _shown(visit, edition_id, here)
    )
    if not found:
        return then(here)
    if not confirmation.given:
        button = visit.t(f"class.regrade_{scope}")
        return confirmation.ask(visit, visit.t("class.confirm_regrade", count=len(found)), button)
    queued, busy = regrades.regrade_all(
        visit.services,
        visit.session,
        visit.principal,
        found,
        request_id=visit.request_id,
    )
    return then(_of_any_state(here), f"regraded&count={len(queued)}&busy={len(busy)}")


@router.get("/{edition_id}/settings")
def show_settings(edition_id: EditionId, visit: VisitDep) -> Response:
    """Show how the course runs this edition."""
    visit.demand(Role.TA)
    return _settings_page(visit, edition_id)


@router.post("/{edition_id}/settings")
def save_settings(
    edition_id: EditionId, visit: VisitDep, typed: Annotated[SettingsFields, Form()]
) -> Response:
    """Change how the course runs this edition, or say what was wrong with the form."""
    visit.demand(Role.TA, scope="grade")
    assignment, _ = visit.edition(edition_id)
    visit.session.refresh(assignment, with_for_update=True)
    changes = changes_of(typed, assignment, visit.clock)
    if changes.conflicts:
        notice = conflict_notice(changes, assignment, visit.clock)
        return _settings_page(
            visit, edition_id, typed=changes.typed, notices=(notice,), status=409
        )
    try:
        wanted = read_settings(changes, visit.clock)
    except (ValueError, ValidationError) as error:
        skipped = isinstance(error, SkippedTimeError)
        notice = Notice(
            text=visit.t("settings.skipped" if skipped else "settings.wrong"),
            style="bad",
            role="alert",
        )
        return _settings_page(visit, edition_id, typed=typed, notices=(notice,), status=422)
    change(visit.session, visit.principal, assignment, wanted.named(), request_id=visit.request_id)
    if "visible" in changes.fields and changes.typed.visible != assignment.published:
        _show_or_hide(visit, assignment, published=changes.typed.visible)
    twice = "due_at" in changes.fields and visit.clock.shows_twice(changes.typed.due_at)
    return then(f"/staff/{edition_id}/settings", "saved_twice" if twice else "saved")


def _publish(
    edition_id: str, visit: Visit, confirmation: Confirmation, *, published: bool
) -> Response:
    visit.demand(Role.TA, scope="grade")
    assignment, edition = visit.edition(edition_id)
    if not confirmation.given:
        what = "publish" if published else "hide"
        graded = [one for one in standing(visit.session, edition) if one.grade is not None]
        question = visit.t(f"class.confirm_{what}", students=len(graded))
        return confirmation.ask(visit, question, visit.t(f"class.{what}"))
    _show_or_hide(visit, assignment, published=published)
    return then(f"/staff/{edition_id}", "published" if published else "hidden")


def _show_or_hide(visit: Visit, assignment: Assignment, *, published: bool) -> None:
    session, asked = visit.session, visit.request_id
    if published:
        publish_and_announce(
            visit.services, session, visit.principal, assignment, request_id=asked
        )
    else:
        publish(session, visit.principal, assignment, published=False, request_id=asked)


def _submissions_of(visit: Visit, asked: Sequence[RegradeRequest]) -> Sequence[Submission]:
    ids = [one.submission_id for one in asked]
    return visit.session.scalars(select(Submission).where(Submission.id.in_(ids))).all()


def _tile(visit: Visit, assignment: Assignment) -> AssignmentTile:
    _, edition = visit.edition(assignment.edition)
    return AssignmentTile(
        edition=edition.id,
        title=edition_title(edition, visit.t),
        who=who_sees(assignment, visit.clock),
        href=f"/staff/{edition.id}",
        settings=f"/staff/{edition.id}/settings",
        tiles=build_tiles(standing(visit.session, edition), visit.t),
    )


def _unused(visit: Visit, used: set[str]) -> tuple[Option, ...]:
    """Return the installed editions of which there is no assignment."""
    return tuple(
        Option(value=name, text=f"{edition_title(edition, visit.t)} ({name})", selected=False)
        for name, edition in visit.services.editions.items()
        if name not in used
    )


def _of_any_state(here: str) -> str:
    """Return a class's address without its filter by state, which a new run changes."""
    parts = urlsplit(here)
    kept = [(k, v) for k, v in parse_qsl(parts.query) if k not in {"state", "page", "done"}]
    return urlunsplit(parts._replace(query=urlencode(kept)))


def _ticked(visit: Visit, edition_id: str, ids: list[str]) -> list[Submission]:
    """Return the submissions that were chosen one by one; raise Problem 404 for unknown ones."""
    wanted = RegradesIn(edition=edition_id, submissions=ids, attempts="counting")
    return regrades.chosen(visit.session, visit.principal, wanted)


def _shown(visit: Visit, edition_id: str, here: str) -> list[Submission]:
    """Return the submissions of all students that the filters in *here* let through."""
    _, edition = visit.edition(edition_id)
    fields = {name: values[-1] for name, values in parse_qs(urlsplit(here).query).items()}
    filters = Filters(
        q=fields.get("q", ""),
        state=fields.get("state", ""),
        finding=fields.get("finding", ""),
        late=fields.get("late", ""),
        named=fields.get("named", ""),
        hand=fields.get("hand", ""),
        section=fields.get("section", ""),
    )
    found = chosen(standing(visit.session, edition), filters)
    each = {one.submission.id: one.submission for one in found if one.submission is not None}
    return [*each.values()]  # a group's is every member's


def _settings_page(
    visit: Visit,
    edition_id: str,
    *,
    typed: SettingsFields | None = None,
    notices: tuple[Notice, ...] = (),
    status: int = 200,
) -> Response:
    assignment, edition = visit.edition(edition_id)
    may_run = visit.principal.role is Role.INSTRUCTOR
    page = build_settings(
        assignment,
        edition,
        visit.clock,
        typed=typed,
        notices=notices,
        removable=may_run and not handed_in(visit.session, assignment),
    )
    return visit.page("settings", page, title=visit.t("settings.title"), status=status)
