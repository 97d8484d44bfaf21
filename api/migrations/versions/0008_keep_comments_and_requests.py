"""Keep comments on lines, words that staff use again, and students' requests for a second look."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Take the step; nothing that is there changes."""
    op.create_table(
        "comments",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("submission_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _of_submission("comments"),
        _by_user("comments"),
        sa.PrimaryKeyConstraint("id", name="pk_comments"),
    )
    op.create_index("ix_comments_submission_id", "comments", ["submission_id"])
    op.create_table(
        "saved_comments",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition"], ["assignments.edition"], name="fk_saved_comments_edition"
        ),
        _by_user("saved_comments"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_comments"),
        sa.UniqueConstraint("edition", "sha256", name="uq_saved_comments_edition_sha256"),
    )
    op.create_table(
        "regrade_requests",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("submission_id", sa.String(32), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_id", sa.String(32), nullable=True),
        _of_submission("regrade_requests"),
        _by_user("regrade_requests"),
        sa.PrimaryKeyConstraint("id", name="pk_regrade_requests"),
    )
    for name in ("submission_id", "answered_at"):
        op.create_index(f"ix_regrade_requests_{name}", "regrade_requests", [name])


def _of_submission(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_submission_id"
    return sa.ForeignKeyConstraint(
        ["submission_id"], ["submissions.id"], name=name, ondelete="CASCADE"
    )


def _by_user(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_user_id"
    return sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=name, ondelete="SET NULL")
