"""What was changed, by whom: rows that are only ever added, in the change's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from api.auth.principal import Principal
from api.models import AuditEntry

SYSTEM = Principal(login="system")
OPERATOR = Principal(login="operator")  # whoever has a shell on the machine


def record(  # noqa: PLR0913, PLR0917  the columns of the log
    session: Session,
    principal: Principal,
    action: str,
    target: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    request_id: str = "",
) -> None:
    """
    Note that *principal* did *action* (``grade.manual``) to *target* (``submission:<id>``).

    *before* and *after* hold JSON values of what changed, never a password, token or key.
    """
    session.add(
        AuditEntry(
            user_id=principal.user_id,
            actor=principal.login or "anonymous",
            action=action,
            target=target,
            before=dict(before or {}),
            after=dict(after or {}),
            request_id=request_id,
        )
    )
