"""What the tests of logging in share."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher

from api.auth import passwords, rates


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have argon2 take a millisecond; its costs are looked at in a test of their own."""
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", hasher)
    passwords.dummy_hash.cache_clear()
    yield
    passwords.dummy_hash.cache_clear()


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time of day that attempts are counted at, which a test may set."""
    moment = [60_000.0]  # the first second of a minute
    monkeypatch.setattr(rates, "time", SimpleNamespace(time=lambda: moment[0]))
    return moment
