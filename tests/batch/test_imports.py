"""Grades back to the course site: its own table filled in, or one that it imports."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from grader.batch.imports.sheet import FilledSheet, fill_sheet, fill_table
from grader.batch.imports.tables import canvas_table, gradescope_table, plain_table
from grader.batch.records import PENDING
from grader.batch.rows import to_csv
from grader.errors import SubmissionError
from tests.batch.made_rows import row_of

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,HW1 (331),HW2 (332)\n"
    "    Points Possible,,,,,100.00,50.00\n"
    '"O\'Brien, Seán",4711,108062001,sobrien,A,,7\n'
    '"王, 小明",4712,0012,xwang,A,33,\n'
    '"Student, Test",4799,,abc,A,,\n'
)
MOODLE = {
    "en": "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Feedback comments\n"
    'Participant 2411,"Seán O\'Brien",s@example.edu,Submitted,,100.00,well done\n'
    "Participant 2412,王小明,w@example.edu,No submission,,100.00,\n",
    "zh_TW": "編號,全名,電子郵件信箱,狀態,成績,最高分數\n"
    "參與者2411,Seán O'Brien,s@example.edu,已繳交,,100.00\n"
    "參與者2412,王小明,w@example.edu,未繳交,,100.00\n",
    "xx": "Kennung;Voller;Mail;Zustand;Punktzahl;Hoechste\n"
    "Teilnehmer/in2411;Sean;s@example.edu;x;;100,00\n"
    "Teilnehmer/in2412;Wang;w@example.edu;y;;100,00\n",
}


def table(text: str, separator: str = ",") -> list[list[str]]:
    return [*csv.reader(io.StringIO(text), delimiter=separator)]


def filled(path: Path, content: bytes, assignment: str = "") -> FilledSheet:
    path.write_bytes(content)
    rows = [
        row_of("108062001", 87.5, canvas_user_id="4711", moodle_participant="2411"),
        row_of("0012", 60.0, state=PENDING, canvas_user_id="4712", moodle_participant="2412"),
        row_of("108062077", 50.0),
    ]
    return fill_sheet(path, rows, assignment)


def test_a_canvas_gradebook_gets_the_assignments_column_alone(tmp_path: Path) -> None:
    """Only the cell of a graded student changes; what waits for staff stays as it was."""
    sheet = filled(tmp_path / "g.csv", CANVAS.encode("utf-8-sig"), "HW1")
    before, after = table(CANVAS), table(sheet.text)
    changed = [
        (row, column)
        for row, line in enumerate(before)
        for column, cell in enumerate(line)
        if after[row][column] != cell
    ]

    assert changed == [(2, 5)]
    assert after[2][5] == "87.50"
    assert (sheet.site, sheet.filled, sheet.unmatched) == ("canvas", 1, ("108062077",))


def test_of_two_assignments_one_has_to_be_named(tmp_path: Path) -> None:
    """Grades never go into a column that nobody named."""
    with pytest.raises(SubmissionError, match="HW1 \\(331\\), HW2 \\(332\\)"):
        filled(tmp_path / "g.csv", CANVAS.encode())


@pytest.mark.parametrize(("language", "encoding"), [("en", "utf-8-sig"), ("zh_TW", "cp950")])
def test_a_moodle_worksheet_is_filled_in_any_language(
    tmp_path: Path, language: str, encoding: str
) -> None:
    """The participant's number finds the line, whatever the word before it is."""
    text = MOODLE[language].replace("á", "a")
    sheet = filled(tmp_path / "w.csv", text.encode(encoding))
    lines = table(sheet.text)

    assert [line[4] for line in lines[1:]] == ["87.50", ""]
    assert [line[:4] for line in lines] == [line[:4] for line in table(text)]


def test_an_unknown_language_has_the_grade_before_the_largest(tmp_path: Path) -> None:
    """Where no heading is known, the column before that of the largest grade is filled."""
    sheet = filled(tmp_path / "w.csv", MOODLE["xx"].encode())

    assert [line[4] for line in table(sheet.text, ";")[1:]] == ["87.50", ""]


def test_another_table_is_refused(tmp_path: Path) -> None:
    """What is neither a gradebook nor a worksheet is not filled."""
    with pytest.raises(SubmissionError, match="neither"):
        filled(tmp_path / "x.csv", b"a,b\n1,2\n")


def test_canvas_imports_its_own_header_rows() -> None:
    """The table has Canvas's columns, the points there are, and only final grades."""
    rows = [
        row_of("108062001", 87.5, canvas_user_id="4711", name="wangmei"),
        row_of("", 40.0, key="lee_4712", canvas_user_id="4712", name="lee"),
        row_of("108062003", 40.0, state=PENDING, canvas_user_id="4713"),
    ]

    assert table(canvas_table(rows, "HW1 (331)")) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "HW1 (331)"],
        ["    Points Possible", "", "", "", "", "100"],
        ["wangmei", "4711", "108062001", "", "", "87.50"],
        ["lee", "4712", "", "", "", "40.00"],
    ]


def test_no_spreadsheet_runs_a_name() -> None:
    """A name that begins as a formula is text in every table."""
    rows = [row_of("1", name="=HYPERLINK(1)", email="+1", gradescope_submission="9")]

    assert "'=HYPERLINK(1)" in table(gradescope_table(rows))[1]
    assert "'=HYPERLINK(1)" in table(canvas_table(rows, "x"))[2]
    assert all(
        not cell.startswith(("=", "+")) for line in table(to_csv(rows, "en")) for cell in line
    )


def test_what_waits_for_staff_has_no_score() -> None:
    """A pending grade is neither points nor a loss in any table."""
    rows = [row_of("1", 40.0, state=PENDING), row_of("2", 70.0)]
    grades = {line[0]: line[1] for line in table(to_csv(rows, "en"))[1:]}

    assert grades == {"1": "", "2": "70.0"}
    assert table(plain_table(rows)) == [["student_id", "score"], ["2", "70.00"]]


@pytest.mark.parametrize(
    "content",
    [b"\x81\x8d\x8f\x90\x9d\xff\xfe,\x80\xff", b"a,\x00b\n", b"\xff", b"", b'"' + b"x" * 200_000],
)
def test_a_file_that_no_site_gave_is_refused_in_a_sentence(content: bytes) -> None:
    """Bytes of no encoding, cut off, empty, or one endless cell."""
    with pytest.raises(SubmissionError, match="neither a Canvas gradebook"):
        fill_table("a.csv", content, [])
