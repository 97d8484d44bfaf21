"""Keep sections of the roster, titles and criteria that a course gives assignments, groups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Take the step; nobody is in a section or group, assignments are what their editions say."""
    op.add_column("users", sa.Column("section", sa.String(), server_default="", nullable=False))
    op.add_column(
        "assignments", sa.Column("title", sa.JSON(), server_default="{}", nullable=False)
    )
    op.add_column("assignments", sa.Column("criteria", sa.JSON(), nullable=True))
    op.create_table(
        "group_members",
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("student_id", sa.String(), nullable=False),
        sa.Column("lead", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition"], ["assignments.edition"], name="fk_group_members_edition"
        ),
        sa.PrimaryKeyConstraint("edition", "student_id", name="pk_group_members"),
    )
    op.create_index("ix_group_members_student_id", "group_members", ["student_id"])
