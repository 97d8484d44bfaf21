"""Single sign-on in the browser: to the university's provider and back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from api.auth import audit, sessions
from api.auth.openid_claims import account_of
from api.auth.single_sign_on import CALLBACK, SingleSignOn, cookie_name
from api.kit.problems import not_found
from api.requests.dependencies import RequestId, ServicesDep
from api.requests.identify import principal_of
from api.requests.redirects import local_path

router = APIRouter(include_in_schema=False)


async def open_provider(request: Request, services: ServicesDep) -> SingleSignOn:
    """Return the client of the provider; one per application, since it keeps what it learned."""
    if not services.settings.oidc_issuer:
        raise not_found(what="single sign-on")
    if not hasattr(request.app.state, "single_sign_on"):
        request.app.state.single_sign_on = SingleSignOn(services.settings)
    provider: SingleSignOn = request.app.state.single_sign_on
    return provider


Provider = Annotated[SingleSignOn, Depends(open_provider)]


async def come_back(request: Request, provider: Provider) -> tuple[dict[str, Any], str]:
    """Return the verified claims, and where their owner wanted to go."""
    return await provider.finish(request)


@router.get("/login/oidc")
async def go_to_provider(
    request: Request, provider: Provider, to: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """Lead the browser to the provider."""
    return await provider.begin(request, local_path(to))


@router.get(CALLBACK)
def log_in_from_provider(
    request: Request,
    came_back: Annotated[tuple[dict[str, Any], str], Depends(come_back)],
    services: ServicesDep,
    request_id: RequestId,
) -> Response:
    """Log the browser in as whoever the provider says it is, if the course knows them."""
    claims, to = came_back
    with services.sessions.begin() as session:  # a GET that writes: it opens its own
        user = account_of(session, services.settings, claims)
        response = sessions.enter(request, session, services.settings, user, to=to)
        audit.record(
            session, principal_of(user), "login.oidc", f"user:{user.id}", request_id=request_id
        )
    response.delete_cookie(
        cookie_name(services.settings),
        path="/",
        secure=services.settings.secure_cookies,  # else browsers ignore it for a __Host- name
        httponly=True,
        samesite="lax",
    )
    return response
