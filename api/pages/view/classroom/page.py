"""The page of one class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from api.grades.effective_grades import CountingAttempt
from api.kit.models import Assignment
from api.pages.parts.moments import Clock
from api.pages.view.attempts import Fact
from api.pages.view.classroom.choices import FilterFields, filter_fields
from api.pages.view.classroom.figures import (
    FindingCount,
    build_tiles,
    histogram_of,
    most_frequent,
    waiting_count,
)
from api.pages.view.classroom.filters import PENDING, Filters
from api.pages.view.classroom.order import BY_ID
from api.pages.view.classroom.table import ClassTable, build_table
from api.pages.view.grading.requests import WaitingRow
from api.pages.view.home import edition_title
from grader.editions.loader import Edition


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
    pending: str
    pending_href: str
    tiles: tuple[Fact, ...]
    histogram: Markup | None
    frequent: tuple[FindingCount, ...]
    filters: Filters
    filtered: bool
    fields: FilterFields
    table: ClassTable


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
    waiting = waiting_count(standings)
    return ClassPage(
        edition=edition.id,
        title=edition_title(edition, t),
        who=who_sees(assignment, clock),
        published=assignment.is_published(clock.now),
        requests=tuple(requests),
        requests_title=t.count("requests.waiting", len(requests)),
        next_waiting=f"{base}/next",
        confirm_visibility=visibility_question(assignment, standings, clock),
        pending=t.count("class.pending", waiting) if waiting else "",
        pending_href=base + Filters(state=PENDING).query() + "#table",
        tiles=build_tiles(standings, t),
        histogram=histogram_of(standings, t),
        frequent=most_frequent(standings, edition, base, t),
        filters=filters,
        filtered=replace(filters, sort=BY_ID, page=1) != Filters(),
        fields=filter_fields(standings, edition, filters, t),
        table=build_table(standings, assignment, edition, filters, clock),
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
