"""What all tables share: the types of their columns, ids, and the states of rows."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Enum,
    MetaData,
    String,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import (
    DeclarativeBase,
)
from sqlalchemy.types import TypeDecorator

ID = String(32)
SHA256 = String(64)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return *value* in UTC; a moment without zone is refused, not guessed."""
        if value is not None and value.tzinfo is None:
            msg = f"{value!r} has no time zone"
            raise ValueError(msg)
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return *value* with its zone."""
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


class Role(StrEnum):
    """Who somebody is; each may do all that the one before may."""

    STUDENT = "student"
    TA = "ta"
    INSTRUCTOR = "instructor"


class RunState(StrEnum):
    """Where a run is; the last five are final."""

    WAITING = "waiting"
    GRADING = "grading"
    GRADED = "graded"
    PENDING = "pending"  # graded but for some criteria, which a person has to look at
    REFUSED = "refused"  # the files cannot be graded, and the message says why
    UNGRADED = "ungraded"  # our fault: a human must look; api.submissions.attempts says the cost
    REPLACED = "replaced"  # a newer upload of the same student came while it waited


class ComparisonState(StrEnum):
    """Where a comparison of a class is; the last two are final."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"  # our fault: staff may ask again


ACTIVE_STATES = (RunState.WAITING, RunState.GRADING)
FINAL_STATES = (
    RunState.GRADED,
    RunState.PENDING,
    RunState.REFUSED,
    RunState.UNGRADED,
    RunState.REPLACED,
)


def _values(enum: type[StrEnum]) -> Enum:
    """Return the column type that stores an enum's values as text, which outlives renamings."""
    return Enum(
        enum,
        native_enum=False,
        create_constraint=False,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


def new_id() -> str:
    """Return a new random id, 32 hexadecimal digits."""
    return uuid.uuid4().hex


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """What all tables share: names of constraints, so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy's own way
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        Role: _values(Role),
        RunState: _values(RunState),
        ComparisonState: _values(ComparisonState),
    }
