"""A student's attempts at one assignment, and what the student may know of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.course.terms import terms_of
from api.grades.effective_grades import choose, decided_criteria, grade_of
from api.kit.models import Assignment, RunState, Submission
from api.pages.messages import Words
from api.pages.parts.moments import NEAR, Clock
from api.submissions.attempts import OUR_FAULT
from api.submissions.runs import judged_run, latest_run
from grader.editions.loader import Edition
from report_templates.page.numbers import UNKNOWN, points_of


@dataclass(frozen=True, kw_only=True)
class AttemptRow:
    """One attempt in the history."""

    title: str
    href: str
    received: str
    late: str
    state: str
    state_label: str
    score: str
    current: bool = False
    counts: bool = False
    by_hand: str = ""  # for staff


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something to know before anything else; *style* is a CSS class."""

    text: str
    title: str = ""
    style: str = ""
    role: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A label and what it stands for."""

    label: str
    value: str


def attempt_rows(  # noqa: PLR0913  what a row may show
    submissions: Sequence[Submission],
    assignment: Assignment,
    edition: Edition,
    clock: Clock,
    *,
    show_scores: bool,
    current: str = "",
    folder: str = "/s",
) -> tuple[AttemptRow, ...]:
    """Return the rows of a student's attempts, the newest first; of several, one counts."""
    rows = tuple(
        _row(one, assignment, edition, clock, show=show_scores, current=current, folder=folder)
        for one in sorted(submissions, key=lambda one: -one.attempt)
    )
    counting = _counting(submissions, assignment, edition, show=show_scores)
    return tuple(replace(row, counts=row.href == f"{folder}/{counting}") for row in rows)


def _counting(
    submissions: Sequence[Submission], assignment: Assignment, edition: Edition, *, show: bool
) -> str:
    """Return the id of the attempt that counts, ``""`` where that is plain or not to be known."""
    if len(submissions) < 2 or not (show or assignment.counts == "latest"):
        return ""  # which one is the best says something of hidden scores
    in_order = sorted(submissions, key=lambda one: one.attempt)
    graded = [(one, grade_of(one, assignment, edition)) for one in in_order]
    chosen, grade = choose(graded, counts=assignment.counts)
    return chosen.id if chosen is not None and grade is not None else ""


def state_of(submission: Submission, *, show_scores: bool) -> RunState:
    """Return where a submission is, for somebody to whom a result may not be shown yet."""
    latest = latest_run(submission)
    judged = judged_run(submission)
    if show_scores and judged is not None and latest.state in OUR_FAULT:
        return judged.state
    return latest.state


def late_label(submission: Submission, assignment: Assignment, t: Words) -> str:
    """Return ``2 days late``, or nothing; what is late by seconds says so."""
    terms = terms_of(assignment, submission.student_id)
    days = terms.days_late(submission.received_at)
    if not days or terms.due_at is None:
        return ""
    late, by = t.count("attempts.late", days), submission.received_at - terms.due_at
    if by >= NEAR:
        return late
    return t("attempts.late_by", late=late, seconds=math.ceil(by.total_seconds()))


def _row(  # noqa: PLR0913
    one: Submission,
    assignment: Assignment,
    edition: Edition,
    clock: Clock,
    *,
    show: bool,
    current: str,
    folder: str,
) -> AttemptRow:
    t = clock.t
    due_at = terms_of(assignment, one.student_id).due_at
    state = state_of(one, show_scores=show)
    grade = grade_of(one, assignment, edition) if show else None
    return AttemptRow(
        title=t("attempts.title", number=one.attempt),
        href=f"{folder}/{one.id}",
        received=clock.shown(one.received_at, due_at, with_zone=False),
        late=late_label(one, assignment, t),
        state=state.value,
        state_label=t(f"states.{state.value}"),
        score=points_of(grade.points, grade.max_points) if grade else UNKNOWN,
        current=one.id == current,
        by_hand=t("attempts.by_hand") if folder != "/s" and decided_criteria(one) else "",
    )
