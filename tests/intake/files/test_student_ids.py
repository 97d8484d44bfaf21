"""A file that carries another student's id is noticed, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.intake.files.student_ids import another_in
from grader.intake.model import ProblemKind
from tests.intake.notebooks import notebook, read, write, zipped

NOTEBOOK = notebook("x = 1")
OWN = "108062999"


@pytest.mark.parametrize(
    "name",
    [
        "hw1_108062998.ipynb",
        "hw1_108062998 (1).ipynb",
        "Copy of hw1_108062998.ipynb",
        "hw1_108062998_final.ipynb",
        "108062998/hw1.ipynb",
        "108062998.zip",
        "hw1-108062998.pdf",
    ],
)
def test_anothers_id_is_found(name: str) -> None:
    assert another_in(name, OWN) == "108062998"


@pytest.mark.parametrize(
    "name",
    [
        "hw1_108062999.ipynb",
        "HW1_108062999 - Copy.ipynb",
        "hw1_108062998_108062999.ipynb",
        "hw1.ipynb",
        "hw1_final.ipynb",
        "hw1_2026.ipynb",
        "hw1_20261121.ipynb",
        "homework1.ipynb",
        "hw1_10806.ipynb",
        "report.pdf",
    ],
)
def test_other_words_are_no_id(name: str) -> None:
    """A date, a year or a word is nobody's id; a name with one's own id in it is one's own."""
    assert another_in(name, OWN) is None


def test_letters_have_no_case_and_short_ids_no_looks() -> None:
    assert another_in("hw1_B09901001.ipynb", "b09901001") is None
    assert another_in("hw1_b09901002.ipynb", "B09901001") == "b09901002"
    assert another_in("hw1_v2.ipynb", "s1") is None


def test_a_students_number_is_told_whatever_it_is_handed_in_as() -> None:
    assert another_in("hw1_108062998.ipynb", "mei") == "108062998"
    assert another_in("hw1_20261121.ipynb", "mei") is None


def test_an_id_of_the_roster_may_look_like_anything() -> None:
    assert another_in("hw1_mei.ipynb", OWN) is None
    assert another_in("hw1_mei.ipynb", OWN, {"mei"}) == "mei"


def test_what_is_graded_under_another_id_says_so(tmp_path: Path) -> None:
    """It is graded as asked, with a remark that names file and both ids."""
    path = write(tmp_path / "hw1_108062998.ipynb", NOTEBOOK)

    submission = read(path, student_id=OWN)

    [problem] = submission.problems
    assert submission.student_id == OWN
    assert problem.kind is ProblemKind.NAMED_FOR_ANOTHER
    assert str(problem.message).startswith(
        "hw1_108062998.ipynb is named for 108062998, handed in as 108062999"
    )


def test_one_inside_an_archive_is_noticed_too(tmp_path: Path) -> None:
    data = zipped({"hw1_108062998.ipynb": NOTEBOOK, "hw1_108062999.pdf": b"%PDF-1.7"})
    path = write(tmp_path / "work.zip", data)

    [problem] = read(path, student_id=OWN).problems

    assert "hw1_108062998.ipynb is named for 108062998" in str(problem.message)


def test_without_an_id_of_its_own_there_is_nothing_to_compare(tmp_path: Path) -> None:
    path = write(tmp_path / "hw1_108062998.ipynb", NOTEBOOK)

    assert read(path).problems == ()
