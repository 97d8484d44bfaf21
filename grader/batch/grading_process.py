"""
The process that grades one submission of a batch after the other.

    python -m grader.batch.grading_process <descriptor> <owner's process id> [prove]

It imports torch and loads the baseline once. The setting of the batch is in ``GRADER_BATCH``.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.batch.job import BatchJob, Setting
from grader.batch.records import GRADED, PENDING, REFUSED, Record
from grader.editions.loader import Edition, load_edition
from grader.errors import SubmissionError
from grader.workers.serving import Answering, Telling, serve

if TYPE_CHECKING:
    from grader.baseline.networks import Baseline
    from grader.model import Grade
    from grader.results.file.schema import Results

SETTING = "GRADER_BATCH"  # the name of the environment's variable
_log = logging.getLogger(__name__)


def main(descriptor: int, owner: int, *, prove: bool) -> None:
    """Grade what comes over the descriptor until it closes."""
    logging.basicConfig(level=logging.WARNING)
    serve(descriptor, owner, lambda telling: _open(telling, prove=prove))


def _open(telling: Telling, *, prove: bool) -> tuple[Mapping[str, Any], Answering]:
    """Return what is told of the start, and what grades; raise GraderError where none can be."""
    from grader import locations
    from grader.sandbox.policy import full
    from grader.sandbox.processes import pool
    from grader.sandbox.proof import prove as prove_sandbox

    proof = prove_sandbox(full()) if prove else None
    setting = Setting(**json.loads(os.environ[SETTING]))
    edition = load_edition(setting.edition)
    data = Path(setting.data) if setting.data else None
    baseline = locations.open_baseline(edition, data, telling)
    pool.shared(full())
    told = {
        "unusable": {},
        "layers": [*proof.layers] if proof else [],
        "missing": dict(proof.remedies) if proof else {},
        "data": {edition.id: baseline.key},
    }

    def answer(order: Mapping[str, Any], notify: Callable[[str], None]) -> Mapping[str, Any]:
        job = BatchJob.of_json(order["job"])
        return {"record": grade(job, edition, baseline, setting, notify).as_json()}

    return told, answer


def grade(
    job: BatchJob,
    edition: Edition,
    baseline: Baseline,
    setting: Setting,
    notify: Callable[[str], None],
) -> Record:
    """Return how a submission's grading ends; its documents are written by then."""
    from grader import grading, locations
    from grader.results.file.written import results_of

    begun = time.monotonic()
    files = Path(job.files)
    try:
        handout = grading.read(edition, sorted(files.iterdir()), student_id=job.student_id or None)
    except SubmissionError as error:
        reason = grading.without_folders(error.reason, files)
        return Record(state=REFUSED, edition=edition.id, reason=reason.as_json())
    with grading.open_sandbox(
        edition, handout.program, student_seconds=setting.student_seconds
    ) as sandbox:
        grade = grading.grade(
            sandbox,
            edition,
            handout,
            baseline,
            seed=job.seed,
            secret=locations.probe_secret(),
            notify=notify,
        )
    grade = grading.with_seconds(grade, time.monotonic() - begun)
    grade = replace(grade, student_name=job.student_name)
    notify("Report")
    return _recorded(grade, results_of(grade), job)


def _recorded(grade: Grade, whole: Results, job: BatchJob) -> Record:
    """Write the documents; return the record of a grade."""
    from grader.results.open_points import pending_criteria, without_faults

    results = without_faults(whole)
    documents, notes = _write(results, job)
    left = pending_criteria(results)
    tests = [(one.extra_data, one) for one in results.tests]
    return Record(
        state=PENDING if left else GRADED,
        edition=grade.edition,
        score=grade.points,
        max_score=grade.max_points,
        criteria={
            extra.criterion: (None if extra.criterion in left else one.score, one.max_score or 0.0)
            for extra, one in tests
        },
        titles={extra.criterion: one.name for extra, one in tests},
        findings=tuple(dict.fromkeys(one.id for one in grade.findings if one.costs_points)),
        called={one.id: one.title.as_json() for one in grade.findings if one.costs_points},
        accuracy={
            stage: percent
            for stage, percent in results.extra_data.accuracy.items()
            if percent is not None
        },
        problems=tuple(one.as_json() for one in grade.problems),
        faults=tuple(one.model_dump(mode="json") for one in whole.extra_data.faults or ()),
        documents=tuple(documents),
        notes=tuple(notes),
    )


def _write(results: Results, job: BatchJob) -> tuple[list[str], list[str]]:
    """Write results, PDF and page; return the names of the files, and why one is missing."""
    from grader.results.exports.file_stem import file_name
    from grader.results.file.written import write_contents
    from report_templates.render import RenderError, render_pdf, write_page

    out = Path(job.out)
    stem = f"{results.extra_data.assignment}_{file_name(job.student_id)}"
    write_contents(results, out / f"{stem}.json")
    written, notes = [f"{stem}.json"], []
    for write, ending in ((render_pdf, ".pdf"), (write_page, ".html")):
        try:
            write(results, out / f"{stem}{ending}", language=job.language, kind="feedback")
        except RenderError as error:
            _log.warning("%s: %s", stem, error)
            notes.append(str(error))
        else:
            written.append(f"{stem}{ending}")
    return written, notes


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), prove=sys.argv[3:] == ["prove"])
