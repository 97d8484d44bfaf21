"""What the service keeps for itself: comparisons, mail, workers, limits, the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    String,
)
from sqlalchemy.orm import (
    Mapped,
    mapped_column,
)

from api.kit.models.base import ID, SHA256, Base, ComparisonState, new_id, now


class Comparison(Base):
    """One comparison of a class's code: who asked for it, how it ended, and its pages."""

    __tablename__ = "comparisons"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    edition: Mapped[str] = mapped_column(ForeignKey("assignments.edition"), index=True)
    state: Mapped[ComparisonState] = mapped_column(default=ComparisonState.WAITING)
    asked_by: Mapped[str] = mapped_column(default="")  # a login
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    compared: Mapped[int] = mapped_column(default=0)  # attempts whose code could be read
    unread: Mapped[int] = mapped_column(default=0)  # attempts whose code could not
    pairs: Mapped[int] = mapped_column(default=0)
    reports: Mapped[int] = mapped_column(default=0)  # those that several hold, and our own
    pages_sha256: Mapped[str | None] = mapped_column(SHA256)  # JSON: the page by language


class Mail(Base):
    """A message to somebody; its id is its Message-ID, so that one sent twice is known as one."""

    __tablename__ = "mails"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(16))  # of api.kit.outbox.MailKind
    user_id: Mapped[str | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )  # None: asked for by somebody whom nobody knows; nothing is sent
    submission_id: Mapped[str | None] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), index=True
    )
    language: Mapped[str] = mapped_column(default="en")
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    tries: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]  # sent, or given up
    outcome: Mapped[str] = mapped_column(String(16), default="")  # "sent", "dropped", "refused"


class Worker(Base):
    """A process that grades; it says every few seconds that it is there, and when it leaves."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # new with every start
    host: Mapped[str] = mapped_column(default="")
    slots: Mapped[int] = mapped_column(default=1)  # submissions at once
    started_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now, index=True)
    left_at: Mapped[datetime | None]  # it was stopped, and did not die


class IdempotencyKey(Base):
    """An upload that was answered already, so that a repeated request makes no second one."""

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(primary_key=True)  # user id, or address of an anonymous one
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(SHA256)  # another body under a used key is refused
    submission_id: Mapped[str] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)


class RateWindow(Base):
    """How often somebody did something in one minute."""

    __tablename__ = "rate_windows"

    key: Mapped[str] = mapped_column(primary_key=True)  # "upload:user:<id>", "login:address:<ip>"
    minute: Mapped[int] = mapped_column(primary_key=True)  # since the epoch
    count: Mapped[int] = mapped_column(default=0)


class AuditEntry(Base):
    """One change that somebody made: who, when, what, before and after. Rows are only added."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    user_id: Mapped[str | None] = mapped_column(ID)  # no key: the entry outlives the user
    actor: Mapped[str]  # the login at that time, "system" or "operator"
    action: Mapped[str]  # "grade.manual", "assignment.publish", "student.delete", ...
    target: Mapped[str] = mapped_column(index=True)  # "submission:<id>", "student:<id>", ...
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    request_id: Mapped[str] = mapped_column(default="")
