"""Once a day: tell staff what waits for them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from api.kit.models import Mail, Role, User, now
from api.kit.outbox import MailKind, post
from api.kit.services import Services
from api.mail.letters import waiting_by_edition


def post_digests(services: Services, moment: datetime | None = None) -> int:
    """
    Queue the day's digest for all staff with an address; return for how many.

    By the course's clock it is due from the hour of the settings on; each worker looks, and the
    mail's id lets a day have one. Where nothing waits, nobody is told.
    """
    settings = services.settings
    local = (moment or now()).astimezone(ZoneInfo(settings.time_zone))
    if not settings.mail_from or local.hour < settings.mail_digest_hour:
        return 0
    with services.sessions() as session:
        staff = select(User.id).where(User.role != Role.STUDENT, User.email != "")
        wanted = {f"digest-{local.date()}-{user}": user for user in session.scalars(staff)}
        known = set(session.scalars(select(Mail.id).where(Mail.id.in_(wanted))))
        if known >= wanted.keys() or not waiting_by_edition(session):
            return 0
    return sum(_post(services, wanted[one], one) for one in wanted.keys() - known)


def _post(services: Services, user_id: str, mail_id: str) -> bool:
    try:
        with services.sessions.begin() as session:
            user = session.get_one(User, user_id)
            language = services.settings.mail_language
            post(services, session, MailKind.DIGEST, user, language=language, mail_id=mail_id)
    except IntegrityError:  # another worker was a moment faster
        return False
    return True
