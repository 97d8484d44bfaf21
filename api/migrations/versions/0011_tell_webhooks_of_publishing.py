"""Tell webhooks of assignments, too: a delivery is about a run or about an edition."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Take the step; each delivery that is there is about its run."""
    with op.batch_alter_table("webhook_deliveries") as table:
        table.alter_column("run_id", existing_type=sa.String(length=40), nullable=True)
        table.add_column(sa.Column("edition", sa.String(), nullable=True))
        table.create_foreign_key(
            "fk_webhook_deliveries_edition",
            "assignments",
            ["edition"],
            ["edition"],
            ondelete="CASCADE",
        )
        table.create_index("ix_webhook_deliveries_edition", ["edition"])
