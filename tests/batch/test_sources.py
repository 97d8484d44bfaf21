"""What a class handed in, as folders and learning platforms give it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.batch.roster import read_roster
from grader.errors import SubmissionError
from tests.batch.classes import NOTEBOOK, by_key, folder, left_out, names_of, read, zipped

CANVAS = {
    "wangmei_4711_90001_hw1.ipynb": NOTEBOOK,
    "wangmei_4711_90007_hw1-1.ipynb": NOTEBOOK,
    "obrienann_LATE_4712_90003_hw1_108062002-1.ipynb": NOTEBOOK,
    "王小明_late_4713_90004_hw1_108062003.ipynb": NOTEBOOK,
    "leeann_4714_text.html": b"<p>I forgot the file</p>",
    "anon_k3Xz9_90011_hw1.ipynb": NOTEBOOK,
}
METADATA = """---
submission_101:
  :submitters:
  - :name: Sinéad O'Brien
    :sid: '0012345'
    :email: s.obrien@example.edu
  :created_at: 2026-03-01 10:11:12.131415000 Z
  :score: 3.0
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    score: !ruby/object:BigDecimal 27:0.3e1
submission_102:
  :submitters:
  - :name: 王小明
    :sid: 108062003
    :email: ming@example.edu
  - :name: Lee, Ann
    :sid: 108062004
    :email: ann@example.edu
submission_103:
  :submitters:
  - :name:
    :sid:
    :email:
submission_104:
  :submitters:
  - :name: Mei Wang
    :sid: '108062009'
"""


def test_canvas_names_say_person_lateness_and_file(tmp_path: Path) -> None:
    """Canvas's user ids, late marks in any case, and anonymous letters come out of the names."""
    found = read(zipped(tmp_path / "submissions.zip", CANVAS))
    people = by_key(found)

    assert found.layout == "canvas"
    assert set(people) == {"wangmei_4711", "108062002", "108062003", "leeann_4714", "anon_k3Xz9"}
    assert people["108062003"].about == {
        "name": "王小明",
        "canvas_user_id": "4713",
        "late": "late",
    }
    assert people["wangmei_4711"].about["late"] == ""


def test_of_what_canvas_numbered_the_newest_counts(tmp_path: Path) -> None:
    """Of hw1.ipynb and hw1-1.ipynb of one person the later attachment is graded."""
    found = read(zipped(tmp_path / "submissions.zip", CANVAS))

    assert names_of(by_key(found)["wangmei_4711"]) == ["hw1-1.ipynb"]
    assert "wangmei_4711_90001_hw1.ipynb" in left_out(found)


def test_who_typed_something_in_is_still_there(tmp_path: Path) -> None:
    """A student of whom there is only text gets a row that says that no file is there."""
    one = by_key(read(zipped(tmp_path / "submissions.zip", CANVAS)))["leeann_4714"]

    assert one.refused is not None
    assert one.refused.code == "batch.no-files"


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("mark", ["_", ""])
def test_moodle_has_folders_or_prefixes(tmp_path: Path, *, flat: bool, mark: str) -> None:
    """Both of Moodle's ways to download say full name and participant, underscore or none."""
    between = "_" if flat else f"{mark}/"
    files = {
        f"Seán O'Brien_2411_assignsubmission_file{between}hw1.ipynb": NOTEBOOK,
        f"王 小明_2412_assignsubmission_file{between}hw1_108062003.ipynb": NOTEBOOK,
        f"王 小明_2412_assignsubmission_onlinetext{between}onlinetext.html": b"<p>",
    }
    found = read(zipped(tmp_path / "moodle.zip", files, big5=False))
    people = by_key(found)

    assert found.layout == "moodle"
    assert people["Seán O'Brien_2411"].about["moodle_participant"] == "2411"
    assert names_of(people["Seán O'Brien_2411"]) == ["hw1.ipynb"]
    assert people["108062003"].about["name"] == "王 小明"
    assert len(left_out(found)) == 1


def test_names_in_big5_are_read(tmp_path: Path) -> None:
    """A zip that Windows in Taiwan packed anew keeps its people's names."""
    files = {
        "王小明_2412_assignsubmission_file_/作業一.ipynb": NOTEBOOK,
        "李美麗_2413_assignsubmission_file_/hw1.ipynb": NOTEBOOK,
    }
    people = by_key(read(zipped(tmp_path / "moodle.zip", files, big5=True)))

    assert people["王小明_2412"].about["name"] == "王小明"
    assert names_of(people["王小明_2412"]) == ["作業一.ipynb"]


def test_blind_marking_names_nobody(tmp_path: Path) -> None:
    """Where everybody is called the same, that is no name."""
    files = {
        f"Participant_{number}_assignsubmission_file_/hw1.ipynb": NOTEBOOK for number in (77, 78)
    }
    people = by_key(read(zipped(tmp_path / "moodle.zip", files)))

    assert [one.about["name"] for one in people.values()] == ["", ""]


def test_gradescope_metadata_say_who(tmp_path: Path) -> None:
    """Ids keep their zeros, a group's members each have a row, and nobody vanishes."""
    files = {
        "assignment_9_export/submission_metadata.yml": METADATA.encode(),
        "assignment_9_export/submission_101/hw1.ipynb": NOTEBOOK,
        "assignment_9_export/submission_102/hw1.ipynb": NOTEBOOK,
        "assignment_9_export/submission_103/hw1.ipynb": NOTEBOOK,
        "assignment_9_export/submission_105/hw1.ipynb": NOTEBOOK,
    }
    found = read(zipped(tmp_path / "export.zip", files))
    people = by_key(found)

    assert found.layout == "gradescope"
    assert {"0012345", "108062003", "108062004", "submission_103", "108062009"} <= set(people)
    assert people["0012345"].about["name"] == "Sinéad O'Brien"
    assert people["108062004"].about["email"] == "ann@example.edu"
    assert people["108062009"].refused is not None
    [unknown] = [one for one in found.submitted if one.unclear is not None]
    assert unknown.about["gradescope_submission"] == "105"


def test_broken_metadata_are_refused_with_the_line(tmp_path: Path) -> None:
    """Whose the work is cannot be guessed: the file has to be whole."""
    files = {"submission_metadata.yml": b"---\na: [1\nb: }", "submission_1/hw1.ipynb": NOTEBOOK}

    with pytest.raises(SubmissionError, match=r"line \d"):
        read(folder(tmp_path / "export", files))


@pytest.mark.parametrize("deep", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000])
def test_metadata_nested_without_end_are_refused(tmp_path: Path, deep: str) -> None:
    """Reading them must not end the process: YAML's reader would go as deep as they do."""
    files = {"submission_metadata.yml": f"a: 1\nb: {deep}".encode(), "s/hw1.ipynb": NOTEBOOK}

    with pytest.raises(SubmissionError, match=r"line \d"):
        read(folder(tmp_path / "export", files))


def test_repositories_are_named_by_their_owners(tmp_path: Path) -> None:
    """What repositories' names have in common is the assignment, the rest the account."""
    files = {
        "hw1-mei-wang/.git/config": b"[core]",
        "hw1-mei-wang/hw1.ipynb": NOTEBOOK,
        "hw1-mei-wang/helpers/scales.py": b"x = 1",
        "hw1-obrien99/.git/config": b"[core]",
        "hw1-obrien99/hw1.ipynb": NOTEBOOK,
    }
    found = read(folder(tmp_path / "hw1-submissions", files))

    assert found.layout == "github"
    owners = {one.about["github_owner"]: names_of(one) for one in found.submitted}
    assert owners == {
        "mei-wang": ["helpers/scales.py", "hw1.ipynb"],
        "obrien99": ["hw1.ipynb"],
    }


def test_a_roster_of_github_classroom_says_the_ids(tmp_path: Path) -> None:
    """The roster's identifier of an account becomes the student id."""
    roster = tmp_path / "classroom_roster.csv"
    roster.write_text(
        '"identifier","github_username","github_id","name"\n'
        '"108062001","mei-wang","1","Mei Wang"\n'
    )
    files = {"hw1-mei-wang/.git/config": b"", "hw1-mei-wang/hw1.ipynb": NOTEBOOK}
    found = read(folder(tmp_path / "class", files), read_roster(roster))

    assert list(by_key(found)) == ["108062001"]


def test_a_canvas_gradebook_says_the_ids(tmp_path: Path) -> None:
    """As a roster, Canvas's gradebook maps its user ids to student ids."""
    roster = tmp_path / "gradebook.csv"
    roster.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,HW1 (33)\n"
        "    Points Possible,,,,,100\n"
        '"Wang, Mei",4711,108062001,mwang,A,\n'
    )
    found = read(zipped(tmp_path / "c.zip", dict([*CANVAS.items()][:2])), read_roster(roster))

    assert list(by_key(found)) == ["108062001"]


def test_folders_by_student_id_are_taken_as_they_are(tmp_path: Path) -> None:
    """A folder for each id needs no platform; what is nobody's is listed with its reason."""
    files = {
        "108062001/hw1.ipynb": NOTEBOOK,
        "108062002 王小明/hw1.ipynb": NOTEBOOK,
        "108062002 王小明/notes.docx": b"PK",
        "__MACOSX/._x": b"x",
        "somebody/hw1.ipynb": NOTEBOOK,
    }
    found = read(folder(tmp_path / "class", files))
    people = by_key(found)

    assert found.layout == "folders"
    assert set(people) == {"108062001", "108062002", "somebody"}
    assert people["somebody"].student_id == ""
    assert people["somebody"].unclear is not None
    assert {"108062002 王小明/notes.docx", "__MACOSX"} <= left_out(found)


def test_an_id_that_two_people_carry_is_nobodys(tmp_path: Path) -> None:
    """Two people whose files carry one id are graded, and staff say whose it is."""
    files = {
        "wangmei_4711_90001_hw1_108062001.ipynb": NOTEBOOK,
        "leeann_4712_90002_hw1_108062001.ipynb": NOTEBOOK,
    }
    found = read(zipped(tmp_path / "c.zip", files))

    assert [one.student_id for one in found.submitted] == ["", ""]
    assert {one.unclear.code for one in found.submitted if one.unclear} == {"batch.claimed"}
    assert set(by_key(found)) == {"wangmei_4711", "leeann_4712"}


def test_every_file_is_accounted_for(tmp_path: Path) -> None:
    """Each member of a source is in a submission or among what is left out."""
    source = zipped(tmp_path / "submissions.zip", {**CANVAS, "readme.txt": b"x"})
    found = read(source)
    taken = {file.member.path for one in found.submitted for file in one.files}

    assert taken | left_out(found) == {*CANVAS, "readme.txt"}
    assert not taken & left_out(found)


def test_a_layout_can_be_named(tmp_path: Path) -> None:
    """What looks like nothing known is read as the layout that was named."""
    files = {"hw1-mei-wang/hw1.ipynb": NOTEBOOK, "hw1-obrien99/hw1.ipynb": NOTEBOOK}
    found = read(folder(tmp_path / "class", files), layout="github")

    assert {one.about["github_owner"] for one in found.submitted} == {"mei-wang", "obrien99"}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("20261120_235901", "20261121_001010"),
        ("2026-11-20 23-59", "2026-11-21 00-10"),
        ("attempt 2", "Attempt 10"),
        ("第1次繳交", "第2次繳交"),
    ],
)
def test_of_folders_by_attempt_the_last_counts(tmp_path: Path, first: str, last: str) -> None:
    """What was handed in before is listed; a student's own folders are all one submission."""
    files = {
        f"108062001 王小明/{first}/hw1.ipynb": NOTEBOOK,
        f"108062001 王小明/{last}/hw1.ipynb": NOTEBOOK,
        "108062002 李/part1/hw1.ipynb": NOTEBOOK,
        "108062002 李/part2/scales.py": b"x = 1",
    }
    found = read(folder(tmp_path / "class", files))
    people = by_key(found)

    assert names_of(people["108062001"]) == [f"{last}/hw1.ipynb"]
    assert left_out(found) == {f"108062001 王小明/{first}/hw1.ipynb"}
    assert names_of(people["108062002"]) == ["part1/hw1.ipynb", "part2/scales.py"]
