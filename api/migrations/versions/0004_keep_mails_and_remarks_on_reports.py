"""Keep messages that are to be sent, and what staff are told of a report that was handed in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Take the step: of older runs nothing is told of the report until they are graded again."""
    op.create_table(
        "mails",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=True),
        sa.Column("submission_id", sa.String(32), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_mails_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"],
            ["submissions.id"],
            name=op.f("fk_mails_submission_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    for column in ("user_id", "submission_id", "created_at"):
        op.create_index(op.f(f"ix_mails_{column}"), "mails", [column])
    op.add_column(
        "runs", sa.Column("report_remarks", sa.JSON(), server_default="[]", nullable=False)
    )
    op.add_column(
        "runs", sa.Column("report_content", sa.String(64), server_default="", nullable=False)
    )
    op.create_index(op.f("ix_runs_report_content"), "runs", ["report_content"])
