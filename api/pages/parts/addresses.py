"""Where files and documents of a submission are, and the pieces of its page."""

from __future__ import annotations

from urllib.parse import urlencode


def of_submission(submission_id: str, path: str, *, key: str = "", **query: str) -> str:
    """Return the address of something of a submission; *key* opens a self-check's."""
    fields = {**query, **({"key": key} if key else {})}
    asked = f"?{urlencode(fields)}" if fields else ""
    return f"/api/v1/submissions/{submission_id}/{path}{asked}"


def progress_address(home: str) -> str:
    """Return the address that the page at *home* polls for progress."""
    return f"{home}/progress"


def events_address(home: str) -> str:
    """Return the address of the event stream for the page at *home*."""
    return f"{home}/events"


def view_address(submission_id: str, position: int, language: str, *, key: str = "") -> str:
    """Return where a notebook or script can be read as a page."""
    return of_submission(submission_id, f"files/{position}/view", key=key, language=language)
