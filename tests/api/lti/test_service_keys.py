"""The keys with which we sign to platforms, and what is kept of their launches."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from api.kit.models import Submission, now
from api.kit.models.lti import LtiKey, LtiNonce
from api.kit.problems import Problem
from api.kit.services import Services
from api.kit.settings import Settings
from api.lti import keys
from api.lti.services.calls import AccessTokens
from api.operation.retention import sweep
from tests.api.lti.conftest import Browser
from tests.api.lti.platform import Platform
from tests.api.lti.sending import send


def test_a_new_key_is_published_before_it_signs(
    services: Services, tokens: AccessTokens, graded: Submission, platform: Platform
) -> None:
    """The platform can read it for an hour; the old one goes a week after."""
    send(services, tokens)
    with services.sessions.begin() as session:
        [old] = session.scalars(select(LtiKey.id))
        keys.add_key(session, services.settings)
        assert keys.signing_key(session, services.settings)[0] == old
        assert len(keys.published(session)["keys"]) == 2
        for key in session.scalars(select(LtiKey)):
            key.created_at -= timedelta(hours=2 if key.id != old else 3)
        assert keys.signing_key(session, services.settings)[0] != old

    sweep(services, now() + timedelta(days=8))

    with services.sessions() as session:
        assert old not in session.scalars(select(LtiKey.id)).all()
        assert len(keys.published(session)["keys"]) == 1


def test_a_copy_of_the_database_signs_nothing(services: Services, tmp_path: Path) -> None:
    """The private key opens with the service's secret key alone."""
    thief = Settings(store=tmp_path, secret_key=SecretStr("another"))
    keys.ensure(services)

    with services.sessions() as session:
        row = session.scalars(select(LtiKey)).one()
        with pytest.raises(Problem, match="another GRADER_SECRET_KEY"):
            keys.signing_key(session, thief)
    assert not {"d", "p", "q"} & row.public.keys()


def test_used_nonces_are_forgotten_in_time(services: Services, linked: Browser) -> None:
    """Once no state can bring them back."""
    sweep(services)
    with services.sessions() as session:
        assert len(session.scalars(select(LtiNonce)).all()) == 1
    sweep(services, now() + timedelta(hours=1))
    with services.sessions() as session:
        assert session.scalars(select(LtiNonce)).all() == []
