"""The page of one class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from api.grades.effective_grades import CountingAttempt
from api.kit.models import Assignment
from api.pages.parts.choices import Option, options_of
from api.pages.parts.moments import Clock
from api.pages.view.attempts import Fact
from api.pages.view.classroom.choices import finding_options, hand_options, named_options
from api.pages.view.classroom.figures import (
    FindingCount,
    build_tiles,
    histogram_of,
    most_frequent,
    waiting_count,
)
from api.pages.view.classroom.filters import PENDING, SORTS, STATES, Filters, chosen
from api.pages.view.classroom.table import StudentRow, caption_of, row_of
from api.pages.view.grading.requests import WaitingRow
from api.pages.view.home import edition_title
from grader.editions.loader import Edition

PAGE_ROWS = 100


@dataclass(frozen=True, kw_only=True)
class ClassPage:
    """The page of one class."""

    edition: str
    title: str
    who: str
    published: bool
    requests: tuple[WaitingRow, ...]
    requests_title: str
    next_waiting: str
    confirm_visibility: str
    confirm_chosen: str
    confirm_shown: str
    pending: str
    pending_href: str
    tiles: tuple[Fact, ...]
    histogram: Markup | None
    frequent: tuple[FindingCount, ...]
    filters: Filters
    filtered: bool
    here: str
    states: tuple[Option, ...]
    finding_options: tuple[Option, ...]
    lates: tuple[Option, ...]
    named: tuple[Option, ...]
    hands: tuple[Option, ...]
    sorts: tuple[Option, ...]
    rows: tuple[StudentRow, ...]
    shown: str
    empty: str
    empty_href: str
    previous: str
    next: str
    pages: str


def build_class(  # noqa: PLR0913  what a class shows
    assignment: Assignment,
    edition: Edition,
    standings: Sequence[CountingAttempt],
    filters: Filters,
    clock: Clock,
    *,
    requests: Sequence[WaitingRow] = (),
) -> ClassPage:
    """Return the page of a class: figures are of all its students, rows of those selected."""
    t = clock.t
    base = f"/staff/{edition.id}"
    found = chosen(standings, filters)
    last = max(1, -(-len(found) // PAGE_ROWS))
    page = min(max(filters.page, 1), last)
    shares = [one.grade.points / one.grade.max_points for one in standings if one.grade]
    shown = found[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    waiting = waiting_count(standings)
    filtered = replace(filters, sort=SORTS[0], page=1) != Filters()
    return ClassPage(
        edition=edition.id,
        title=edition_title(edition, t),
        who=who_sees(assignment, clock),
        published=assignment.is_published(clock.now),
        requests=tuple(requests),
        requests_title=t.count("requests.waiting", len(requests)),
        next_waiting=f"{base}/next",
        confirm_visibility=visibility_question(assignment, standings, clock),
        # A script puts in how many are ticked.
        confirm_chosen=t("class.confirm_regrade", count="{count}"),
        confirm_shown=t(
            "class.confirm_regrade",
            count=len({one.submission.id for one in found if one.submission}),
        ),
        pending=t.count("class.pending", waiting) if waiting else "",
        pending_href=base + Filters(state=PENDING).query() + "#table",
        tiles=build_tiles(standings, t),
        histogram=histogram_of(shares, t) if shares else None,
        frequent=most_frequent(standings, edition, base, t),
        filters=filters,
        filtered=filtered,
        here=base + filters.query(page=page if page > 1 else ""),
        states=options_of(
            [("", t("class.any")), *((s, t(f"states.{s}")) for s in STATES)], filters.state
        ),
        finding_options=finding_options(standings, edition, filters.finding, t),
        lates=options_of(
            [("", t("class.any")), ("yes", t("class.late_yes")), ("no", t("class.late_no"))],
            filters.late,
        ),
        named=named_options(standings, filters, t),
        hands=hand_options(standings, filters, t),
        sorts=options_of([(s, t(f"class.sort_{s}")) for s in SORTS], filters.sort),
        rows=tuple(row_of(one, assignment, edition, filters, clock) for one in shown),
        shown=caption_of(filters, len(found), len(standings), t),
        empty="" if found else t("class.empty" if standings else "class.nobody"),
        empty_href="" if standings else "/staff/roster",
        previous=base + filters.query(page=page - 1 if page > 2 else "") if page > 1 else "",
        next=base + filters.query(page=page + 1) if page < last else "",
        pages=t("class.page", page=page, pages=last) if last > 1 else "",
    )


def visibility_question(
    assignment: Assignment, standings: Sequence[CountingAttempt], clock: Clock
) -> str:
    """Return what is asked before results are shown or hidden: how many students it is about."""
    key = "class.confirm_hide" if assignment.is_published(clock.now) else "class.confirm_publish"
    return clock.t(key, students=sum(one.grade is not None for one in standings))


def who_sees(assignment: Assignment, clock: Clock) -> Markup:
    """Return when the assignment is due, and whether students see results."""
    t = clock.t
    due = assignment.due_at
    parts = [
        t("staff.due", moment=clock.shown(due)) if due else t("staff.no_due"),
        _publication(assignment, clock),
        "" if assignment.open else t("staff.closed"),
    ]
    return Markup(" · ").join(filter(None, parts))


def _publication(assignment: Assignment, clock: Clock) -> Markup | str:
    """Return whether students see what is published, or from when on."""
    if assignment.is_published(clock.now):
        return clock.t("staff.published")
    if assignment.publish_at is not None:
        return clock.t("staff.publish_at", moment=clock.shown(assignment.publish_at))
    return clock.t("staff.hidden")
