"""Platforms: registered by the operator, and nobody else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth import audit
from api.kit.models.lti import LtiPlatform
from api.kit.problems import Problem
from api.lti.claims import LONGEST, LONGEST_URL, STUDENT_ID_FROM
from api.requests.principal import Principal

URLS = ("authorize_url", "token_url", "jwks_url")
HERE = {"localhost", "127.0.0.1", "::1"}
CANVAS_ISSUER = "https://canvas.instructure.com"
CANVAS = "https://sso.canvaslms.com"


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What an operator says about a platform."""

    name: str
    issuer: str
    client_id: str
    authorize_url: str
    token_url: str
    jwks_url: str
    deployments: tuple[str, ...] = ()
    student_id_from: str = STUDENT_ID_FROM[0]


def canvas(registration: Registration) -> Registration:
    """Return the registration with the addresses that Instructure's Canvas has everywhere."""
    return _filled(
        registration,
        issuer=CANVAS_ISSUER,
        authorize_url=f"{CANVAS}/api/lti/authorize_redirect",
        token_url=f"{CANVAS}/login/oauth2/token",
        jwks_url=f"{CANVAS}/api/lti/security/jwks",
    )


def moodle(registration: Registration, site: str) -> Registration:
    """Return the registration with the addresses of a Moodle site."""
    site = site.rstrip("/")
    return _filled(
        registration,
        issuer=site,
        authorize_url=f"{site}/mod/lti/auth.php",
        token_url=f"{site}/mod/lti/token.php",
        jwks_url=f"{site}/mod/lti/certs.php",
    )


def register(
    session: Session, principal: Principal, given: Registration, *, request_id: str = ""
) -> LtiPlatform:
    """Return a new platform; raise Problem 409 where it is known, 422 for what cannot be one."""
    _check(given)
    for row in platforms(session):
        if row.name == given.name or (row.issuer, row.client_id) == (
            given.issuer,
            given.client_id,
        ):
            msg = f"there is a platform {row.name!r} of this name, or issuer and client id"
            raise Problem(409, "lti-platform-known", msg)
    row = LtiPlatform(**asdict(replace(given, deployments=())))
    row.deployments = [*given.deployments]
    session.add(row)
    session.flush()
    told = {"issuer": row.issuer, "client_id": row.client_id, "deployments": row.deployments}
    audit.record(session, principal, "lti.register", f"lti:{row.name}", {}, told, request_id)
    return row


def allow_deployment(
    session: Session, principal: Principal, platform: LtiPlatform, deployment: str
) -> None:
    """Take launches of one more deployment."""
    _check_text("deployment", deployment)
    if deployment in platform.deployments:
        return
    platform.deployments = [*platform.deployments, deployment]
    after = {"deployment": deployment}
    audit.record(session, principal, "lti.deployment", f"lti:{platform.name}", {}, after)


def remove(session: Session, principal: Principal, platform: LtiPlatform) -> None:
    """Forget a platform: its courses, links, and who is who there. People and grades stay."""
    audit.record(session, principal, "lti.remove", f"lti:{platform.name}")
    session.delete(platform)


def platforms(session: Session) -> Sequence[LtiPlatform]:
    """Return all platforms by name."""
    return session.scalars(select(LtiPlatform).order_by(LtiPlatform.name)).all()


def find(session: Session, name: str) -> LtiPlatform:
    """Return a platform by its name; raise Problem 404 for none."""
    row = session.scalar(select(LtiPlatform).where(LtiPlatform.name == name))
    if row is None:
        msg = f"there is no platform {name!r}; 'grader lti list' shows all"
        raise Problem(404, "lti-unknown-platform", msg)
    return row


def origin_of(url: str) -> str:
    """Return the scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _filled(registration: Registration, **values: str) -> Registration:
    """Return the registration with *values* where it says nothing itself."""
    known = {k: v for k, v in asdict(registration).items() if v}
    return Registration(**(asdict(registration) | values | known))


def _check(given: Registration) -> None:
    for name in ("name", "issuer", "client_id", *given.deployments):
        _check_text(name, getattr(given, name, name))
    for name in URLS:
        _check_url(name, getattr(given, name))
    if given.student_id_from not in STUDENT_ID_FROM:
        known = ", ".join(STUDENT_ID_FROM)
        msg = f"the student id cannot be read from {given.student_id_from!r}; one of: {known}"
        raise Problem(422, "lti-bad-platform", msg)


def _check_text(name: str, value: str) -> None:
    if not re.fullmatch(rf"[!-~][ -~]{{0,{LONGEST - 1}}}", value):
        msg = f"{name}: {value[:60]!r} is missing, too long or not plain ASCII"
        raise Problem(422, "lti-bad-platform", msg)


def _check_url(name: str, value: str) -> None:
    """Raise Problem 422 for an address that is not under TLS, unless it is this machine's."""
    parts = urlsplit(value)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)
    if not (secure and parts.hostname) or len(value) > LONGEST_URL or "\0" in value:
        msg = f"{name}: {value[:200]!r} is no https:// address"
        raise Problem(422, "lti-bad-platform", msg)
