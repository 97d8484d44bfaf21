"""The class at one look: where everybody stands, how scores lie, what went wrong most often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean, median
from urllib.parse import urlencode

from markupsafe import Markup

from api.course.terms import terms_of
from api.grades.effective_grades import CountingAttempt, decided_criteria
from api.kit.models import Assignment, RunState, Submission
from api.pages.messages import Words
from api.pages.parts.charts import BINS, bins_of, score_histogram
from api.pages.parts.moments import Clock
from api.pages.view.attempts import Fact, late_label
from api.pages.view.course.class_order import (
    SORTS,
    Column,
    class_columns,
    ordered,
    section_choices,
    sort_choices,
)
from api.pages.view.grading.requests import WaitingRow
from api.pages.view.home import edition_title
from api.submissions.runs import judged_run, latest_run
from grader.diagnosis.titles import finding_title
from grader.editions.loader import Edition
from report_templates.page.numbers import UNKNOWN, points, points_of

NONE = "none"  # the state of somebody who has handed in nothing
STATES = (*(state.value for state in RunState), NONE)
PAGE_ROWS = 100
MOST_FREQUENT = 8
SHOWN_FINDINGS = 3
LEFT = "left"
PENDING = RunState.PENDING.value


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What of the class is shown, and in which order."""

    q: str = ""
    state: str = ""
    finding: str = ""
    late: str = ""  # "yes", "no" or ""
    named: str = ""  # "yes": a file's name carries another student's id
    hand: str = ""  # "yes": points by hand; "left": an attempt that does not count has some
    section: str = ""
    sort: str = "student"
    page: int = 1

    def query(self, **changes: object) -> str:
        """Return the query string of these filters with *changes*; what is empty is left out."""
        fields = {name: value for name, value in vars(self).items() if name != "page"}
        fields |= {"page": self.page if self.page > 1 else "", **changes}
        if fields["sort"] == SORTS[0]:
            fields["sort"] = ""
        chosen = {name: value for name, value in fields.items() if value}
        return f"?{urlencode(chosen)}" if chosen else ""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One choice of a filter."""

    value: str
    text: str
    selected: bool


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
class FindingCount:
    """A finding and how many of those graded have it."""

    title: str
    href: str
    share: str
    count: int
    of: int


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
    sections: tuple[Option, ...]
    sorts: tuple[Option, ...]
    columns: tuple[Column, ...]
    rows: tuple[StudentRow, ...]
    shown: str
    empty: str
    empty_href: str
    previous: str
    next: str
    pages: str


def state_of(one: CountingAttempt) -> str:
    """Return the state of a student's attempt that counts, ``none`` where there is none."""
    return one.latest.state.value if one.latest is not None else NONE


def findings_of(one: CountingAttempt) -> Sequence[str]:
    """Return the ids of the findings that cost this student points."""
    return [*dict.fromkeys(one.judged.findings)] if one.judged is not None else ()


def chosen(standings: Sequence[CountingAttempt], filters: Filters) -> list[CountingAttempt]:
    """Return the students that the filters let through, in their order."""
    if filters.state == PENDING:
        standings = [as_waiting(one, wait) for one in standings for wait in one.pending]
    return ordered([one for one in standings if _fits(one, filters)], filters.sort)


def as_waiting(one: CountingAttempt, submission: Submission) -> CountingAttempt:
    """Return a student's row with an attempt that waits for staff in place of what counts."""
    return replace(
        one,
        submission=submission,
        latest=latest_run(submission),
        judged=judged_run(submission),
        grade=None,
        by_hand=bool(decided_criteria(submission)),
    )


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
    waiting = _waiting(standings)
    sections = _options(section_choices(standings, filters.section, t), filters.section)
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
        histogram=_histogram(shares, t) if shares else None,
        frequent=_frequent(standings, edition, base, t),
        filters=filters,
        filtered=filtered,
        here=base + filters.query(page=page if page > 1 else ""),
        states=_options(
            [("", t("class.any")), *((s, t(f"states.{s}")) for s in STATES)], filters.state
        ),
        finding_options=_finding_options(standings, edition, filters.finding, t),
        lates=_options(
            [("", t("class.any")), ("yes", t("class.late_yes")), ("no", t("class.late_no"))],
            filters.late,
        ),
        named=_named_options(standings, filters, t),
        hands=_hand_options(standings, filters, t),
        sections=sections,
        sorts=_options(sort_choices(t, sections=bool(sections)), filters.sort),
        columns=class_columns(
            filters.sort,
            lambda sort: f"{base}{filters.query(sort=sort, page='')}#table",
            t,
            sections=bool(sections),
        ),
        rows=tuple(_row(one, assignment, edition, filters, clock) for one in shown),
        shown=_shown(filters, len(found), len(standings), t),
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


def finding_counts(standings: Sequence[CountingAttempt]) -> Counter[str]:
    """Return how many students have each finding that cost points."""
    return Counter(name for one in standings for name in set(findings_of(one)))


def _fits(one: CountingAttempt, filters: Filters) -> bool:
    words = f"{one.student_id} {one.name} {one.section}".lower()
    if filters.q.strip().lower() not in words or filters.section not in {"", one.section}:
        return False
    if filters.state and state_of(one) != filters.state:
        return False
    if filters.finding and filters.finding not in findings_of(one):
        return False
    if filters.named and not (one.submission and one.submission.named_for):
        return False
    if filters.hand and not (one.left_behind if filters.hand == LEFT else one.by_hand):
        return False
    return not filters.late or _is_when(one, filters.late)


def _is_when(one: CountingAttempt, late: str) -> bool:
    return one.submission is not None and (one.late_days > 0) == (late == "yes")


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


def _shown(filters: Filters, shown: int, total: int, t: Words) -> str:
    """Return what the table holds: attempts that wait, or each student's that counts."""
    if filters.state == PENDING:
        return t.count("class.pending", shown) + t("problem.stop")
    told = t("class.shown", shown=shown, total=total)
    return told + t("sentences") + t("class.caption")


def _waiting(standings: Sequence[CountingAttempt]) -> int:
    """Return how many submissions wait; a group's is every member's, and one."""
    return len({waits.id for one in standings for waits in one.pending})


def build_tiles(standings: Sequence[CountingAttempt], t: Words) -> tuple[Fact, ...]:
    """Return how far a class is, in numbers."""
    states = Counter(state_of(one) for one in standings)
    scores = [one.grade.points for one in standings if one.grade]
    tiles = [
        ("class.students", str(len(standings))),
        ("staff.handed_in", str(len(standings) - states[NONE])),
        ("staff.graded", str(len(scores))),
        ("staff.waiting", str(states["waiting"] + states["grading"])),
        ("staff.pending", str(_waiting(standings))),
        ("staff.attention", str(states["ungraded"])),
        ("staff.mean", points(round(mean(scores), 1)) if scores else UNKNOWN),
        ("class.median", points(round(median(scores), 1)) if scores else UNKNOWN),
    ]
    return tuple(Fact(label=t(key), value=value) for key, value in tiles)


def _histogram(shares: Sequence[float], t: Words) -> Markup:
    counts = bins_of(shares)
    width = 100 // BINS
    told = t("list").join(
        t("class.histogram_bin", low=place * width, high=(place + 1) * width, count=count)
        for place, count in enumerate(counts)
        if count
    )
    return score_histogram(counts, title=t("class.histogram_alt", bins=told))


def _frequent(
    standings: Sequence[CountingAttempt], edition: Edition, base: str, t: Words
) -> tuple[FindingCount, ...]:
    graded = sum(one.judged is not None for one in standings)
    return tuple(
        FindingCount(
            title=finding_title(name, t.language, edition),
            href=base + Filters(finding=name).query() + "#table",
            share=t("class.share", count=count, of=graded),
            count=count,
            of=graded,
        )
        for name, count in finding_counts(standings).most_common(MOST_FREQUENT)
    )


def _finding_options(
    standings: Sequence[CountingAttempt], edition: Edition, chosen: str, t: Words
) -> tuple[Option, ...]:
    titles: Mapping[str, str] = {
        name: finding_title(name, t.language, edition)
        for name in finding_counts(standings) | {chosen: 1}
    }
    named = sorted((title, name) for name, title in titles.items() if name)
    return _options([("", t("class.any")), *((name, title) for title, name in named)], chosen)


def _named_options(
    standings: Sequence[CountingAttempt], filters: Filters, t: Words
) -> tuple[Option, ...]:
    """Return the choices, none where every file is named for its own student."""
    if not filters.named and not any(s.submission and s.submission.named_for for s in standings):
        return ()
    return _options([("", t("class.any")), ("yes", t("class.named_yes"))], filters.named)


def _hand_options(
    standings: Sequence[CountingAttempt], filters: Filters, t: Words
) -> tuple[Option, ...]:
    """Return the choices, none where nobody's work was graded by hand."""
    if not filters.hand and not any(one.by_hand or one.left_behind for one in standings):
        return ()
    choices = [("", t("class.any")), ("yes", t("class.hand_yes")), (LEFT, t("class.hand_left"))]
    return _options(choices, filters.hand)


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


def _options(choices: Sequence[tuple[str, str]], chosen: str) -> tuple[Option, ...]:
    return tuple(
        Option(value=value, text=text, selected=value == chosen) for value, text in choices
    )


def _row(
    one: CountingAttempt,
    assignment: Assignment,
    edition: Edition,
    filters: Filters,
    clock: Clock,
) -> StudentRow:
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
