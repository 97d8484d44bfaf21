"""``grader lti send`` as a process: grades and members go by the queue, kills and all."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from api.kit.models.lti import LtiContext, LtiScore
from api.kit.services import Services
from api.kit.settings import Settings
from api.lti.services import members, scores
from tests.api.jobs.running import Program, new_service, running, until
from tests.api.lti.conftest import Browser
from tests.api.lti.platform import COURSE, Platform
from tests.api.people import People, finish, hand_in, right

pytestmark = pytest.mark.long
SECONDS = 120.0


@pytest.fixture
def services(settings: Settings) -> Services:
    """Return a service whose database the program takes for its own."""
    return new_service(settings)


def test_a_platform_that_is_away_and_a_kill_lose_nothing(
    services: Services, people: People, platform: Platform, visitor: Browser, tmp_path: Path
) -> None:
    """Refused for now, the process killed, the platform back: the grade arrives by itself."""
    visitor.launch("hw", "s")
    finish(services, hand_in(services, people.student), right())
    platform.answer_scores = 503
    assert scores.look(services) == 1
    program = Program(services.settings, "lti", "send", log=tmp_path / "lti.log")
    with running(program):
        until(lambda: tries(services) == 1, SECONDS, "a first try", program)
        program.kill()
        platform.answer_scores = 0
        program.start()
        until(lambda: platform.grades != {}, SECONDS, "the grade", program)
        with services.sessions.begin() as session:
            course = session.scalars(select(LtiContext)).one()
            course.memberships_url = platform.address(f"/courses/{COURSE}/members")
            members.ask(services, session, course)
        until(lambda: counted(services) > 0, SECONDS, "the members", program)
        assert program.stop() == 0
    assert platform.grades == {("hw", "sub-s"): 100.0}
    assert platform.refused == []


def tries(services: Services) -> int:
    with services.sessions() as session:
        return session.scalars(select(LtiScore.tries)).one()


def counted(services: Services) -> int:
    with services.sessions() as session:
        counts = session.scalars(select(LtiContext)).one().sync_counts
    return int(counts.get("added", 0))
