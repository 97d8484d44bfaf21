"""Who may do what; the only place that decides it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from api.kit.models import Role, Submission
from api.kit.problems import Problem, not_found
from api.requests.dependencies import PrincipalDep
from api.requests.principal import Principal

RANKS = {None: 0, Role.STUDENT: 1, Role.TA: 2, Role.INSTRUCTOR: 3}


def require(*roles: Role, scope: str = "read") -> Callable[[Principal], Principal]:
    """
    Return a dependency that gives the principal, or raises Problem 401 or 403.

    The least of *roles* suffices, since each may do all that the one before may; without roles
    anybody may pass. An API token needs *scope* besides.
    """
    least = min((RANKS[role] for role in roles), default=0)

    def required(principal: PrincipalDep) -> Principal:
        demand(principal, least=least, scope=scope)
        return principal

    return required


def demand(principal: Principal, *, least: int, scope: str) -> None:
    """Raise Problem 401 or 403 unless the principal has the rank and, as a token, the scope."""
    if RANKS[principal.role] < least:
        raise _forbidden() if principal.role else not_logged_in()
    if scope not in principal.scopes:
        raise Problem(
            403,
            "scope-missing",
            f"this API token lacks the scope {scope!r}; make one that has it",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
        )


def readable(session: Session, principal: Principal, submission_id: str) -> Submission:
    """
    Return a submission that the principal may read.

    Raise Problem 401 for nobody at all, and 404 for a stranger: whether it exists is not said.
    """
    if principal.role is None and not principal.result_keys:
        raise not_logged_in()
    submission = session.get(Submission, submission_id)
    if submission is None or not principal.may_read(submission):
        raise not_found(what="this submission")
    return submission


def not_logged_in() -> Problem:
    """Return the 401 for somebody who is not logged in."""
    return Problem(
        401,
        "not-logged-in",
        "log in first, or send an API token as 'Authorization: Bearer ...'",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _forbidden() -> Problem:
    return Problem(403, "forbidden", "your account may not do this; ask the instructor")
