"""Scripts, folders and archives: the right file is found, and whose it is."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from grader.errors import EditionError
from grader.intake.files.entries import read_bytes
from grader.intake.model import IntakeLimits, ProblemKind
from tests.intake.notebooks import notebook, read, write, zipped

NOTEBOOK = notebook("x = 1")
OTHER = notebook("other = 1")
PDF = b"%PDF-1.7\n"


def chosen(*paths: Path, **options: object) -> str:
    return read(*paths, **options).files[0].name


@pytest.mark.parametrize(
    ("name", "student_id"),
    [
        ("hw1_108062999.ipynb", "108062999"),
        ("HW1_b09901234.ipynb", "b09901234"),
        ("hw1_108062999 (1).ipynb", "108062999"),
        ("hw1_108062999(2).ipynb", "108062999"),
        ("hw1_108062999-1.ipynb", "108062999"),
        ("hw1_108062999 - Copy.ipynb", "108062999"),
        ("hw1_108062999_copy.ipynb", "108062999"),
        ("Copy of hw1_108062999.ipynb", "108062999"),
        ("lastfirst_LATE_12345_678901_hw1_108062999-2.ipynb", "108062999"),
        ("hw1_a.b-c.ipynb", "a.b-c"),
        ("hw1_108062999.ipynb.txt", "108062999"),
        ("my homework.ipynb", None),
    ],
)
def test_student_id_comes_from_the_name(name: str, student_id: str | None, tmp_path: Path) -> None:
    """Marks that browsers and course sites add are no part of the id."""
    assert read(write(tmp_path / name, NOTEBOOK)).student_id == student_id


def test_given_student_id_overrides_the_name(tmp_path: Path) -> None:
    """What the caller knows counts more than the name."""
    path = write(tmp_path / "hw1_108062999.ipynb", NOTEBOOK)

    assert read(path, student_id="b01").student_id == "b01"


def test_student_id_may_come_from_the_report(tmp_path: Path) -> None:
    """Where the code has a fixed name, the report tells whose it is."""
    write(tmp_path / "quantutils.py", b"x = 1")
    write(tmp_path / "b0990_hw1_report.pdf", PDF)

    submission = read(
        tmp_path, code_patterns=["quantutils.py"], id_pattern="(?P<id>[a-z0-9]+)_hw1_report"
    )

    assert submission.student_id == "b0990"


def test_student_id_may_come_from_the_archive(tmp_path: Path) -> None:
    """A zip named after the student serves as well."""
    path = write(tmp_path / "hw1_b0990.zip", zipped({"code.ipynb": NOTEBOOK}))

    assert read(path).student_id == "b0990"


@pytest.mark.parametrize("pattern", ["(", "no group"])
def test_bad_id_pattern_is_the_editions_fault(pattern: str, tmp_path: Path) -> None:
    """A pattern that is no regular expression, or has no group ``id``, blames the edition."""
    path = write(tmp_path / "hw1_1.ipynb", NOTEBOOK)

    with pytest.raises(EditionError, match="student_id pattern"):
        read(path, id_pattern=pattern)


def test_script_is_one_cell_without_number(tmp_path: Path) -> None:
    """Places in a script are lines of the file."""
    path = write(tmp_path / "quantutils.py", b"# %%\nx = 1\n# In[3]:\ny = 2\n")

    (cell,) = read(path).cells

    assert str(cell.place(4)) == "quantutils.py, line 4"
    assert cell.source == "# %%\nx = 1\n# In[3]:\ny = 2\n"


def test_encoding_cookie_is_honoured(tmp_path: Path) -> None:
    """A script in Big5 that says so is read."""
    path = write(tmp_path / "a.py", "# -*- coding: big5 -*-\nx = '量'\n".encode("big5"))

    assert "量" in read(path).cells[0].source


def test_notebook_named_py_is_read_as_notebook(tmp_path: Path) -> None:
    """What is inside counts more than the extension."""
    assert read(write(tmp_path / "hw1_1.py", NOTEBOOK)).cells[0].number == 1


def test_edition_name_wins_over_other_notebooks(tmp_path: Path) -> None:
    """The file named as the edition asks is taken among others."""
    write(tmp_path / "a_scratch.ipynb", OTHER)
    write(tmp_path / "hw1_b01.ipynb", NOTEBOOK)

    assert chosen(tmp_path) == "hw1_b01.ipynb"


def test_first_pattern_wins_over_the_second(tmp_path: Path) -> None:
    """Patterns are tried in the edition's order."""
    write(tmp_path / "quantutils.py", b"x = 1")
    write(tmp_path / "hw1_b01.ipynb", NOTEBOOK)

    assert chosen(tmp_path, code_patterns=["quantutils.py", "*.ipynb"]) == "quantutils.py"


def test_given_student_id_selects_the_file(tmp_path: Path) -> None:
    """Of two students' files the named student's is taken."""
    write(tmp_path / "hw1_b01.ipynb", NOTEBOOK)
    write(tmp_path / "hw1_b02.ipynb", OTHER)

    assert chosen(tmp_path, student_id="b02") == "hw1_b02.ipynb"


def test_single_script_serves_where_there_is_no_notebook(tmp_path: Path) -> None:
    """A lone script of any name is taken."""
    write(tmp_path / "whatever.py", b"x = 1")

    assert chosen(tmp_path) == "whatever.py"


def test_newest_copy_is_graded_and_said(tmp_path: Path) -> None:
    """Of copies of one file the highest number is taken, and a problem says so."""
    for name in ("hw1_b0990.ipynb", "hw1_b0990 (2).ipynb", "hw1_b0990 (10).ipynb"):
        write(tmp_path / name, NOTEBOOK)

    submission = read(tmp_path)

    assert submission.files[0].name == "hw1_b0990 (10).ipynb"
    assert submission.problems[0].kind is ProblemKind.CHOSEN_FILE
    assert str(submission.problems[0].message).startswith("hw1_b0990 (10).ipynb is graded")


def test_report_beside_the_code_is_noted(tmp_path: Path) -> None:
    """The PDF with the code's name is the report, and is among the files."""
    write(tmp_path / "a.pdf", PDF)
    write(tmp_path / "hw1_b01.pdf", PDF + b"mine")
    write(tmp_path / "hw1_b01.ipynb", NOTEBOOK)

    submission = read(tmp_path)

    assert submission.report_pdf is not None
    assert submission.report_pdf.name == "hw1_b01.pdf"
    assert submission.files[1] == submission.report_pdf


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04 a document", "named .pdf but not a PDF"),
        (PDF + b"x" * 3000, "larger than 0.002 MB"),
    ],
)
def test_unreadable_report_costs_no_grade(data: bytes, message: str, tmp_path: Path) -> None:
    """A report that is no PDF or too large is a problem, not an error."""
    write(tmp_path / "hw1_b01.ipynb", NOTEBOOK)
    write(tmp_path / "hw1_b01.pdf", data)

    submission = read(tmp_path, limits=IntakeLimits(file_bytes=2000))

    assert submission.report_pdf is None
    assert message in str(submission.problems[0].message)


def test_report_that_exceeds_the_total_is_left_out(tmp_path: Path) -> None:
    """Code and report together stay under the total limit."""
    write(tmp_path / "hw1_b01.ipynb", NOTEBOOK)
    write(tmp_path / "hw1_b01.pdf", PDF + b"x" * 1000)

    (problem,) = read(tmp_path, limits=IntakeLimits(total_bytes=len(NOTEBOOK) + 500)).problems

    assert "too large together with the code" in str(problem.message)


def test_archive_with_folders_and_leftovers_is_read(tmp_path: Path) -> None:
    """Nested folders are searched; what macOS and Jupyter add is not."""
    data = zipped(
        {
            "hand in/": b"",
            "hand in/hw1_b01.ipynb": NOTEBOOK,
            "hand in/.ipynb_checkpoints/hw1_b01-checkpoint.ipynb": OTHER,
            "__MACOSX/hand in/._hw1_b01.ipynb": b"\0\5",
            "hand in/hw1_b01.pdf": PDF,
        }
    )

    submission = read(write(tmp_path / "b01.zip", data))

    assert [file.name for file in submission.files] == ["hw1_b01.ipynb", "hw1_b01.pdf"]
    assert submission.cells[0].source == "x = 1"


def test_archive_from_old_windows_tools_is_read(tmp_path: Path) -> None:
    r"""``\`` between folders is read as ``/``."""
    assert chosen(write(tmp_path / "a.zip", zipped({"a\\hw1_b01.ipynb": NOTEBOOK}))) == (
        "hw1_b01.ipynb"
    )


def test_lone_archive_in_a_folder_is_opened(tmp_path: Path) -> None:
    """A course site's folder that holds nothing but a zip is as good as the zip."""
    write(tmp_path / "b01_assignsubmission_file" / "b01.zip", zipped({"hw1_b01.ipynb": NOTEBOOK}))

    assert chosen(tmp_path) == "hw1_b01.ipynb"


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    """A link out of the folder shows nobody else's file."""
    secret = write(tmp_path / "elsewhere" / "hw1_b02.ipynb", OTHER)
    write(tmp_path / "in" / "scratch.ipynb", NOTEBOOK)
    (tmp_path / "in" / "hw1_b01.ipynb").symlink_to(secret)

    assert chosen(tmp_path / "in") == "scratch.ipynb"


def test_huge_folder_is_searched_from_the_top(tmp_path: Path) -> None:
    """A data set beside the notebook does not keep it from being found."""
    write(tmp_path / "hw1_b01.ipynb", NOTEBOOK)
    for i in range(50):
        write(tmp_path / "a_data" / f"{i}.jpg", b"")

    assert chosen(tmp_path, limits=IntakeLimits(entries=20)) == "hw1_b01.ipynb"


def test_reading_changes_no_file(tmp_path: Path) -> None:
    """A submission is never changed, nor is anything unpacked beside it."""
    path = write(tmp_path / "b01.zip", zipped({"hw1_b01.ipynb": NOTEBOOK}))
    before = path.read_bytes()

    read(path)

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_read_on_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each system is asked for what it has: no waiting for pipes, or line ends left alone."""
    path = tmp_path / "hw1.py"
    path.write_bytes(b"x = 1\r\n")
    asked: list[int] = []
    opened = os.open

    def spied(target: Path, flags: int) -> int:
        asked.append(flags)
        return opened(target, os.O_RDONLY)

    monkeypatch.delattr(os, "O_NONBLOCK")
    monkeypatch.delattr(os, "O_CLOEXEC")
    monkeypatch.setattr(os, "O_BINARY", 1 << 30, raising=False)
    monkeypatch.setattr(os, "open", spied)

    assert read_bytes(path, 100) == b"x = 1\r\n"
    assert asked == [os.O_RDONLY | 1 << 30]


@pytest.mark.parametrize("again", ["hw1_108062999.ipynb", "hw1_108062999.pdf", "helper.py"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_members_with_one_name_the_last_is_taken_and_said(again: str, tmp_path: Path) -> None:
    """A cell that is run twice adds a member twice: the newest counts, with a remark."""
    first = {
        "hw1_108062999.ipynb": notebook("import helper"),
        "hw1_108062999.pdf": PDF,
        "helper.py": b"old = 1",
    }
    newest = {
        "hw1_108062999.ipynb": notebook("import helper", "newest = 1"),
        "hw1_108062999.pdf": PDF + b"newest",
        "helper.py": b"newest = 1",
    }[again]
    path = tmp_path / "hw1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in first.items():
            archive.writestr(name, content)
        archive.writestr(again, newest)

    submission = read(path)

    [problem] = [one for one in submission.problems if one.kind is ProblemKind.CHOSEN_FILE]
    assert str(problem.message) == f"{again}: is in the zip 2 times; the last one was taken"
    taken = next(one for one in submission.files if one.name == again)
    assert taken.size_bytes == len(newest)
