"""``grader similarity`` as staff type it: a class's folder in, a page out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.corpus import SUBMISSIONS, load_case

COPIED = "cs5120-2021/mse-search"
OTHERS = ("cs5120-2021/max-abs-127", "cs5120-2021/factor-by-reduce", "ee290-2020/powers-of-two")


def similarity(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grader.cli", "similarity", *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=240, check=False
    )


def hand_in(case: str, folder: Path, student: str) -> None:
    written = load_case(SUBMISSIONS / case).write(folder / "made")
    (folder / "class").mkdir(exist_ok=True)
    written.rename(folder / "class" / f"hw1_{student}.ipynb")


@pytest.fixture
def classroom(tmp_path: Path) -> Path:
    for number, case in enumerate((COPIED, *OTHERS)):
        hand_in(case, tmp_path, f"10806200{number}")
    return tmp_path


def test_a_copy_is_named_and_shown(classroom: Path) -> None:
    """Two students' copies are named on the screen, and stand side by side on the page."""
    hand_in(COPIED, classroom, "108062777")
    ran = similarity("class", "--edition", "cs5120-2021", cwd=classroom)
    page = (classroom / "similar.html").read_text("utf-8")

    assert ran.returncode == 0, ran.stderr
    assert "solutions compared: 5; pairs that share more than independent ones do: 1" in ran.stdout
    assert "108062000 \u2013 108062777" in ran.stdout
    assert page.count('class="row marked"') > 10


def test_last_years_work_is_compared_too(classroom: Path) -> None:
    """A copy from an earlier year is found, and called by the year's folder."""
    (classroom / "class").rename(classroom / "2020")
    hand_in(COPIED, classroom, "108062777")
    ran = similarity(
        "class",
        "--earlier",
        "2020",
        "--edition",
        "cs5120-2021",
        "--language",
        "zh_TW",
        cwd=classroom,
    )

    assert ran.returncode == 0, ran.stderr
    assert "108062777 \u2013 2020: 108062000" in ran.stdout


def test_a_class_without_code_is_said(tmp_path: Path) -> None:
    """Whose code cannot be read is named, and the page says that nothing is alike."""
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "hw1_108062001.ipynb").write_text("no notebook")
    ran = similarity("class", "--edition", "cs5120-2021", cwd=tmp_path)

    assert ran.returncode == 0, ran.stderr
    assert "no code could be read of 1: 108062001" in ran.stdout
