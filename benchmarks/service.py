"""
The service under a class before its deadline: answers, order, rate of grading, pick-up.

    python -m benchmarks.service [--data DIR] [--students N] [--seconds S] [--workers N]
                                 [--database URL] [--mixed]

API and worker are processes of their own, as ``grader serve`` starts them. First a file that is
refused is handed in again and again on the idle service: how long until a worker has it. Then each
student hands in once, at a random moment of the given seconds, over HTTP; all of them are graded
on the data, with their PDFs. What they hand in is the example, or with ``--mixed`` the cases of
the tests' corpus in turn: right solutions and every mistake, without the one that never ends.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import httpx
import psutil

from api.kit.models import FINAL_STATES, Run, RunState
from api.kit.services import Services
from api.kit.settings import Settings
from grader.editions.loader import default_edition_id
from tests.api.jobs.running import (
    EXAMPLE,
    NO_NOTEBOOK,
    Program,
    add_students,
    all_final,
    answers,
    new_service,
    running,
    runs,
    until,
    upload,
)
from tests.api.ports import free_port
from tests.corpus import cases

IDLE_UPLOADS = 30
START_SECONDS = 900.0  # the first start decodes the data set
FIRST_STUDENT = "bench-idle"
NEVER_ENDS = "weights-never-ends"  # it is stopped after 30 s, whatever else is slow


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One upload: when it was sent, how it was answered, and after how long."""

    status: int
    seconds: float
    run_id: str


def main() -> None:
    """Print the figures."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            store=Path(folder) / "store",
            database_url=options.database,
            data=options.data,
            workers=options.workers,
            uploads_per_minute=IDLE_UPLOADS * 10,  # the lonely ones are all one student's
        )
        _measure(options, settings, Path(folder))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--mixed", action="store_true", help="hand in the corpus, case by case")
    parser.add_argument("--database", default="", help="an empty one; SQLite where none is given")
    return parser.parse_args()


def _measure(options: argparse.Namespace, settings: Settings, folder: Path) -> None:
    services = new_service(settings)
    students = [f"bench{number:04}" for number in range(options.students)]
    tokens = add_students(services, [FIRST_STUDENT, *students])
    port = free_port()
    api = Program(settings, "api", "--port", str(port), log=folder / "api.log")
    worker = Program(settings, "worker", log=folder / "worker.log")
    load = os.getloadavg()[0]
    with running(api, worker), httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        until(lambda: answers(port), START_SECONDS, "the API answers", api)
        until(lambda: "at once" in worker.said(), START_SECONDS, "it grades", worker)
        _show_pick_up(_idle(client, services, tokens[FIRST_STUDENT]))
        cpu = _cpu_seconds(worker)
        files = _corpus(folder / "corpus") if options.mixed else [EXAMPLE]
        sent = _hand_in(port, [tokens[student] for student in students], options.seconds, files)
        _show_answers(sent)
        until(lambda: all_final(services), 60.0 * options.students, "all have ended", api, worker)
        _show_grading([run for run in runs(services) if run.state is not RunState.REFUSED], sent)
        cpu = (_cpu_seconds(worker) - cpu) / len(sent)
        print(f"CPU: {cpu:.2f} s a submission, worker and sandbox together")
    print(f"{os.cpu_count()} cores; load average before: {load:.1f}")
    services.engine.dispose()


def _cpu_seconds(worker: Program) -> float:
    """Return the CPU time of a worker, its slots, their sandboxes, and what those have forked."""
    assert worker.process is not None
    family = psutil.Process(worker.process.pid)
    times = [one.cpu_times() for one in (family, *family.children(recursive=True))]
    return sum(t.user + t.system + t.children_user + t.children_system for t in times)


def _idle(client: httpx.Client, services: Services, token: str) -> list[float]:
    """Return how many seconds each of some lonely uploads waited for a worker."""
    for _ in range(IDLE_UPLOADS):
        answer = upload(client, token, NO_NOTEBOOK)
        answer.raise_for_status()
        until(lambda: all_final(services), 30, "it has ended")
        time.sleep(random.random())
    return [_waited(run) for run in runs(services)]


def _corpus(folder: Path) -> list[Path]:
    """Write the cases of the edition that is graded by default; return their files."""
    found = [case for case in cases(default_edition_id()) if case.name != NEVER_ENDS]
    return [case.write(folder / case.name) for case in found]


def _hand_in(
    port: int, tokens: Sequence[str], seconds: float, files: Sequence[Path]
) -> list[Answer]:
    """Return the answers to one upload of everybody, at random moments of so many seconds."""
    moments = sorted(random.uniform(0, seconds) for _ in tokens)
    begun = time.monotonic()

    def send(token: str, moment: float, file: Path) -> Answer:
        time.sleep(max(0.0, begun + moment - time.monotonic()))
        # A browser of each student's own: nobody's connection is open already.
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            start = time.monotonic()
            answer = upload(client, token, file.read_bytes(), name=file.name)
            took = time.monotonic() - start
        identity = answer.json().get("id", "") if answer.status_code == 202 else ""
        return Answer(status=answer.status_code, seconds=took, run_id=f"{identity}-1")

    with ThreadPoolExecutor(len(tokens)) as threads:
        return [*threads.map(send, tokens, moments, cycle(files))]


def _show_pick_up(waited: Sequence[float]) -> None:
    milliseconds = sorted(1000 * seconds for seconds in waited)
    print(
        f"idle, upload to worker: {statistics.median(milliseconds):.0f} ms at p50,"
        f" {milliseconds[-1]:.0f} ms at most, of {len(milliseconds)}"
    )


def _show_answers(sent: Sequence[Answer]) -> None:
    milliseconds = sorted(1000 * answer.seconds for answer in sent)
    p99 = milliseconds[int(0.99 * (len(milliseconds) - 1))]
    print(f"uploads: {len(sent)}, answered {dict(Counter(answer.status for answer in sent))}")
    print(
        f"upload's answer: {statistics.median(milliseconds):.0f} ms at p50,"
        f" {p99:.0f} ms at p99, {milliseconds[-1]:.0f} ms at most"
    )


def _show_grading(graded: Sequence[Run], sent: Sequence[Answer]) -> None:
    assert all(run.state in FINAL_STATES and run.finished_at for run in graded)
    known = {answer.run_id for answer in sent}
    graded = sorted((run for run in graded if run.id in known), key=lambda run: run.created_at)
    begun = min(run.started_at for run in graded if run.started_at)
    ended = max(run.finished_at for run in graded if run.finished_at)
    seconds = (ended - begun).total_seconds()
    print(f"runs: {dict(Counter(run.state.value for run in graded))}")
    print(f"rate: {len(graded) / seconds:.2f} submissions/s over {seconds:.0f} s, PDFs included")
    print(f"one grading: {statistics.median(run.seconds or 0.0 for run in graded):.2f} s at p50")
    print(f"of it, by stage: {_stages(graded)}")
    print(f"longest wait: {max(_waited(run) for run in graded):.0f} s")
    print(f"order: nobody was overtaken by more than {_most_overtaken(graded)} later uploads")


def _stages(graded: Sequence[Run]) -> str:
    names = graded[0].stage_seconds
    return ", ".join(
        f"{name} {statistics.median(run.stage_seconds.get(name, 0.0) for run in graded):.2f} s"
        for name in names
    )


def _waited(run: Run) -> float:
    assert run.started_at is not None
    return (run.started_at - run.created_at).total_seconds()


def _most_overtaken(by_arrival: Sequence[Run]) -> int:
    """Return how many that came later were begun before somebody, at most."""
    begun = [run.started_at.timestamp() for run in by_arrival if run.started_at]
    return max(
        sum(other < mine for other in begun[position + 1 :]) for position, mine in enumerate(begun)
    )


if __name__ == "__main__":
    main()
