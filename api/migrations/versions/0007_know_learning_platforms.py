"""Know learning platforms by LTI 1.3: keys, courses, links, people, grades."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Take the step; nothing that is there changes."""
    op.create_table(
        "lti_keys",
        sa.Column("id", sa.String(length=43), nullable=False),
        sa.Column("public", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_lti_keys"),
    )
    op.create_table(
        "lti_nonces",
        sa.Column("id", sa.String(length=43), nullable=False),
        _moment("expires_at"),
        sa.PrimaryKeyConstraint("id", name="pk_lti_nonces"),
    )
    op.create_index("ix_lti_nonces_expires_at", "lti_nonces", ["expires_at"])
    op.create_table(
        "lti_platforms",
        sa.Column("id", sa.String(length=32), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("name", "issuer", "client_id", "authorize_url", "token_url", "jwks_url")
        ),
        sa.Column("deployments", sa.JSON(), nullable=False),
        sa.Column("student_id_from", sa.String(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_lti_platforms"),
        sa.UniqueConstraint("name", name="uq_lti_platforms_name"),
        sa.UniqueConstraint("issuer", "client_id", name="uq_lti_platforms_issuer_client_id"),
    )
    _create_courses()
    _create_people()


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _create_courses() -> None:
    op.create_table(
        "lti_contexts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("platform_id", sa.String(length=32), nullable=False),
        sa.Column("context_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("memberships_url", sa.String(), nullable=False),
        _moment("created_at"),
        _moment("accepted_at", nullable=True),
        _moment("sync_asked_at", nullable=True),
        _moment("synced_at", nullable=True),
        sa.Column("sync_counts", sa.JSON(), nullable=False),
        sa.Column("sync_error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["platform_id"],
            ["lti_platforms.id"],
            name="fk_lti_contexts_platform_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lti_contexts"),
        sa.UniqueConstraint(
            "platform_id", "context_id", name="uq_lti_contexts_platform_id_context_id"
        ),
    )
    op.create_table(
        "lti_links",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("course_id", sa.String(length=32), nullable=False),
        sa.Column("resource_link_id", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("line_item_url", sa.String(), nullable=False),
        _moment("created_at"),
        sa.ForeignKeyConstraint(
            ["course_id"], ["lti_contexts.id"], name="fk_lti_links_course_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["edition"], ["assignments.edition"], name="fk_lti_links_edition"),
        sa.PrimaryKeyConstraint("id", name="pk_lti_links"),
        sa.UniqueConstraint(
            "course_id", "resource_link_id", name="uq_lti_links_course_id_resource_link_id"
        ),
    )


def _create_people() -> None:
    op.create_table(
        "lti_users",
        sa.Column("platform_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["platform_id"],
            ["lti_platforms.id"],
            name="fk_lti_users_platform_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_lti_users_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("platform_id", "subject", name="pk_lti_users"),
        sa.UniqueConstraint("platform_id", "user_id", name="uq_lti_users_platform_id_user_id"),
    )
    op.create_index("ix_lti_users_user_id", "lti_users", ["user_id"])
    op.create_table(
        "lti_scores",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("link_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=True),
        sa.Column("had", sa.JSON(), nullable=True),
        _moment("asked_at"),
        _moment("sent_at", nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["lti_links.id"], name="fk_lti_scores_link_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_lti_scores_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lti_scores"),
        sa.UniqueConstraint("link_id", "user_id", name="uq_lti_scores_link_id_user_id"),
    )
    op.create_index("ix_lti_scores_user_id", "lti_scores", ["user_id"])
