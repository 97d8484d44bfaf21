"""A row for each student of a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.course.terms import terms_of
from api.grades.effective_grades import CountingAttempt
from api.kit.models import Assignment, RunState
from api.pages.messages import Words
from api.pages.parts.moments import Clock
from api.pages.view.attempts import late_label
from api.pages.view.classroom.filters import PENDING, Filters, findings_of, state_of
from grader.diagnosis.titles import finding_title
from grader.editions.loader import Edition
from report_templates.page.numbers import UNKNOWN, points_of

SHOWN_FINDINGS = 3


@dataclass(frozen=True, kw_only=True)
class StudentRow:
    """One student of the table."""

    submission_id: str
    student_id: str
    name: str
    href: str
    attempt: str
    received: str
    late: str
    named_for: str
    left_behind: str
    pending: str
    state: str
    state_label: str
    findings: str
    score: str
    choose: str


def row_of(
    one: CountingAttempt,
    assignment: Assignment,
    edition: Edition,
    filters: Filters,
    clock: Clock,
) -> StudentRow:
    """Return the row of a student, leading to the attempt that counts."""
    t = clock.t
    state = state_of(one)
    titles = [finding_title(name, t.language, edition) for name in findings_of(one)]
    more = len(titles) - SHOWN_FINDINGS
    told = titles[:SHOWN_FINDINGS] + ([f"+{more}"] if more > 0 else [])
    found = one.submission
    return StudentRow(
        submission_id=found.id if found else "",
        student_id=one.student_id,
        name=one.name,
        href=f"/staff/{edition.id}/{found.id}{filters.query(page='')}" if found else "",
        attempt=f"{found.attempt} / {len(one.attempts)}" if found else "",
        received=clock.shown(
            found.received_at, terms_of(assignment, one.student_id).due_at, with_zone=False
        )
        if found
        else "",
        late=late_label(found, assignment, t) if found else "",
        named_for=t("class.named_for", named=found.named_for) if found and found.named_for else "",
        left_behind=attempts_left_behind(one.left_behind, t),
        pending=_other_pending(one, t),
        state=state,
        state_label=t(f"states.{state}"),
        findings=t("list").join([*_causes(one), *told]),
        score=points_of(one.grade.points, one.grade.max_points) if one.grade else UNKNOWN,
        choose=t("class.choose", student=one.student_id),
    )


def caption_of(filters: Filters, shown: int, total: int, t: Words) -> str:
    """Return what the table holds: attempts that wait, or each student's that counts."""
    if filters.state == PENDING:
        return t.count("class.pending", shown) + t("problem.stop")
    told = t("class.shown", shown=shown, total=total)
    return told + t("sentences") + t("class.caption")


def attempts_left_behind(attempts: Sequence[int], t: Words) -> str:
    """Return which attempts hold points by hand that do not count, "" for none."""
    numbers = t("joiner").join(map(str, attempts))
    return t("class.left_behind", attempts=numbers) if attempts else ""


def _other_pending(one: CountingAttempt, t: Words) -> str:
    """Return which attempts wait for staff beside the one that the row is about."""
    others = [wait.attempt for wait in one.pending if wait is not one.submission]
    numbers = t("joiner").join(map(str, others))
    return t("class.other_pending", attempts=numbers) if others else ""


def _causes(one: CountingAttempt) -> Sequence[str]:
    """Return what broke in a pending run: the kinds of its exceptions, each once."""
    if one.latest is None or one.latest.state is not RunState.PENDING:
        return ()
    kinds = (fault.get("exception", "").partition(":")[0] for fault in one.latest.faults)
    return [*dict.fromkeys(filter(None, kinds))]
