"""
Where the time of a submission goes in a process that grades a batch.

    python -m benchmarks.stages CLASS [DATA]

The stages are those that are shown while one waits. One process grades some of the class, so no
other takes its time; the sandbox's processor time is not its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.students import EDITION

MEASURED = 12  # submissions of the class
WARMING = 2  # before them: what is imported and computed once
Taken = Mapping[str, tuple[float, float]]


class Stages:
    """How long each stage takes: seconds, and the grader's own CPU seconds."""

    def __init__(self) -> None:
        self._stage = "Reading, sandbox"
        self._since = self._now()
        self.taken: dict[str, tuple[float, float]] = {}

    @staticmethod
    def _now() -> tuple[float, float]:
        return time.monotonic(), time.process_time()

    def __call__(self, stage: str) -> None:
        """Note that *stage* begins; what follows a colon is about its progress."""
        now, had = self._now(), self.taken.get(self._stage, (0.0, 0.0))
        wall, cpu = (n - s + h for n, s, h in zip(now, self._since, had, strict=True))
        self.taken[self._stage] = (wall, cpu)
        self._stage, self._since = stage.partition(":")[0], now


def lines(source: Path, data: Path | None, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the table of a class's stages."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.stages",
        str(source),
        *([str(data)] if data else []),
    ]
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    alone = {**environment, **dict.fromkeys(threads, "1")}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=alone)
    measured: dict[str, list[tuple[float, float]]] = json.loads(done.stdout)
    yield "## Where the time goes\n"
    yield f"Means of {MEASURED} submissions in one process; CPU without the sandbox's.\n"
    yield f"| stage | seconds | grader's CPU |\n|{'---|' * 3}"
    for stage, taken in measured.items():
        wall, cpu = (sum(part) / MEASURED for part in zip(*taken, strict=True))
        yield f"| {stage} | {wall:.2f} | {cpu:.2f} |"
    yield ""


def main(source: Path, data: Path | None) -> None:
    """Print the seconds of each stage, in a list for each of its submissions."""
    measured: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as out:
        taken = [*_graded(source, data, Path(out))][WARMING:]
    usual = sorted(taken, key=lambda stages: sum(wall for wall, _ in stages.values()))
    for stages in usual[:MEASURED]:
        for stage, seconds in stages.items():
            measured[stage].append(seconds)
    total = [tuple(map(sum, zip(*stages.values(), strict=True))) for stages in usual[:MEASURED]]
    print(json.dumps({**measured, "together": total}))


def _graded(
    source: Path, data: Path | None, out: Path
) -> Iterator[dict[str, tuple[float, float]]]:
    from grader import locations
    from grader.batch import grading_process
    from grader.batch.job import BatchJob, Setting
    from grader.editions.loader import load_edition
    from grader.sandbox.policy import full
    from grader.sandbox.processes import pool

    edition = load_edition(EDITION)
    baseline = locations.open_baseline(edition, data)
    pool.shared(full())
    setting = Setting(edition=EDITION, data=str(data or ""), student_seconds=30.0)
    for student in sorted(source.iterdir())[: 2 * (WARMING + MEASURED)]:
        job = BatchJob(
            files=str(student), student_id=student.name, out=str(out), language="en", seed=0
        )
        stages = Stages()
        record = grading_process.grade(job, edition, baseline, setting, stages)
        stages("end")
        if record.state == grading_process.GRADED:
            yield stages.taken


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None)
