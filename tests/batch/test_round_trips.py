"""Each course site, in and out: its download is read, and it takes the grades back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.batch.imports.sheet import fill_table
from grader.batch.imports.tables import canvas_table, moodle_table, plain_table
from grader.batch.records import GRADED, Record
from grader.batch.roster import read_roster
from grader.batch.rows import ClassRow, to_csv
from grader.batch.sources.submitted import Source
from grader.errors import SubmissionError
from tests.batch.classes import NOTEBOOK, by_key, folder, read, zipped
from tests.batch.made_rows import row_of
from tests.batch.strict_sites import import_to_canvas, import_to_moodle

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Integration ID,Root Account,Section,HW1 (331),\
HW2 (332),Labs Current Points,Current Score,Override Score
,,,,,,,Manual Posting,,,,
    Points Possible,,,,,,,100.00,(read only),(read only),(read only),
"O'Brien, Seán",4711,108062001,sobrien,,canvas.example.edu,"A, B",,7,,,
"王, 小明",4712,108062002,xwang,,canvas.example.edu,A,33.00,,,,
"王, 小明",4713,108062003,xwang2,,canvas.example.edu,A,,,,,
"Student, Test",,,0123456789012345678901234567890123456789,,,A,,,,,
"""
SPLIT_NAMES = (
    "LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,HW1 (331)\n"
    "    Points Possible,,,,,,100\n"
    "王,小明,4712,108062002,xwang,A,\n"
)
SEMICOLONS = (
    "Student;ID;SIS User ID;SIS Login ID;Section;HW1 (331);Current Score\n"
    "    Points Possible;;;;;100,00;(read only)\n"
    "Müller, Jörg;4711;108062001;m;A;;90,1\n"
    "王, 小明;4712;108062002;w;A;12,5;90,1\n"
)
MOODLE = {
    "en": (
        'Identifier,"Full name","ID number","Email address",Status,Grade,"Maximum Grade",'
        '"Grade can be changed","Last modified (submission)","Last modified (grade)",'
        '"Feedback comments"\n'
        'Participant 2411,"Seán ""Shane"" O\'Brien",,s@example.edu,"Submitted for grading",,'
        '100.00,Yes,"Thursday, 19 November 2026, 3:45 PM",-,"two\nlines, and a comma"\n'
        'Participant 2412,王小明,,w@example.edu,"No submission",,100.00,Yes,-,-,\n'
    ),
    "de": (
        'ID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,Bestwertung,'
        '"Bewertung kann geändert werden","Zuletzt geändert (Bewertung)"\n'
        'Teilnehmer/in2411,"Müller, Jörg",a@example.edu,abgegeben,,"100,00",Ja,-\n'
        'Teilnehmer/in2412,Ann,b@example.edu,"Keine Abgabe",,"100,00",Ja,-\n'
    ),
    "zh_TW": (
        "編號,全名,電子郵件信箱,狀態,成績,最高成績,可以變更成績,最後修改 (成績)\n"
        "參與者2411,許功蓋,a@example.edu,已繳交,,100.00,是,-\n"
        "參與者2412,王小明,b@example.edu,未繳交,,100.00,是,-\n"
    ),
}


def graded(source: Source, scores: Sequence[float]) -> list[ClassRow]:
    """Return a row for each submission, in the order of their keys."""
    return [
        ClassRow(submitted=one, record=Record(state=GRADED, score=score, max_score=100.0))
        for one, score in zip(source.submitted, scores, strict=True)
    ]


@pytest.mark.parametrize("late", ["", "_LATE"])
def test_canvas_gets_back_what_it_gave_out(tmp_path: Path, late: str) -> None:
    """Two people of one name are told apart by Canvas's ids; late marks and copies hide nobody."""
    files = {
        f"obriensean{late}_4711_90001_hw1.ipynb": NOTEBOOK,
        f"obriensean{late}_4711_90007_hw1-1.ipynb": NOTEBOOK,
        "王小明_4712_90002_hw1.ipynb": NOTEBOOK,
        "王小明_4713_90003_作業 一 (2).ipynb": NOTEBOOK,
    }
    source = read(zipped(tmp_path / "submissions.zip", files))
    rows = graded(source, [87.5, 60.0, 70.25])
    sheet = fill_table("gradebook.csv", CANVAS.encode("utf-8-sig"), rows, "HW1")
    filled, made = import_to_canvas(sheet.text), import_to_canvas(canvas_table(rows, "HW1 (331)"))

    expected = {"4711": "87.50", "4712": "60.00", "4713": "70.25"}
    assert sheet.unmatched == ()
    assert {one: filled.scores[one]["HW1 (331)"] for one in expected} == expected
    assert filled.scores["4711"]["HW2 (332)"] == "7"
    assert {one: cells["HW1 (331)"] for one, cells in made.scores.items()} == expected
    assert (filled.possible["HW1 (331)"], made.possible["HW1 (331)"]) == ("100.00", "100")


@pytest.mark.parametrize("gradebook", [SPLIT_NAMES, SEMICOLONS])
def test_canvas_takes_its_other_ways_to_export_back(gradebook: str) -> None:
    """Names in two columns, and semicolons with decimal commas, are filled all the same."""
    sheet = fill_table("g.csv", gradebook.encode(), [row_of("108062002", 60.5)])

    assert import_to_canvas(sheet.text).scores["4712"]["HW1 (331)"] == "60.50"
    assert sheet.remark is None


def test_a_column_that_canvas_does_not_let_change_is_refused() -> None:
    """Canvas would drop the grades without a word."""
    with pytest.raises(SubmissionError, match=r"HW2 \(332\) \(read only\)"):
        fill_table("g.csv", CANVAS.encode(), [row_of("108062001")], "HW2")


@pytest.mark.parametrize(
    ("language", "encoding"),
    [("en", "utf-8-sig"), ("de", "cp1252"), ("de", "utf-8"), ("zh_TW", "cp950")],
)
@pytest.mark.parametrize("flat", [False, True])
def test_moodle_gets_back_what_it_gave_out(
    tmp_path: Path, language: str, encoding: str, *, flat: bool
) -> None:
    """In any language, whatever the names; cells of several lines stay whole."""
    between = "_" if flat else "/"
    files = {
        f"Seán O'Brien-許 功蓋_2411_assignsubmission_file{between}hw1 (1).ipynb": NOTEBOOK,
        f"王小明_2412_assignsubmission_file{between}作業.ipynb": NOTEBOOK,
    }
    source = read(zipped(tmp_path / "moodle.zip", files))
    rows = graded(source, [87.5, 60.0])
    sheet = fill_table("w.csv", MOODLE[language].encode(encoding), rows)

    expected = {"2411": 87.5, "2412": 60.0}
    assert import_to_moodle(sheet.text, language) == expected
    assert import_to_moodle(moodle_table(rows)) == expected
    assert sheet.remark is None


def test_an_id_number_is_never_taken_for_the_largest_grade() -> None:
    """With one person in a worksheet of a language nobody knows, no name is written over."""
    worksheet = (
        "ID,姓名,IDナンバー,メールアドレス,評点,最大評点,最終更新日時\n"
        "参加者2411,王,108062001,w@example.edu,,100.00,-\n"
    )
    sheet = fill_table("w.csv", worksheet.encode(), [row_of("1", 87.5, moodle_participant="2411")])

    assert sheet.text.splitlines()[1] == "参加者2411,王,108062001,w@example.edu,87.50,100.00,-"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (MOODLE["en"].replace("100.00", "10.00"), "Moodle counts up to 10 points"),
        (CANVAS.replace("100.00", "50.00"), "Canvas counts up to 50 points"),
    ],
)
def test_another_maximum_is_told(table: str, said: str) -> None:
    """Moodle drops grades over its own maximum, and elsewhere they mean something else."""
    sheet = fill_table("t.csv", table.encode(), [row_of("108062001", 87.5)], "HW1")

    assert sheet.remark is not None
    assert said in str(sheet.remark)


def test_gradescopes_people_are_in_the_tables_by_sid(tmp_path: Path) -> None:
    """A group's members have one score each; zeros and names as formulas survive."""
    metadata = (
        "---\nsubmission_1:\n  :submitters:\n"
        "  - :name: \"=cmd|'/c calc'!A0\"\n    :sid: '0012'\n    :email: a@example.edu\n"
        "  - :name: 王小明\n    :sid: 108062002\n    :email: b@example.edu\n"
    )
    files = {
        "assignment_1_export/submission_metadata.yml": metadata.encode(),
        "assignment_1_export/submission_1/hw1.ipynb": NOTEBOOK,
    }
    rows = graded(read(folder(tmp_path / "export", files)), [80.0, 80.0])

    assert plain_table(rows).splitlines()[1:] == ["0012,80.00", "108062002,80.00"]
    assert "'=cmd|" in to_csv(rows, "en")


@pytest.mark.parametrize(
    "roster",
    [
        '"identifier","github_username","github_id","name"\n'
        '"108062001 王小明","mei-wang","1","王小明"\n"108062002","bob","2",""\n'
        '"108062003 (Lee, Ann)","","",""\n',
        '"assignment_name","github_username","roster_identifier","submission_timestamp"\n'
        '"hw1","mei-wang","108062001","2026-11-20 10:00:00 UTC"\n"hw1","bob","108062002",""\n'
        '"hw1","","108062003",""\n',
    ],
)
def test_both_tables_of_github_classroom_say_who(tmp_path: Path, roster: str) -> None:
    """Its roster with ids and names in one field, its grades, and a repository made again."""
    path = tmp_path / "classroom_roster.csv"
    path.write_text(roster, "utf-8")
    files = {
        "hw1-mei-wang-1/.git/config": b"",
        "hw1-mei-wang-1/hw1.ipynb": NOTEBOOK,
        "hw1-bob/.git/config": b"",
        "hw1-bob/hw1.ipynb": NOTEBOOK,
    }
    listed = read_roster(path)
    people = by_key(read(folder(tmp_path / "hw1-submissions", files), listed))

    assert {key: one.about["github_owner"] for key, one in people.items()} == {
        "108062001": "mei-wang",
        "108062002": "bob",
    }
    assert not [one for one in people.values() if one.unclear]
    assert "108062003" in listed.listed.ids


@pytest.mark.parametrize("big5", [False, True])
def test_folders_and_files_by_id_and_name_are_read(tmp_path: Path, *, big5: bool) -> None:
    """As sites of universities in Taiwan give them out, packed anew by Windows or not."""
    files = {
        "HW1/108062001_王小明/作業一.ipynb": NOTEBOOK,
        "HW1/108062002_許功蓋/hw1.ipynb": NOTEBOOK,
        "HW1/108062003(陳 美麗)/hw1.ipynb": NOTEBOOK,
        "HW1/X1080629 李/hw1.ipynb": NOTEBOOK,
    }
    flat = {
        path.removeprefix("HW1/").replace("/", "_"): content for path, content in files.items()
    }
    ids = {"108062001", "108062002", "108062003", "X1080629"}

    for name, given in (("folders.zip", files), ("flat.zip", flat)):
        people = by_key(read(zipped(tmp_path / name, given, big5=big5)))
        assert {one.student_id for one in people.values()} == ids
