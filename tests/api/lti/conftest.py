"""A service and a learning platform, each a server of its own on another site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.auth import audit
from api.kit.models import Submission, now
from api.kit.models.lti import LtiContext
from api.kit.services import Services
from api.kit.settings import Settings
from api.lti import platforms
from api.lti.platforms import Registration
from api.lti.services.calls import AccessTokens
from tests.api.listening import serving
from tests.api.lti.platform import (
    ASSISTANT,
    CLIENT_ID,
    COURSE,
    DEPLOYMENT,
    INSTRUCTOR,
    LEARNER,
    Link,
    Person,
    Platform,
    fields_of,
    query_of,
    running_platform,
)
from tests.api.people import EDITION, People, finish, hand_in, wrong
from tests.api.ports import free_port


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        store=tmp_path / "store",
        public_url=f"http://127.0.0.1:{free_port()}",
        uploads_per_minute=1000,
    )


@pytest.fixture
def tool(services: Services) -> Iterator[str]:
    """Return the address of the running service."""
    port = int(services.settings.public_url.rpartition(":")[2])
    with serving(services, port) as address:
        yield address


@pytest.fixture
def platform(services: Services, tool: str, people: People) -> Iterator[Platform]:
    """Return a running platform that is registered, with a course that is accepted."""
    with running_platform(tool) as running:
        running.people = {
            "s": Person(
                "sub-s", [LEARNER], "Chen", "chen@example.edu", str(people.student.student_id)
            ),
            "new": Person("sub-new", [LEARNER], "Wu", "wu@example.edu", "108062009"),
            "ta": Person("sub-ta", [ASSISTANT, INSTRUCTOR], "Ta", "ta@example.edu"),
            "prof": Person("sub-prof", [INSTRUCTOR], "Prof", "prof@example.edu"),
        }
        running.links = {
            "hw": Link("hw", f"{tool}/lti/launch", {"assignment": EDITION}),
            "course": Link("course", f"{tool}/lti/launch", graded=False),
        }
        register(services, running)
        accept(services)
        yield running


def register(services: Services, platform: Platform) -> None:
    with services.sessions.begin() as session:
        registered = platforms.register(
            session,
            audit.OPERATOR,
            Registration(
                name="campus",
                issuer=platform.issuer,
                client_id=CLIENT_ID,
                authorize_url=platform.address("/auth"),
                token_url=platform.address("/token"),
                jwks_url=platform.address("/jwks"),
                deployments=(DEPLOYMENT,),
            ),
        )
        session.add(LtiContext(platform_id=registered.id, context_id=COURSE))


def accept(services: Services) -> None:
    with services.sessions.begin() as session:
        for course in session.query(LtiContext):
            course.accepted_at = now()


class Browser:
    """What a browser does with forms and cookies; cookies of ours go to forms of ours alone."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.client = httpx.Client(trust_env=False, timeout=30)

    def begin(self, link: str, who: str, **changed: str) -> httpx.Response:
        """Begin a login; return our answer, which leads to the platform."""
        given = self.platform.initiation(link, who) | changed
        return self.client.post(
            f"{self.platform.tool}/lti/login",
            data=given,
            headers={"Origin": self.platform.issuer, "Sec-Fetch-Site": "cross-site"},
        )

    def authenticated(self, link: str, who: str) -> dict[str, str]:
        """Return the form that the platform has the browser send to us."""
        there = self.begin(link, who)
        assert there.status_code == 303, there.text
        page = self.client.get(there.headers["location"])
        assert page.status_code == 200, page.text
        return fields_of(page.text)

    def send(self, form: dict[str, str]) -> httpx.Response:
        """Send a launch; as from another site, without our cookies."""
        return httpx.post(
            f"{self.platform.tool}/lti/launch",
            data=form,
            headers={"Origin": self.platform.issuer, "Sec-Fetch-Site": "cross-site"},
            trust_env=False,
            timeout=30,
        )

    def enter(self, launched: httpx.Response) -> httpx.Response:
        """Follow a launch to where it logs the browser in."""
        assert launched.status_code == 303, launched.text
        return self.client.get(self.platform.tool + launched.headers["location"])

    def launch(self, link: str, who: str) -> httpx.Response:
        """Do all of it; return the last answer, which leads to a page of ours."""
        return self.enter(self.send(self.authenticated(link, who)))

    def who(self) -> dict[str, str]:
        """Return who the browser is logged in as."""
        answer = self.client.get(f"{self.platform.tool}/api/v1/me")
        return dict(answer.json()) if answer.status_code == 200 else {}


@pytest.fixture
def visitor(platform: Platform) -> Browser:
    return Browser(platform)


@pytest.fixture
def tokens() -> AccessTokens:
    return AccessTokens()


@pytest.fixture
def linked(visitor: Browser) -> Browser:
    """Return a browser whose student came by the graded link, where grades go."""
    visitor.launch("hw", "s")
    return visitor


@pytest.fixture
def graded(services: Services, people: People, linked: Browser) -> Submission:
    submission = hand_in(services, people.student)
    finish(services, submission, wrong())
    return submission


__all__ = ["query_of"]
