"""One grading without its process: names of files, words for people."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from api.grades.pending import faults_of
from api.jobs import grading
from api.jobs.job_and_outcome import Job, Outcome
from api.kit.models import RunState
from api.kit.storage import BlobMissingError, LocalBlobs
from grader.baseline.networks import Baseline
from grader.editions.loader import default_edition_id, load_edition
from grader.intake.files.file_names import safe_name
from grader.results.file.reading import read
from grader.results.file.schema import Results, dump
from grader.results.open_points import without_faults
from grader.tasks.requantize_scale import kind as requantize_scale
from tests.api.jobs.running import EXAMPLE
from tests.api.people import lose
from tests.grading import small_baseline

EDITION = default_edition_id()


def job_of(blobs: LocalBlobs, *files: tuple[str, bytes]) -> Job:
    return Job(
        run_id="a-1",
        edition=EDITION,
        student_id="108062001",
        language="en",
        files=tuple((name, blobs.put(io.BytesIO(data)).sha256) for name, data in files),
        attempt=1,
    )


def setup_with(baseline: Baseline | None) -> grading.GradingSetup:
    return grading.GradingSetup(
        edition=load_edition(EDITION),
        baseline=baseline,  # type: ignore[arg-type]
        secret="",
        student_seconds=60.0,
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hw1_108062001.ipynb", "hw1_108062001.ipynb"),
        ("作業一.ipynb", "作業一.ipynb"),
        ("../../etc/cron.d/x.py", "x.py"),
        ("C:\\Users\\me\\hw1.py", "hw1.py"),
        ("a\x00b\n.py", "a_b_.py"),
        ("..", "file"),
        ("folder/", "file"),
        ("", "file"),
    ],
)
def test_a_students_name_of_a_file_leads_nowhere(name: str, expected: str) -> None:
    """What a file is called is kept as far as it is harmless."""
    assert safe_name(name) == expected


def test_a_long_name_keeps_its_end(tmp_path: Path) -> None:
    """A name may be longer than a file system takes; its suffix says what the file is."""
    kept = safe_name("王" * 300 + ".ipynb")

    assert kept.endswith("王.ipynb")
    (tmp_path / kept).touch()


def test_files_of_the_same_name_do_not_meet(tmp_path: Path) -> None:
    """Each file has a folder of its own."""
    blobs = LocalBlobs(tmp_path / "blobs")
    folder = tmp_path / "work"
    folder.mkdir()

    paths = grading.fetch(job_of(blobs, ("a.py", b"1"), ("a.py", b"2")), folder, blobs)

    assert [path.name for path in paths] == ["a.py", "a.py"]
    assert [path.read_bytes() for path in paths] == [b"1", b"2"]


def test_a_blob_that_is_gone_is_no_refusal(tmp_path: Path) -> None:
    """A file that we lost is our fault, and the student's files are not blamed."""
    blobs = LocalBlobs(tmp_path / "blobs")
    job = job_of(blobs, ("a.py", b"1"))
    lose(blobs, job.files[0][1])

    with pytest.raises(BlobMissingError):
        grading.fetch(job, tmp_path, blobs)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("hw1.ipynb", b'{"cells": 3}', "hw1.ipynb: JSON, but not a notebook"),
        ("hw1.zip", b"PK\x03\x04 cut off", "hw1.zip"),
        ("hw1.py", b"x = 1\n", "none of the functions"),
    ],
)
def test_a_refusal_says_why_and_not_where(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """The message names the student's file and nothing of this machine."""
    blobs = LocalBlobs(tmp_path / "blobs")
    folder = tmp_path / "work"
    folder.mkdir()

    outcome = grading.grade(
        job_of(blobs, (name, content)),
        folder,
        setup=setup_with(None),  # nothing is graded, so nothing is compared
        blobs=blobs,
        notify=lambda _stage: None,
    )

    assert outcome.state is RunState.REFUSED
    assert said in outcome.message
    assert str(tmp_path) not in outcome.message
    assert "/0/" not in outcome.message


def test_a_document_that_cannot_be_drawn_costs_nothing() -> None:
    """Results without a PDF are results."""
    assert grading.draw(Results(), "a language that nobody speaks") is None


def test_stages_are_measured_by_their_name(tmp_path: Path) -> None:
    """Progress within a stage is part of it, and a stage that comes again adds to itself."""
    heard: list[str] = []
    stages = grading.Stages(heard.append)
    for stage in ("Data: 1 of 2", "Data: 2 of 2", "Accuracy", "Data"):
        stages(stage)
    stages.end()

    assert heard == ["Data: 1 of 2", "Data: 2 of 2", "Accuracy", "Data"]
    assert [*stages.seconds] == ["Data", "Accuracy"]
    assert all(seconds >= 0 for seconds in stages.seconds.values())


def test_what_we_failed_to_judge_is_kept_for_staff_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stage of ours that breaks leaves a pending run; results and PDF say nothing of why."""

    def broken(*_args: object, **_options: object) -> None:
        msg = "the disk is gone"
        raise OSError(msg)

    monkeypatch.setattr(requantize_scale, "observe_outputs", broken)
    blobs = LocalBlobs(tmp_path / "blobs")
    folder = tmp_path / "work"
    folder.mkdir()

    outcome = grading.grade(
        job_of(blobs, ("hw1_108062001.ipynb", EXAMPLE.read_bytes())),
        folder,
        setup=setup_with(small_baseline()),
        blobs=blobs,
        notify=lambda _stage: None,
    )

    assert outcome.state is RunState.PENDING
    assert "activations.factors" in outcome.pending
    assert outcome.criteria["activations.factors"] == (0.0, 9.0)
    assert outcome.faults[0]["exception"] == "OSError: the disk is gone"
    assert Outcome.of_json(json.loads(json.dumps(outcome.as_json()))) == outcome
    assert outcome.results_sha256 is not None
    stored = blobs.read(outcome.results_sha256)
    assert json.loads(stored)["extra_data"]["state"] == "pending"
    assert b"the disk is gone" not in stored
    assert b"faults" not in stored


def test_faults_are_kept_within_bounds() -> None:
    """A student's value cannot fill a row, and holds nothing that a database refuses."""
    fault = {
        "stage": "Accuracy",
        "check": "",
        "exception": "E: \ud800",
        "value": "\0" + "x" * 9999,
    }
    results = read({"extra_data": {"faults": [fault] * 50}})

    kept = faults_of(results)

    assert len(kept) == 20
    assert (len(kept[0]["value"]), kept[0]["value"][:2]) == (500, "\ufffdx")
    assert kept[0]["exception"] == "E: \ufffd"
    assert "faults" not in dump(without_faults(results))["extra_data"]
