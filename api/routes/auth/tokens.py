"""API tokens: made, listed and revoked by their owner."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from api.auth import tokens
from api.auth.permissions import require
from api.kit.database import NO_NUL
from api.kit.models import ApiToken, Role
from api.requests.dependencies import RequestId, Route, SessionDep
from api.requests.openapi import errors
from api.requests.principal import Principal, Scope

router = APIRouter(route_class=Route, tags=["tokens"])
# A token that could make another would have every scope of its owner.
Owner = Annotated[Principal, Depends(require(Role.STUDENT, scope="admin"))]
TokenId = Annotated[str, Path(max_length=32, pattern=NO_NUL)]


class TokenRequest(BaseModel):
    """What a new token is for."""

    name: str = Field(
        min_length=1, max_length=100, pattern=NO_NUL, examples=["grades into our spreadsheet"]
    )
    scopes: set[Scope] = Field(min_length=1, examples=[["read"]])
    days: int | None = Field(90, ge=1, le=3650, description="How long it holds; null: for ever.")


class TokenView(BaseModel):
    """A token, without what proves it."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="To the hour.")


class NewToken(TokenView):
    """A token just made."""

    token: str = Field(description="Shown this once.", examples=["qlg_R2p..."])


@router.post("/tokens", status_code=201, responses=errors(409))
def make_token(
    asked: TokenRequest, principal: Owner, session: SessionDep, request_id: RequestId
) -> NewToken:
    """Make a token; it is shown in this answer and never again."""
    token, secret = tokens.add_noted(
        session, principal, asked.name, asked.scopes, asked.days, request_id=request_id
    )
    return NewToken(token=secret, **_view(token).model_dump())


@router.get("/tokens", responses=errors(403))
def list_tokens(principal: Owner, session: SessionDep) -> list[TokenView]:
    """List your tokens that are not revoked."""
    assert principal.user_id is not None
    return [_view(token) for token in tokens.tokens_of(session, principal.user_id)]


@router.delete("/tokens/{token_id}", status_code=204, responses=errors(404))
def revoke_token(
    token_id: TokenId, principal: Owner, session: SessionDep, request_id: RequestId
) -> None:
    """Revoke one of your tokens."""
    tokens.revoke_noted(session, principal, token_id, request_id=request_id)


def _view(token: ApiToken) -> TokenView:
    return TokenView(
        id=token.id,
        name=token.name,
        scopes=token.scopes,
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )
