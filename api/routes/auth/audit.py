"""The audit log, for the instructor to read; nothing writes or deletes it from outside."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from api.auth import audit
from api.auth.permissions import require
from api.kit.database import NO_NUL
from api.kit.models import Role
from api.requests.dependencies import Route, SessionDep
from api.requests.openapi import errors
from api.requests.principal import Principal

router = APIRouter(route_class=Route, tags=["audit"])
Instructor = Annotated[Principal, Depends(require(Role.INSTRUCTOR, scope="admin"))]
Filter = Annotated[str, Query(max_length=200, pattern=NO_NUL)]


class AuditView(BaseModel):
    """One change."""

    id: int
    at: datetime
    actor: str = Field(description="The login at that time.")
    action: str = Field(examples=["grade.manual"])
    target: str = Field(examples=["submission:1b4e28ba2fa14d1fa35ca3c6f6a1c1c2"])
    before: dict[str, Any]
    after: dict[str, Any]
    request_id: str


class AuditPage(BaseModel):
    """Entries, the newest first."""

    entries: list[AuditView]
    next: int | None = Field(description="What 'before' has to be for the next page.")


@router.get("/audit", responses=errors(403))
def list_audit(  # noqa: PLR0913, PLR0917  one for each filter
    _principal: Instructor,
    session: SessionDep,
    target: Filter = "",
    actor: Filter = "",
    action: Filter = "",
    before: Annotated[int | None, Query(ge=1, le=audit.LARGEST_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditPage:
    """List what was changed and by whom, the newest first; *action* may be its first words."""
    found = audit.entries(
        session, target=target, actor=actor, action=action, before=before, limit=limit + 1
    )
    shown = [AuditView.model_validate(entry, from_attributes=True) for entry in found[:limit]]
    return AuditPage(entries=shown, next=shown[-1].id if len(found) > limit else None)
