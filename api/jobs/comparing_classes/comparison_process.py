"""
The process that compares a class's code: attempts in on standard input, a summary out.

    python -m api.jobs.comparing_classes.comparison_process < order.json

It knows no database. The pages are in the blob store by the time it answers.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import IO, Any

from api.kit.settings import load_settings
from api.kit.storage import Blobs, open_blobs
from api.operation.logs import configure
from grader.batch.reports import compare_reports
from grader.batch.solutions import ReadWork, read_class
from grader.batch.sources.submitted import HandedFile, Submitted
from grader.intake.classes.members import Member
from grader.similarity.background import usual_answers
from grader.similarity.pairs import find_pairs
from grader.words.catalogue import LANGUAGES
from report_templates.similarity.render import render_similarity


def compare(order: Mapping[str, Any], blobs: Blobs) -> dict[str, Any]:
    """Return how many attempts were compared and which pairs were found, as counts; store them."""
    submitted = [_submitted(one, blobs) for one in order["attempts"]]
    code = read_class(submitted, order["edition"])
    pairs = find_pairs(code.solutions, background=usual_answers(order["edition"]))
    code.reports = last_of_each(code.reports)
    reports = compare_reports(code)
    compared = len(code.solutions)
    pages = {
        language: render_similarity(pairs, compared=compared, reports=reports, language=language)
        for language in LANGUAGES
    }
    stored = blobs.put(io.BytesIO(json.dumps(pages).encode("utf-8", "replace")))
    return {
        "compared": compared,
        "unread": len(code.unread),
        "pairs": len(pairs),
        "reports": reports.found,
        "pages": stored.sha256,
    }


def last_of_each(reports: Sequence[ReadWork]) -> list[ReadWork]:
    """Return each student's last report: to keep one's own from an earlier attempt is no news."""
    return [*{one.student: one for one in reports}.values()]


def _submitted(attempt: Mapping[str, Any], blobs: Blobs) -> Submitted:
    files = tuple(
        HandedFile(
            path=(name,),
            member=Member(
                path=name,
                parts=(name,),
                open=partial(_opened, blobs, sha256),
                packed_bytes=size_bytes,
            ),
        )
        for name, sha256, size_bytes in attempt["files"]
    )
    return Submitted(
        key=attempt["called"], student_id=attempt["student_id"], about={}, files=files
    )


def _opened(blobs: Blobs, sha256: str) -> IO[bytes]:
    return io.BytesIO(blobs.read(sha256))


def main() -> None:
    """Compare what standard input names; what is printed on the way goes to standard error."""
    settings = load_settings()
    configure(settings)
    answer, sys.stdout = sys.stdout, sys.stderr
    found = compare(json.load(sys.stdin), open_blobs(settings))
    json.dump(found, answer)
    answer.flush()


if __name__ == "__main__":
    main()
