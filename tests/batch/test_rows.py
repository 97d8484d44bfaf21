"""The rows of a class, and what is shown of a run while it goes on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.batch.engine import Graded, clear_documents, named_folders
from grader.batch.records import GRADED, PENDING, REFUSED, Record, RecordStore
from grader.batch.roster import ClassRoster, read_roster
from grader.batch.rows import class_rows
from grader.batch.sources.reading import read_source
from grader.batch.sources.submitted import Submitted
from grader.batch.sources.tree import open_tree
from grader.batch.staging import stage
from grader.cli.batch_display import batch_progress
from grader.cli.translator import Translator
from grader.editions.loader import default_edition_id, load_edition
from grader.words.message import message
from tests.batch.classes import NOTEBOOK, by_key, folder, read, zipped


def person(key: str) -> Submitted:
    return Submitted(key=key, student_id=key, about={})


def graded(key: str, state: str = GRADED) -> Graded:
    record = Record(state=state, score=50.0, max_score=100.0)
    return Graded(submitted=person(key), folder=key, record=record)


def test_who_handed_nothing_in_is_there(tmp_path: Path) -> None:
    """A student of the roster without a submission has a row of their own."""
    roster = tmp_path / "class.csv"
    roster.write_bytes("學號,姓名\n108062001,王小明\n108062002,李美麗\n".encode("cp950"))
    rows = class_rows([graded("108062001")], read_roster(roster))

    assert [(row.submitted.student_id, row.record.state) for row in rows] == [
        ("108062001", "graded"),
        ("108062002", "missing"),
    ]
    assert rows[1].submitted.about["name"] == "李美麗"


def test_folders_differ_on_every_disk() -> None:
    """Ids that differ only in capitals or in marks have folders of their own."""
    names = [name for _, name in named_folders([person("a/b"), person("A_B"), person("a_b")])]

    assert names == ["a_b", "A_B-2", "a_b-3"]


def test_what_is_staged_is_known_by_names_and_contents(tmp_path: Path) -> None:
    """The digest is another where a byte is another, and the same from a zip as from a folder."""
    files = {"108062001/hw1.ipynb": NOTEBOOK, "108062001/report.pdf": b"%PDF"}
    sources = [
        folder(tmp_path / "folder", files),
        zipped(tmp_path / "class.zip", {**files, "108062002/hw1.ipynb": NOTEBOOK}),
        folder(tmp_path / "other", {**files, "108062001/hw1.ipynb": NOTEBOOK + b" "}),
    ]
    digests = [stage_of(source, tmp_path / str(at)) for at, source in enumerate(sources)]

    assert digests[0] == digests[1] != digests[2]


def stage_of(source: Path, target: Path) -> str:
    """Return the digest of the first student's files in a source."""
    target.mkdir()
    with open_tree(source) as members:
        found = read_source(members, load_edition(default_edition_id()), ClassRoster())
        return stage(by_key(found)["108062001"], target)


def test_a_record_counts_while_its_documents_are_there(tmp_path: Path) -> None:
    """Where a document was deleted, or we failed, the submission is graded again."""
    store = RecordStore(tmp_path / "records")
    reason = message("ungraded", why="ended").as_json()
    store.keep("whole", Record(state=GRADED, documents=("hw1.json",)))
    store.keep("ours", Record(state=PENDING, reason=reason, is_final=False))

    assert store.find("whole", tmp_path) is None
    (tmp_path / "hw1.json").write_text("{}")
    assert store.find("whole", tmp_path) == Record(state=GRADED, documents=("hw1.json",))
    assert store.find("ours", tmp_path) is None


def test_nothing_moves_off_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """Into a file or a pipe no progress is written, and the totals are counted all the same."""
    with batch_progress(3, Translator("en", ""), quiet=False) as progress:
        progress.begin()
        progress.hand_in()
        for one in (graded("1"), graded("2", PENDING), graded("3", REFUSED)):
            progress.end(one)

    assert capfd.readouterr() == ("", "")
    assert progress.totals.numbers() == {
        "graded": "1",
        "pending": "1",
        "refused": "1",
        "cached": "0",
        "mean": "50.0",
    }


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_a_narrow_terminal_shows_count_and_totals_whole(
    language: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In 80 columns neither the count nor the mean is cut off."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    with batch_progress(800, Translator(language, ""), quiet=False) as progress:
        for number in range(120):
            progress.end(graded(str(number)))
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capfd.readouterr().err)

    assert " 120/800 " in shown
    assert "50.0" in shown
    assert "…" not in shown


def test_an_empty_source_is_told(tmp_path: Path) -> None:
    """Nothing but leftovers is nobody's work."""
    found = read(folder(tmp_path / "class", {".DS_Store": b"x"}))

    assert found.submitted == ()
    assert len(found.left_out) == 1


def test_earlier_documents_go_with_the_work_they_are_of(tmp_path: Path) -> None:
    """What is graded anew keeps no earlier PDF; the staff's own files in the folder stay."""
    kept = ["hw1_10806200.pdf", "notes.pdf", "notes_108062001.txt"]
    for name in (*kept, "hw1_108062001.json", "hw1_108062001.pdf", "hw1_108062001.html"):
        (tmp_path / name).write_text("x")

    clear_documents(tmp_path, "108062001")

    assert sorted(path.name for path in tmp_path.iterdir()) == kept
