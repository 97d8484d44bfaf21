"""
The tables.

Files and results are in the blob store under their sha256; the tables say what they mean. A row of
``runs`` is one grading of one submission and never changes once it is finished, but for the state
of a pending one, which follows what people decide; that stands in ``manual_scores`` and is never
touched by a run. Learning platforms and webhooks have modules of their own, ``lti`` and
``webhooks``; they are imported here, so that every process knows all tables.
"""

from __future__ import annotations

from api.kit.models import lti, webhooks
from api.kit.models.base import (
    ACTIVE_STATES,
    FINAL_STATES,
    ID,
    SHA256,
    Base,
    ComparisonState,
    Role,
    RunState,
    UtcDateTime,
    new_id,
    now,
)
from api.kit.models.course import Assignment, Extension, GroupMember
from api.kit.models.operation import (
    AuditEntry,
    Comparison,
    IdempotencyKey,
    Mail,
    RateWindow,
    Worker,
)
from api.kit.models.people import ApiToken, LoginLink, LoginSession, User
from api.kit.models.work import (
    Comment,
    ManualScore,
    RegradeRequest,
    Run,
    SavedComment,
    Submission,
    SubmissionFile,
)

__all__ = [
    "ACTIVE_STATES",
    "FINAL_STATES",
    "ID",
    "SHA256",
    "ApiToken",
    "Assignment",
    "AuditEntry",
    "Base",
    "Comment",
    "Comparison",
    "ComparisonState",
    "Extension",
    "GroupMember",
    "IdempotencyKey",
    "LoginLink",
    "LoginSession",
    "Mail",
    "ManualScore",
    "RateWindow",
    "RegradeRequest",
    "Role",
    "Run",
    "RunState",
    "SavedComment",
    "Submission",
    "SubmissionFile",
    "User",
    "UtcDateTime",
    "Worker",
    "lti",
    "new_id",
    "now",
    "webhooks",
]
