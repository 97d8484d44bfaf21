"""Requests for a second look as pages show them: to the student, on the desk, for the class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.grades.regrade_requests import may_ask
from api.kit.models import RegradeRequest, Submission
from api.kit.schemas.grading import LONGEST_TEXT
from api.pages.parts.moments import Clock
from report_templates.page.text import line, paragraph

MOST_LISTED = 20
LONGEST_QUOTE = 120


@dataclass(frozen=True, kw_only=True)
class RequestRow:
    """One request and its answer; *action* takes the answer where it waits for one."""

    text: str
    asked: str
    answer: str
    answered: str
    action: str


@dataclass(frozen=True, kw_only=True)
class Requests:
    """All requests about a submission; *action* takes one more, "" where none is taken."""

    rows: tuple[RequestRow, ...]
    action: str
    longest: int = LONGEST_TEXT


@dataclass(frozen=True, kw_only=True)
class WaitingRow:
    """A request in the list of a class."""

    href: str
    student: str
    text: str
    asked: str


def requests_of(
    submission: Submission, clock: Clock, *, desk: str = "", home: str = ""
) -> Requests:
    """Return a submission's requests: to be answered at *desk*, or made at *home*."""
    rows = tuple(
        RequestRow(
            text=paragraph(one.text),
            asked=clock.t("requests.asked", moment=clock.moment(one.created_at)),
            answer=paragraph(one.answer),
            answered=clock.t("requests.answered", moment=clock.moment(one.answered_at))
            if one.answered_at
            else "",
            action=f"{desk}/requests/{one.id}/answer" if desk and not one.answered_at else "",
        )
        for one in submission.regrade_requests
    )
    return Requests(rows=rows, action=f"{home}/request" if home and may_ask(submission) else "")


def waiting_rows(
    found: Sequence[RegradeRequest], students: dict[str, str], base: str, clock: Clock
) -> tuple[WaitingRow, ...]:
    """Return the requests that wait, the oldest first; *students* are ids by submission."""
    return tuple(
        WaitingRow(
            href=f"{base}/{one.submission_id}",
            student=students.get(one.submission_id, ""),
            text=line(one.text, LONGEST_QUOTE),
            asked=clock.moment(one.created_at),
        )
        for one in found[:MOST_LISTED]
    )
