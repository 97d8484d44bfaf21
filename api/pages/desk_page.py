"""The page of the grader's desk, put together from what its parts show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy import select

from api.course.terms import terms_of
from api.grades.classes.same_reports import same_reports
from api.grades.comments import saved
from api.grades.decisions import grade_now
from api.grades.documents import results_of
from api.grades.effective_grades import (
    ADJUSTMENT,
    EffectiveGrade,
    left_behind,
    standing,
)
from api.kit.models import Assignment, Role, Submission, User
from api.kit.schemas.grades import LONGEST_REMARK
from api.pages.desk_form import base_of
from api.pages.view.attempts import AttemptRow, Notice, attempt_rows, late_label
from api.pages.view.classroom.filters import Filters, chosen
from api.pages.view.desk import (
    DeskForm,
    GradingPage,
    Neighbours,
    Refused,
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
from api.pages.view.grading.beside import Sidebar, beside
from api.pages.view.grading.comments import CommentForm, comment_form, comment_rows
from api.pages.view.grading.requests import requests_of
from api.pages.view.home import edition_title
from api.pages.view.result import build_result
from api.pages.view.submission import file_rows
from api.pages.visit import Visit
from api.submissions.runs import judged_run, latest_run, submissions_of
from grader.editions.loader import Edition
from grader.results.file.schema import Results
from report_templates.page.numbers import points_of


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A submission as a grader opened it: out of which table, with what beside it."""

    visit: Visit
    submission: Submission
    filters: Filters
    show: str = ""
    at: int = 0  # the cell of a notebook

    @property
    def folder(self) -> str:
        """Return the address below which this submission's actions are."""
        return f"/staff/{self.submission.edition}/{self.submission.id}"

    @property
    def address(self) -> str:
        """Return where this page is, with its table's filters and what it shows."""
        return self.folder + self.filters.query(page="", show=self.show)

    def opened(self, submission: Submission) -> Desk:
        """Return another submission's desk out of the same table."""
        return replace(self, submission=submission, show="", at=0)


def build_desk(desk: Desk, refused: Refused | None = None) -> GradingPage:
    """Return the page; a form that was *refused* is shown again as it was typed."""
    visit, submission, t = desk.visit, desk.submission, desk.visit.t
    assignment, edition = visit.edition(submission.edition)
    grade = grade_now(visit.services, visit.session, submission)
    run = judged_run(submission)
    results = results_of(visit.services, run) if run and run.results_sha256 else None
    every = submissions_of(visit.session, edition.id, *assignment.group_of(submission.student_id))
    side = _side(desk, results, grade, every)
    state = latest_run(submission).state.value
    return GradingPage(
        edition=edition.id,
        edition_title=edition_title(edition, t),
        class_href=f"/staff/{edition.id}{desk.filters.query()}",
        title=_who(visit, submission),
        who=_received(desk, assignment),
        student_id=submission.student_id,
        state=state,
        state_label=t(f"states.{state}"),
        action=desk.address,
        regrade_action=f"{desk.folder}/regrade",
        log_href=f"/staff/audit?{urlencode({'target': submission.student_id})}",
        neighbours=neighbours_of(desk),
        notices=_notices(desk, grade, every, refused),
        requests=requests_of(submission, visit.clock, desk=desk.folder),
        next_waiting=f"/staff/{edition.id}/next?after={submission.id}",
        form=_form(desk, results or Results(), grade, refused),
        side=side,
        comment_form=_comment_form(desk, side.position),
        comments=comment_rows(submission, t, desk=desk.folder, position=side.position),
        files=file_rows(submission, edition, t),
        downloads=desk_downloads(submission, t),
        runs=run_rows(submission, visit.clock),
        attempts=_history(desk, assignment, edition, every),
        may_delete=visit.principal.role is Role.INSTRUCTOR,
        confirm_delete=t("grading.confirm_delete", student=submission.student_id),
    )


def neighbours_of(desk: Desk) -> Neighbours:
    """Return who comes before and after, in the order of the table that led here."""
    _, edition = desk.visit.edition(desk.submission.edition)
    rows = chosen(standing(desk.visit.session, edition), desk.filters)
    each = {one.submission.id: one.submission for one in rows if one.submission is not None}
    found = [*each.values()]  # a group's is every member's
    place = _place(desk.submission, found)
    before = found[place - 1] if place > 0 else None
    after = found[place + 1] if 0 <= place < len(found) - 1 else None
    position = desk.visit.t("grading.position", place=place + 1, of=len(found))
    return Neighbours(
        previous=desk.opened(before).address if before else "",
        next=desk.opened(after).address if after else "",
        position=position if place >= 0 else "",
    )


def _place(submission: Submission, found: Sequence[Submission]) -> int:
    """Return where a submission stands, or else another of its student; -1 for nowhere."""
    for name in ("id", "student_id"):
        values = [getattr(one, name) for one in found]
        if getattr(submission, name) in values:
            return values.index(getattr(submission, name))
    return -1


def _side(
    desk: Desk, results: Results | None, grade: EffectiveGrade, every: Sequence[Submission]
) -> Sidebar:
    """Return what is beside the criteria; a notebook is opened at the cell that was asked for."""
    t, number = desk.visit.t, desk.submission.attempt
    result = build_result(results, grade, "", t) if results else None
    side = beside(
        desk.submission,
        desk.visit.edition(desk.submission.edition)[1],
        replace(desk, show="").address,
        desk.show,
        (*result.parts, *result.other_code) if result else (),
        t,
        earlier=max((one.attempt for one in every if one.attempt < number), default=0),
    )
    if not desk.at or side.position is None:
        return side
    return replace(side, frame_src=f"{side.frame_src}#cell-{desk.at}")


def _comment_form(desk: Desk, position: int | None) -> CommentForm | None:
    """Return the form for a comment on the file at *position*, where one is shown by its cells."""
    if position is None:
        return None
    edition = desk.submission.edition
    return comment_form(desk.folder, edition, position, saved(desk.visit.session, edition))


def _history(
    desk: Desk, assignment: Assignment, edition: Edition, every: Sequence[Submission]
) -> tuple[AttemptRow, ...]:
    return attempt_rows(
        every,
        assignment,
        edition,
        desk.visit.clock,
        show_scores=True,
        current=desk.submission.id,
        folder=f"/staff/{edition.id}",
    )


def _form(
    desk: Desk, results: Results, grade: EffectiveGrade, refused: Refused | None
) -> DeskForm:
    """Return the fields for a person's points and remarks, and what they come to."""
    t, clock = desk.visit.t, desk.visit.clock
    typed, theirs = (refused.typed, refused.theirs) if refused else (None, None)
    decisions = {one.criterion: one for one in desk.submission.manual_scores}
    names = _names(desk.visit, desk.submission)
    changed = grade.late_points or grade.adjustment
    return DeskForm(
        base=base_of(desk.submission),
        typed=typed is not None,
        tasks=desk_tasks(results, grade, decisions, names, clock, typed=typed, theirs=theirs),
        remark=(typed or {}).get("remark:", grade.remark),
        longest_remark=LONGEST_REMARK,
        theirs=(theirs or {}).get("", ""),
        adjustment=adjustment(
            grade, decided_by(decisions.get(ADJUSTMENT), names, clock), typed, theirs
        ),
        total_label=t("grading.total") if grade.is_final else t.report("score.so_far"),
        total=points_of(grade.raw_points, grade.graded_max),
        after_late=t("grading.counts", points=points_of(grade.points, grade.max_points))
        if changed and grade.is_final
        else "",
    )


def _notices(
    desk: Desk, grade: EffectiveGrade, every: Sequence[Submission], refused: Refused | None
) -> tuple[Notice, ...]:
    """Return what to know before grading, the form's own faults first."""
    submission, t = desk.submission, desk.visit.t
    return (
        *((changed_notice(t),) if refused and refused.theirs is not None else ()),
        *desk_notices(submission, refused.wrong if refused else (), t),
        *report_notice(submission, same_reports(desk.visit.session, submission), t),
        *pending_notice(submission, grade, t),
        *left_behind_notice(left_behind(every, submission), t),
    )


def _received(desk: Desk, assignment: Assignment) -> Markup:
    """Return which attempt this is, and when it came."""
    submission, t = desk.submission, desk.visit.t
    due_at = terms_of(assignment, submission.student_id).due_at
    parts = (
        t("attempts.title", number=submission.attempt),
        t(
            "submission.received",
            moment=desk.visit.clock.shown(submission.received_at, due_at),
        ),
        late_label(submission, assignment, t),
    )
    return Markup(" · ").join(filter(None, parts))


def _who(visit: Visit, submission: Submission) -> str:
    name = visit.session.scalar(select(User.name).where(User.student_id == submission.student_id))
    return f"{submission.student_id} {name}" if name else submission.student_id


def _names(visit: Visit, submission: Submission) -> dict[str, str]:
    """Return the logins of those who decided something, by their ids."""
    people = {one.user_id for one in submission.manual_scores if one.user_id}
    query = select(User.id, User.login).where(User.id.in_(people))
    return {row.id: row.login for row in visit.session.execute(query)}
