"""Whether a platform made a token: by the keys that it publishes, read again when they change."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.auth.single_sign_on import ALGORITHMS
from api.kit.models.lti import LtiPlatform
from api.kit.problems import Problem

TIMEOUT_SECONDS = 10.0
KEEP_SECONDS = 600.0
AGAIN_SECONDS = 5.0  # at least between two readings, however many unknown keys are named
MOST_BYTES = 100_000
LEEWAY_SECONDS = 60
OLDEST_SECONDS = 600  # of a token: the browser brings it at once


@dataclass(frozen=True, kw_only=True)
class _Kept:
    keys: KeySet
    read_at: float


class PlatformKeys:
    """The published keys of the platforms, kept for a while; one for each process."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def verified(self, platform: LtiPlatform, token: str, nonce: str) -> dict[str, Any]:
        """
        Return the claims of a token that the platform made for us, now, with this nonce.

        Raise Problem 403 for any other, 503 where the platform does not answer.
        """
        try:
            named = jws.extract_compact(token.encode()).headers().get("kid")
            keys = self._keys(platform, str(named or ""))
            claims = jwt.decode(token, keys, algorithms=[*ALGORITHMS]).claims
            _registry(platform, nonce).validate(claims)
            _check_audience(platform, claims)
        except (JoseError, ValueError, TypeError) as error:
            raise refused(_name_of(error)) from error
        return dict(claims)

    def _keys(self, platform: LtiPlatform, kid: str) -> KeySet:
        with self._lock:
            kept = self._kept.get(platform.jwks_url)
        age = time.monotonic() - kept.read_at if kept else KEEP_SECONDS
        if kept is None or age >= KEEP_SECONDS or (age >= AGAIN_SECONDS and not _has(kept, kid)):
            kept = _Kept(keys=_read(platform), read_at=time.monotonic())
            with self._lock:
                self._kept[platform.jwks_url] = kept
        return kept.keys


def refused(reason: str) -> Problem:
    """Return the 403 for a launch that does not hold."""
    return Problem(
        403,
        "lti-refused",
        f"the learning platform's launch was not accepted ({reason}); open the link in your course"
        " again",
    )


def _has(kept: _Kept, kid: str) -> bool:
    return any(key.kid == kid for key in kept.keys.keys)


def _read(platform: LtiPlatform) -> KeySet:
    try:
        with httpx.stream("GET", platform.jwks_url, timeout=TIMEOUT_SECONDS) as answer:
            answer.raise_for_status()
            content = b""
            for chunk in answer.iter_bytes():
                content += chunk
                if len(content) > MOST_BYTES:
                    raise refused(reason="its key set is too large")
        return KeySet.import_key_set(httpx.Response(200, content=content).json())
    except httpx.HTTPError as error:
        raise Problem(
            503,
            "lti-unreachable",
            f"the learning platform does not answer ({type(error).__name__}); try again later",
            headers={"Retry-After": "30"},
        ) from error


def _registry(platform: LtiPlatform, nonce: str) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": platform.issuer},
        aud={"essential": True, "value": platform.client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )


def _check_audience(platform: LtiPlatform, claims: dict[str, Any]) -> None:
    """Raise ValueError for a token that is for others as well, or was kept for long."""
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if (several and party is None) or party not in (None, platform.client_id):
        msg = "azp"
        raise ValueError(msg)
    if claims["iat"] < time.time() - OLDEST_SECONDS - LEEWAY_SECONDS:
        msg = "iat"
        raise ValueError(msg)


def _name_of(error: Exception) -> str:
    """Return what was wrong, without a word of the token."""
    claim = getattr(error, "claim", None)
    if claim is None and type(error) is ValueError and str(error) in {"azp", "iat"}:
        claim = str(error)
    return f"{type(error).__name__}: {claim}" if claim else type(error).__name__
