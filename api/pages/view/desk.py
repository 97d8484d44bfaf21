"""One submission on a grader's desk: points and remarks beside what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from api.course.release import Document
from api.grades.classes.same_reports import SameReport
from api.grades.effective_grades import ADJUSTMENT, CriterionGrade, EffectiveGrade
from api.kit.models import ManualScore, RunState, Submission
from api.pages.messages import Words
from api.pages.parts.moments import Clock
from api.pages.view.attempts import AttemptRow, Notice
from api.pages.view.grading.beside import Sidebar
from api.pages.view.grading.comments import CommentForm, CommentRow
from api.pages.view.grading.requests import Requests
from api.pages.view.problem import reason_words
from api.pages.view.result import (
    criterion_line,
    points_shown,
    task_title,
    tests_by_criterion,
    title_of_criterion,
)
from api.pages.view.submission import (
    Download,
    FileRow,
    downloads,
    named_for_notice,
)
from api.submissions.runs import judged_run, latest_run
from grader.results.file.schema import CriterionTest, Results
from grader.words.message import Message
from report_templates.page.numbers import UNKNOWN, points, points_of
from report_templates.source import Source


@dataclass(frozen=True, kw_only=True)
class DeskLine:
    """One criterion: the grader's points, and the fields for a person's."""

    id: str
    title: str
    outcome: str
    outcome_label: str
    automatic: str
    manual: str
    maximum: str
    reason: str
    remark: str
    decided: str
    only_people: bool
    has_points: bool
    invalid: bool
    theirs: str
    points_label: str
    remark_label: str


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """The fields for a change of the total and its reason."""

    points: str
    reason: str
    decided: str
    invalid: bool
    theirs: str
    open: bool


@dataclass(frozen=True, kw_only=True)
class DeskTask:
    """The criteria of one task."""

    title: str
    points: str
    open: bool
    lines: tuple[DeskLine, ...]


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """One grading of the submission."""

    title: str
    received: str
    state: str
    state_label: str
    score: str


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """The previous and the next student's desk, in the order of the class's table."""

    previous: str
    next: str
    position: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A form that was not put down: what was typed, what was wrong, what others decided."""

    typed: Mapping[str, str]
    wrong: tuple[str, ...] = ()
    theirs: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class DeskForm:
    """The fields for a person's points and remarks; *base* is what they are drawn from."""

    base: str
    typed: bool
    tasks: tuple[DeskTask, ...]
    remark: str
    longest_remark: int
    theirs: str
    adjustment: Adjustment
    total_label: str
    total: str
    after_late: str


@dataclass(frozen=True, kw_only=True)
class GradingPage:
    """A grader's desk."""

    edition: str
    edition_title: str
    class_href: str
    title: str
    who: str
    student_id: str
    state: str
    state_label: str
    action: str
    regrade_action: str
    log_href: str
    neighbours: Neighbours
    notices: tuple[Notice, ...]
    requests: Requests
    next_waiting: str
    form: DeskForm
    side: Sidebar
    comment_form: CommentForm | None
    comments: tuple[CommentRow, ...]
    files: tuple[FileRow, ...]
    downloads: tuple[Download, ...]
    runs: tuple[RunRow, ...]
    attempts: tuple[AttemptRow, ...]
    may_delete: bool
    confirm_delete: str


def desk_tasks(  # noqa: PLR0913  what a desk shows
    results: Results,
    grade: EffectiveGrade,
    decisions: Mapping[str, ManualScore],
    names: Mapping[str, str],
    clock: Clock,
    *,
    typed: Mapping[str, str] | None = None,
    theirs: Mapping[str, str] | None = None,
) -> tuple[DeskTask, ...]:
    """
    Return the criteria by task, *names* are of people.

    *typed* is what a refused form said, *theirs* what others decided since it was drawn.
    """
    source = Source(results=results, t=clock.t.report)
    tests = tests_by_criterion(results)
    tasks = []
    for task in dict.fromkeys(one.task for one in grade.criteria):
        mine = [one for one in grade.criteria if one.task == task]
        lines = [_line(source, one, tests.get(one.id), clock.t) for one in mine]
        lines = [_decided(line, decisions.get(line.id), names, clock) for line in lines]
        lines = [_typed(line, typed, theirs or {}) for line in lines]
        earned, most = sum(one.points for one in mine), sum(one.max_points for one in mine)
        tasks.append(
            DeskTask(
                title=task_title(source, task),
                points=points_shown(mine) if any(one.most for one in mine) else "",
                open=earned < most
                or any(line.manual or line.remark or line.theirs for line in lines),
                lines=tuple(lines),
            )
        )
    return tuple(tasks)


def adjustment(
    grade: EffectiveGrade,
    decided: str,
    typed: Mapping[str, str] | None,
    theirs: Mapping[str, str] | None,
) -> Adjustment:
    """Return the fields for a change of the total; *decided* says who changed it and when."""
    fields, other = typed or {}, (theirs or {}).get(ADJUSTMENT, "")
    change = fields.get(f"points:{ADJUSTMENT}", points_field(grade.adjustment or None))
    reason = fields.get(f"remark:{ADJUSTMENT}", grade.adjustment_reason)
    return Adjustment(
        points=change,
        reason=reason,
        decided=decided,
        invalid=f"wrong:{ADJUSTMENT}" in fields,
        theirs=other,
        open=bool(change or reason or other),
    )


def run_rows(submission: Submission, clock: Clock) -> tuple[RunRow, ...]:
    """Return every grading, the newest first."""
    return tuple(
        RunRow(
            title=clock.t("grading.run_title", number=run.number),
            received=clock.moment(run.finished_at or run.created_at),
            state=run.state.value,
            state_label=clock.t(f"states.{run.state.value}"),
            score=UNKNOWN
            if run.score is None or run.state is RunState.PENDING
            else points_of(run.score, run.max_score),
        )
        for run in reversed(submission.runs)
    )


def desk_notices(submission: Submission, wrong: Sequence[str], t: Words) -> tuple[Notice, ...]:
    """Return the notices about the form, the files and the newest run."""
    notices = [Notice(text=words, style="bad", role="alert") for words in wrong]
    latest = latest_run(submission)
    if submission.named_for:
        notices.append(named_for_notice(submission, t, "grading"))
    if latest.state in {RunState.REFUSED, RunState.UNGRADED} and latest.message:
        title = t(f"states.{latest.state.value}")
        text = reason_words(latest, t)
        notices.append(Notice(title=title, text=text, style="warn"))
    return tuple(notices)


def report_notice(
    submission: Submission, same: Sequence[SameReport], t: Words
) -> tuple[Notice, ...]:
    """Return what is to be told of the report that was handed in: no accusation, no points."""
    run = judged_run(submission) or latest_run(submission)
    read = (Message.of_json(one) for one in run.report_remarks)
    lines = [t.report.said(one) for one in read if one is not None]
    lines += [
        t("grading.same_report", student=one.student_id, attempt=one.attempt, edition=one.edition)
        for one in same
    ]
    if not lines:
        return ()
    title, text = t("grading.report_title"), t("grading.report_text")
    return (Notice(title=title, text=text, style="warn", role="status", lines=tuple(lines)),)


def pending_notice(submission: Submission, grade: EffectiveGrade, t: Words) -> tuple[Notice, ...]:
    """Return what waits for a person, the faults that left it so, and what can be done."""
    run = latest_run(submission)
    if run.state is not RunState.PENDING:
        return ()
    given = {one.criterion for one in submission.manual_scores if one.points is not None}
    titles = {one.id: title_of_criterion(one, t) for one in grade.criteria}
    left = [titles.get(name, name) for name in run.pending or () if name not in given]
    lines = [t("grading.pending_left", criteria=t("list").join(left))]
    lines += [_fault(fault, t) for fault in run.faults]
    return (
        Notice(
            title=t("grading.pending_title"),
            text=t("grading.pending"),
            style="warn",
            role="status",
            lines=tuple(lines),
        ),
    )


def _fault(fault: Mapping[str, str], t: Words) -> str:
    place = " · ".join(filter(None, (fault.get("stage"), fault.get("check"))))
    key = "grading.fault_value" if fault.get("value") else "grading.fault"
    return t(
        key,
        place=place or UNKNOWN,
        exception=fault.get("exception", ""),
        value=fault.get("value", ""),
    )


def left_behind_notice(attempts: Sequence[int], t: Words) -> tuple[Notice, ...]:
    """Return what to know where other attempts hold points by hand that this one lacks."""
    if not attempts:
        return ()
    text = t("grading.left_behind", attempts=t("joiner").join(map(str, attempts)))
    return (Notice(text=text, style="warn"),)


def changed_notice(t: Words) -> Notice:
    """Return what to know where somebody else decided while the form was open."""
    text = t("grading.changed")
    return Notice(title=t("grading.changed_title"), text=text, style="bad", role="alert")


def desk_downloads(submission: Submission, t: Words) -> tuple[Download, ...]:
    """Return what can be taken away of the result, if there is one."""
    return downloads(submission.id, t, frozenset(Document)) if judged_run(submission) else ()


def points_field(value: float | None) -> str:
    """Return points as a form's field holds them: all their digits, and no comma among them."""
    return "" if value is None else f"{value:.12g}"


def _line(source: Source, one: CriterionGrade, test: CriterionTest | None, t: Words) -> DeskLine:
    shown = criterion_line(source, one, test, t)
    automatic = criterion_line(source, replace(one, manual=None), test, t)
    only_people = one.automatic is None
    return DeskLine(
        id=one.id,
        title=shown.title,
        outcome=shown.outcome,
        outcome_label=shown.outcome_label,
        automatic=_automatic(one, t),
        manual=points_field(one.manual),
        maximum=t("grading.of", maximum=points(one.most)),
        reason=automatic.reason,
        remark=one.remark,
        decided="",
        only_people=only_people,
        has_points=one.most > 0,
        invalid=False,
        theirs="",
        points_label=t("grading.points", title=shown.title),
        remark_label=t("grading.remark", title=shown.title),
    )


def _automatic(one: CriterionGrade, t: Words) -> str:
    """Return the grader's own points, or that there are none."""
    if one.automatic is None:
        return t("grading.only_people")
    if one.pending:
        return t("grading.waits")
    return t("grading.automatic", points=points(one.automatic))


def _decided(
    line: DeskLine, decision: ManualScore | None, names: Mapping[str, str], clock: Clock
) -> DeskLine:
    """Return the line with who decided it and when."""
    return replace(line, decided=decided_by(decision, names, clock))


def decided_by(decision: ManualScore | None, names: Mapping[str, str], clock: Clock) -> str:
    """Return who decided something and when."""
    if decision is None:
        return ""
    who = names.get(decision.user_id or "", UNKNOWN)
    return clock.t("grading.by", who=who, moment=clock.moment(decision.changed_at))


def _typed(line: DeskLine, typed: Mapping[str, str] | None, theirs: Mapping[str, str]) -> DeskLine:
    """Return the line with what was typed into its fields, so that nothing typed is lost."""
    if typed is None:
        return line
    return replace(
        line,
        manual=typed.get(f"points:{line.id}", line.manual),
        remark=typed.get(f"remark:{line.id}", line.remark),
        invalid=f"wrong:{line.id}" in typed,
        theirs=theirs.get(line.id, ""),
    )
