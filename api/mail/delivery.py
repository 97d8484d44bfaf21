"""One attempt to send a mail, and what is written down of it."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy.orm import Session

from api.kit.models import Mail, now
from api.kit.services import Services
from api.mail.letters import write_letter
from api.mail.smtp import Sent, send

GIVE_UP = timedelta(days=3)
LONGEST_WAIT_SECONDS = 3600.0
MOST_DOUBLINGS = 12
GIVEN_UP = "given up"
_log = logging.getLogger(__name__)


def attempt(services: Services, mail_id: str) -> Sent:
    """Send a mail unless it has been; the database is not held meanwhile."""
    with services.sessions() as session:
        mail = session.get(Mail, mail_id)
        if mail is None or mail.ended_at is not None:
            return Sent.DROPPED
        letter = write_letter(services, session, mail)
    if letter is None:
        return Sent.DROPPED
    return send(services.settings, letter)


def note(services: Services, session: Session, mail_id: str, became: Sent) -> str:
    """Record the result of an attempt; schedule a retry where it may yet succeed."""
    mail = session.get(Mail, mail_id)
    if mail is None or mail.ended_at is not None:
        return ""
    mail.tries += 1
    if became is Sent.LATER and now() - mail.created_at < GIVE_UP:
        wait = wait_seconds(services.settings.mail_retry_seconds, mail.tries)
        services.queue.put_mail(session, mail_id, tries=mail.tries, delay_seconds=wait)
        return became.value
    if became is Sent.LATER:
        _log.error("mail %s was tried %d times; it is given up", mail_id, mail.tries)
    mail.ended_at = now()
    mail.outcome = GIVEN_UP if became is Sent.LATER else became.value
    return mail.outcome


def wait_seconds(first: float, tries: int) -> float:
    """Return how long to wait after so many failures: twice as long each time, up to an hour."""
    return float(min(first * 2 ** min(tries - 1, MOST_DOUBLINGS), LONGEST_WAIT_SECONDS))
