"""Keep which criteria of a run wait for a person, and the faults of ours that left them so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """
    Take the step: what older runs left unjudged is not known yet.

    It stands in their results files, which :func:`api.grades.pending.look_through_old` reads.
    """
    op.add_column("runs", sa.Column("pending", sa.JSON(), nullable=True))
    op.add_column("runs", sa.Column("faults", sa.JSON(), server_default="[]", nullable=False))
