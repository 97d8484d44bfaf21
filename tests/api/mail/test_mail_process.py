"""``grader mail`` as a process: a kill, or a server that is away, loses no message."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from api.kit.models import Mail, User
from api.kit.outbox import MailKind, post_about
from api.kit.services import Services
from api.kit.settings import Settings
from tests.api.jobs.running import Program, add_students, new_service, running, until
from tests.api.mail.server import MailServer
from tests.api.people import hand_in
from tests.api.ports import free_port

pytestmark = pytest.mark.long
COUNT = 12


def ended(services: Services) -> int:
    with services.sessions() as session:
        return len(session.scalars(select(Mail.id).where(Mail.ended_at.is_not(None))).all())


@pytest.fixture
def services(tmp_path: Path) -> Services:
    settings = Settings(
        store=tmp_path / "store",
        mail_from="grader@example.edu",
        smtp_host="127.0.0.1",
        smtp_port=free_port(),
        smtp_security="none",
        mail_retry_seconds=0.5,
        log_format="text",
    )
    services = new_service(settings)
    add_students(services, [f"10806200{at:02d}" for at in range(COUNT)])
    with services.sessions.begin() as session:
        for user in session.scalars(select(User)):
            user.email = f"{user.login}@example.edu"
    return services


def post_receipts(services: Services) -> None:
    with services.sessions() as session:
        users = session.scalars(select(User)).all()
    for user in users:
        submission = hand_in(services, user)
        with services.sessions.begin() as session:
            post_about(services, session, MailKind.RECEIPT, submission)


def test_a_dead_server_and_kills_lose_nothing(services: Services, tmp_path: Path) -> None:
    """Posted while the server is away, sent while the process is killed: each arrives."""
    program = Program(services.settings, "mail", log=tmp_path / "mail.log")
    begun = time.monotonic()
    post_receipts(services)
    assert time.monotonic() - begun < 20  # no upload waits for the mail server
    with running(program):
        until(lambda: "waits for the server" in program.said(), 60, "a first try", program)
        with MailServer(services.settings.smtp_port) as server:
            for _ in range(4):
                before = len(server.messages)
                until(
                    lambda n=before: len(server.messages) > n or ended(services) == COUNT,
                    60,
                    "a message",
                    program,
                )
                program.kill()
                program.start()
            until(lambda: ended(services) == COUNT, 90, "all sent", program)
            ids = Counter(str(one["Message-ID"]) for one in server.messages)
        assert program.stop() == 0
    assert len(ids) == COUNT
    assert sum(ids.values()) <= COUNT + 4 * 2  # what was on its way at a kill, at most
