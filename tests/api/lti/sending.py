"""Send grades to a platform as the worker does."""

from __future__ import annotations

from sqlalchemy import select

from api.kit.models.lti import LtiScore
from api.kit.services import Services
from api.lti.services import scores
from api.lti.services.calls import AccessTokens


def send(services: Services, tokens: AccessTokens) -> list[str]:
    """Look for what is to be sent, and send it as the worker's workflow does."""
    scores.look(services)
    became = []
    with services.sessions() as session:
        waiting = session.scalars(select(LtiScore.id).where(LtiScore.state == "waiting")).all()
    for score in waiting:
        done = scores.attempt(services, tokens, score)
        with services.sessions.begin() as session:
            became.append(scores.note(services, session, score, done))
    return became
