"""
Addresses with a slash too many or too few at their end, led to what is there.

The framework would do so by an address with the request's Host in it, which anybody can make up: a
cache that keeps such an answer would send others away. Ours name a path of this site alone.
"""

from __future__ import annotations

from urllib.parse import quote

from fastapi import FastAPI
from starlette.responses import RedirectResponse
from starlette.routing import Match, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from api.requests.redirects import local_path

SAFE = "/:@!$&'()*+,;="  # as RFC 3986 has them in a path


def install(app: FastAPI) -> None:
    """Lead such addresses of an application, made with ``redirect_slashes=False``."""
    app.router.default = SlashRedirect(app.router, app.router.default)


class SlashRedirect:
    """What the router asks where no route has an address."""

    def __init__(self, router: Router, otherwise: ASGIApp) -> None:
        self._router = router
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect to the address with the other ending, if there is one, keeping the method."""
        other = _other_ending(scope["path"]) if scope["type"] == "http" else ""
        if other and self._leads_somewhere({**scope, "path": other}):
            query = scope["query_string"].decode("latin-1")
            there = quote(other, safe=SAFE) + (f"?{query}" if query else "")
            await RedirectResponse(there)(scope, receive, send)
            return
        await self._otherwise(scope, receive, send)

    def _leads_somewhere(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is not Match.NONE for route in self._router.routes)


def _other_ending(path: str) -> str:
    """Return the path with the other ending; "" where a browser would leave this site by it."""
    other = path.rstrip("/") if path.endswith("/") else f"{path}/"
    return other if local_path(quote(other, safe=SAFE), "") else ""
