"""
Messages that are to be sent: a row and a job, written with what they tell of.

Mails go to people, events to the programs that have a webhook (:mod:`api.webhooks`).

What a message says is found out when it is sent (:mod:`api.mail`), so nothing is told that was
hidden meanwhile, and no upload waits for a mail server.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.kit.models import Assignment, Mail, Run, Submission, User, new_id
from api.kit.models.webhooks import Webhook, WebhookDelivery
from api.kit.queue import WEBHOOK
from api.kit.services import Services


class MailKind(StrEnum):
    """What a message is about."""

    RECEIPT = "receipt"  # what was handed in, with the files' digests
    GRADED = "graded"  # that results are to be read, never which
    ANSWERED = "answered"  # that a request for a second look has its answer
    LINK = "link"  # a personal link that was asked for
    DIGEST = "digest"  # what waits for staff


def post(  # noqa: PLR0913  what a message is
    services: Services,
    session: Session,
    kind: MailKind,
    user: User | None,
    *,
    language: str,
    submission_id: str | None = None,
    mail_id: str = "",
) -> None:
    """
    Queue a message in the session's transaction; do nothing where mail is off.

    Without a *user*, or an address of theirs, nothing is sent; a job is written all the same for
    a link, so that nobody can measure whom we know.
    """
    if not services.settings.mail_from:
        return
    reachable = user is not None and bool(user.email) and user.disabled_at is None
    if not reachable and kind is not MailKind.LINK:
        return
    mail = Mail(
        id=mail_id or new_id(),
        kind=kind.value,
        user_id=user.id if user is not None and reachable else None,
        submission_id=submission_id,
        language=language,
    )
    session.add(mail)
    session.flush()
    services.queue.put_mail(session, mail.id, tries=0)


def post_about(
    services: Services, session: Session, kind: MailKind, submission: Submission
) -> None:
    """Queue a message to every student of a submission; none where it is a self-check."""
    if submission.anonymous:
        return
    group = session.get_one(Assignment, submission.edition).group_of(submission.student_id)
    for student in session.scalars(select(User).where(User.student_id.in_(group))):
        post(
            services,
            session,
            kind,
            student,
            language=submission.language,
            submission_id=submission.id,
        )


def post_event(services: Services, session: Session, about: Run | Assignment) -> None:
    """Have every webhook told that a run has ended, or that an assignment is published."""
    names = {"run_id": about.id} if isinstance(about, Run) else {"edition": about.edition}
    for hook in session.scalars(select(Webhook).order_by(Webhook.url)):
        delivery = WebhookDelivery(webhook_id=hook.id, **names)
        session.add(delivery)
        session.flush()
        put_delivery(services, session, delivery)


def put_delivery(
    services: Services, session: Session, delivery: WebhookDelivery, delay_seconds: float = 0.0
) -> None:
    """Queue the next attempt to tell of an event, in the session's transaction."""
    services.queue.put_call(
        session,
        WEBHOOK,
        f"webhook-{delivery.id}-{delivery.tries}",
        [delivery.id],
        delay_seconds=delay_seconds,
    )
