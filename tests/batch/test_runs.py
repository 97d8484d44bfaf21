"""A batch from source to results, with the real processes; a killed one goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pypdf
import pytest

from tests.batch.classes import folder
from tests.corpus import SUBMISSIONS, load_case

BROKEN = b"{"
RIGHT = "cs5120-2021/max-abs-127"
KILLS = 10
KILLED_WHILE_IT_GRADES = (2, 5, 9)  # the others while it starts
# When it was graded, and how long that took: in results files, pages and PDFs.
TIMES = re.compile(
    r"\d{4}-\d\d-\d\d(T|, )\d\d:\d\d(:\d\dZ| UTC)|\b\d+\.\d s\b|\"execution_time\": [\d.]+"
)


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


def quick_class(path: Path, count: int) -> Path:
    """Write submissions that are graded in a second each: one function, and each its own."""
    files = {
        f"1080620{at:02d}/hw1.py": (
            "def quantized_weights(weights):\n"
            f"    scale = {120 + at} / weights.abs().max()\n"
            "    return (weights * scale).round().clamp(-128, 127), scale\n"
        ).encode()
        for at in range(count)
    }
    return folder(path, {**files, "108062999/hw1.ipynb": BROKEN})


def results_in(out: Path) -> dict[str, str]:
    """Return all that a run wrote, without times; of PDFs the text."""
    paths = [path for path in out.rglob("*.*") if ".batch" not in path.relative_to(out).parts]
    return {str(path.relative_to(out)): TIMES.sub("", text_of(path)) for path in paths}


def text_of(path: Path) -> str:
    if path.suffix != ".pdf":
        return path.read_text()
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def processes_of(parent: int) -> Iterator[psutil.Process]:
    for child in psutil.Process(parent).children(recursive=True):
        try:
            if "grader.batch.grading_process" in child.cmdline():
                yield child
        except psutil.Error:
            continue


def records_in(out: Path) -> Iterator[Path]:
    return (out / ".batch" / "records").glob("*.json")


def wait_for_records(out: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 200
    while len(list(records_in(out))) < count:
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.05)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_run_that_is_killed_ten_times_ends_as_if_it_never_was(tmp_path: Path) -> None:
    """The same command goes on after each kill -9, and writes the same but for times."""
    source, out = quick_class(tmp_path / "class", count=8), tmp_path / "killed"
    whole = run(source, tmp_path / "whole", "--workers", "2")
    records = 0
    for kill in range(KILLS):
        process = subprocess.Popen(
            command(source, out, "--workers", "2"), stdout=subprocess.DEVNULL
        )
        if kill in KILLED_WHILE_IT_GRADES:
            wait_for_records(out, records + 1, process)
        else:
            time.sleep(0.2 * kill)
        process.kill()
        process.wait()
        records = len(list(records_in(out)))
    resumed = run(source, out, "--workers", "2")

    assert (whole.returncode, resumed.returncode) == (5, 5), resumed.stderr
    assert 0 < records < 8
    assert f"; {records} taken from an earlier run" in resumed.stdout
    assert results_in(out) == results_in(tmp_path / "whole")


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
