"""What was changed, by whom: rows that are only ever added, in the change's own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select
from sqlalchemy.orm import Session

from api.kit.models import AuditEntry, Submission, User
from api.requests.principal import Principal

SYSTEM = Principal(login="system")
LARGEST_ID = 2**63 - 1  # that a database can be asked for
OPERATOR = Principal(login="operator")  # whoever has a shell on the machine


def record(  # noqa: PLR0913, PLR0917  the columns of the log
    session: Session,
    principal: Principal,
    action: str,
    target: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    request_id: str = "",
) -> None:
    """
    Note that *principal* did *action* (``grade.manual``) to *target* (``submission:<id>``).

    *before* and *after* hold JSON values of what changed, never a password, token or key.
    """
    session.add(
        AuditEntry(
            user_id=principal.user_id,
            actor=principal.login or "anonymous",
            action=action,
            target=target,
            before=dict(before or {}),
            after=dict(after or {}),
            request_id=request_id,
        )
    )


def record_change(  # noqa: PLR0913, PLR0917  the columns of the log
    session: Session,
    principal: Principal,
    action: str,
    target: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    request_id: str,
) -> None:
    """Note what of *before* became another in *after*, by its names; nothing where all stayed."""
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        was = {name: before[name] for name in changed}
        now = {name: after[name] for name in changed}
        record(session, principal, action, target, was, now, request_id)


def entries(  # noqa: PLR0913  one for each filter
    session: Session,
    *,
    target: str = "",
    actor: str = "",
    action: str = "",
    before: int | None = None,
    limit: int = 50,
    grades_only: bool = False,
) -> Sequence[AuditEntry]:
    """
    Return the newest entries that match; *action* may be its first words, ``grade``.

    *target* is part of one, of a student's id whose submissions are meant as well, or of a login.
    With *grades_only* no entry about accounts, the roster or settings is among them.
    """
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if target:
        query = query.where(_is_about(target))
    if grades_only:
        query = query.where(
            AuditEntry.action.startswith("grade."), AuditEntry.target.startswith("submission:")
        )
    if actor:
        query = query.where(AuditEntry.actor == actor)
    if action:
        query = query.where(AuditEntry.action.startswith(action, autoescape=True))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return session.scalars(query).all()


def _is_about(words: str) -> ColumnElement[bool]:
    """Return the claim that an entry's target is called so, by us or by people."""
    submissions = select(literal("submission:") + Submission.id).where(
        Submission.student_id.icontains(words, autoescape=True)
    )
    users = select(literal("user:") + User.id).where(User.login.icontains(words, autoescape=True))
    return or_(
        AuditEntry.target.icontains(words, autoescape=True),
        AuditEntry.target.in_(submissions),
        AuditEntry.target.in_(users),
    )
