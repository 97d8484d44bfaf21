"""One grading, from blobs to blobs: the only place of the service that calls the grader."""

from __future__ import annotations

import io
import json
import logging
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from api.grades.pending import faults_of
from api.jobs.job_and_outcome import Job, Outcome, refused
from api.kit.models import RunState
from api.kit.storage import Blobs
from grader import grading
from grader.baseline.networks import Baseline
from grader.editions.loader import Edition
from grader.errors import SubmissionError
from grader.intake.files.file_names import safe_name
from grader.model import Grade, Notify
from grader.results.file.schema import Results, dump
from grader.results.file.written import results_of
from grader.results.open_points import pending_criteria, without_faults
from report_templates.recognition import remarks_on_report

SEED = 0  # the same for everybody: nobody's probes are easier than another's
REPORT_STAGE = "Report"
_log = logging.getLogger(__name__)


class Stages:
    """Passes the names of stages on and measures how long each takes."""

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        self._now = ""
        self._since = time.monotonic()
        self.seconds: dict[str, float] = {}

    def __call__(self, stage: str) -> None:
        """Note that *stage* begins; what follows a colon is about its progress."""
        self.end()
        self._now = stage.partition(":")[0]
        self._notify(stage)

    def end(self) -> None:
        """Note that the present stage ends."""
        now = time.monotonic()
        if self._now:
            self.seconds[self._now] = self.seconds.get(self._now, 0.0) + now - self._since
        self._since = now


@dataclass(frozen=True, kw_only=True)
class GradingSetup:
    """What a process grades all jobs of one edition with."""

    edition: Edition
    baseline: Baseline
    secret: str = field(repr=False)  # the probes are drawn from it
    student_seconds: float


def grade(job: Job, folder: Path, *, setup: GradingSetup, blobs: Blobs, notify: Notify) -> Outcome:
    """
    Return how grading the job's files ends; results and feedback are in *blobs* by then.

    *folder* is empty and goes away with the job. Raise StorageError where blobs cannot be read or
    written now, and anything else where we failed: wrong answers never raise.
    """
    begun = time.monotonic()
    stages = Stages(notify)
    paths = fetch(job, folder, blobs)
    try:
        handout = grading.read(setup.edition, paths, student_id=job.student_id)
    except SubmissionError as error:
        reason = grading.without_folders(error.reason, folder)
        return refused(reason, seconds=time.monotonic() - begun)
    result, stops = _run(handout, setup, stages)
    remarks = remarks_on_report(setup.edition, paths, job.student_id)
    result = grading.with_seconds(result, time.monotonic() - begun)
    stages(REPORT_STAGE)
    outcome = _store(result, job.language, blobs)
    stages.end()
    return replace(
        outcome,
        report_remarks=tuple(one.as_json() for one in remarks.said),
        report_content=remarks.content,
        seconds=time.monotonic() - begun,
        stage_seconds=stages.seconds,
        sandbox_stops=stops,
    )


def _run(handout: grading.Prepared, setup: GradingSetup, notify: Notify) -> tuple[Grade, int]:
    """Return the grade of a submission in a sandbox of its own, and how often that was stopped."""
    with grading.open_sandbox(
        setup.edition, handout.program, student_seconds=setup.student_seconds
    ) as sandbox:
        result = grading.grade(
            sandbox,
            setup.edition,
            handout,
            setup.baseline,
            seed=SEED,
            secret=setup.secret,
            notify=notify,
        )
    return result, sandbox.stops


def fetch(job: Job, folder: Path, blobs: Blobs) -> list[Path]:
    """Write the job's files into *folder*, each in a folder of its own; return their paths."""
    paths = []
    for position, (name, sha256) in enumerate(job.files):
        path = folder / str(position) / safe_name(name)
        path.parent.mkdir()
        path.write_bytes(blobs.read(sha256))
        paths.append(path)
    return paths


def draw(results: Results, language: str) -> bytes | None:
    """Return the feedback as a PDF, None where it cannot be drawn: that never costs a grade."""
    from report_templates.render import pdf_bytes

    try:
        return pdf_bytes(results, language=language, kind="feedback")
    except Exception:  # WeasyPrint may raise anything; the results are safe without it
        _log.exception("no PDF")
        return None


def _store(grade: Grade, language: str, blobs: Blobs) -> Outcome:
    """Put results and feedback into *blobs*, both without faults; return the outcome."""
    whole = results_of(grade)
    results = without_faults(whole)
    contents = json.dumps(dump(results), allow_nan=False).encode()
    stored = blobs.put(io.BytesIO(contents))
    feedback = draw(results, language)
    pdf = blobs.put(io.BytesIO(feedback)) if feedback is not None else None
    left = pending_criteria(results)
    return Outcome(
        state=RunState.PENDING if left else RunState.GRADED,
        pending=left,
        faults=tuple(faults_of(whole)),
        results_sha256=stored.sha256,
        pdf_sha256=pdf.sha256 if pdf else None,
        score=grade.points,
        max_score=grade.max_points,
        findings=tuple(dict.fromkeys(found.id for found in grade.findings if found.costs_points)),
        criteria={score.criterion: (score.points, score.max_points) for score in grade.scores},
    )
