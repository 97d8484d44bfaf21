"""The tables of webhooks: which addresses are told, and what is on its way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.kit.models.base import ID, Base, new_id, now
from api.kit.models.work import Run


class Webhook(Base):
    """An address that is told; its secret is sealed with the service's secret key."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    url: Mapped[str] = mapped_column(unique=True)
    sealed: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class WebhookDelivery(Base):
    """
    One event for one address: a run ended, or an assignment was published.

    Its id is sent, so that one sent twice is known as one.
    """

    __tablename__ = "webhook_deliveries"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    webhook_id: Mapped[str] = mapped_column(
        ForeignKey("webhooks.id", ondelete="CASCADE"), index=True
    )
    run_id: Mapped[str | None] = mapped_column(
        String(40), ForeignKey("runs.id", ondelete="CASCADE"), index=True
    )  # what ended; None: an assignment was published
    edition: Mapped[str | None] = mapped_column(
        ForeignKey("assignments.edition", ondelete="CASCADE"), index=True
    )  # what was published; None: a run ended
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    tries: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]  # sent, or given up
    outcome: Mapped[str] = mapped_column(String(16), default="")  # "sent", "given up"
    error: Mapped[str] = mapped_column(default="")
    webhook: Mapped[Webhook] = relationship()
    run: Mapped[Run | None] = relationship()
