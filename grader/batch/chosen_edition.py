"""Which edition a class's work was written for, where nobody says it."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from grader import grading
from grader.batch.sources.submitted import Submitted
from grader.batch.staging import stage, staged_paths
from grader.editions.loader import default_edition_id
from grader.errors import SubmissionError

MOST_READ = 20


def edition_of(submitted: Sequence[Submitted]) -> str:
    """Return the id of the edition for which most of a sample of the submissions were written."""
    readable = [one for one in submitted if one.refused is None]
    stride = max(1, len(readable) // MOST_READ)
    votes = Counter(filter(None, map(_edition, readable[::stride][:MOST_READ])))
    default = default_edition_id()
    return max(votes, key=lambda name: (votes[name], name == default), default=default)


def _edition(one: Submitted) -> str:
    with tempfile.TemporaryDirectory(prefix="grader-batch-") as folder:
        try:
            stage(one, Path(folder))
            edition, _ = grading.read_for_its_edition(staged_paths(Path(folder)))
        except SubmissionError:
            return ""
        return edition.id
