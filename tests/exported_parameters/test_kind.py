"""The kind of task, in a run: its file is found, its findings and remarks are told."""

from __future__ import annotations

from typing import Any, cast

import pytest

from grader.baseline.networks import Baseline
from grader.border.student import Student
from grader.diagnosis.diagnose import diagnose
from grader.editions.loader import load_edition
from grader.editions.schema import TaskSpec
from grader.intake.model import Artifact, SourceFile
from grader.model import Outcome
from grader.tasks.exported_parameters import kind
from grader.tasks.kinds import kinds
from grader.tasks.run import Run, TaskRun
from grader.words.message import Message, message, sentence
from tests.exported_parameters.made import LAYOUT, altered, files, net, right, zipped

TASK = TaskSpec(
    id="parameters",
    kind="exported_parameters",
    question="3.1.2",
    title="Parameters",
    callable="parameter.zip",
    arguments=(),
    returns=(),
)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a run whose one task has a file; no student's code is there."""
    monkeypatch.setattr(kind, "layout_of", lambda _edition: LAYOUT)
    return Run(
        edition=load_edition("cs5120-2024"),
        baseline=cast("Baseline", None),
        student=cast("Student", None),
        seed=0,
        tasks={TASK.id: TaskRun[Any](spec=TASK, kind=kinds()[TASK.kind])},
    )


def observed(run: Run, data: bytes) -> list[str]:
    """Return the findings on an archive of *data*; each can be said in both languages."""
    file = SourceFile(name="parameter.zip", sha256="", size_bytes=len(data))
    run.artifacts = {TASK.id: Artifact(task=TASK.id, file=file, data=data)}
    run.work(run.tasks[TASK.id])
    found = diagnose(run)
    for one in found:
        for words in (one.title, one.message, one.hint):
            assert sentence(words, "zh_TW") != sentence(words)
    return [one.id for one in found]


def test_right_archive_has_no_finding(run: Run) -> None:
    """All checks pass, and nothing is said."""
    assert observed(run, zipped(right())) == []
    assert {result.outcome for result in run.results.values()} == {Outcome.PASSED}


def test_remarks_tell_what_is_odd_about_a_right_archive(run: Run) -> None:
    """Copies, a folder and names that lead outside cost nothing, and are told."""
    copied = [
        (f"a/{name}", data) for one in (files(net(seed=3)), right()) for name, data in one.items()
    ]

    found = observed(run, zipped([("../x", b""), *copied]))

    assert found == [
        "parameters-duplicates",
        "parameters-in-a-folder",
        "parameters-members-ignored",
    ]
    assert not any(one.costs_points for one in diagnose(run))


def test_archive_of_another_edition_is_named(run: Run) -> None:
    """Layers of other names are those of the homework of 2022."""
    names = {"conv1.conv": "c1", "conv3.conv": "c3", "conv5.conv": "c5", "fc6.fc": "f6"}
    names |= {"output.fc": "output"}
    other = {
        f"weights/{new}.weight.csv": right()[f"weights/{old}.weight.csv"]
        for old, new in names.items()
    }

    observed(run, zipped({**other, "scale.json": b"{}"}))

    reason = run.results["parameters.members"].reason
    assert isinstance(reason, Message)
    assert (reason.code, reason.values["other"]) == ("parameters.of-another", "cs5120-2022")


def test_mistake_is_found_with_its_file(run: Run) -> None:
    """The place of a finding is the file that shows it first."""
    data = zipped(files(altered(hidden_low=-128)))

    assert observed(run, data) == ["parameters-relu-missing"]
    assert diagnose(run)[0].where == "activations/img0/maxpool2/input.csv"


def test_run_without_a_file_says_so(run: Run) -> None:
    """What was not handed in waits for staff, as the rubric has it, and is no finding."""
    run.artifacts = {}
    run.work(run.tasks[TASK.id])

    assert run.results["parameters.opens"].outcome is Outcome.PENDING
    assert diagnose(run) == ()


def test_file_that_we_could_not_read_waits(run: Run) -> None:
    """A limit of ours costs nothing, and the reason is told in both languages."""
    file = SourceFile(name="parameter.zip", sha256="", size_bytes=0)
    reason = message("file.too-large", file=file.name, most="50")
    run.artifacts = {TASK.id: Artifact(task=TASK.id, file=file, data=b"", problem=reason)}
    run.work(run.tasks[TASK.id])

    assert {result.outcome for result in run.results.values()} == {Outcome.PENDING}
    told = run.results["parameters.opens"].reason
    assert told is not None
    assert "50 MB" in sentence(told)
    assert sentence(told, "zh_TW") != sentence(told)


def test_edition_names_the_files_by_its_network() -> None:
    """A network of plain layers has their own names for folders and files."""
    layout = kind.layout_of(load_edition("cs5120-2021"))

    assert layout.scales == ("quant", "conv1", "conv2", "fc1", "fc2", "fc3")
    assert {"weights/fc3.bias.csv", "activations/img99/pool1/output.csv"} <= {*layout.files}
