"""Bodies of requests and answers about students."""

from __future__ import annotations

from pydantic import BaseModel


class DeletedOut(BaseModel):
    """What was deleted of a student."""

    student_id: str
    submissions: int
    account: bool
