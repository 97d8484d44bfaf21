"""A launch: what a platform's form says, once everything about it was verified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.kit.digests import sha256_of
from api.kit.models import now
from api.kit.models.lti import LtiNonce, LtiPlatform
from api.kit.problems import Problem
from api.kit.services import Services
from api.lti.claims import DEEP_LINK, LTI, RESOURCE_LINK, LaunchClaims
from api.lti.launch import logins
from api.lti.launch.logins import Begun
from api.lti.launch.signatures import PlatformKeys, refused
from api.requests.dependencies import reading

NONCE_DIGITS = 43


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A launch that holds."""

    platform: LtiPlatform
    login: Begun
    claims: LaunchClaims

    @property
    def is_deep_linking(self) -> bool:
        """Return whether a member of staff picks what a link in the course leads to."""
        return self.claims.message_type == DEEP_LINK


def verify(services: Services, keys: PlatformKeys, *, token: str, state: str) -> Launch:
    """
    Return the launch of a form; raise Problem 403 for one that does not hold in every part.

    A launch is taken once. Nothing is held open while the platform's keys are read.
    """
    login = logins.begun(services.settings, state)
    with reading(services) as session:
        platform = session.get(LtiPlatform, login.platform_id)
    if platform is None:
        raise refused(reason="its platform is not registered any more")
    claims = _read(keys.verified(platform, token, login.nonce))
    _check(services, platform, claims)
    try:
        with services.sessions.begin() as session:
            _use_up(session, login.nonce)
    except IntegrityError:
        raise refused(reason="it was used already") from None
    return Launch(platform=platform, login=login, claims=claims)


def _read(claims: dict[str, object]) -> LaunchClaims:
    try:
        return LaunchClaims.model_validate(claims)
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(str(part) for part in wrong["loc"]).removeprefix(LTI)
        raise Problem(
            422,
            "lti-malformed",
            f"the learning platform's launch is not as LTI 1.3 has it ({where}: {wrong['msg']})",
        ) from None


def _check(services: Services, platform: LtiPlatform, claims: LaunchClaims) -> None:
    if claims.deployment not in platform.deployments:
        raise Problem(
            403,
            "lti-deployment",
            f"the deployment {claims.deployment!r} of {platform.name} is not allowed here; the"
            " operator allows it with 'grader lti deployment'",
        )
    missing = {
        RESOURCE_LINK: claims.resource_link is None or claims.target is None,
        DEEP_LINK: claims.deep_linking is None,
    }
    if missing[claims.message_type]:
        raise Problem(422, "lti-malformed", f"a {claims.message_type} has to say where it leads")
    if claims.target is not None:
        logins.demand_ours(services.settings, claims.target)


def _use_up(session: Session, nonce: str) -> None:
    """Note that a nonce was used; raise IntegrityError where it had been."""
    # A state is refused after SECONDS; the nonce is remembered for longer than that.
    until = now() + timedelta(seconds=2 * logins.SECONDS)
    session.add(LtiNonce(id=sha256_of(nonce)[:NONCE_DIGITS], expires_at=until))
