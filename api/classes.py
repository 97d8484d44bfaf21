"""A whole class handed in at once: stored, then taken in together, or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import IO

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api import audit
from api.archives import Entry, group_by_student, open_archive, store_entries
from api.auth.principal import Principal
from api.dependencies import reading
from api.errors import RETRY
from api.handin import TRIES, HandIn, checked_student_id, read_hand_in
from api.models import Assignment, User, now
from api.problems import Problem
from api.schemas import ClassEntryOut, ClassOut, ReasonOut
from api.services import Services
from api.submissions import accept
from api.uploads import Form


def take_class(
    services: Services,
    principal: Principal,
    file: IO[bytes],
    fields: dict[str, str],
    request_id: str,
) -> ClassOut:
    """
    Take in a class's zip as one submission for each student; say what became of every part.

    Raises:
        Problem: The archive or the form makes no sense.
        StorageError: The store is full or down; nobody's work is taken in.

    """
    fields = {**fields, "student_id": "everybody"}  # each part names its own
    wanted = read_hand_in(services, principal, Form(fields=fields, files=()))
    with reading(services) as session:
        roster = frozenset(session.scalars(select(User.student_id).where(User.student_id != "")))
    archive = open_archive(file)
    edition = services.editions[wanted.edition]
    entries = group_by_student(archive, edition, frozenset(filter(None, roster)))
    for entry in entries:
        _check_id(entry)
    store_entries(services, archive, entries, edition)
    return _accept_class(services, principal, wanted, entries, request_id)


def _check_id(entry: Entry) -> None:
    if entry.reason:
        return
    try:
        checked_student_id(entry.student_id)
    except Problem as problem:
        [entry.reason] = problem.reasons


def _accept_class(
    services: Services,
    principal: Principal,
    wanted: HandIn,
    entries: list[Entry],
    request_id: str,
) -> ClassOut:
    for _ in range(TRIES):
        try:
            with services.sessions.begin() as session:
                told = [_accept(services, session, principal, wanted, one) for one in entries]
                out = ClassOut(
                    accepted=sum(one.submission is not None for one in told),
                    refused=sum(one.submission is None for one in told),
                    entries=told,
                )
                _record(session, principal, wanted, out, request_id)
                return out
        except IntegrityError:  # a student handed in at the same moment; number anew
            continue
    raise Problem(503, "busy", "too many uploads at one moment; try again", headers=RETRY)


def _accept(
    services: Services, session: Session, principal: Principal, wanted: HandIn, entry: Entry
) -> ClassEntryOut:
    if entry.reason:
        return ClassEntryOut(
            student_id=entry.student_id,
            submission=None,
            files=[],
            problem=str(entry.reason),
            reason=ReasonOut.model_validate(entry.reason),
            named_for="",
        )
    moment = now()
    submission = accept(
        services,
        session,
        edition=wanted.edition,
        student_id=entry.student_id,
        principal=principal,
        files=entry.files,
        language=wanted.language,
        now=moment,
        received_at=wanted.received_at or in_time(session, wanted.edition, moment),
    )
    return ClassEntryOut(
        student_id=entry.student_id,
        submission=submission.id,
        files=[file.name for file in entry.files],
        problem="",
        reason=None,
        named_for=submission.named_for,
    )


def in_time(session: Session, edition: str, moment: datetime) -> datetime:
    """Return when a class's work counts as handed in: nobody is late for when staff upload it."""
    due_at = session.get_one(Assignment, edition).due_at
    return moment if due_at is None else min(moment, due_at)


def _record(
    session: Session, principal: Principal, wanted: HandIn, out: ClassOut, request_id: str
) -> None:
    audit.record(
        session,
        principal,
        "class.upload",
        f"assignment:{wanted.edition}",
        after={"accepted": out.accepted, "refused": out.refused},
        request_id=request_id,
    )
