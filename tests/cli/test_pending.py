"""``grader check`` where the grader itself breaks says what waits, and has a status for it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.cli.app import app
from grader.tasks.accumulator_bias import kind as accumulator_bias

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "hw1_108062999.ipynb"


def broken(*_args: object, **_options: object) -> None:
    msg = "the disk is gone"
    raise OSError(msg)


@pytest.mark.parametrize(
    ("language", "so_far", "reason"),
    [
        (
            "en",
            "graded so far: {score:g} of 80, 20 points wait for staff",
            "The grader failed here; this waits for staff.",
        ),
        (
            "zh_TW",
            "目前得分：{score:g}，已評分項目滿分 80；另有 20 分等候助教處理",  # noqa: RUF001  Chinese
            "評分程式在此出錯；等候助教處理。",  # noqa: RUF001  Chinese
        ),
    ],
)
def test_points_that_wait_are_said_and_have_a_status(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    language: str,
    so_far: str,
    reason: str,
) -> None:
    """The screen says what was graded so far, the file is hidden, the exit status is 5."""
    monkeypatch.setattr(accumulator_bias, "observe_bias", broken)

    options = ["--out", str(tmp_path), "--no-pdf", "--language", language]
    ended = CliRunner().invoke(app, ["check", str(EXAMPLE), *options])

    screen = ended.stdout
    contents = json.loads((tmp_path / "hw1_108062999.json").read_text("utf-8"))
    extra = contents["extra_data"]
    waiting = [test for test in contents["tests"] if "status" not in test]
    assert ended.exit_code == 5
    assert so_far.format(score=contents["score"]) in screen
    assert reason in screen
    assert re.search(r" -/20 *\n", screen)
    assert "the disk is gone" not in screen
    assert (extra["state"], extra["pending_points"], extra["graded_max"]) == ("pending", 20, 80)
    assert contents["visibility"] == "hidden"
    assert sum(test["max_score"] for test in waiting) == 20
    assert {test["extra_data"]["outcome"] for test in waiting} == {"pending"}
    assert [test["score"] for test in waiting] == [0] * len(waiting)
    assert [(f["stage"], f["exception"]) for f in extra["faults"]] == [
        ("Quantized bias", "OSError: the disk is gone")
    ]
