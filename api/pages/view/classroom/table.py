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
from api.pages.view.classroom.filters import PENDING, Filters, chosen, findings_of, state_of
from api.pages.view.classroom.order import Column, class_columns, section_choices
from grader.diagnosis.titles import finding_title
from grader.editions.loader import Edition
from report_templates.page.numbers import UNKNOWN, points_of

PAGE_ROWS = 100
SHOWN_FINDINGS = 3


@dataclass(frozen=True, kw_only=True)
class StudentRow:
    """One student of the table."""

    submission_id: str
    student_id: str
    name: str
    section: str
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


@dataclass(frozen=True, kw_only=True)
class ClassTable:
    """One page of the rows that the filters let through, and the way to the others."""

    columns: tuple[Column, ...]
    sections: bool  # whether the roster has any
    rows: tuple[StudentRow, ...]
    caption: str
    empty: str
    empty_href: str
    here: str
    previous: str
    next: str
    pages: str
    confirm_chosen: str
    confirm_shown: str


def build_table(
    standings: Sequence[CountingAttempt],
    assignment: Assignment,
    edition: Edition,
    filters: Filters,
    clock: Clock,
) -> ClassTable:
    """Return the rows of the page that *filters* ask for, or of the last one there is."""
    t, base = clock.t, f"/staff/{edition.id}"
    found = chosen(standings, filters)
    last = max(1, -(-len(found) // PAGE_ROWS))
    page = min(max(filters.page, 1), last)
    shown = found[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    submissions = {one.submission.id for one in found if one.submission}
    sections = bool(section_choices(standings, filters.section, t))
    return ClassTable(
        columns=class_columns(
            filters.sort,
            lambda sort: f"{base}{filters.query(sort=sort, page='')}#table",
            t,
            sections=sections,
        ),
        sections=sections,
        rows=tuple(_row(one, assignment, edition, filters, clock) for one in shown),
        caption=_caption(filters, len(found), len(standings), t),
        empty="" if found else t("class.empty" if standings else "class.nobody"),
        empty_href="" if standings else "/staff/roster",
        here=base + filters.query(page=page if page > 1 else ""),
        previous=base + filters.query(page=page - 1 if page > 2 else "") if page > 1 else "",
        next=base + filters.query(page=page + 1) if page < last else "",
        pages=t("class.page", page=page, pages=last) if last > 1 else "",
        # A script puts in how many are ticked.
        confirm_chosen=t("class.confirm_regrade", count="{count}"),
        confirm_shown=t("class.confirm_regrade", count=len(submissions)),
    )


def _row(
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
        section=one.section,
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


def _caption(filters: Filters, shown: int, total: int, t: Words) -> str:
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
