"""Rate limits: counted in the database, by all processes alike, without losing a count."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, select

from api.auth import rates
from api.kit.database import open_engine, open_sessions
from api.kit.models import Base, RateWindow
from api.kit.problems import Problem


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    Base.metadata.create_all(engine, tables=[RateWindow.__table__])  # type: ignore[list-item]
    yield engine
    engine.dispose()


def test_so_many_a_minute_and_no_more(engine: Engine, frozen: list[float]) -> None:
    sessions = open_sessions(engine)
    for _ in range(3):
        with sessions.begin() as session:
            rates.spend(session, "upload:user:1", 3)

    with pytest.raises(Problem) as refused, sessions.begin() as session:
        rates.spend(session, "upload:user:1", 3)

    assert refused.value.status == 429
    assert refused.value.headers == {"Retry-After": "60"}


def test_another_key_and_another_minute_begin_anew(engine: Engine, frozen: list[float]) -> None:
    sessions = open_sessions(engine)
    with sessions.begin() as session:
        rates.spend(session, "a", 1)
        rates.spend(session, "b", 1)
        frozen[0] += 60
        rates.spend(session, "a", 1)


def test_what_is_given_back_can_be_spent_again(engine: Engine, frozen: list[float]) -> None:
    with open_sessions(engine).begin() as session:
        for _ in range(3):
            rates.spend(session, "a", 1)
            rates.refund(session, "a")


def test_requests_at_once_are_all_counted(engine: Engine, frozen: list[float]) -> None:
    sessions, refused = open_sessions(engine), []

    def ask() -> None:
        for _ in range(10):
            try:
                with sessions.begin() as session:
                    rates.spend(session, "a", 25)
            except Problem:
                refused.append(1)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 40 - 25


def test_minutes_that_are_over_are_forgotten(engine: Engine, frozen: list[float]) -> None:
    with open_sessions(engine).begin() as session:
        rates.spend(session, "old", 1)
        frozen[0] += 120
        rates.spend(session, "new", 1)

        rates.forget_old(session)

        assert session.scalars(select(RateWindow.key)).all() == ["new"]


def test_addresses_of_one_ipv6_network_share_a_key() -> None:
    assert rates.address_key("login", "2001:db8::1") == rates.address_key("login", "2001:db8::2")
    assert rates.address_key("login", "192.0.2.1") != rates.address_key("login", "192.0.2.2")
