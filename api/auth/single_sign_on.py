"""
Single sign-on by OpenID Connect: authorization code with PKCE, state and nonce, through Authlib.

What Authlib has to remember between the two requests is in a signed cookie of ten minutes that
the same browser must bring back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from itsdangerous import BadSignature

from api.kit.digests import signer
from api.kit.problems import Problem
from api.kit.settings import Settings

if TYPE_CHECKING:
    from authlib.integrations.starlette_client import StarletteOAuth2App

CALLBACK = "/login/oidc/callback"
COOKIE = "grader-sign-on"
MINUTES = 10
TIMEOUT_SECONDS = 10.0
# A signature that only the provider can make: no shared secret, and never "none".
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"})

Claims = dict[str, Any]


class SingleSignOn:
    """The client of one OpenID provider; keeps what the provider says about itself."""

    def __init__(self, settings: Settings) -> None:
        from authlib.integrations.starlette_client import OAuth

        self._settings = settings
        self._issuer = settings.oidc_issuer.rstrip("/")
        self._app: StarletteOAuth2App = OAuth().register(
            "provider",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value() or None,
            server_metadata_url=f"{self._issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "timeout": TIMEOUT_SECONDS,
            },
        )

    async def begin(self, request: Request, to: str) -> Response:
        """Lead the browser to the provider; *to* is where it goes in the end."""
        request.scope["session"] = {"to": to}
        with _told_as_problems():
            await self._check_provider()
            there: Response = await self._app.authorize_redirect(
                request, self._settings.public_url.rstrip("/") + CALLBACK
            )
        self._remember(there, request.session)
        return there

    async def finish(self, request: Request) -> tuple[Claims, str]:
        """Return the verified claims about whoever came back, and where they wanted to go."""
        request.scope["session"] = self._remembered(request)
        to = str(request.session.get("to", "/"))
        with _told_as_problems():
            await self._check_provider()
            token = await self._app.authorize_access_token(
                request,
                claims_options={
                    "iss": {"essential": True, "value": await self._named_issuer()},
                    "aud": {"essential": True, "value": self._settings.oidc_client_id},
                },
            )
            claims = token.get("userinfo")
            if claims is None:
                raise _refused(reason="it sent no ID token")
            return await self._with_userinfo(dict(claims), token), to

    async def _check_provider(self) -> None:
        """Hold the provider to the issuer that the operator named and to signatures of its own."""
        metadata = await self._app.load_server_metadata()
        if str(metadata.get("issuer", "")).rstrip("/") != self._issuer:
            raise _refused(reason="it names another issuer than GRADER_OIDC_ISSUER")
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = sorted(ALGORITHMS & set(offered))

    async def _named_issuer(self) -> str:
        return str((await self._app.load_server_metadata())["issuer"])

    async def _with_userinfo(self, claims: Claims, token: Claims) -> Claims:
        """Return the claims, with those that the provider only tells at its userinfo endpoint."""
        metadata = await self._app.load_server_metadata()
        if self._settings.oidc_student_claim in claims or "userinfo_endpoint" not in metadata:
            return claims
        more = await self._app.userinfo(token=token)
        if more.get("sub") != claims["sub"]:
            raise _refused(reason="its userinfo is about somebody else")
        return {**more, **claims}

    def _remember(self, response: Response, session: Claims) -> None:
        response.set_cookie(
            cookie_name(self._settings),
            signer(self._settings.signing_key, "sign-on").dumps(session),
            max_age=MINUTES * 60,
            path="/",
            secure=self._settings.secure_cookies,
            httponly=True,
            samesite="lax",
        )

    def _remembered(self, request: Request) -> Claims:
        kept = request.cookies.get(cookie_name(self._settings), "")
        try:
            session: Claims = signer(self._settings.signing_key, "sign-on").loads(
                kept, max_age=MINUTES * 60
            )
        except BadSignature:
            return {}
        return session


def cookie_name(settings: Settings) -> str:
    """Return what the cookie between the two requests is called here."""
    return f"__Host-{COOKIE}" if settings.secure_cookies else COOKIE


@contextmanager
def _told_as_problems() -> Iterator[None]:
    """Tell what the provider, or somebody in its place, does wrong."""
    import httpx
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError

    try:
        yield
    except httpx.HTTPError as error:
        raise _unreachable(error) from error
    except (AuthlibBaseError, JoseError, ValueError) as error:
        raise _refused(type(error).__name__) from error


def _refused(reason: str) -> Problem:
    return Problem(
        403,
        "sign-on-refused",
        f"single sign-on did not work ({reason}); begin again from the login",
    )


def _unreachable(error: Exception) -> Problem:
    return Problem(
        503,
        "sign-on-unreachable",
        f"the single sign-on provider does not answer ({type(error).__name__}); try again later",
        headers={"Retry-After": "30"},
    )
