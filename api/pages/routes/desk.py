"""The grader's desk: one submission, its criteria, and the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from markupsafe import Markup
from sqlalchemy import select

from api.auth.permissions import readable
from api.course.student_deletion import delete_student
from api.course.terms import terms_of
from api.grades.classes.same_reports import same_reports
from api.grades.comments import saved
from api.grades.decisions import grade_now, hold
from api.grades.documents import results_of
from api.grades.effective_grades import ADJUSTMENT, left_behind, standing
from api.grades.regrades import regrade_noted
from api.kit.models import Role, Submission, User
from api.kit.problems import not_found
from api.kit.schemas.grades import LONGEST_REMARK
from api.kit.schemas.grading import HIGHEST
from api.pages.confirm import ConfirmationDep
from api.pages.desk_form import base_of, merged, put_down, read_marks
from api.pages.routes.staff import FiltersDep
from api.pages.view.attempts import attempt_rows, late_label
from api.pages.view.classroom.filters import Filters, chosen
from api.pages.view.desk import (
    GradingPage,
    Neighbours,
    adjustment,
    changed_notice,
    decided_by,
    desk_downloads,
    desk_notices,
    desk_tasks,
    left_behind_notice,
    pending_notice,
    report_notice,
    run_rows,
)
from api.pages.view.grading.beside import beside
from api.pages.view.grading.comments import comment_form, comment_rows
from api.pages.view.grading.requests import requests_of
from api.pages.view.home import edition_title
from api.pages.view.result import build_result
from api.pages.view.submission import file_rows
from api.pages.visit import Visit, VisitDep, then
from api.routes.parameters import EditionId, StudentId, SubmissionId
from api.submissions.runs import judged_run, latest_run, submissions_of
from grader.results.file.schema import Results
from report_templates.page.numbers import points_of

router = APIRouter(prefix="/staff", include_in_schema=False)


async def read_fields(request: Request) -> dict[str, str]:
    """Return the text fields of a form whose names depend on the rubric."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


Fields = Annotated[dict[str, str], Depends(read_fields)]


@router.get("/{edition_id}/{submission_id}")
def show_desk(  # noqa: PLR0913, PLR0917  what a route is handed
    edition_id: EditionId,
    submission_id: SubmissionId,
    visit: VisitDep,
    filters: FiltersDep,
    show: str = "",
    at: Annotated[int, Query(ge=0, le=HIGHEST)] = 0,
) -> Response:
    """Show one submission's criteria beside the student's own PDF, or the code."""
    visit.demand(Role.TA)
    submission = _submission(visit, edition_id, submission_id)
    page = _desk(visit, submission, filters, show=show, at=at)
    return visit.page("grading", page, title=page.title, width="wide")


@router.post("/{edition_id}/{submission_id}")
def save_marks(  # noqa: PLR0913, PLR0917  what a route is handed
    edition_id: EditionId,
    submission_id: SubmissionId,
    visit: VisitDep,
    filters: FiltersDep,
    typed: Fields,
    show: str = "",
) -> Response:
    """Put down what was typed, all or nothing, and stay or go on to the next student."""
    visit.demand(Role.TA, scope="grade")
    submission = _submission(visit, edition_id, submission_id)
    hold(visit.session, submission)
    visit.session.refresh(submission, ["manual_scores"])
    if typed.get("base", base_of(submission)) != base_of(submission):
        late = merged(typed, submission, visit.t)
        page = _desk(visit, submission, filters, show=show, typed=late.typed, theirs=late.theirs)
        return visit.page("grading", page, title=page.title, width="wide", status=409)
    marks = read_marks(grade_now(visit.services, visit.session, submission), typed, visit)
    if marks.wrong:
        page = _desk(
            visit,
            submission,
            filters,
            show=show,
            typed=typed | {f"wrong:{name}": "" for name in marks.wrong},
            wrong=tuple(marks.wrong.values()),
        )
        return visit.page("grading", page, title=page.title, width="wide", status=422)
    put_down(visit, submission, marks)
    here = _address(edition_id, submission_id, filters, show)
    neighbours = _neighbours(visit, submission, filters)
    onward = typed.get("go") == "next" and neighbours.next
    return then(neighbours.next if onward else here, "saved")


@router.post("/{edition_id}/{submission_id}/regrade")
def regrade_this(edition_id: EditionId, submission_id: SubmissionId, visit: VisitDep) -> Response:
    """Grade this submission again."""
    visit.demand(Role.TA, scope="grade")
    submission = _submission(visit, edition_id, submission_id)
    regrade_noted(
        visit.services,
        visit.session,
        visit.principal,
        submission,
        request_id=visit.request_id,
    )
    return then(f"/staff/{edition_id}/{submission_id}", "regrading")


@router.post("/students/{student_id}/delete")
def delete_all_of(
    student_id: StudentId, visit: VisitDep, confirmation: ConfirmationDep
) -> Response:
    """Delete everything stored about a student."""
    visit.demand(Role.INSTRUCTOR, scope="admin")
    if not confirmation.given:
        question = visit.t("grading.confirm_delete", student=student_id)
        return confirmation.ask(visit, question, visit.t("grading.delete"))
    delete_student(visit.session, visit.principal, student_id, request_id=visit.request_id)
    return then("/staff", "deleted")


def _submission(visit: Visit, edition_id: str, submission_id: str) -> Submission:
    submission = readable(visit.session, visit.principal, submission_id)
    if submission.edition != edition_id:
        raise not_found(what="this submission")
    return submission


def _desk(  # noqa: PLR0913  what a desk shows
    visit: Visit,
    submission: Submission,
    filters: Filters,
    *,
    show: str,
    at: int = 0,
    typed: Mapping[str, str] | None = None,
    wrong: tuple[str, ...] = (),
    theirs: Mapping[str, str] | None = None,
) -> GradingPage:
    t = visit.t
    assignment, edition = visit.edition(submission.edition)
    grade = grade_now(visit.services, visit.session, submission)
    run = judged_run(submission)
    results = results_of(visit.services, run) if run and run.results_sha256 else None
    parts = build_result(results, grade, "", t) if results else None
    here = _address(edition.id, submission.id, filters, "")
    neighbours = _neighbours(visit, submission, filters)
    state = latest_run(submission).state.value
    desk = f"/staff/{edition.id}/{submission.id}"
    late = late_label(submission, assignment, t)
    decisions = {one.criterion: one for one in submission.manual_scores}
    names = _names(visit, submission)
    group = assignment.group_of(submission.student_id)
    every = submissions_of(visit.session, edition.id, *group)
    side = beside(
        submission,
        here,
        show,
        (*parts.parts, *parts.other_code) if parts else (),
        t,
        earlier=max((one.attempt for one in every if one.attempt < submission.attempt), default=0),
    )
    return GradingPage(
        edition=edition.id,
        edition_title=edition_title(edition, t),
        class_href=f"/staff/{edition.id}{filters.query()}",
        title=_who(visit, submission),
        who=Markup(" · ").join(
            filter(
                None,
                (
                    t("attempts.title", number=submission.attempt),
                    t(
                        "submission.received",
                        moment=visit.clock.shown(
                            submission.received_at,
                            terms_of(assignment, submission.student_id).due_at,
                        ),
                    ),
                    late,
                ),
            )
        ),
        student_id=submission.student_id,
        state=state,
        state_label=t(f"states.{state}"),
        action=_address(edition.id, submission.id, filters, show),
        regrade_action=f"/staff/{edition.id}/{submission.id}/regrade",
        log_href=f"/staff/audit?{urlencode({'target': submission.student_id})}",
        previous=neighbours.previous,
        next=neighbours.next,
        position=neighbours.position,
        base=base_of(submission),
        typed=typed is not None,
        notices=(
            *(() if theirs is None else (changed_notice(t),)),
            *desk_notices(submission, wrong, t),
            *report_notice(submission, same_reports(visit.session, submission), t),
            *pending_notice(submission, grade, t),
            *left_behind_notice(left_behind(every, submission), t),
        ),
        requests=requests_of(submission, visit.clock, desk=desk),
        next_waiting=f"/staff/{edition.id}/next?after={submission.id}",
        tasks=desk_tasks(
            results or Results(),
            grade,
            decisions,
            names,
            visit.clock,
            typed=typed,
            theirs=theirs,
        ),
        remark=(typed or {}).get("remark:", grade.remark),
        longest_remark=LONGEST_REMARK,
        theirs=(theirs or {}).get("", ""),
        adjustment=adjustment(
            grade,
            decided_by(decisions.get(ADJUSTMENT), names, visit.clock),
            typed,
            theirs,
        ),
        total_label=t("grading.total") if grade.is_final else t.report("score.so_far"),
        total=points_of(grade.raw_points, grade.graded_max),
        after_late=(
            t("grading.counts", points=points_of(grade.points, grade.max_points))
            if (grade.late_points or grade.adjustment) and grade.is_final
            else ""
        ),
        tabs=side.tabs,
        frame_src=side.frame_src + (f"#cell-{at}" if at and side.position is not None else ""),
        frame_alone=side.frame_alone,
        frame_title=side.frame_title,
        comment_form=None
        if side.position is None
        else comment_form(desk, edition.id, side.position, saved(visit.session, edition.id)),
        comments=comment_rows(submission, t, desk=desk, position=side.position),
        parts=side.parts,
        files=file_rows(submission, t),
        downloads=desk_downloads(submission, t),
        runs=run_rows(submission, visit.clock),
        attempts=attempt_rows(
            every,
            assignment,
            edition,
            visit.clock,
            show_scores=True,
            current=submission.id,
            folder=f"/staff/{edition.id}",
        ),
        may_delete=visit.principal.role is Role.INSTRUCTOR,
        confirm_delete=t("grading.confirm_delete", student=submission.student_id),
    )


def _address(edition_id: str, submission_id: str, filters: Filters, show: str) -> str:
    return f"/staff/{edition_id}/{submission_id}{filters.query(page='', show=show)}"


def _neighbours(visit: Visit, submission: Submission, filters: Filters) -> Neighbours:
    """Return who comes before and after, in the order of the table that led here."""
    _, edition = visit.edition(submission.edition)
    rows = chosen(standing(visit.session, edition), filters)
    each = {one.submission.id: one.submission for one in rows if one.submission is not None}
    found = [*each.values()]  # a group's is every member's
    place = _place(submission, found)
    before = found[place - 1] if place > 0 else None
    after = found[place + 1] if 0 <= place < len(found) - 1 else None
    return Neighbours(
        previous=_address(edition.id, before.id, filters, "") if before else "",
        next=_address(edition.id, after.id, filters, "") if after else "",
        position=visit.t("grading.position", place=place + 1, of=len(found)) if place >= 0 else "",
    )


def _place(submission: Submission, found: Sequence[Submission]) -> int:
    """Return where a submission stands, or else another of its student; -1 for nowhere."""
    for name in ("id", "student_id"):
        values = [getattr(one, name) for one in found]
        if getattr(submission, name) in values:
            return values.index(getattr(submission, name))
    return -1


def _who(visit: Visit, submission: Submission) -> str:
    name = visit.session.scalar(select(User.name).where(User.student_id == submission.student_id))
    return f"{submission.student_id} {name}" if name else submission.student_id


def _names(visit: Visit, submission: Submission) -> dict[str, str]:
    """Return the logins of those who decided something, by their ids."""
    people = {one.user_id for one in submission.manual_scores if one.user_id}
    query = select(User.id, User.login).where(User.id.in_(people))
    return {row.id: row.login for row in visit.session.execute(query)}
