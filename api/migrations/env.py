"""What Alembic runs: on the connection, and in the transaction, that it was handed."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlalchemy.types import Enum, TypeDecorator

from api.kit.models import Base
from api.migrations import check_keys
from api.migrations.dbos import TABLES


def migrate() -> None:
    """Take the steps on ``config.attributes["connection"]``."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=is_ours,
        render_item=render,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    context.run_migrations()
    check_keys(connection)


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether something in the database is ours to change, and not the job engine's."""
    return kind != "table" or name not in TABLES


def render(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write a type of ours as the column it makes: a step must not change with the models."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


migrate()
