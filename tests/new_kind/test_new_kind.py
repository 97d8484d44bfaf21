"""A kind of task that the grader never heard of is one new folder, and no other file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from tests.corpus import build_notebook, load_case
from tests.grading import RIGHT, SUBMISSIONS

ROOT = Path(__file__).parents[2]
NEW = ROOT / "tests" / "new_kind"
CODEBOOK = """
def codebook(weights):
    centroids = torch.linspace(weights.min(), weights.max(), 16)
    distances = (weights.reshape(-1, 1) - centroids).abs()
    return distances.{which}(1).reshape(weights.shape).float(), centroids
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project with the new kind's folder and an edition that names it."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "grader", folder / "grader", ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copytree(NEW / "codebook", folder / "grader" / "tasks" / "codebook")
    shutil.copytree(NEW / "lab-2031", folder / "grader" / "editions" / "lab-2031")
    for other in ("reference", "report_templates"):
        (folder / other).symlink_to(ROOT / other)
    return folder


@pytest.mark.parametrize(
    ("which", "points", "found"), [("argmin", 10, []), ("argmax", 7, ["codebook-farthest"])]
)
def test_a_new_kind_of_task_is_graded(
    house: Path, tmp_path: Path, which: str, points: float, found: list[str]
) -> None:
    """Its checks give points, its hypotheses name a mistake, and its words are said."""
    case = load_case(SUBMISSIONS / RIGHT)
    notebook = build_notebook(case)
    notebook.cells.append(v4.new_code_cell(CODEBOOK.format(which=which)))
    path = tmp_path / "hw1_108062001.ipynb"
    path.write_text(nbformat.writes(notebook), "utf-8")

    options = ("--edition", "lab-2031", "--no-pdf", "--out", ".")
    subprocess.run(
        [sys.executable, "-m", "grader.cli", "check", path.name, *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(house)},
        check=True,
        stdout=subprocess.DEVNULL,
    )

    results = json.loads((tmp_path / "hw1_108062001.json").read_text("utf-8"))
    assert results["score"] == points
    assert [one["id"] for one in results["extra_data"]["findings"]] == found
    assert results["tests"][1]["extra_data"]["task"] == "codebook"
