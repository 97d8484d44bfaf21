"""A batch from source to results, with the real processes; a killed one goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from grader.results.file.written import VOLATILE
from tests.batch.classes import folder
from tests.corpus import SUBMISSIONS, load_case

BROKEN = b"{"
RIGHT = "cs5120-2021/max-abs-127"


def command(source: Path, out: Path, *options: str) -> list[str]:
    grader = [sys.executable, "-m", "grader.cli", "batch", str(source), "--out", str(out)]
    return [*grader, "--edition", "cs5120-2021", *options]


def run(source: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(source, out, *options), capture_output=True, text=True, check=False, timeout=280
    )


def small_class(path: Path, count: int = 3) -> Path:
    right = load_case(SUBMISSIONS / RIGHT).write(path.parent).read_bytes()
    files = {f"1080620{at:02d}/hw1.ipynb": right for at in range(count)}
    return folder(path, {**files, "108062999/hw1.ipynb": BROKEN})


def results_in(out: Path) -> dict[str, object]:
    """Return all that a run wrote, times aside; of documents their names."""
    found: dict[str, object] = {"grades.csv": (out / "grades.csv").read_bytes()}
    for path in sorted((out / "students").rglob("*.*")):
        name = str(path.relative_to(out))
        found[name] = None
        if path.suffix == ".json":
            contents = json.loads(path.read_bytes())
            contents["graded_at"] = contents["extra_data"].pop("graded_at", None)
            found[name] = {key: value for key, value in contents.items() if key not in VOLATILE}
    return found


def processes_of(parent: int) -> Iterator[psutil.Process]:
    for child in psutil.Process(parent).children(recursive=True):
        try:
            if "grader.batch.grading_process" in child.cmdline():
                yield child
        except psutil.Error:
            continue


def wait_for_records(out: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 200
    while len(list((out / ".batch" / "records").glob("*.json"))) < count:
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.05)


@pytest.mark.long
def test_a_killed_run_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    """After kill -9 the same command takes what was graded, and ends as if nothing had been."""
    source = small_class(tmp_path / "class", count=3)
    whole = run(source, tmp_path / "whole", "--workers", "1")
    process = subprocess.Popen(
        command(source, tmp_path / "killed", "--workers", "1"), stdout=subprocess.DEVNULL
    )
    wait_for_records(tmp_path / "killed", 1, process)
    process.kill()
    process.wait()
    resumed = run(source, tmp_path / "killed", "--workers", "1")

    assert (whole.returncode, resumed.returncode) == (5, 5)
    assert results_in(tmp_path / "killed") == results_in(tmp_path / "whole")
    assert "; 0 taken from an earlier run" not in resumed.stdout


@pytest.mark.long
def test_a_dead_process_costs_one_submission_and_only_until_the_next_run(tmp_path: Path) -> None:
    """The one it was grading is pending, the rest is graded, and the next run grades it."""
    source = small_class(tmp_path / "class", count=2)
    process = subprocess.Popen(
        command(source, tmp_path / "out", "--workers", "1", "--quiet"), stdout=subprocess.DEVNULL
    )
    wait_for_records(tmp_path / "out", 1, process)
    for child in processes_of(process.pid):
        os.kill(child.pid, signal.SIGKILL)
    assert process.wait(280) == 5
    states = (tmp_path / "out" / "grades.csv").read_text("utf-8-sig").splitlines()[1:]
    again = run(source, tmp_path / "out", "--workers", "1")

    assert sorted(line.split(",")[3] for line in states) == ["graded", "pending", "refused"]
    assert "graded 2, pending 0, refused 1" in again.stdout


def test_help_names_the_platforms() -> None:
    """The command's help says what it takes, without importing torch."""
    finished = subprocess.run(
        [sys.executable, "-m", "grader.cli", "batch", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert all(name in finished.stdout for name in ("Canvas", "Moodle", "Gradescope", "GitHub"))


def test_a_source_that_is_not_there_is_told_in_a_line(tmp_path: Path) -> None:
    """A missing source is one line on standard error and exit status 2."""
    finished = run(tmp_path / "nothing.zip", tmp_path / "out")

    assert finished.returncode == 2
    assert finished.stderr.startswith("error: ")
    assert finished.stderr.count("\n") == 1
