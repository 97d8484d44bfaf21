"""One submission on Gradescope: from its folder to results.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import GraderError, SubmissionError


class LayoutError(GraderError):
    """The folder is not one that Gradescope prepares."""

    exit_code = 3


@dataclass(frozen=True, kw_only=True)
class Place:
    """Gradescope's folder, usually ``/autograder``."""

    root: Path

    @property
    def submission(self) -> Path:
        """Return the folder of what was handed in; raise LayoutError where there is none."""
        folder = self.root / "submission"
        if not folder.is_dir():
            msg = f"{folder}: no such folder; Gradescope puts a submission there"
            raise LayoutError(msg)
        return folder

    @property
    def results(self) -> Path:
        """Return the folder of the results."""
        return self.root / "results"

    def student(self) -> str | None:
        """
        Return the student's id: of the first user, the id number of the roster if it is told.

        Gradescope's own metadata names people by e-mail and name. None lets the file's name tell.
        """
        users = self._metadata().get("users")
        first = users[0] if isinstance(users, list) and users else {}
        if not isinstance(first, dict):
            return None
        told = (first.get(key) for key in ("sid", "student_id"))
        return next((str(value).strip() for value in told if value), None)

    def _metadata(self) -> Mapping[str, Any]:
        try:
            told = json.loads((self.root / "submission_metadata.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}  # without it everything can be graded all the same
        return told if isinstance(told, dict) else {}


def shown_at(contents: dict[str, Any], visibility: str) -> dict[str, Any]:
    """
    Return a results file in which nothing is seen earlier than *visibility* says.

    What waits for staff stays hidden whatever is asked.
    """
    tests = [{**test, "visibility": visibility} for test in contents["tests"]]
    hidden = contents["visibility"] == "hidden"
    return {**contents, "tests": tests, "visibility": "hidden" if hidden else visibility}


def refused(error: SubmissionError, language: str) -> dict[str, Any]:
    """Return the results of files that cannot be graded: no points, and what to hand in."""
    return {
        "score": 0.0,
        "output": error.reason.said_in(language),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [],
        "extra_data": {"state": "refused"},
    }
