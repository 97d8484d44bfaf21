"""What of a class is shown, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from api.grades.effective_grades import CountingAttempt, decided_criteria
from api.kit.models import RunState, Submission
from api.pages.view.classroom.order import BY_ID, ordered
from api.submissions.runs import judged_run, latest_run

NONE = "none"  # the state of somebody who has handed in nothing
STATES = (*(state.value for state in RunState), NONE)
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
    sort: str = BY_ID
    page: int = 1

    def query(self, **changes: object) -> str:
        """Return the query string of these filters with *changes*; what is empty is left out."""
        fields = {name: value for name, value in vars(self).items() if name != "page"}
        fields |= {"page": self.page if self.page > 1 else "", **changes}
        if fields["sort"] == BY_ID:
            fields["sort"] = ""
        chosen = {name: value for name, value in fields.items() if value}
        return f"?{urlencode(chosen)}" if chosen else ""


def state_of(one: CountingAttempt) -> str:
    """Return the state of a student's attempt that counts, ``none`` where there is none."""
    return one.latest.state.value if one.latest is not None else NONE


def findings_of(one: CountingAttempt) -> Sequence[str]:
    """Return the ids of the findings that cost this student points."""
    return [*dict.fromkeys(one.judged.findings)] if one.judged is not None else ()


def finding_counts(standings: Sequence[CountingAttempt]) -> Counter[str]:
    """Return how many students have each finding that cost points."""
    return Counter(name for one in standings for name in set(findings_of(one)))


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
