"""No submission's result takes another's place; its own earlier one is replaced."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader.cli.outputs import result_stem
from grader.model import HandedInFile
from grader.results.file.written import write_results
from tests.results.file.test_results import grade_of


def written(out: Path, student_id: str, content: str = "a") -> str:
    """Return the name under which a submission with this code is written."""
    file = HandedInFile(name="hw1.ipynb", sha256=content, size_bytes=1)
    grade = replace(grade_of(), student_id=student_id, files=(file,))
    with result_stem(out, grade) as stem:
        path = stem.with_name(f"{stem.name}.json")
        write_results(grade, path)
    return path.name


def test_ids_with_other_marks_are_kept_apart(tmp_path: Path) -> None:
    names = [written(tmp_path, one) for one in ("a.b", "a_b", "a-b", "a/b", "a b", "../a_b")]

    assert names[:2] == ["hw1_a.b.json", "hw1_a_b.json"]
    assert len({*names}) == len(list(tmp_path.iterdir())) == 6


def test_ids_that_differ_in_case_are_kept_apart_on_any_disk(tmp_path: Path) -> None:
    names = [written(tmp_path, one) for one in ("B01", "b01", "B01", "b01")]

    assert names == ["hw1_B01.json", "hw1_b01-2.json", "hw1_B01.json", "hw1_b01-2.json"]


def test_ids_with_other_zeros_are_kept_apart(tmp_path: Path) -> None:
    assert written(tmp_path, "0012345") != written(tmp_path, "12345")


def test_the_same_student_again_replaces_the_result(tmp_path: Path) -> None:
    names = {written(tmp_path, "1", "first"), written(tmp_path, "1", "second")}

    assert names == {"hw1_1.json"}
    [path] = tmp_path.iterdir()
    assert json.loads(path.read_text())["extra_data"]["files"][0]["sha256"] == "second"


@pytest.mark.parametrize("nobody", ["", "unknown"])
def test_two_files_of_nobody_known_are_kept_apart(nobody: str, tmp_path: Path) -> None:
    names = [written(tmp_path, nobody, code) for code in ("one", "two", "one")]

    assert names == ["hw1_unknown.json", "hw1_unknown-2.json", "hw1_unknown.json"]


@pytest.mark.parametrize("content", ["not json", "{}", '{"extra_data": []}', "[]"])
def test_a_file_of_the_users_own_is_left_alone(content: str, tmp_path: Path) -> None:
    (tmp_path / "hw1_1.json").write_text(content)

    assert written(tmp_path, "1") == "hw1_1-2.json"
    assert (tmp_path / "hw1_1.json").read_text() == content


def test_what_was_not_written_leaves_nothing(tmp_path: Path) -> None:
    with result_stem(tmp_path, grade_of()):
        assert len(list(tmp_path.iterdir())) == 1  # the name is taken

    assert list(tmp_path.iterdir()) == []


def test_a_very_long_id_is_cut(tmp_path: Path) -> None:
    one, other = (written(tmp_path, "a" * 300 + end) for end in "xy")

    assert one != other
    assert max(len(one), len(other)) < 150
