"""
Grade the submissions of a source on several processes, and go on where a run before ended.

What has been graded is in the folder of the results, under the digest of everything that it rests
on. A kill loses what is in flight; the same call takes the rest from there.
"""

from __future__ import annotations

import glob
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader import locations
from grader.batch.grading_process import SETTING
from grader.batch.job import BatchJob, Setting
from grader.batch.records import (
    PENDING,
    REFUSED,
    Record,
    RecordStore,
    digest_of,
    digest_of_edition,
    digest_of_grader,
)
from grader.batch.sources.submitted import Submitted
from grader.batch.staging import stage
from grader.editions.loader import load_edition
from grader.errors import GraderError, SandboxError, SubmissionError
from grader.results.exports.file_stem import file_name
from grader.words.message import Message
from grader.workers.slots import (
    Readiness,
    RefusedToStartError,
    SlotError,
    Slots,
    Starting,
    our_fault,
)

STATE_FOLDER = ".batch"
STUDENTS_FOLDER = "students"
DOCUMENTS = frozenset({".json", ".pdf", ".html"})
LIMIT_FACTOR = 2.0  # of the seconds that a student's own code may take
LIMIT_SECONDS = 300.0  # for the grader's own work, documents included
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Graded:
    """One submission and how its grading ended."""

    submitted: Submitted
    folder: str  # of the student, below the results
    record: Record
    is_cached: bool = False


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What a run of a batch is to do."""

    out: Path
    setting: Setting
    workers: int
    language: str = "en"
    seed: int = 0

    @property
    def state(self) -> Path:
        """Return the folder of what lets a run go on."""
        return self.out / STATE_FOLDER


def run_batch(
    batch: Batch,
    submitted: Sequence[Submitted],
    *,
    starting: Starting = lambda _far: None,
    started: Callable[[Readiness], None] = lambda _readiness: None,
    ended: Callable[[Graded], None] = lambda _graded: None,
) -> list[Graded]:
    """
    Return how each submission ends, in their order; *ended* is told as soon as each does.

    *starting* is told how far the first process is with images and float networks.
    Raise GraderError where nothing can be graded here.
    """
    with alone(batch.state), _work_folder(batch.state) as work, _slots(batch, work) as slots:
        readiness = _opened(slots, starting)
        started(readiness)
        run = _Run(batch, slots, work, readiness)
        with ThreadPoolExecutor(max_workers=batch.workers) as threads:
            waiting: dict[Future[Graded], int] = {}
            try:
                for at, (one, folder) in enumerate(named_folders(submitted)):
                    waiting[threads.submit(run.grade, one, folder)] = at
                for future in as_completed(waiting):
                    ended(future.result())
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                slots.close()
                raise
        return [future.result() for future in waiting]


def named_folders(submitted: Sequence[Submitted]) -> Iterator[tuple[Submitted, str]]:
    """Yield the submissions, each with the name of a folder that no other has on any disk."""
    taken: set[str] = set()
    for one in submitted:
        name = free = file_name(one.key)
        number = 2
        while free.casefold() in taken:
            free, number = f"{name}-{number}", number + 1
        taken.add(free.casefold())
        yield one, free


def clear_documents(out: Path, key: str) -> None:
    """Remove a student's earlier documents: a new grading may not have them any more."""
    for path in out.glob(f"*_{glob.escape(file_name(key))}.*"):
        if path.suffix in DOCUMENTS:
            path.unlink(missing_ok=True)


class _Run:
    """One run: what each submission's record rests on, and where it is kept."""

    def __init__(self, batch: Batch, slots: Slots, work: Path, readiness: Readiness) -> None:
        self._batch = batch
        self._slots = slots
        self._work = work
        from report_templates.render import pdf_available

        self._store = RecordStore(batch.state / "records")
        edition = load_edition(batch.setting.edition)
        self._rests_on = (
            digest_of_grader(),
            digest_of_edition(edition),
            readiness.data.get(edition.id, ""),
            batch.setting.student_seconds,
            batch.seed,
            batch.language,
            digest_of(locations.probe_secret()),
            pdf_available() is None,
        )

    def grade(self, one: Submitted, folder: str) -> Graded:
        """Return how a submission ends; where we break, it alone waits for a person."""
        try:
            return self._grade_or_find(one, folder)
        except Exception as error:  # ours, whatever it is: the rest of the class goes on
            _log.exception("%s: the batch broke", one.key)
            reason = our_fault("broke", error=type(error).__name__)
            return Graded(submitted=one, folder=folder, record=self._pending(reason))

    def _grade_or_find(self, one: Submitted, folder: str) -> Graded:
        """Return how a submission ends: as its record says, or graded now."""
        out = self._batch.out / STUDENTS_FOLDER / folder
        if one.refused is not None:
            clear_documents(out, one.key)
            record = Record(state=REFUSED, reason=one.refused.as_json())
            return Graded(submitted=one, folder=folder, record=record)
        with tempfile.TemporaryDirectory(dir=self._work) as files:
            try:
                content = stage(one, Path(files))
            except SubmissionError as error:
                clear_documents(out, one.key)
                record = Record(state=REFUSED, reason=error.reason.as_json())
                return Graded(submitted=one, folder=folder, record=record)
            whose = (one.key, one.about.get("name", ""))
            digest = digest_of(*self._rests_on, *whose, folder, content)
            if kept := self._store.find(digest, out):
                return Graded(submitted=one, folder=folder, record=kept, is_cached=True)
            clear_documents(out, one.key)
            record = self._grade(one, Path(files), out)
            self._store.keep(digest, record)
            return Graded(submitted=one, folder=folder, record=record)

    def _grade(self, one: Submitted, files: Path, out: Path) -> Record:
        """Return how the processes end it; what we fail to do is pending, never points."""
        job = BatchJob(
            files=str(files),
            student_id=one.key,
            student_name=one.about.get("name", ""),
            out=str(out),
            language=self._batch.language,
            seed=self._batch.seed,
        )
        try:
            answer = self._slots.ask({"job": job.as_json()}, lambda _stage: None)
        except SlotError as error:
            _log.warning("%s: %s", one.key, error)
            return self._pending(error.reason)
        return Record.of_json(answer["record"])

    def _pending(self, reason: Message) -> Record:
        """Return the record of what we failed to do: the next run tries it again."""
        return Record(
            state=PENDING,
            edition=self._batch.setting.edition,
            reason=reason.as_json(),
            is_final=False,
        )


def _opened(slots: Slots, starting: Starting) -> Readiness:
    try:
        return slots.open(starting)
    except RefusedToStartError as error:
        refused: GraderError = SandboxError(str(error))
        raise refused from None


@contextmanager
def _slots(batch: Batch, work: Path) -> Iterator[Slots]:
    """Start the processes; what they print goes to a file, and they end with this call."""
    limit = LIMIT_FACTOR * batch.setting.student_seconds + LIMIT_SECONDS
    with (batch.state / "processes.log").open("ab") as log:
        slots = Slots(
            "grader.batch.grading_process",
            batch.workers,
            _environment(batch.setting),
            limit_seconds=limit,
            folder=work,
            output=log.fileno(),
        )
        try:
            yield slots
        finally:
            slots.close()


def _environment(setting: Setting) -> Mapping[str, str]:
    """Return a process's environment: one thread each, so that they do not take turns."""
    told = {SETTING: json.dumps(setting.as_json())}
    return {**os.environ, **dict.fromkeys(_THREADS, "1"), **told}


@contextmanager
def _work_folder(state: Path) -> Iterator[Path]:
    """Make the folder of files being graded; remove what a killed run has left."""
    work = state / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def alone(state: Path) -> Iterator[None]:
    """Lock a folder for one run at a time; raise GraderError where another run holds it."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass
        except OSError:
            msg = (
                f"{state.parent}: another batch writes there; let it end, or choose another --out"
            )
            raise GraderError(msg) from None
        yield
