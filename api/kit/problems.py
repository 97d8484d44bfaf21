"""Errors as ``application/problem+json`` (RFC 9457); a page shows the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field

from grader.words.message import Message


class Problem(Exception):  # noqa: N818  RFC 9457's own word
    """
    A request that cannot be served: *detail* says what was found and what to do.

    Given as reasons, of which there may be several, it can be said in every language.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str | Message | Sequence[Message],
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        given = [detail] if isinstance(detail, Message) else detail
        self.reasons = () if isinstance(given, str) else tuple(given)
        self.detail = given if isinstance(given, str) else "; ".join(map(str, given))
        super().__init__(self.detail)
        self.status = status
        self.code = code  # stable, for scripts: "file-too-large"
        self.headers = dict(headers or {})


class ProblemDocument(BaseModel):
    """The body of every error."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank#file-too-large",
                "title": "Content Too Large",
                "status": 413,
                "detail": "hw1.zip has more than 25 MB; leave the data set out of it",
                "code": "file-too-large",
                "request_id": "5f0c2b9e",
            }
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable name of the error, for scripts.")
    request_id: str = Field("", description="Quote it when you report the error.")


def document(problem: Problem, request_id: str) -> ProblemDocument:
    """Return the body for a problem."""
    return ProblemDocument(
        type=f"about:blank#{problem.code}",
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.detail,
        code=problem.code,
        request_id=request_id,
    )


def not_found(what: str = "this page") -> Problem:
    """Return the 404 that also stands for "exists, but is not yours"."""
    return Problem(404, "not-found", f"{what} does not exist, or you may not see it")
