"""
One upload from beginning to end: may they, whose is it, was it answered before, take it in.

The pages and the API both come through here.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.auth import rates
from api.auth.permissions import not_logged_in
from api.kit.database import is_conflict
from api.kit.digests import keyed, random_token
from api.kit.ids import ANONYMOUS, RESERVED, STUDENT_ID
from api.kit.models import Assignment, IdempotencyKey, Submission, new_id, now
from api.kit.outbox import MailKind, post_about
from api.kit.problems import Problem
from api.kit.services import Services
from api.requests.errors import RETRY
from api.requests.principal import Principal
from api.submissions.listed_students import spelled_as_listed
from api.submissions.runs import accept, find_assignment
from api.submissions.uploads import Form
from grader.editions.loader import default_edition_id
from grader.words.catalogue import LANGUAGES
from grader.words.message import message

KEY = re.compile(r"[\x21-\x7e]{1,200}")
FIRST_YEAR = 2000  # before it a moment may have no UTC at all
LONGEST_UPLOAD = timedelta(minutes=10)  # beyond it an upload counts from later on
TRIES = 5  # two uploads of one student at one moment want the same attempt number


@dataclass(frozen=True, kw_only=True)
class HandIn:
    """What an upload says, found to make sense."""

    edition: str
    student_id: str  # "" of a self-check
    language: str
    received_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class AcceptedUpload:
    """An upload that was taken in, now or when it was first sent."""

    submission: Submission
    key: str = ""  # of a self-check's result address
    repeated: bool = False


def admit(services: Services, principal: Principal) -> None:
    """
    Count an upload against its sender's rate before any of its body is read.

    Raises:
        Problem: 429 with the seconds to wait; 401 for nobody where no self-checks are taken.

    """
    settings = services.settings
    address = rates.address_key("upload", principal.address)
    with services.sessions.begin() as session:
        rates.spend(session, address, settings.uploads_per_minute_and_address)
        if principal.role is None and not takes_self_checks(session):
            raise not_logged_in()
        if principal.user_id is not None and not principal.is_staff:
            key = f"upload:user:{principal.user_id}"
            rates.spend(session, key, settings.uploads_per_minute)


def takes_self_checks(session: Session) -> bool:
    """Return whether any assignment may be checked without a login."""
    anonymous = select(Assignment.edition).where(Assignment.anonymous)
    return session.scalar(anonymous.limit(1)) is not None


def hand_in(
    services: Services,
    principal: Principal,
    form: Form,
    *,
    arrived_at: datetime,
    idempotency_key: str | None = None,
) -> AcceptedUpload:
    """
    Take an upload in, in a transaction of its own; the same key and content answers as before.

    It is handed in when it began to arrive, so no crowd before the due date makes anybody late;
    but who sends for longer than LONGEST_UPLOAD gains no more time than that.

    Raises:
        Problem: The form makes no sense, is not theirs, or the assignment takes nothing.

    """
    if idempotency_key is not None and not KEY.fullmatch(idempotency_key):
        msg = "Idempotency-Key: 1 to 200 visible ASCII characters, such as a UUID"
        raise Problem(422, "bad-idempotency-key", msg)
    wanted = read_hand_in(services, principal, form)
    begun_at = max(arrived_at, now() - LONGEST_UPLOAD)
    for _ in range(TRIES):
        try:
            with services.sessions.begin() as session:
                return _hand_in(
                    services, session, principal, wanted, form, begun_at, idempotency_key
                )
        except IntegrityError as error:  # somebody was a moment faster; look again
            if not is_conflict(error):
                raise
    raise Problem(503, "busy", "too many uploads of yours at one moment; try again", headers=RETRY)


def read_hand_in(services: Services, principal: Principal, form: Form) -> HandIn:
    """Return what the form's fields say; raise Problem 422 where they make no sense."""
    edition = form.get("edition") or default_edition_id()
    if edition not in services.editions:
        known = ", ".join(sorted(services.editions))
        raise Problem(422, "unknown-edition", f"edition: there is no such one; known are {known}")
    language = form.get("language") or LANGUAGES[0]
    if language not in LANGUAGES:
        raise Problem(422, "unknown-language", f"language: one of {', '.join(LANGUAGES)}")
    return HandIn(
        edition=edition,
        student_id=_whose(principal, form.get("student_id")),
        language=language,
        received_at=_received_at(principal, form.get("received_at")),
    )


def _whose(principal: Principal, given: str) -> str:
    """Return the student whose work it is; "" for nobody's, a self-check."""
    if principal.is_staff:
        return checked_student_id(given)
    if principal.role is None:
        if given:  # a script that forgot its token must not be graded as nobody
            raise not_logged_in()
        return ""
    if principal.student_id is None:
        raise Problem(403, "no-student-id", "your account is not on the roster; ask the staff")
    if given.lower() not in {"", principal.student_id.lower()}:
        raise Problem(403, "not-your-id", "you may only hand in under your own student id")
    return principal.student_id


def checked_student_id(given: str) -> str:
    """Return a student id; raise Problem 422 where it cannot be one."""
    if not re.fullmatch(STUDENT_ID, given) or given.lower().startswith(RESERVED):
        raise Problem(422, "bad-student-id", message("upload.student-id"))
    return given


def _received_at(principal: Principal, given: str) -> datetime | None:
    """Return when staff say that the work was handed in."""
    if not given:
        return None
    if not principal.is_staff:
        raise Problem(403, "forbidden", "only staff may say when work was handed in")
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    sensible = moment is not None and moment.tzinfo is not None and moment.year >= FIRST_YEAR
    if moment is None or not sensible or moment > now():
        msg = "received_at: a past moment with its zone, such as 2026-11-21T10:00:00+08:00"
        raise Problem(422, "bad-received-at", msg)
    return moment.astimezone(UTC)


def _hand_in(  # noqa: PLR0913, PLR0917  one upload's parts
    services: Services,
    session: Session,
    principal: Principal,
    wanted: HandIn,
    form: Form,
    begun_at: datetime,
    idempotency_key: str | None,
) -> AcceptedUpload:
    owner = principal.user_id or f"address:{principal.address}"
    digest = fingerprint(wanted, form)
    key = _result_key(services, owner, idempotency_key, digest) if not wanted.student_id else ""
    if key and not find_assignment(session, wanted.edition).anonymous:
        raise not_logged_in()
    if idempotency_key is not None:
        before = _answered_before(session, owner, idempotency_key, digest)
        if before is not None:
            return AcceptedUpload(submission=before, key=key, repeated=True)
    listed = wanted.student_id and spelled_as_listed(session, wanted.student_id)
    submission = accept(
        services,
        session,
        edition=wanted.edition,
        student_id=listed or f"{ANONYMOUS}{new_id()[:16]}",
        principal=principal,
        files=form.files,
        language=wanted.language,
        anonymous_key=key or None,
        now=now(),
        received_at=wanted.received_at or begun_at,
    )
    post_about(services, session, MailKind.RECEIPT, submission)
    if idempotency_key is not None:
        _remember_answer(session, owner, idempotency_key, digest, submission)
    return AcceptedUpload(submission=submission, key=key)


def fingerprint(wanted: HandIn, form: Form) -> str:
    """Return the sha256 of what an upload says, which does not depend on how it is sent."""
    moment = wanted.received_at and wanted.received_at.isoformat()
    files = [[file.name, file.blob.sha256] for file in form.files]
    parts = [wanted.edition, wanted.student_id, wanted.language, moment, files]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _result_key(services: Services, owner: str, idempotency_key: str | None, digest: str) -> str:
    """Return the key of a self-check: random, or the same again for a repeated request."""
    if idempotency_key is None:
        return random_token()
    request = json.dumps([owner, idempotency_key, digest])
    return keyed(services.settings.signing_key, "self-check", request)


def _remember_answer(
    session: Session, owner: str, key: str, digest: str, submission: Submission
) -> None:
    session.add(
        IdempotencyKey(owner=owner, key=key, request_sha256=digest, submission_id=submission.id)
    )


def _answered_before(session: Session, owner: str, key: str, digest: str) -> Submission | None:
    """Return the submission that this key made; raise Problem 422 for another content."""
    found = session.get(IdempotencyKey, (owner, key))
    if found is None:
        return None
    if found.request_sha256 != digest:
        msg = "this Idempotency-Key was used for another upload; use a new one for each"
        raise Problem(422, "idempotency-key-reused", msg)
    submission = session.get_one(Submission, found.submission_id)
    _ = submission.runs, submission.files  # loaded while the session is open
    return submission
