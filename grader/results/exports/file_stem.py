"""A student's id as part of a file's name."""

from __future__ import annotations

import hashlib
import re

NOBODY = "unknown"  # the id of what says no id
LONGEST = 100  # characters of an id in a file's name


def file_name(student_id: str) -> str:
    """Return an id as part of a file's name: nothing in it may lead to another folder."""
    told = re.sub(r"[^\w.-]+", "_", student_id).strip("_. ") or NOBODY
    if len(told) <= LONGEST:
        return told
    return f"{told[:LONGEST]}-{hashlib.sha256(student_id.encode()).hexdigest()[:8]}"
