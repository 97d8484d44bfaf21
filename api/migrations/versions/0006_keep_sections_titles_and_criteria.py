"""Keep sections of the roster, and the titles and criteria that a course gives assignments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Take the step; nobody is in a section, and assignments are what their editions say."""
    op.add_column("users", sa.Column("section", sa.String(), server_default="", nullable=False))
    op.add_column(
        "assignments", sa.Column("title", sa.JSON(), server_default="{}", nullable=False)
    )
    op.add_column("assignments", sa.Column("criteria", sa.JSON(), nullable=True))
