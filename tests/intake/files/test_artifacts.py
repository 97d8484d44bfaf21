"""Files that are part of the work and no code: which of them counts, and what is said."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from grader.editions.loader import load_edition
from grader.intake.files.artifacts import is_artifact
from grader.intake.model import Artifact, IntakeLimits, Problem, Submission
from tests.intake.notebooks import read, write, zipped

NAMES = {"parameters": ["parameter.zip", "parameters.zip"]}
CODE = b"x = 1"


def handed_in(*paths: Path, **options: object) -> Submission:
    return read(*paths, code_patterns=["quantutils.py"], artifact_patterns=NAMES, **options)


def only(submission: Submission) -> tuple[Artifact, list[Problem]]:
    (artifact,) = submission.artifacts
    return artifact, [*submission.problems]


def stored(members: int) -> bytes:
    """Return an archive of empty files, stored in another beside the code."""
    inner = zipped({f"a{number}.csv": b"" for number in range(members)})
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("quantutils.py", CODE)
        archive.writestr("parameter.zip", inner)
    return held.getvalue()


def test_entries_of_a_stored_archive_are_not_those_of_the_one_around_it(tmp_path: Path) -> None:
    """Two files are two files, however many lie in an archive that is one of them."""
    path = write(tmp_path / "hw1_b01.zip", stored(30))

    artifact, problems = only(handed_in(path, limits=IntakeLimits(entries=20)))

    assert (len(zipfile.ZipFile(io.BytesIO(artifact.data)).namelist()), problems) == (30, [])


def test_file_that_counts_is_told_where_there_are_several(tmp_path: Path) -> None:
    """A newer copy and another name for the same file are not passed over in silence."""
    write(tmp_path / "quantutils.py", CODE)
    for name in ("parameter.zip", "parameter (1).zip", "parameters.zip"):
        write(tmp_path / name, name.encode())

    artifact, problems = only(handed_in(tmp_path))

    assert artifact.data == b"parameter (1).zip"
    assert [(p.message.code, p.message.values["others"]) for p in problems] == [
        ("file.chosen", "parameter.zip, parameters.zip")
    ]


def test_file_that_cannot_be_read_keeps_its_reason(tmp_path: Path) -> None:
    """It was handed in, and what is asked of it waits for the reason that is told."""
    write(tmp_path / "quantutils.py", CODE)
    write(tmp_path / "parameter.zip", b"x" * 101)

    artifact, problems = only(handed_in(tmp_path, limits=IntakeLimits(file_bytes=100)))

    assert artifact.problem is not None
    assert (artifact.problem.code, artifact.data) == ("file.too-large", b"")
    assert [p.message for p in problems] == [artifact.problem]


def test_edition_takes_the_names_that_students_give_an_archive() -> None:
    """The student's id may stand before or behind the name; a report's archive is none."""
    edition = load_edition("cs5120-2024")
    names = {task.id: task.files for task in edition.file.tasks if task.files}

    for name in ("parameter.zip", "Parameters (2).zip", "b01_parameter.zip", "parameter_b01.zip"):
        assert is_artifact(name, names), name
    for name in ("hw1_b01.zip", "quantutils.zip", "my_params.zip"):
        assert not is_artifact(name, names), name
