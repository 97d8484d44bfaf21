"""otter-grader and nbgrader on a notebook of one line, each in an environment of its own."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

OTTER, NBGRADER = "otter-grader==7.*", "nbgrader==0.9.6"
SUBMISSIONS = 5
ANSWER = "def square(x):\n    return x * x"
TEST = """\
OK_FORMAT = True
test = {
    "name": "q1",
    "points": 1,
    "suites": [{
        "cases": [{"code": ">>> square(3)\\n9", "hidden": False, "locked": False}],
        "scored": True, "setup": "", "teardown": "", "type": "doctest",
    }],
}
"""


class PeerError(Exception):
    """A peer does not run here; the text is what it said."""


def lines(folder: Path) -> Iterator[str]:
    """Yield how long each takes for one submission; both are installed below *folder*."""
    yield "## Peers\n"
    yield (
        f"A submission that is a notebook with one function, without torch: the mean of"
        f" {SUBMISSIONS} one after the other.\n"
    )
    yield "| grader | seconds | CPU seconds |\n|---|---|---|"
    for name, package, grade in (
        ("otter run", OTTER, _otter),
        ("nbgrader autograde", NBGRADER, _nbgrader),
    ):
        work = folder / package.partition("=")[0]
        work.mkdir(parents=True)
        try:
            programs = _install(work / "venv", package)
            seconds, cpu = grade(work, programs)
            yield f"| `{name}` ({package}) | {seconds:.1f} | {cpu:.1f} |"
        except PeerError as error:
            yield f"| `{name}` ({package}) | does not run here: {error} | |"
    yield ""


def _install(folder: Path, package: str) -> Path:
    """Return the folder of programs of a new environment that has *package*."""
    _run([sys.executable, "-m", "venv", str(folder)], folder.parent)
    _run([str(folder / "bin" / "pip"), "install", "--quiet", package, "ipykernel"], folder.parent)
    return folder / "bin"


def _each(work: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds and the CPU seconds that *work* takes for one of its submissions."""
    begun, before = time.monotonic(), _cpu_of_children()
    work()
    taken = time.monotonic() - begun, _cpu_of_children() - before
    return taken[0] / SUBMISSIONS, taken[1] / SUBMISSIONS


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _otter(work: Path, programs: Path) -> tuple[float, float]:
    (work / "tests").mkdir()
    (work / "tests" / "q1.py").write_text(TEST)
    _run([str(programs / "otter"), "generate", "-t", "tests", "-o", "autograder.zip"], work)
    for number in range(SUBMISSIONS):
        nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(ANSWER)]), work / f"{number}.ipynb")
        (work / f"out-{number}").mkdir()

    def grade() -> None:
        for number in range(SUBMISSIONS):
            command = [str(programs / "otter"), "run", f"{number}.ipynb", "-a", "autograder.zip"]
            _run([*command, "-o", f"out-{number}"], work)

    taken = _each(grade)
    if len([*work.glob("out-*/results.json")]) != SUBMISSIONS:
        msg = "it wrote no results"
        raise PeerError(msg)
    return taken


def _nbgrader(work: Path, programs: Path) -> tuple[float, float]:
    program = str(programs / "nbgrader")
    source = work / "source" / "ps1" / "hw.ipynb"
    source.parent.mkdir(parents=True)
    cells = [
        v4.new_code_cell(ANSWER, metadata=_cell("square", solution=True)),
        v4.new_code_cell("assert square(3) == 9", metadata=_cell("test", points=1)),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(v4.new_notebook(cells=cells, metadata=kernel), source)
    _run([program, "generate_assignment", "ps1"], work)
    for number in range(SUBMISSIONS):
        shutil.copytree(source.parent, work / "submitted" / f"s{number}" / "ps1")
    taken = _each(lambda: _run([program, "autograde", "ps1"], work))
    if len([*work.glob("autograded/*/ps1/hw.ipynb")]) != SUBMISSIONS:
        msg = "it did not grade all"
        raise PeerError(msg)
    return taken


def _cell(name: str, *, solution: bool = False, points: int = 0) -> dict[str, Any]:
    return {
        "nbgrader": {
            "schema_version": 3,
            "grade_id": name,
            "solution": solution,
            "grade": not solution,
            "locked": not solution,
            "task": False,
            **({} if solution else {"points": points}),
        }
    }


def _run(command: Sequence[str], folder: Path) -> None:
    """Run a program; others that it calls by name are those beside it."""
    beside = {**os.environ, "PATH": f"{Path(command[0]).parent}{os.pathsep}{os.environ['PATH']}"}
    beside.pop("PYTHONPATH", None)
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=beside
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        msg = f"{command[0].rpartition('/')[2]}: {said[-1]}"
        raise PeerError(msg)
