"""otter-grader and nbgrader on a notebook of one line, each in an environment of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
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
        f"Seconds a submission for a notebook with one function, without torch, the mean of"
        f" {SUBMISSIONS} one after the other.\n\n| grader | seconds |\n|---|---|"
    )
    for name, package, grade in (
        ("otter run", OTTER, _otter),
        ("nbgrader autograde", NBGRADER, _nb),
    ):
        work = folder / package.partition("=")[0]
        work.mkdir(parents=True)
        try:
            programs = _install(work / "venv", package)
            yield f"| `{name}` ({package}) | {grade(work, programs):.1f} |"
        except PeerError as error:
            yield f"| `{name}` ({package}) | does not run here: {error} |"
    yield ""


def _install(folder: Path, package: str) -> Path:
    """Return the folder of programs of a new environment that has *package*."""
    _run([sys.executable, "-m", "venv", str(folder)], folder.parent)
    _run([str(folder / "bin" / "pip"), "install", "--quiet", package, "ipykernel"], folder.parent)
    return folder / "bin"


def _otter(work: Path, programs: Path) -> float:
    (work / "tests").mkdir()
    (work / "tests" / "q1.py").write_text(TEST)
    _run([str(programs / "otter"), "generate", "-t", "tests", "-o", "autograder.zip"], work)
    begun = time.monotonic()
    for number in range(SUBMISSIONS):
        nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(ANSWER)]), work / f"{number}.ipynb")
        out = work / f"out-{number}"
        out.mkdir()
        command = [str(programs / "otter"), "run", f"{number}.ipynb", "-a", "autograder.zip"]
        _run([*command, "-o", str(out)], work)
        if not (out / "results.json").is_file():
            msg = "it wrote no results"
            raise PeerError(msg)
    return (time.monotonic() - begun) / SUBMISSIONS


def _nbgrader(work: Path, programs: Path) -> float:
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
    begun = time.monotonic()
    _run([program, "autograde", "ps1"], work)
    seconds = (time.monotonic() - begun) / SUBMISSIONS
    if len([*work.glob("autograded/*/ps1/hw.ipynb")]) != SUBMISSIONS:
        msg = "it did not grade all"
        raise PeerError(msg)
    return seconds


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
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        msg = f"{command[0].rpartition('/')[2]}: {said[-1]}"
        raise PeerError(msg)
