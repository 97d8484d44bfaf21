"""The zip for Gradescope, and what runs there, in the folders that Gradescope uses."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "hw1_108062999.ipynb"

# Where our code and the file that tells our version are taken from.
KNOWN = """
import grader.cli.app
from importlib.metadata import distribution
ours = distribution("quantization-lab-grader")
print(grader.cli.app.__file__, ours.locate_file(""), ours.version)
"""


def gradescope(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grader.cli", "gradescope", *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.fixture
def autograder(tmp_path: Path) -> Path:
    """Return the folder as Gradescope prepares it before it runs the autograder."""
    for name in ("submission", "results", "source"):
        (tmp_path / name).mkdir()
    metadata = {"id": 7, "users": [{"email": "a@b.c", "id": 3, "name": "王小明"}]}
    (tmp_path / "submission_metadata.json").write_text(json.dumps(metadata))
    return tmp_path


def results_in(root: Path) -> dict[str, object]:
    contents = json.loads((root / "results" / "results.json").read_text("utf-8"))
    assert isinstance(contents, dict)
    return contents


def test_the_zip_holds_all_that_the_image_needs(tmp_path: Path) -> None:
    """Two scripts that can be run, the exact versions, our packages and no test of ours."""
    built = gradescope("build", "--edition", "cs5120-2021", "--out", "a.zip", cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = archive.namelist()
        modes = {n: archive.getinfo(n).external_attr >> 16 for n in ("setup.sh", "run_autograder")}
        pins = archive.read("requirements.txt").decode().split()
        script = archive.read("run_autograder").decode()
        archive.extractall(tmp_path / "source")

    assert all(mode & stat.S_IXUSR for mode in modes.values())
    assert all("==" in pin for pin in pins)
    assert {"torch", "weasyprint", "scipy"} <= {pin.partition("==")[0] for pin in pins}
    assert "packages/grader/editions/cs5120-2021/edition.toml" in names
    assert not any("tests/" in name or "__pycache__" in name for name in names)
    assert "@" not in script.replace("$@", "")
    for name in modes:
        subprocess.run(["bash", "-n", tmp_path / "source" / name], check=True)


@pytest.mark.parametrize("built_in_a_checkout", [False, True])
def test_the_zips_own_code_runs(tmp_path: Path, built_in_a_checkout: bool) -> None:
    """Without this checkout, the packages in the zip run and know their version."""
    ours = metadata.distribution("quantization-lab-grader")
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    if built_in_a_checkout:  # which pip gave a file of another name
        described = checkout / "quantization_lab_grader.egg-info"
        described.mkdir()
        (described / "PKG-INFO").write_text(f"Name: {ours.name}\nVersion: {ours.version}\n")
    gradescope("build", "--edition", "cs5120-2021", "--out", "a.zip", cwd=checkout)
    with zipfile.ZipFile(checkout / "a.zip") as archive:
        archive.extractall(tmp_path / "source")
    finished = subprocess.run(
        [sys.executable, "-c", KNOWN],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "source" / "packages"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count(str(tmp_path)) == 2
    assert finished.stdout.split()[-1] == ours.version


@pytest.mark.few(1)
@pytest.mark.parametrize("options", [[], ["--visibility", "after_published"]])
def test_a_submission_is_graded_where_gradescope_puts_it(
    autograder: Path, options: Sequence[str]
) -> None:
    """The results file is Gradescope's, shown when the instructor said, with the feedback."""
    shutil.copy(EXAMPLE, autograder / "submission")
    ran = gradescope("run", "--edition", "cs5120-2021", "--root", ".", *options, cwd=autograder)
    results = results_in(autograder)
    shown = options[-1] if options else "visible"

    assert ran.returncode == 0, ran.stderr
    assert results["score"] == 90
    assert {test["visibility"] for test in results["tests"]} == {shown}  # type: ignore[attr-defined]
    assert results["visibility"] == shown
    assert (autograder / "results" / "feedback.pdf").read_bytes().startswith(b"%PDF")


def test_files_that_cannot_be_graded_earn_nothing_and_say_why(autograder: Path) -> None:
    """A submission without code has 0 points, and the student reads what to hand in."""
    (autograder / "submission" / "notes.txt").write_text("no code")
    ran = gradescope("run", "--edition", "cs5120-2021", "--root", ".", cwd=autograder)
    results = results_in(autograder)

    assert ran.returncode == 0
    assert results["score"] == 0
    assert ".ipynb" in str(results["output"])


@pytest.mark.long
def test_no_score_is_made_up_where_the_grader_cannot_work(autograder: Path) -> None:
    """Without data the run fails and writes nothing: Gradescope then sends students to staff."""
    shutil.copy(EXAMPLE, autograder / "submission")
    ran = gradescope(
        "run", "--edition", "cs5120-2021", "--root", ".", "--data", "nowhere", cwd=autograder
    )

    assert ran.returncode == 3
    assert "nowhere" in ran.stderr
    assert not (autograder / "results" / "results.json").exists()
