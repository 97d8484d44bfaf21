"""Files named as people name them: the id is found, a version or a platform's number never is."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from grader.intake.files.file_names import suffix_of
from grader.intake.model import ProblemKind
from tests.intake.notebooks import notebook, read, write, zipped

NOTEBOOK = notebook("x = 1")
OTHER = notebook("other = 1")
PDF = b"%PDF-1.7\n"
ID = "108062999"

NAMED = [
    # What the sheet asks for, and other marks between its words.
    "hw1_108062999.ipynb",
    "hw1-108062999.ipynb",
    "HW1 108062999.ipynb",
    "Hw1 - 108062999.ipynb",
    "hw1__108062999.ipynb",
    "hw01_108062999.ipynb",
    "hw1.108062999.ipynb",
    "hw1_(108062999).ipynb",
    "hw1＿１０８０６２９９９．ｉｐｙｎｂ",  # noqa: RUF001
    # The id in front, or alone.
    "108062999_hw1.ipynb",
    "108062999-HW1.ipynb",
    "108062999 hw1.ipynb",
    "108062999.ipynb",
    "108062999王小明_hw1.ipynb",
    "Assignment 1 - 108062999.ipynb",
    "作業一_108062999_王小明.ipynb",
    # A name beside it.
    "hw1_108062999_wang.ipynb",
    "hw1_108062999_Mei-Ling_Wang.ipynb",
    "hw1_108062999_王小明.ipynb",
    "hw1_王小明_108062999.ipynb",
    "王小明_hw1_108062999.ipynb",
    "hw1_josé_108062999.ipynb",
    "hw1_108062999_O'Brien.ipynb",
    "cs5120_hw1_108062999.ipynb",
    # Versions, dates, and what people say of theirs.
    "hw1_108062999_v2.ipynb",
    "hw1_108062999.v2.ipynb",
    "hw1_108062999_ver3.ipynb",
    "hw1_v2_108062999.ipynb",
    "hw1_108062999_final.ipynb",
    "hw1_108062999_final2.ipynb",
    "hw1_108062999 (final).ipynb",
    "hw1_108062999_Final Version.ipynb",
    "hw1_108062999_修正版.ipynb",
    "hw1_108062999修正版.ipynb",
    "hw1_108062999_20261121.ipynb",
    "20261121_hw1_108062999.ipynb",
    # Copies, as systems call them.
    "hw1_108062999(1).ipynb",
    "hw1_108062999 (2).ipynb",
    "hw1_108062999 2.ipynb",
    "hw1_108062999 - Copy.ipynb",
    "hw1_108062999 - Copy (3).ipynb",
    "hw1_108062999 copy 2.ipynb",
    "hw1_108062999 (copy).ipynb",
    "hw1_108062999 - 複製.ipynb",
    "hw1_108062999 - 副本 (2).ipynb",
    "hw1_108062999 - コピー.ipynb",
    "hw1_108062999 - 복사본.ipynb",
    "hw1_108062999 - Kopie.ipynb",
    "hw1_108062999 - copia.ipynb",
    "Kopie von hw1_108062999.ipynb",
    "Copy of Copy of hw1_108062999.ipynb",
    "「hw1_108062999.ipynb」的副本.ipynb",
    "hw1_108062999的副本.ipynb",
    "hw1_108062999-checkpoint.ipynb",
    # Endings that other programs add.
    "hw1_108062999.ipynb.txt",
    "hw1_108062999.ipynb.json",
    "hw1_108062999.ipynb.ipynb",
    "hw1_108062999.ipynb (1).txt",
    # Course sites, with numbers of their own.
    "wangmei_LATE_12345_678901_hw1_108062999-2.ipynb",
    "wangmei_1234567_7654321_108062999_hw1.ipynb",
    "Mei Wang_54321_assignsubmission_file_hw1-108062999.ipynb",
]


@pytest.mark.parametrize("name", NAMED)
def test_the_students_id_is_read(name: str, tmp_path: Path) -> None:
    assert read(write(tmp_path / name, NOTEBOOK)).student_id == ID


@pytest.mark.parametrize(
    ("name", "student_id"),
    [
        ("hw1_a.b-c.ipynb", "a.b-c"),
        ("hw1_A-1001.ipynb", "A-1001"),
        ("hw1_b01_final.ipynb", "b01"),
        ("b0990_hw1.ipynb", "b0990"),
        ("hw1_b0990_lin.ipynb", "b0990"),
        ("hw1_B09901234_陳.ipynb", "B09901234"),
        ("hw1_12345_wang.ipynb", "12345"),
        ("hw1_mei.ipynb", "mei"),
    ],
)
def test_ids_of_other_shapes_are_read(name: str, student_id: str, tmp_path: Path) -> None:
    assert read(write(tmp_path / name, NOTEBOOK)).student_id == student_id


@pytest.mark.parametrize(
    "name",
    [
        "hw1.ipynb",
        "hw1_v2.ipynb",
        "hw1_final.ipynb",
        "hw1_final2.ipynb",
        "hw1_20261121.ipynb",
        "hw1_王小明.ipynb",
        "hw1_王小明_2.ipynb",
        "王小明.ipynb",
        "EE290_hw1.ipynb",
        "lin_12345_7654321_hw1.ipynb",
        "lin_1234567_7654321_hw1-1.ipynb",
        "Mei Lin_7654321_assignsubmission_file_hw1.ipynb",
        "my homework.ipynb",
    ],
)
def test_versions_dates_and_platforms_numbers_are_no_id(name: str, tmp_path: Path) -> None:
    assert read(write(tmp_path / name, NOTEBOOK)).student_id is None


@pytest.mark.parametrize(
    "copy",
    [
        "hw1_108062999 - 複製.ipynb",
        "hw1_108062999 - Copy.ipynb",
        "hw1_108062999 - Copy (2).ipynb",
        "hw1_108062999 - 副本.ipynb",
        "hw1_108062999 - コピー.ipynb",
        "hw1_108062999 2.ipynb",
        "Copy of hw1_108062999.ipynb",
        "「hw1_108062999.ipynb」的副本.ipynb",
        unicodedata.normalize("NFD", "hw1_108062999 - コピー.ipynb"),
    ],
)
def test_of_an_original_and_a_copy_the_original_is_graded(copy: str, tmp_path: Path) -> None:
    """A remark says which was taken."""
    write(tmp_path / "hw1_108062999.ipynb", NOTEBOOK)
    write(tmp_path / copy, OTHER)

    submission = read(tmp_path)

    [problem] = submission.problems
    assert submission.files[0].name == "hw1_108062999.ipynb"
    assert problem.kind is ProblemKind.CHOSEN_FILE
    assert str(problem.message).startswith("hw1_108062999.ipynb is graded; ")
    assert copy in str(problem.message)


@pytest.mark.parametrize(
    "name", ["hw1_1.ipynb.txt", "hw1_1.IPYNB.TXT", "hw1_1.ipynb.json", "hw1_1.ipynb - 複製.txt"]
)
def test_a_renamed_notebook_beside_its_report_is_graded(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, NOTEBOOK)
    write(tmp_path / "hw1_1.pdf", PDF)

    submission = read(tmp_path)

    assert [file.name for file in submission.files] == [name, "hw1_1.pdf"]


def test_a_renamed_script_is_a_script(tmp_path: Path) -> None:
    write(tmp_path / "hw1_1.py.txt", b"x = 1")
    write(tmp_path / "hw1_1.pdf", PDF)

    assert read(tmp_path).cells[0].number is None


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("hw1_1.ipynb.pdf", ".pdf"),
        ("notes.txt", ".txt"),
        ("data.json", ".json"),
        ("hw1_1.ipynb.zip", ".zip"),
        ("hw1_1.tar.gz", ".gz"),
        ("hw1_a.b", ".b"),
        ("hw1", ""),
    ],
)
def test_other_endings_stay_what_they_are(name: str, suffix: str) -> None:
    """A page exported from a notebook is no notebook."""
    assert suffix_of(name) == suffix


def test_the_file_named_as_asked_is_taken_with_other_marks(tmp_path: Path) -> None:
    write(tmp_path / "a_scratch.ipynb", OTHER)
    write(tmp_path / "hw1-b0990.ipynb", NOTEBOOK)

    assert read(tmp_path).files[0].name == "hw1-b0990.ipynb"


@pytest.mark.parametrize("leftover", ["desktop.ini", "Thumbs.db", "~$hw1.py", "._hw1_b01.ipynb"])
def test_what_systems_leave_behind_is_passed_over(leftover: str, tmp_path: Path) -> None:
    data = zipped({f"b01/{leftover}": b"\0\5", "b01/hw1_b01.ipynb": NOTEBOOK})

    assert [one.name for one in read(write(tmp_path / "a.zip", data)).files] == ["hw1_b01.ipynb"]
