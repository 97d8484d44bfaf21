"""``grader lti``: platforms registered by whoever has a shell on the machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from api.kit.models import AuditEntry
from api.kit.models.lti import LtiContext, LtiKey, LtiPlatform
from api.kit.services import open_services
from api.kit.settings import Settings
from grader.cli.app import app
from grader.errors import GraderError

Run = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def run(store: Path) -> Run:
    """Return what runs a command on a new service."""
    runner = CliRunner()
    runner.invoke(app, ["migrate", "--store", str(store)], catch_exceptions=False)

    def command(*words: str) -> Result:
        return runner.invoke(app, ["lti", *words, "--store", str(store)])

    return command


def kept(store: Path) -> LtiPlatform:
    services = open_services(Settings(store=store))
    with services.sessions() as session:
        return session.scalars(select(LtiPlatform)).one()


def test_a_moodle_site_is_registered_by_its_address(run: Run, store: Path) -> None:
    """Its own addresses follow; ours are printed for its administrator."""
    said = run(
        "register", "campus", "--moodle", "https://moodle.example.edu/", "--client-id", "abc"
    )

    platform = kept(store)
    assert said.exit_code == 0, said.output
    assert platform.issuer == "https://moodle.example.edu"
    assert platform.jwks_url == "https://moodle.example.edu/mod/lti/certs.php"
    assert "/lti/jwks.json" in said.output
    run("deployment", "campus", "7")
    assert kept(store).deployments == ["7"]


def test_canvas_is_registered_by_name(run: Run, store: Path) -> None:
    """Where Instructure hosts it, every Canvas has the same addresses."""
    run("register", "canvas", "--canvas", "--client-id", "1", "--deployment", "1:a")

    assert kept(store).issuer == "https://canvas.instructure.com"
    assert kept(store).token_url == "https://sso.canvaslms.com/login/oauth2/token"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--client-id", "1"], "issuer"),
        (["--client-id", "1", "--moodle", "http://moodle.example.edu"], "https://"),
        (["--client-id", "", "--canvas"], "client_id"),
    ],
)
def test_what_cannot_be_a_platform_is_refused(run: Run, words: list[str], told: str) -> None:
    """An address without TLS would tell everybody on the way who is who."""
    said = run("register", "campus", *words)

    assert said.exit_code != 0
    assert isinstance(said.exception, GraderError)
    assert told in str(said.exception)


def test_a_course_that_waits_is_listed_and_accepted(run: Run, store: Path) -> None:
    """So that a course can begin before anybody has logged in here; and it is on the record."""
    run("register", "canvas", "--canvas", "--client-id", "1")
    services = open_services(Settings(store=store))
    with services.sessions.begin() as session:
        platform = session.scalars(select(LtiPlatform)).one()
        session.add(LtiContext(id="c" * 32, platform_id=platform.id, context_id="9", title="Lab"))
    assert "waits" in run("list").output

    assert run("accept", "c" * 32).exit_code == 0

    with services.sessions() as session:
        assert session.scalars(select(LtiContext)).one().accepted_at is not None
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["lti.register", "lti.accept"]
    run("remove", "canvas")
    with services.sessions() as session:
        assert session.scalars(select(LtiContext)).all() == []


def test_a_leaked_key_is_replaced_at_once(run: Run, store: Path) -> None:
    """Otherwise the new one waits until the platforms have read it."""
    services = open_services(Settings(store=store))
    assert "in use" in run("rotate-key").output
    assert "in an hour" in run("rotate-key").output

    run("rotate-key", "--now")

    with services.sessions() as session:
        assert len(session.scalars(select(LtiKey)).all()) == 1
