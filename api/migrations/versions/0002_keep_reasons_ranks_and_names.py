"""Keep reasons as codes, ranks in the queue, and other students' ids in the names of files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Take the step: older runs keep their message, and wait as if they were everybody's first."""
    op.add_column("runs", sa.Column("rank", sa.Integer(), server_default="1", nullable=False))
    op.add_column(
        "runs", sa.Column("staff", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("runs", sa.Column("reason", sa.JSON(), nullable=True))
    op.add_column(
        "submissions", sa.Column("named_for", sa.String(), server_default="", nullable=False)
    )
