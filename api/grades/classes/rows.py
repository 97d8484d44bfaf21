"""The class as the rows of a batch: its overview and tables are those of ``grader batch``."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.course.terms import terms_of
from api.grades.effective_grades import CountingAttempt, effective, standing
from api.kit.models import ACTIVE_STATES, Assignment, Role, RunState, User
from api.kit.services import Services
from api.kit.storage import BlobMissingError
from grader.batch.late.rule import Lateness
from grader.batch.records import GRADED, MISSING, PENDING, REFUSED, WAITING, Record
from grader.batch.rows import ClassRow
from grader.batch.sources.submitted import Submitted
from grader.editions.loader import Edition
from grader.lateness import late_percent
from grader.words.message import message

MOST_KEPT = 10_000  # of accuracies: a hundred bytes each
_kept: OrderedDict[str, Mapping[str, float]] = OrderedDict()
_lock = threading.Lock()


def class_rows(
    services: Services, session: Session, edition: Edition, *, for_overview: bool = False
) -> list[ClassRow]:
    """
    Return a row for everybody of the roster and whoever else handed in, by the grade that counts.

    An overview also says what each network reached, which is in the results files (no connection
    is held meanwhile), and whose file carries another student's id.
    """
    assignment = session.get_one(Assignment, edition.id)
    emails = dict(
        session.execute(select(User.student_id, User.email).where(User.role == Role.STUDENT)).all()
    )
    found = standing(session, edition)
    rows = [_row(one, assignment, edition, emails.get(one.student_id, "")) for one in found]
    session.commit()  # the store may be slow
    if not for_overview:
        return rows
    return [_shown(services, row, one) for row, one in zip(rows, found, strict=True)]


def _row(one: CountingAttempt, assignment: Assignment, edition: Edition, email: str) -> ClassRow:
    about = {"name": one.name, "email": email}
    submission = one.submission
    if submission is None:
        nobody = Submitted(key=one.student_id, student_id=one.student_id, about=about)
        return ClassRow(submitted=nobody, record=Record(state=MISSING))
    return ClassRow(
        submitted=Submitted(
            key=one.student_id,
            student_id=one.student_id,
            about=about,
            received_at=submission.received_at,
        ),
        record=_record(one, assignment, edition),
        lateness=_lateness(one, assignment),
    )


def _record(one: CountingAttempt, assignment: Assignment, edition: Edition) -> Record:
    """Return what counts of a student as a batch records it; the late rule stands beside it."""
    state, reason = _state(one)
    grade = one.grade
    if grade is None and one.judged is not None and one.submission is not None:
        grade = effective(one.submission, one.judged, assignment, edition)
    if grade is None:
        return Record(state=state, edition=edition.id, reason=reason)
    return Record(
        state=state,
        edition=edition.id,
        score=grade.raw_points,
        max_score=grade.max_points,
        adjustment=grade.adjustment,
        criteria={c.id: (None if c.pending else c.points, c.max_points) for c in grade.criteria},
        titles={c.id: c.title for c in grade.criteria},
        findings=tuple(dict.fromkeys(one.judged.findings)) if one.judged is not None else (),
        reason=None if state == GRADED else reason,
    )


def _state(one: CountingAttempt) -> tuple[str, dict[str, Any] | None]:
    """Return the state of a student's work as a batch names it, and why it has no grade."""
    if one.grade is not None:
        return GRADED, None
    run = one.latest
    if run is None or run.state in ACTIVE_STATES or run.state is RunState.REPLACED:
        return WAITING, None
    told = message("batch.server-says", told=run.message).as_json() if run.message else None
    return REFUSED if run.state is RunState.REFUSED else PENDING, run.reason or told


def _lateness(one: CountingAttempt, assignment: Assignment) -> Lateness | None:
    if one.submission is None or (assignment.due_at is None and not one.late_days):
        return None
    terms = terms_of(assignment, one.student_id)
    return Lateness(
        received_at=one.submission.received_at.astimezone(assignment.zone),
        days=one.late_days,
        percent=late_percent(one.late_days, terms.late_percent_per_day),
    )


def _shown(services: Services, row: ClassRow, one: CountingAttempt) -> ClassRow:
    """Return a row with the accuracies of its results file, and whose name a file carries."""
    run, named = one.judged, one.submission.named_for if one.submission is not None else ""
    if named:
        unclear = message("batch.named-for", named=named)
        row = replace(row, submitted=replace(row.submitted, unclear=unclear))
    if run is None or run.results_sha256 is None:
        return row
    accuracy = _accuracy(services, run.results_sha256)
    return replace(row, record=replace(row.record, accuracy=accuracy))


def _accuracy(services: Services, sha256: str) -> Mapping[str, float]:
    """Return the accuracies in a results file, which never changes; none where it is gone."""
    with _lock:
        if sha256 in _kept:
            _kept.move_to_end(sha256)
            return _kept[sha256]
    try:
        told = json.loads(services.blobs.read(sha256))["extra_data"]["accuracy"]
        found = {stage: float(percent) for stage, percent in told.items() if percent is not None}
    except (BlobMissingError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # the overview is there without it
    with _lock:
        _kept[sha256] = found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found
