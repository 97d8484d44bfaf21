"""Submissions and their runs: taking one in, regrading it, and which run counts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from api.auth import audit
from api.course.terms import Terms, terms_of
from api.kit.digests import sha256_of
from api.kit.models import (
    ACTIVE_STATES,
    Assignment,
    Run,
    RunState,
    Submission,
    SubmissionFile,
    new_id,
)
from api.kit.models import now as moment_now
from api.kit.problems import Problem
from api.kit.queue import AFTER_STUDENTS_OWN
from api.kit.services import Services
from api.requests.principal import Principal
from api.submissions.attempts import attempts_left
from api.submissions.named_students import named_for
from api.submissions.uploads import Received
from grader.editions.loader import Edition


# long: what a submission consists of is its parameters, and again the columns of its row
def accept(  # noqa: PLR0913  what a submission consists of
    services: Services,
    session: Session,
    *,
    edition: str,
    student_id: str,
    principal: Principal,
    files: Sequence[Received],
    language: str = "en",
    anonymous_key: str | None = None,
    now: datetime,
    received_at: datetime | None = None,
) -> Submission:
    """
    Take a submission in: its row, its files' rows, its first run and the job, in the caller's
    transaction; the files' bytes are already safe. A group's is filed under its lead.

    Earlier runs of the same student that still wait are replaced, unless the new one is later by
    the late rule, or came another way: staff's uploads and the student's own let each other be.
    Staff are bound by no due date, limit of attempts or backlog. *received_at* is when the work
    counts as handed in, by default *now*.

    Raises:
        Problem: The assignment is closed or over, the student has no attempts left, or too much
            of theirs, or of self-checks, waits already.

    """
    assignment = find_assignment(session, edition)
    group = assignment.group_of(student_id)
    student_id = group[0]
    earlier = submissions_of(session, edition, *group)
    terms = terms_of(assignment, student_id)
    received_at = received_at or now
    late = terms.days_late(received_at)
    replaced = [one for one in earlier if _is_replaced(one, terms, late, staff=principal.is_staff)]
    if not principal.is_staff:
        refuse_closed(assignment, terms, received_at)
        _refuse_over_attempts(services, terms, [one for one in earlier if one not in replaced])
        if anonymous_key is None:
            _refuse_over_backlog(services, session, student_id)
        else:
            _refuse_over_self_checks(services, session)
    _replace_waiting(session, replaced, now)
    submission = Submission(
        id=new_id(),
        edition=edition,
        student_id=student_id,
        user_id=principal.user_id,
        anonymous=anonymous_key is not None,
        key_sha256=anonymous_key and sha256_of(anonymous_key),
        attempt=1 + max((one.attempt for one in earlier), default=0),
        received_at=received_at,
        language=language,
        named_for="" if anonymous_key else named_for(session, group, files),
        files=[_file_row(position, file) for position, file in enumerate(files)],
    )
    session.add(submission)
    _queue_run(services, session, submission, now=now, staff=principal.is_staff)
    return submission


def regrade(
    services: Services,
    session: Session,
    submission: Submission,
    principal: Principal,
    *,
    staff: bool = True,
) -> Run:
    """
    Queue one more run of a submission; older results stay as its history.

    Raises:
        Problem: One of its runs still waits or is being graded (409); nothing grades its edition
            here (404).

    """
    if not principal.is_staff:
        raise Problem(403, "forbidden", "only staff may regrade; hand the work in again instead")
    find_edition(services, submission.edition)
    if any(run.state in ACTIVE_STATES for run in submission.runs):
        raise _already_running()
    try:
        with session.begin_nested():
            return _queue_run(services, session, submission, now=moment_now(), staff=staff)
    except IntegrityError:  # somebody else asked for it at the same moment
        raise _already_running() from None


def grade_replaced(services: Services, session: Session, refused: Submission) -> Run | None:
    """
    Queue what a refused submission has replaced, in the transaction that records the refusal.

    So nobody is left without a grade by a worse second upload. Return None where nothing was
    replaced, or something newer was graded, waits, or is for people to look at.
    """
    if judged_run(refused) is not None:
        return None
    others = submissions_of(session, refused.edition, refused.student_id)
    newest = next((one for one in reversed(others) if not _was_refused(one)), None)
    if newest is None or latest_run(newest).state is not RunState.REPLACED:
        return None
    staff = latest_run(newest).staff
    with suppress(IntegrityError), session.begin_nested():  # another worker may do it as well
        run = _queue_run(services, session, newest, now=moment_now(), staff=staff)
        target = f"submission:{newest.id}"
        audit.record(session, audit.SYSTEM, "grade.regrade", target, after={"run": run.number})
        return run
    return None


def _was_refused(submission: Submission) -> bool:
    refused = latest_run(submission).state is RunState.REFUSED
    return refused and judged_run(submission) is None


def find_assignment(session: Session, edition: str) -> Assignment:
    """Return the assignment of that edition; raise Problem 404 where there is none."""
    assignment = session.get(Assignment, edition)
    if assignment is None:
        raise Problem(404, "unknown-edition", "there is no assignment of that edition")
    return assignment


def find_edition(services: Services, name: str) -> Edition:
    """Return an edition; raise Problem 404 where its assignment is left and it is not."""
    if name not in services.editions:
        raise Problem(404, "unknown-edition", f"the edition {name} is not installed here any more")
    return services.editions[name]


def submissions_of(session: Session, edition: str, *student_ids: str) -> Sequence[Submission]:
    """Return a student's, or a group's, submissions to one edition, the first first, with runs."""
    query = (
        select(Submission)
        .where(Submission.edition == edition, Submission.student_id.in_(student_ids))
        .options(selectinload(Submission.runs))
        .order_by(Submission.attempt, Submission.received_at)
    )
    return session.scalars(query).all()


def latest_run(submission: Submission) -> Run:
    """Return the newest run, in whatever state; there is always one."""
    return submission.runs[-1]


def judged_run(submission: Submission) -> Run | None:
    """
    Return the run whose result is shown: the last that was graded, else the last pending one.

    A regrade that ends pending takes no grade away.
    """
    found: dict[RunState, Run] = {run.state: run for run in submission.runs}
    return found.get(RunState.GRADED) or found.get(RunState.PENDING)


def refuse_closed(assignment: Assignment, terms: Terms, now: datetime) -> None:
    """Raise Problem 409 unless the assignment takes uploads of the student with these terms."""
    if not assignment.open:
        raise Problem(
            409, "not-open", "this assignment does not take uploads; ask the course staff"
        )
    if terms.opens_at is not None and now < terms.opens_at:
        moment = _on_the_clock(terms.opens_at, terms)
        raise Problem(409, "too-early", f"uploads begin on {moment}; hand in again then")
    if terms.closes_at is not None and now > terms.closes_at:
        moment = _on_the_clock(terms.closes_at, terms)
        raise Problem(409, "too-late", f"uploads ended on {moment}; ask the course staff")


def _on_the_clock(moment: datetime, terms: Terms) -> str:
    return f"{moment.astimezone(terms.zone):%Y-%m-%d %H:%M %Z}"


def _refuse_over_attempts(services: Services, terms: Terms, earlier: Sequence[Submission]) -> None:
    most_free = services.settings.max_free_attempts
    if attempts_left(terms, earlier, most_free=most_free) == 0:
        most = terms.max_attempts
        raise Problem(
            409, "no-attempts-left", f"all {most} attempts are used; ask the course staff"
        )


def _refuse_over_backlog(services: Services, session: Session, student_id: str) -> None:
    limit = services.settings.max_waiting_per_student
    if _unfinished(session, Submission.student_id == student_id) >= limit:
        raise Problem(
            429,
            "too-many-waiting",
            f"{limit} of your submissions are waiting already; wait until some are graded",
            headers={"Retry-After": "60"},
        )


def _refuse_over_self_checks(services: Services, session: Session) -> None:
    """Refuse one self-check too many: without a login, all of them share one limit."""
    limit = services.settings.max_waiting_self_checks
    if _unfinished(session, Submission.anonymous.is_(True)) >= limit:
        raise Problem(
            429,
            "too-many-self-checks",
            "many self-checks are waiting already; try again in some minutes, or log in",
            headers={"Retry-After": "60"},
        )


def _unfinished(session: Session, whose: ColumnElement[bool]) -> int:
    """Return how many runs that staff did not ask for wait or are being graded."""
    active = Run.state.in_(ACTIVE_STATES) & Run.staff.is_(False)
    query = select(func.count()).select_from(Run).join(Submission).where(active, whose)
    return session.scalar(query) or 0


def _is_replaced(submission: Submission, terms: Terms, late: int, *, staff: bool) -> bool:
    """
    Return whether one that is *late* days late and came the same way replaces *submission*.

    A regrade that waits is the staff's wish, but for one that took a refused upload's place.
    """
    run = latest_run(submission)
    unseen = run.state is RunState.WAITING and (run.number == 1 or not run.staff)
    in_place = late <= terms.days_late(submission.received_at)
    return unseen and in_place and run.staff == staff


def _replace_waiting(session: Session, replaced: Sequence[Submission], now: datetime) -> None:
    """End the runs that still wait; one that a worker takes meanwhile goes on, and counts."""
    waiting = [latest_run(one).id for one in replaced]
    session.execute(
        update(Run)
        .where(Run.id.in_(waiting), Run.state == RunState.WAITING)
        .values(state=RunState.REPLACED, finished_at=now)
    )


def _file_row(position: int, file: Received) -> SubmissionFile:
    return SubmissionFile(
        position=position,
        name=file.name,
        sha256=file.blob.sha256,
        size_bytes=file.blob.size_bytes,
    )


def _queue_run(
    services: Services, session: Session, submission: Submission, *, now: datetime, staff: bool
) -> Run:
    number = 1 + max((run.number for run in submission.runs), default=0)
    run = Run(id=f"{submission.id}-{number}", number=number, created_at=now, staff=staff)
    submission.runs.append(run)
    session.flush()
    run.rank = services.queue.enqueue(
        session,
        run.id,
        partition=submission.student_id,
        staff=staff,
        behind=AFTER_STUDENTS_OWN if submission.anonymous else 0,
    )
    return run


def _already_running() -> Problem:
    return Problem(
        409, "already-running", "this submission is waiting or being graded right now; let it end"
    )
