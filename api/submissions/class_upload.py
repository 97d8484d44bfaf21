"""A whole class handed in at once: stored, then taken in together, or not at all."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.auth import audit
from api.kit.database import is_conflict
from api.kit.models import Assignment, now
from api.kit.problems import Problem, not_found
from api.kit.schemas.answer import ReasonOut
from api.kit.schemas.class_upload import ClassEntryOut, ClassOut, LeftOutOut
from api.kit.services import Services
from api.kit.storage import BlobMissingError, StorageError
from api.requests.dependencies import reading
from api.requests.errors import RETRY
from api.requests.principal import Principal
from api.submissions.class_zip import (
    ClassParts,
    Entry,
    class_parts,
    store_entries,
)
from api.submissions.hand_in import TRIES, HandIn, checked_student_id, read_hand_in
from api.submissions.listed_students import class_roster
from api.submissions.runs import accept, find_assignment
from api.submissions.uploads import Form
from grader.intake.classes.members import SkippedMember

log = logging.getLogger("api.submissions.class_upload")
YES = frozenset({"on", "true", "1", "yes"})  # as a form's box and scripts say it


@dataclass(frozen=True, kw_only=True)
class ClassUploadResult:
    """The result of a class upload, and the blob that keeps it for a day, if there is one."""

    out: ClassOut
    sha256: str = ""


def take_class(  # noqa: PLR0913  a request's parts
    services: Services,
    principal: Principal,
    file: IO[bytes],
    fields: dict[str, str],
    request_id: str,
    *,
    keep: bool = False,
) -> ClassUploadResult:
    """
    Take in a class's zip as one submission for each student; return the result of every part.

    Raises:
        Problem: The archive or the form makes no sense.
        StorageError: The store is full or down; nobody's work is taken in.

    """
    fields = {**fields, "student_id": "everybody"}  # each part names its own
    wanted = read_hand_in(services, principal, Form(fields=fields, files=()))
    with reading(services) as session:
        find_assignment(session, wanted.edition)
        roster = class_roster(session)
    edition = services.editions[wanted.edition]
    unlisted = fields.get("unlisted", "") in YES
    parts = class_parts(file, edition, roster, unlisted=unlisted)
    for entry in parts.entries:
        _check_id(entry)
    store_entries(services, parts, edition)
    out = _accept_class(services, principal, wanted, parts, request_id)
    return ClassUploadResult(out=out, sha256=_keep(services, out) if keep else "")


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
    parts: ClassParts,
    request_id: str,
) -> ClassOut:
    for _ in range(TRIES):
        try:
            with services.sessions.begin() as session:
                told = [
                    _accept(services, session, principal, wanted, one) for one in parts.entries
                ]
                out = ClassOut(
                    edition=wanted.edition,
                    accepted=sum(one.submission is not None for one in told),
                    refused=sum(one.submission is None for one in told),
                    entries=told,
                    left_out=[_left_out(one) for one in parts.left_out],
                    layout=parts.layout,
                )
                _record(session, principal, wanted, out, request_id)
                return out
        except (
            IntegrityError
        ) as error:  # a student handed in at the same moment; take the next number
            if not is_conflict(error):
                raise
    raise Problem(503, "busy", "too many uploads at one moment; try again", headers=RETRY)


def _accept(
    services: Services, session: Session, principal: Principal, wanted: HandIn, entry: Entry
) -> ClassEntryOut:
    if entry.reason:
        return ClassEntryOut(
            student_id=entry.student_id,
            paths=entry.paths,
            members=[one.path for one in entry.members],
            submission=None,
            files=[],
            problem=str(entry.reason),
            reason=ReasonOut.model_validate(entry.reason),
            named_for="",
            received_at=None,
            marked_late=False,
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
        received_at=_received_at(session, wanted, entry, moment),
    )
    return ClassEntryOut(
        student_id=entry.student_id,
        paths=entry.paths,
        members=[one.path for one in entry.members],
        submission=submission.id,
        files=[file.name for file in entry.files],
        problem="",
        reason=None,
        named_for=submission.named_for,
        received_at=submission.received_at,
        marked_late=entry.marked_late and wanted.received_at is None,
    )


def _received_at(session: Session, wanted: HandIn, entry: Entry, moment: datetime) -> datetime:
    """Return when a part counts as handed in: as staff say, else the course site, else in time."""
    if wanted.received_at is not None:
        return wanted.received_at
    if entry.received_at is not None:
        return min(entry.received_at, moment)
    return in_time(session, wanted.edition, moment)


def _left_out(one: SkippedMember) -> LeftOutOut:
    reason = ReasonOut.model_validate(one.reason)
    return LeftOutOut(path=one.path, problem=str(one.reason), reason=reason)


def _keep(services: Services, out: ClassOut) -> str:
    """
    Store the result of a class upload as a blob that no row names: the sweep removes it.

    The class is taken in by now, so a store that fails leaves only this untold: "".
    """
    try:
        return services.blobs.put(io.BytesIO(out.model_dump_json().encode())).sha256
    except StorageError:
        log.exception("the result of a class upload cannot be stored")
        return ""


def find_outcome(services: Services, edition: str, sha256: str) -> ClassOut:
    """Return the result of a recent class upload; raise Problem 404 where it is not stored."""
    try:
        out = ClassOut.model_validate_json(services.blobs.read(sha256))
    except (BlobMissingError, ValidationError):
        raise not_found(what="this page") from None
    if out.edition != edition:
        raise not_found(what="this page")
    return out


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
