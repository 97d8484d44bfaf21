"""``grader users``: accounts from the machine that the service runs on."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from api.auth.links import redeem
from api.auth.passwords import password_holds
from api.kit.database import open_engine, open_sessions
from api.kit.models import AuditEntry, Role, User
from api.kit.problems import Problem
from api.kit.settings import Settings
from api.operation.public_address import keep_address, with_address
from grader.cli.commands.service.users import AccountError, app


class Course:
    """A service's folder, and the command that runs on it."""

    def __init__(self, store: Path) -> None:
        self.settings = Settings(store=store)
        self.store = store

    def run(self, *words: str, typed: str = "") -> str:
        """Return what a command prints; raise what it raises."""
        result = CliRunner().invoke(app, [*words, "--store", str(self.store)], input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    @property
    def sessions(self):
        return open_sessions(open_engine(self.settings.resolved_database_url))

    def user(self, login: str) -> User:
        with self.sessions() as session:
            return session.scalars(select(User).where(User.login == login)).one()

    def logs_in(self, printed: str) -> str:
        """Return whom the printed link logs in."""
        token = printed.strip().rpartition("/")[2]
        with self.sessions.begin() as session:
            return redeem(session, self.settings, token).login


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    for name in ("GRADER_STORE", "GRADER_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return Course(tmp_path / "store")


def test_a_new_instructor_gets_a_link_that_logs_in_once(course: Course) -> None:
    printed = course.run("add", "prof", "--role", "instructor", "--email", "p@example.edu")

    assert course.user("prof").role is Role.INSTRUCTOR
    assert course.logs_in(printed) == "prof"
    with pytest.raises(Problem):
        course.logs_in(printed)


def test_a_students_personal_link_can_be_printed(course: Course) -> None:
    course.run("add", "s1")

    printed = course.run("link", "s1", "--personal")

    assert [course.logs_in(printed), course.logs_in(printed)] == ["s1", "s1"]


def test_a_password_is_set_from_the_terminal(course: Course) -> None:
    course.run("add", "ta1", "--role", "ta")

    course.run("password", "ta1", typed="a long password\na long password\n")

    assert password_holds("a long password", course.user("ta1").password_hash)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("link", "nobody"), "no account 'nobody'"),
        (("add", "ta1"), "there is an account 'ta1' already"),
        (("link", "ta1", "--personal"), "only students have personal links"),
        (("add", "x y"), "'x y' is no login"),
        (("add", ""), "'' is no login"),
        (("add", "x\u200by"), "is no login"),
        (("add", "x" * 65), "1 to 64 characters without spaces"),
        (("role", "s1", "ta"), "s1 is student"),
        (("role", "ta1", "student"), "ta1 is ta"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    course: Course, words: tuple[str, ...], told: str
) -> None:
    course.run("add", "ta1", "--role", "ta")
    course.run("add", "s1")

    with pytest.raises(AccountError, match=told):
        course.run(*words)


def test_somebody_is_disabled_and_enabled(course: Course) -> None:
    course.run("add", "s1")
    link = course.run("link", "s1", "--personal")
    course.run("disable", "s1")

    with pytest.raises(AccountError, match="is disabled"):
        course.run("link", "s1")
    with pytest.raises(Problem):
        course.logs_in(link)

    course.run("enable", "s1")
    assert course.logs_in(course.run("link", "s1")) == "s1"


def test_a_ta_becomes_an_instructor(course: Course) -> None:
    course.run("add", "ta1", "--role", "ta")

    course.run("role", "ta1", "instructor")

    assert course.user("ta1").role is Role.INSTRUCTOR


def test_a_university_account_is_unlinked(course: Course) -> None:
    course.run("add", "s1")
    with course.sessions.begin() as session:
        session.scalars(select(User)).one().oidc_subject = "issuer subject"

    course.run("unlink", "s1")

    assert course.user("s1").oidc_subject is None


def test_the_accounts_are_listed_without_what_proves_them(course: Course) -> None:
    course.run("add", "s1")
    course.run("add", "prof", "--role", "instructor", "--name", "Prof. Li")
    course.run("password", "prof", typed="a long password\na long password\n")

    printed = course.run("list")

    assert printed.index("prof") < printed.index("s1")
    assert "Prof. Li" in printed
    assert "password" in printed
    assert "argon2" not in printed


def test_what_the_operator_does_is_noted(course: Course) -> None:
    course.run("add", "s1")
    course.run("disable", "s1")

    with course.sessions() as session:
        noted = session.scalars(select(AuditEntry)).all()
    assert [(entry.actor, entry.action) for entry in noted] == [
        ("operator", "user.add"),
        ("operator", "user.disable"),
    ]


def test_a_link_leads_to_where_the_service_was_started(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command knows no port; the store does, unless the operator says it."""
    keep_address(with_address(course.settings, "127.0.0.1", 8811))

    assert "http://127.0.0.1:8811/login/link/" in course.run("add", "prof", "--role", "instructor")
    monkeypatch.setenv("GRADER_PUBLIC_URL", "https://lab.example")
    assert course.run("link", "prof").startswith("https://lab.example/login/link/")


def test_the_store_keeps_its_key_to_itself(course: Course) -> None:
    course.run("add", "s1")
    course.run("link", "s1", "--personal")

    key = course.store / "secret-key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_text().strip()) >= 43
