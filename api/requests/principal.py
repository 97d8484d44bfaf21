"""Who makes a request, however they proved it: browser session, API token, or nothing at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from api.kit.models import Role, Submission

Scope = Literal["submit", "read", "grade", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, kw_only=True)
class Principal:
    """The person or script behind a request."""

    user_id: str | None = None
    login: str = ""
    role: Role | None = None  # None: nobody is logged in
    student_id: str | None = None
    scopes: frozenset[str] = frozenset(SCOPES)  # a person has all; an API token what it was given
    session_id: str | None = None  # of a browser: its unsafe requests need a CSRF token
    address: str = ""
    mates: frozenset[tuple[str, str]] = frozenset()  # edition and student, in groups of theirs
    result_keys: frozenset[str] = frozenset()  # sha256 of the result keys that the request shows

    @property
    def is_staff(self) -> bool:
        """Return whether this is a TA or an instructor."""
        return self.role in {Role.TA, Role.INSTRUCTOR}

    def owns(self, submission: Submission) -> bool:
        """Return whether the submission is this student's, a group's, or this key's self-check."""
        if submission.key_sha256 is not None and submission.key_sha256 in self.result_keys:
            return True
        if self.student_id is None or submission.anonymous:
            return False
        whose = submission.student_id
        return self.student_id == whose or (submission.edition, whose) in self.mates

    def may_read(self, submission: Submission) -> bool:
        """Return whether this principal may see that the submission exists."""
        return "read" in self.scopes and (self.is_staff or self.owns(submission))
