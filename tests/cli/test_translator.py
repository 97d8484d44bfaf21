"""What the screen says beside the grade is in the language that was asked for."""

# ruff: noqa: RUF001 - Chinese punctuation is what is printed

from __future__ import annotations

from pathlib import Path

import pytest

from grader import locations
from grader.baseline import networks as baseline
from grader.cli.translator import Translator
from grader.words.message import Message
from reference import datasets
from tests.grading import edition


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ["Data: decoding images, once (1,000 of 60,000)", "Report", "of next year"]),
        (
            "zh_TW",
            ["讀取資料：解碼影像，僅此一次（60,000 張中的 1,000 張）", "製作報告", "of next year"],
        ),
    ],
)
def test_progress_is_told_whole(
    language: str, says: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the stage nor how far it has come is left in another language."""
    told: list[Message] = []

    def opened(*_: object, on_progress: object, **__: object) -> None:
        assert callable(on_progress)
        on_progress(1_000, 60_000)

    monkeypatch.setattr(datasets, "open_data", opened)
    monkeypatch.setattr(baseline, "load_baseline", lambda *_: None)
    locations.open_baseline(edition(), Path(), told.append)

    speech, [far] = Translator(language), told
    assert [
        speech.progress("Data", far),
        *(speech.progress(stage) for stage in ("Report", "of next year")),
    ] == says
