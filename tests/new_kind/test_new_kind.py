"""A kind of task that the grader never heard of is one new folder, and no other file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode, v4

from tests.corpus import Section, build_notebook, load_case, splice
from tests.grading import EDITION, RIGHT, SUBMISSIONS, cells_of, edition
from tests.pipeline.test_direction import STEPS

ROOT = Path(__file__).parents[2]
NEW = ROOT / "tests" / "new_kind"
CODEBOOK = """
def codebook(weights):
    centroids = torch.linspace(weights.min(), weights.max(), 16)
    distances = (weights.reshape(-1, 1) - centroids).abs()
    return distances.{which}(1).reshape(weights.shape).float(), centroids
"""


# A kind that is the house's own in all but its name and its folder.
ANOTHER = """
from dataclasses import replace
from grader.tasks.{kind} import kind
KIND = replace(kind.KIND, name="another_{kind}")
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project with the new kind's folder and an edition that names it."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "grader", folder / "grader", ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copytree(NEW / "codebook", folder / "grader" / "tasks" / "codebook")
    shutil.copytree(NEW / "lab-2031", folder / "grader" / "editions" / "lab-2031")
    _add_another_of_each(folder / "grader")
    for other in ("reference", "report_templates"):
        (folder / other).symlink_to(ROOT / other)
    return folder


def _add_another_of_each(grader: Path) -> None:
    """Add another kind for each of an edition's, and the edition ``lab-2032`` that names those."""
    lab = [f'extends = "{EDITION}"', 'id = "lab-2032"', 'title = "A lab of other kinds"']
    for task in edition().file.tasks:
        room = grader / "tasks" / f"another_{task.kind}"
        room.mkdir()
        (room / "__init__.py").touch()
        (room / "kind.py").write_text(ANOTHER.format(kind=task.kind), "utf-8")
        lab += ["[[tasks]]", f'id = "{task.id}"', f'kind = "{room.name}"']
    (grader / "editions" / "lab-2032").mkdir()
    (grader / "editions" / "lab-2032" / "edition.toml").write_text("\n".join(lab), "utf-8")


def _graded(house: Path, folder: Path, notebook: NotebookNode, lab: str) -> dict[str, Any]:
    """Return the results file of a notebook, by the command line of the copied project."""
    options = ("--edition", lab, "--no-pdf", "--out", ".")
    path = folder / "hw1_108062001.ipynb"
    path.write_text(nbformat.writes(notebook), "utf-8")
    subprocess.run(
        [sys.executable, "-m", "grader.cli", "check", path.name, *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(house)},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    found: dict[str, Any] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return found


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("which", "points", "found"), [("argmax", 7, ["codebook-farthest"]), ("argmin", 10, [])]
)
def test_a_new_kind_of_task_is_graded(
    house: Path, tmp_path: Path, which: str, points: float, found: list[str]
) -> None:
    """Its checks give points, its hypotheses name a mistake, and its words are said."""
    case = load_case(SUBMISSIONS / RIGHT)
    notebook = build_notebook(case)
    notebook.cells.append(v4.new_code_cell(CODEBOOK.format(which=which)))

    results = _graded(house, tmp_path, notebook, "lab-2031")

    assert results["score"] == points
    assert [one["id"] for one in results["extra_data"]["findings"]] == found
    assert results["tests"][1]["extra_data"]["task"] == "codebook"


def test_no_kind_of_task_has_a_name_that_the_grader_knows(house: Path, tmp_path: Path) -> None:
    """Another kind in each one's place climbs the ladder, and pays once for scales upside down."""
    cells = cells_of(RIGHT)
    for name, source in STEPS.items():
        cells = splice(cells, Section(name=name, source=source))
    code = [v4.new_code_cell(cell.source) for cell in cells if not cell.is_markdown]

    results = _graded(house, tmp_path, v4.new_notebook(cells=code), "lab-2032")

    found = [one["id"] for one in results["extra_data"]["findings"]]
    assert (results["score"], found) == (87, ["scales-all-upside-down"])
