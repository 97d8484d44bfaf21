"""The edition of a class where nobody names it: the one that most of its work was written for."""

from __future__ import annotations

from pathlib import Path

from grader.batch.class_run import ClassRequest, open_class
from grader.editions.loader import default_edition_id
from tests.batch.classes import folder
from tests.corpus import cases

OTHER = "cs5120-2024"


def test_most_of_a_class_say_the_edition(tmp_path: Path) -> None:
    """Two of three were written for another edition than the default one, and one is broken."""
    [first, second] = [case for case in cases(OTHER) if case.is_right][:2]
    for at, case in enumerate((first, second), start=1):
        case.write(tmp_path / "class" / f"10806200{at}")
    folder(tmp_path / "class", {"108062003/hw1.ipynb": b"{"})
    request = ClassRequest(
        source=tmp_path / "class", out=tmp_path / "out", workers=1, student_seconds=60.0
    )

    with open_class(request) as work:
        assert default_edition_id() != OTHER
        assert work.edition == OTHER
