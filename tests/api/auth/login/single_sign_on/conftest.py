"""A provider for single sign-on, a service that trusts it, and a browser that logs in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select
from starlette.testclient import TestClient

from api.kit.models import User
from api.kit.services import Services
from api.kit.settings import Settings
from tests.api.auth.login.provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Provider,
    running_provider,
)

PUBLIC_URL = "http://testserver"
CALLBACK = "/login/oidc/callback"
COOKIE = "grader-session"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider(PUBLIC_URL + CALLBACK) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, provider: Provider) -> Settings:
    return Settings(
        store=tmp_path / "store",
        public_url=PUBLIC_URL,
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=SecretStr(CLIENT_SECRET),
        oidc_student_claim="student_number",
    )


def begin(client: TestClient, to: str = "/") -> str:
    """Return the address of ours to which the provider leads back."""
    there = client.get("/login/oidc", params={"next": to}, follow_redirects=False)
    assert there.status_code == 302, there.text
    back = httpx.get(there.headers["location"], follow_redirects=False, trust_env=False)
    assert back.status_code == 302
    return str(back.headers["location"]).removeprefix(PUBLIC_URL)


def sign_on(client: TestClient, to: str = "/") -> httpx.Response:
    return client.get(begin(client, to), follow_redirects=False)


def who(client: TestClient) -> str | None:
    answer = client.get("/api/v1/me")
    return str(answer.json()["login"]) if answer.status_code == 200 else None


def change(services: Services, login: str, **values: object) -> None:
    with services.sessions.begin() as session:
        user = session.scalars(select(User).where(User.login == login)).one()
        for name, value in values.items():
            setattr(user, name, value)
