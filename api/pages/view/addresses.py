"""Where files and documents of a submission are: the API's own addresses."""

from __future__ import annotations

from urllib.parse import urlencode


def of_submission(submission_id: str, path: str, *, key: str = "", **query: str) -> str:
    """Return the address of something of a submission; *key* opens a self-check's."""
    fields = {**query, **({"key": key} if key else {})}
    asked = f"?{urlencode(fields)}" if fields else ""
    return f"/api/v1/submissions/{submission_id}/{path}{asked}"
