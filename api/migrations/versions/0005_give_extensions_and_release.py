"""Keep extensions, and when students see what of their results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Take the step; what is there keeps its terms, and shows students what it did."""
    op.add_column("assignments", sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "assignments",
        sa.Column("grace_minutes", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column(
        "assignments", sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "assignments", sa.Column("release", sa.JSON(), server_default="{}", nullable=False)
    )
    op.create_table(
        "extensions",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("student_id", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("max_attempts", sa.Integer(), nullable=True),
        sa.Column("late_percent_per_day", sa.Double(), nullable=True),
        sa.Column("late_days", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition"], ["assignments.edition"], name="fk_extensions_edition"
        ),
        sa.PrimaryKeyConstraint("edition", "student_id", name="pk_extensions"),
    )
