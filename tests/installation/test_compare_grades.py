"""What tools/compare_grades.py says of two trees' grades, and how a stopped run goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tools import compare_grades
from tools.compare_grades import Asked, Grades, Key


def graded(points: float = 5.0, outcome: str = "passed", **findings: str) -> dict[str, Any]:
    return {
        "points": {"weights.scale": points},
        "outcome": {"weights.range": outcome},
        "finding": findings,
        "words": {},
    }


def test_alike_differences_are_one_line_with_their_submissions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two submissions that lose the same are told together; one that nobody graded is counted."""
    keys: list[Key] = [(name, "0", 0) for name in ("lab/a", "lab/b", "lab/same", "lab/left")]
    earlier = {key: graded() for key in keys[:3]}
    lost = graded(0.0, "failed", wastes="costs points")
    present = {**earlier, keys[0]: lost, keys[1]: lost}

    differing = compare_grades._report(keys, earlier, present, with_words=False)

    assert differing == 2
    assert capsys.readouterr().out.splitlines() == [
        "points weights.scale: 5.0 -> 0.0; outcome weights.range: passed -> failed;"
        " finding wastes: none -> costs points",
        "  2 grades of 2 submissions: lab/a, lab/b",
        "3 grades compared, 2 differ; 1 were not graded",
    ]


def test_a_stopped_run_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    """A line that was not written to its end is graded again, and so are files that changed."""
    path = tmp_path / "abc.jsonl"
    lines = [json.dumps(["lab/a", "old", 0, {}]), json.dumps(["lab/a", "new", 0, {}]), '["lab/a"']
    path.write_text("\n".join(lines), "utf-8")
    asked = Asked(name="lab/a", edition="lab", files=["hw1.ipynb"], sha256="new", seeds=[0, 1])

    grades = Grades(tree=tmp_path, path=path)
    grades.drop_half_a_line()
    grades.update()

    assert [one["seeds"] for one in grades.missing([asked])] == [[1]]
    assert path.read_text("utf-8").splitlines() == lines[:2]
