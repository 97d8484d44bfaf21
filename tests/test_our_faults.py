"""What our own failures come to: points that wait for staff, neither earned nor lost."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from grader import accuracy, baseline, stages
from grader.errors import SandboxError
from grader.ladder import Judge
from grader.model import Outcome
from grader.pipeline import grade
from grader.run import Run
from grader.sandbox import pool
from grader.sandbox.policy import full
from grader.summary import score_all
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
        if stage == "Scales of the layers":
            pool.shared(full()).close()

    with sandbox_of(cells_of(RIGHT)) as sandbox, pytest.raises(SandboxError):
        grade(sandbox, edition(), small_baseline(), seed=0, notify=notify)

    assert len(heard) <= 4  # the kernel ends what the process has forked just after it


@pytest.mark.parametrize(
    ("stage", "rests_on_it"),
    [
        ("judge_weights", "weights.accuracy"),
        ("judge_outputs", "activations.accuracy"),
        ("judge_forward", "forward.accuracy"),
        ("judge_bias", "bias.accuracy"),
    ],
)
def test_what_rests_on_a_stage_that_broke_is_pending(
    monkeypatch: pytest.MonkeyPatch, stage: str, rests_on_it: str
) -> None:
    """The accuracy of a task that we failed to judge is pending, as the task is."""
    monkeypatch.setattr(stages, stage, broken)

    run = grade_cells(cells_of(RIGHT), baseline=small_baseline())

    earned, lost, pending = shares(run)
    assert outcome(run, rests_on_it) is Outcome.PENDING
    assert (lost, earned + pending) == (0, 100)
    assert pending >= 16


def test_a_pass_is_waited_for_where_the_work_beside_it_breaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next stage's calls would mix with a pass that still runs in the same sandbox."""
    monkeypatch.setattr(Judge, "with_weights", broken)
    monkeypatch.setattr(accuracy.AccuracyStages, "judge_biased", lambda _self: None)

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
