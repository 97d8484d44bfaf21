"""A service that sends mail by a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from api.kit.models import Mail, User
from api.kit.services import Services
from api.kit.settings import Settings
from api.mail import delivery
from api.mail.smtp import Sent
from tests.api.mail.server import MailServer
from tests.api.people import People


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, mail_server: MailServer) -> Settings:
    return Settings(
        store=tmp_path / "store",
        uploads_per_minute=1000,
        mail_from="Grader <grader@example.edu>",
        smtp_host="127.0.0.1",
        smtp_port=mail_server.port,
        smtp_security="none",
        mail_retry_seconds=0.2,
        time_zone="Asia/Taipei",
    )


@pytest.fixture
def people(services: Services, people: People) -> People:
    with services.sessions.begin() as session:
        for user in session.scalars(select(User)):
            user.email = f"{user.login}@example.edu"
    return people


def waiting(services: Services) -> list[Mail]:
    with services.sessions() as session:
        return [*session.scalars(select(Mail).where(Mail.ended_at.is_(None)))]


def send_all(services: Services) -> list[str]:
    """Send what waits, as the worker's workflow does; return what became of each."""
    became = []
    for mail in waiting(services):
        sent: Sent = delivery.attempt(services, mail.id)
        with services.sessions.begin() as session:
            became.append(delivery.note(services, session, mail.id, sent))
    return became
