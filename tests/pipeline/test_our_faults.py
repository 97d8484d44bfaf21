"""What our own failures come to: points that wait for staff, neither earned nor lost."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
import torch
from _pytest.mark import ParameterSet

from grader.accuracy import ladder as accuracy
from grader.baseline import networks as baseline
from grader.baseline.labelled_images import LabelledImages
from grader.errors import SandboxError
from grader.model import Fault, Outcome
from grader.pipeline import grade
from grader.results.summary import score_all
from grader.sandbox.policy import full
from grader.sandbox.processes import pool
from grader.tasks.accumulator_bias import kind as accumulator_bias
from grader.tasks.array_scale import kind as array_scale
from grader.tasks.check import Check
from grader.tasks.integer_pass import kind as integer_pass
from grader.tasks.kinds import planned
from grader.tasks.quantized_tensor import kind as quantized_tensor
from grader.tasks.requantize_scale import kind as requantize_scale
from grader.tasks.run import Run
from reference.datasets import open_sample
from tests.corpus import Section, splice
from tests.grading import (
    RIGHT,
    cells_of,
    edition,
    grade_cells,
    points,
    sandbox_of,
    shares,
    small_baseline,
    tasks_that_lost,
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def broken(*_args: object, **_options: object) -> None:
    msg = "the disk is gone"
    raise OSError(msg)


def outcome(run: Run, check: str) -> Outcome:
    return run.results[check].outcome


def right_but(name: str, source: str) -> Run:
    """Grade the right solution with one of its functions written anew."""
    cells = splice(cells_of(RIGHT), Section(name=name, source=source))
    return grade_cells(cells, baseline=small_baseline(), call_seconds=2.0)


def test_a_sandbox_that_is_gone_ends_the_grading() -> None:
    """Its process was killed: no later stage could find anything out."""
    heard: list[str] = []

    def notify(stage: str) -> None:
        heard.append(stage)
        if stage == "Scales of the layers' outputs":
            pool.shared(full()).close()

    with sandbox_of(cells_of(RIGHT)) as sandbox, pytest.raises(SandboxError):
        grade(sandbox, edition(), small_baseline(), seed=0, notify=notify)

    assert len(heard) <= 4  # the kernel ends what the process has forked just after it


def pending_tasks(run: Run) -> set[str]:
    """Return the criteria that are pending, those of a whole task by the task's name alone."""
    scores = score_all(run, ())
    waiting = {score.criterion for score in scores if score.outcome is Outcome.PENDING}
    for task in {score.task for score in scores}:
        whole = {score.criterion for score in scores if score.task == task}
        waiting = waiting - whole | {task} if whole <= waiting else waiting
    return waiting


def _one_of_each_family_daily() -> list[ParameterSet]:
    owed = {c.id: c for task in planned(edition()).values() for c in task.checks}
    kinds = (task.kind for task in planned(edition()).values())
    every = [*owed.values(), *(kind.accuracy for kind in kinds if kind.accuracy is not None)]
    daily = {check.id.partition(".")[0]: check for check in every}.values()
    return [pytest.param(c, marks=() if c in daily else pytest.mark.long) for c in every]


DIAGNOSIS = import_module("grader.diagnosis.diagnose")
STAGES = {  # what breaks, the stage that it is in, and the criteria that nobody can judge then
    "weights": (quantized_tensor, "observe_weights", "Quantized weights", {"weights"}),
    "input": (array_scale, "observe_input", "Scale of the initial input", {"initial_input"}),
    "outputs": (
        requantize_scale,
        "observe_outputs",
        "Scales of the layers' outputs",
        {"activations"},
    ),
    "forward": (integer_pass, "observe_pass", "Quantized forward pass", {"forward"}),
    "accuracy": (
        accuracy.Ladder,
        "_judge_plain",
        "Accuracy",
        {"weights.accuracy", "activations.accuracy", "forward.accuracy"},
    ),
    "bias": (accumulator_bias, "observe_bias", "Quantized bias", {"bias"}),
    "bias accuracy": (
        accuracy.Ladder,
        "_judge_biased",
        "Accuracy with bias",
        {"bias.accuracy"},
    ),
    "diagnosis": (DIAGNOSIS, "_explain", "Diagnosis", set()),
}


@pytest.mark.few(4)
@pytest.mark.parametrize(("owner", "name", "stage", "waiting"), STAGES.values(), ids=STAGES)
def test_a_stage_that_breaks_leaves_its_points_to_staff(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, stage: str, waiting: set[str]
) -> None:
    """What the stage was to judge is pending, everything else is earned, nothing is lost."""
    monkeypatch.setattr(owner, name, broken)

    run = grade_cells(cells_of(RIGHT), baseline=small_baseline())

    earned, lost, pending = shares(run)
    assert pending_tasks(run) == waiting
    assert (lost, earned + pending) == (0, 100)
    assert run.faults == [Fault(stage=stage, exception="OSError: the disk is gone")]


@pytest.mark.long
@pytest.mark.parametrize(("owner", "name", "_stage", "_waiting"), STAGES.values(), ids=STAGES)
def test_a_stage_that_breaks_gives_a_wrong_solution_nothing(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, _stage: str, _waiting: set[str]
) -> None:
    """Whatever breaks, no more is earned than without it, and every point is in one place."""
    cells = cells_of("cs5120-2021/weights-scale-constant")
    honest = points(grade_cells(cells, baseline=small_baseline()))
    monkeypatch.setattr(owner, name, broken)

    earned, lost, pending = shares(grade_cells(cells, baseline=small_baseline()))

    assert earned <= honest
    assert earned + lost + pending == pytest.approx(100)


@pytest.mark.parametrize("check", _one_of_each_family_daily(), ids=lambda check: check.id)
def test_a_check_that_breaks_leaves_only_its_own_points_to_staff(
    monkeypatch: pytest.MonkeyPatch, check: Check[...]
) -> None:
    """What needs the check is pending with it; the other checks of its stage are judged."""
    monkeypatch.setitem(vars(check), "judge", broken)

    run = grade_cells(cells_of(RIGHT), baseline=small_baseline(200))

    earned, lost, pending = shares(run)
    waiting = {r.check for r in run.results.values() if r.outcome is Outcome.PENDING}
    assert check.id in waiting
    assert {one.partition(".")[0] for one in waiting} == {check.id.partition(".")[0]}
    assert {r.outcome for r in run.results.values()} <= {Outcome.PASSED, Outcome.PENDING}
    assert (lost, earned + pending) == (0, 100)
    assert {(f.check, f.exception) for f in run.faults} == {
        (check.id, "OSError: the disk is gone")
    }


def test_a_pass_is_waited_for_where_the_work_beside_it_breaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next stage's calls would mix with a pass that still runs in the same sandbox."""
    monkeypatch.setattr(LabelledImages, "with_weights", broken)
    monkeypatch.setattr(accuracy.Ladder, "_judge_biased", lambda *_anything: None)

    run = grade_cells(cells_of(RIGHT), baseline=small_baseline())

    assert outcome(run, "weights.accuracy") is Outcome.PENDING
    assert outcome(run, "bias.value") is Outcome.PASSED
    assert tasks_that_lost(run) <= {"bias"}


@pytest.mark.parametrize(
    ("name", "source", "check"),
    [
        (
            "quantized_weights",
            "def quantized_weights(weights):\n    return weights[:0], 1.0",
            "weights.bounds",
        ),
        (
            "NetQuantizedWithBias.quantized_bias",
            "@staticmethod\ndef quantized_bias(bias, n_w, n_initial_input, ns):\n"
            "    return bias[:0]",
            "bias.bounds",
        ),
        (
            "NetQuantized.forward",
            "def forward(self, x):\n    return x.reshape(len(x), -1)[:, :0]",
            "forward.accuracy",
        ),
    ],
)
def test_a_tensor_without_values_is_no_failure_of_ours(name: str, source: str, check: str) -> None:
    """An empty tensor has nothing in bounds: it fails, where a crash of ours would be pending."""
    run = right_but(name, source)

    assert outcome(run, check) in {Outcome.FAILED, Outcome.SKIPPED}
    assert Outcome.PENDING not in {result.outcome for result in run.results.values()}


@pytest.mark.few(2)
@pytest.mark.parametrize("number", ["1e-310", "5e-324", "1e308 * 10", "float('nan')"])
def test_a_scale_that_nothing_can_be_divided_by_earns_nothing(number: str) -> None:
    """Its step would be infinite, and every comparison with it neither right nor wrong."""
    run = right_but(
        "NetQuantized.quantize_activations",
        "@staticmethod\ndef quantize_activations(activations, n_w, n_initial_input, ns):\n"
        f"    return {number}",
    )

    scores = [score for score in score_all(run, ()) if score.task == "activations"]
    assert sum(score.points for score in scores) == 0
    assert Outcome.PENDING not in {result.outcome for result in run.results.values()}


@pytest.mark.parametrize("end", ["while True: pass", "import os; os._exit(3)"])
def test_a_probe_that_is_no_layer_costs_nothing(end: str) -> None:
    """Code that no 1-D tensor comes out of is right for all that there is in the network."""
    run = right_but(
        "quantized_weights",
        f"def quantized_weights(weights):\n    if weights.dim() == 1:\n        {end}\n"
        "    scale = 127 / weights.abs().max().item()\n"
        "    return (weights * scale).round(), scale",
    )

    assert tasks_that_lost(run) == set()
    assert points(run) == 100


def test_the_cache_keeps_no_half_written_baseline(tmp_path: Path) -> None:
    """Whatever ends the first computation, what it had written goes with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baseline, "_measure", broken)
        with pytest.raises(OSError, match="the disk is gone"):
            baseline.load_baseline(edition(), open_sample(), tmp_path)

    assert list((tmp_path / "baselines").iterdir()) == []
