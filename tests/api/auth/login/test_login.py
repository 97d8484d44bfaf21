"""Passwords: argon2, the same time for all, counted, silent about which was wrong."""

from __future__ import annotations

from typing import Literal

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import select

from api.auth import passwords, users
from api.auth.login import log_in
from api.kit.models import LoginSession, User
from api.kit.problems import Problem
from api.kit.services import Services
from api.kit.settings import Settings
from tests.api.people import People

COSTS = extract_parameters(passwords.HASHER.hash("as the service makes them"))
PASSWORD = "correct horse battery"
ADDRESS = "192.0.2.7"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"logins_per_minute": 4})


@pytest.fixture
def known(services: Services, people: People) -> User:
    """Return the TA, who has a password."""
    kept = passwords.hash_password(PASSWORD)
    with services.sessions.begin() as session:
        user = session.get_one(User, people.ta.id)
        users.set_password(session, user, kept)
    return user


def attempt(services: Services, login: str, password: str, address: str = ADDRESS) -> User:
    return log_in(services, login=login, password=password, address=address)


def test_the_right_password_logs_in(services: Services, known: User) -> None:
    assert attempt(services, known.login, PASSWORD).id == known.id


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("ta", "wrong password"),
        ("nobody", PASSWORD),
        ("108062001", PASSWORD),  # has no password
        ("ta", ""),
        ("", ""),
        ("ta\0", "wrong"),
        ("ta", PASSWORD * 100),
    ],
)
def test_every_wrong_pair_gets_the_same_answer(
    services: Services, known: User, login: str, password: str
) -> None:
    with pytest.raises(Problem) as refused:
        attempt(services, login, password)

    assert (refused.value.status, refused.value.detail) == (401, "login or password is wrong")


def test_a_hash_costs_what_rfc_9106_recommends() -> None:
    """Argon2id with 64 MiB and three passes: a stolen table is slow to guess."""
    assert COSTS == RFC_9106_LOW_MEMORY
    assert (COSTS.memory_cost, COSTS.time_cost) == (65_536, 3)


def test_a_disabled_account_gets_that_answer_too(services: Services, known: User) -> None:
    with services.sessions.begin() as session:
        users.disable(session, session.get_one(User, known.id))

    with pytest.raises(Problem, match="login or password is wrong"):
        attempt(services, known.login, PASSWORD)


def test_the_database_holds_argon2id_and_no_password(services: Services, known: User) -> None:
    assert known.password_hash is not None
    assert known.password_hash.startswith("$argon2id$")
    assert PASSWORD not in known.password_hash


@pytest.mark.parametrize("login", ["ta", "nobody", "108062001"])
def test_every_attempt_costs_one_argon2_of_the_same_size(
    services: Services, known: User, monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    """So the time tells nobody who has an account, or a password."""
    costs: list[Parameters] = []

    class Noting(PasswordHasher):
        def verify(self, kept: str | bytes, password: str | bytes) -> Literal[True]:
            costs.append(extract_parameters(str(kept)))
            return super().verify(kept, password)

    monkeypatch.setattr(passwords, "HASHER", Noting(time_cost=1, memory_cost=64, parallelism=1))

    with pytest.raises(Problem):
        attempt(services, login, "wrong password")

    assert known.password_hash is not None
    assert costs == [extract_parameters(known.password_hash)]


def test_an_account_is_tried_so_often_a_minute_and_no_more(
    services: Services, known: User, frozen: list[float]
) -> None:
    """From however many addresses the attempts come."""
    for number in range(services.settings.logins_per_minute):
        with pytest.raises(Problem, match="wrong"):
            attempt(services, known.login, "wrong password", f"192.0.2.{number}")

    with pytest.raises(Problem) as refused:
        attempt(services, known.login, PASSWORD, "192.0.2.200")

    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"] == "60"


def test_an_address_tries_so_many_logins_a_minute_and_no_more(
    services: Services, frozen: list[float]
) -> None:
    for number in range(services.settings.logins_per_minute):
        with pytest.raises(Problem, match="wrong"):
            attempt(services, f"guess{number}", "wrong password")

    with pytest.raises(Problem) as refused:
        attempt(services, "another", "wrong password")

    assert refused.value.status == 429


def test_right_logins_are_not_counted(services: Services, known: User) -> None:
    for _ in range(services.settings.logins_per_minute + 2):
        attempt(services, known.login, PASSWORD)


def test_a_hash_of_older_costs_is_made_anew(services: Services, known: User) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1).hash(PASSWORD)
    with services.sessions.begin() as session:
        session.get_one(User, known.id).password_hash = old

    user = attempt(services, known.login, PASSWORD)

    assert user.password_hash is not None
    assert not passwords.is_outdated(user.password_hash)
    assert attempt(services, known.login, PASSWORD).id == known.id


@pytest.mark.parametrize("password", ["", "nine char", "x" * 257])
def test_a_password_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(Problem, match="10 to 256 characters"):
        passwords.hash_password(password)


def test_a_new_password_ends_every_session(services: Services, known: User) -> None:
    with services.sessions.begin() as session:
        session.add(LoginSession(id="a" * 64, user_id=known.id, expires_at=known.created_at))
    kept = passwords.hash_password("another long password")

    with services.sessions.begin() as session:
        users.set_password(session, session.get_one(User, known.id), kept)

    with services.sessions() as session:
        assert session.scalars(select(LoginSession)).one().revoked_at is not None
