"""Comparisons of a class's code: asking for one, and what the last one found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, selectinload

from api.auth import audit
from api.kit.models import Comparison, ComparisonState, Submission, now
from api.kit.problems import Problem, not_found
from api.kit.services import Services
from api.requests.principal import Principal
from grader.words.catalogue import LANGUAGES

UNDERWAY = (ComparisonState.WAITING, ComparisonState.READING)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt to be compared: what it is called, whose it is, and its files' digests."""

    called: str
    student_id: str
    files: tuple[tuple[str, str, int], ...]  # name, sha256, bytes


def ask(
    services: Services, session: Session, principal: Principal, edition: str, *, request_id: str
) -> Comparison:
    """
    Queue a comparison of a class's code; one that is underway already is the answer.

    What an earlier one found stays until this one is done. Raise Problem 409 where nobody has
    handed anything in.
    """
    found = latest(session, edition)
    if found is not None and found.state in UNDERWAY:
        return found
    handed_in = select(Submission.id).where(
        Submission.edition == edition, Submission.anonymous.is_(False)
    )
    if session.scalar(handed_in.limit(1)) is None:
        raise Problem(409, "nothing-to-compare", "nobody has handed anything in yet")
    asked = Comparison(edition=edition, asked_by=principal.login)
    session.add(asked)
    session.flush()
    services.queue.put_comparison(session, asked.id)
    target = f"assignment:{edition}"
    audit.record(session, principal, "class.compare", target, request_id=request_id)
    return asked


def latest(session: Session, edition: str) -> Comparison | None:
    """Return the comparison that was asked for last."""
    return session.scalar(_newest(edition).limit(1))


def latest_done(session: Session, edition: str) -> Comparison | None:
    """Return the last comparison that has a page."""
    done = _newest(edition).where(Comparison.state == ComparisonState.DONE)
    return session.scalar(done.limit(1))


def _newest(edition: str) -> Select[Comparison]:
    newest_first = (Comparison.created_at.desc(), Comparison.id)
    return select(Comparison).where(Comparison.edition == edition).order_by(*newest_first)


def page_of(services: Services, comparison: Comparison | None, language: str) -> bytes:
    """Return the page about a comparison; raise Problem 404 where there is none yet."""
    if comparison is None or comparison.pages_sha256 is None:
        raise not_found(what="a finished comparison of this class")
    pages = json.loads(services.blobs.read(comparison.pages_sha256))
    return str(pages.get(language) or pages[LANGUAGES[0]]).encode()


def begin(session: Session, comparison_id: str) -> tuple[str, list[Attempt]] | None:
    """Return the edition and its attempts as a worker begins; None where nothing is to be done."""
    found = session.get(Comparison, comparison_id)
    if found is None or found.state not in UNDERWAY:
        return None
    found.state = ComparisonState.READING
    return found.edition, list(_attempts(session, found.edition))


def end(session: Session, comparison_id: str, summary: Mapping[str, Any]) -> None:
    """Note what a comparison found, as its process says it; those before it go."""
    found = session.get(Comparison, comparison_id)
    if found is None or found.state not in UNDERWAY:
        return
    found.state, found.finished_at = ComparisonState.DONE, now()
    found.compared, found.unread = summary["compared"], summary["unread"]
    found.pairs, found.reports = summary["pairs"], summary["reports"]
    found.pages_sha256 = summary["pages"]
    older = (Comparison.edition == found.edition, Comparison.created_at < found.created_at)
    session.execute(delete(Comparison).where(*older))


def give_up(session: Session, ids: Sequence[str]) -> int:
    """Note that comparisons ended through a fault of ours; return how many were underway."""
    query = select(Comparison).where(Comparison.id.in_(ids), Comparison.state.in_(UNDERWAY))
    found = session.scalars(query).all()
    for one in found:
        one.state, one.finished_at = ComparisonState.FAILED, now()
    return len(found)


def _attempts(session: Session, edition: str) -> Iterator[Attempt]:
    query = (
        select(Submission)
        .where(Submission.edition == edition, Submission.anonymous.is_(False))
        .options(selectinload(Submission.files))
        .order_by(Submission.student_id, Submission.attempt)
    )
    for student, group in groupby(session.scalars(query), key=lambda one: one.student_id):
        attempts = list(group)
        for one in attempts:
            yield Attempt(
                called=student if len(attempts) == 1 else f"{student} ({one.attempt})",
                student_id=student,
                files=tuple((file.name, file.sha256, file.size_bytes) for file in one.files),
            )
