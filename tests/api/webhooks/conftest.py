"""A service that tells one program on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.auth import audit
from api.kit.services import Services
from api.kit.settings import Settings
from api.webhooks import hooks
from tests.api.webhooks.receiving import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=tmp_path / "store", webhook_networks="127.0.0.0/8, ::1")


@pytest.fixture
def secret(services: Services, receiver: Receiver) -> str:
    with services.sessions.begin() as session:
        return hooks.add(session, services.settings, audit.OPERATOR, receiver.url)[1]
