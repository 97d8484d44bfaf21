"""The order of a run: what it records, what it announces, and what our own failures cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from grader.diagnosis.checks import CHECKS
from grader.editions.rubric import Criterion
from grader.model import CheckResult, Outcome
from grader.pipeline import grade
from grader.results.summary import score_all
from grader.sandbox.protocol import SharedImages
from grader.tasks.run import Run
from grader.words.message import sentence
from tests.corpus import TEMPLATE, Section, read_sections, splice
from tests.grading import (
    RIGHT,
    cells_of,
    edition,
    grade_cells,
    points,
    sample_baseline,
    sandbox_of,
    shares,
    small_baseline,
    tasks_that_lost,
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def forward_with(old: str, new: str) -> Section:
    """Return the corpus's plain forward pass with one piece of its text replaced."""
    sections = read_sections(TEMPLATE / "baseline.py")
    plain = next(s for s in sections if s.name == "NetQuantized.forward")
    assert old in plain.source
    return replace(plain, source=plain.source.replace(old, new))


def owed(run: Run) -> set[str]:
    """Return the checks of a run's tasks and of their accuracy."""
    checks = (c for task in run.tasks.values() for c in (*task.checks, task.kind.accuracy))
    return {check.id for check in checks if check is not None}


def outcomes(run: Run) -> dict[str, Outcome]:
    return {name: result.outcome for name, result in run.results.items()}


def test_a_right_submission_passes_every_check() -> None:
    """Every check that its tasks owe has a result, all passed, and that is all points."""
    run = grade_cells(cells_of(RIGHT))

    assert set(run.results) == owed(run)
    assert set(outcomes(run).values()) == {Outcome.PASSED}
    assert points(run) == 100


def test_what_only_people_grade_is_left_to_them() -> None:
    """A criterion for people has no score of the grader's, which would be a zero."""
    run = grade_cells(cells_of(RIGHT))
    written = Criterion(id="discussion", title="Ranges", points=10, graded_by="people")
    rubric = run.edition.rubric
    run.edition = replace(
        run.edition,
        rubric=rubric.model_copy(update={"criteria": (*rubric.criteria, written)}),
    )

    assert "discussion" not in {score.criterion for score in score_all(run, ())}
    assert points(run) == 100


def test_the_rubric_names_only_checks_that_there_are() -> None:
    """Every check of the rubric exists and is named there once."""
    named = [name for criterion in edition().rubric.criteria for name in criterion.checks]

    assert set(named) <= {check.id for check in CHECKS}
    assert len(named) == len(set(named))


def test_stages_are_announced_in_order() -> None:
    """The caller hears the name of each stage once, as it begins."""
    heard: list[str] = []

    with sandbox_of(cells_of(RIGHT)) as sandbox:
        grade(sandbox, edition(), small_baseline(), seed=0, notify=heard.append)

    assert heard[:3] == [str(task.title) for task in edition().file.tasks[:3]]
    assert len(heard) == len(set(heard))


def test_images_that_vanish_leave_the_points_on_them_pending(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the test images' file is gone, what needs it is pending, the rest is judged."""
    gone = SharedImages(path=str(tmp_path / "gone.npy"), mean=(0.5,) * 3, std=(0.5,) * 3)

    run = grade_cells(cells_of(RIGHT), baseline=replace(sample_baseline(), images=gone))

    found = outcomes(run)
    assert found["weights.scale"] is found["activations.range"] is Outcome.PASSED
    assert found["forward.runs"] is found["forward.accuracy"] is Outcome.PENDING
    assert sentence(run.results["forward.runs"].reason) == (
        "The grader failed here; this waits for staff."
    )
    earned, lost, pending = shares(run)
    assert (lost, earned + pending) == (0, 100)
    assert pending > 0
    assert "stage 'Quantized forward pass' failed" in caplog.text


def test_what_a_student_loses_stays_lost_beside_our_failure(tmp_path: Path) -> None:
    """Our failure in one stage gives nothing back of what was judged before it."""
    gone = SharedImages(path=str(tmp_path / "gone.npy"), mean=(0.5,) * 3, std=(0.5,) * 3)
    cells = cells_of("cs5120-2021/weights-scale-constant")

    run = grade_cells(cells, baseline=replace(sample_baseline(), images=gone))

    assert tasks_that_lost(run) == {"weights"}
    assert points(run) < 100


def test_every_check_has_a_result_where_nothing_is_handed_in() -> None:
    """An empty notebook is judged on every check, and earns nothing but what it cannot break."""
    run = grade_cells([Section(name="nothing", source="pass")])

    assert set(run.results) == owed(run)
    assert Outcome.PASSED not in outcomes(run).values()
    assert points(run) == 0


@pytest.mark.long
def test_a_pass_that_never_ends_is_waited_for_once() -> None:
    """A hanging forward pass costs one call's time, and is not run again on all images."""
    hang = Section(
        name="NetQuantized.forward", source="def forward(self, x):\n    while True:\n        pass"
    )

    run = grade_cells(splice(cells_of(RIGHT), hang), call_seconds=5.0, baseline=small_baseline())

    assert tasks_that_lost(run) == {"forward"}
    assert run.results["forward.runs"].outcome is Outcome.ERRORED
    assert sentence(run.results["forward.runs"].reason) == "The code did not finish within 5 s."


def test_a_scale_in_place_of_the_students_has_a_type_that_their_code_can_use() -> None:
    """Where quantized_weights raises, other functions that call ``.item()`` on its scale work."""
    name = "cs5120-2024"
    raises = "def quantized_weights(weights):\n    raise ValueError('not yet')"
    cells = splice(
        cells_of(f"{name}/scales-of-mixed-types"),
        Section(name="quantized_weights", source=raises),
    )
    run = grade_cells(cells, name=name, baseline=small_baseline(name=name))

    assert tasks_that_lost(run) == {"weights"}


def test_a_misshapen_view_is_the_students_mistake() -> None:
    """A wrong view before fc1 is charged to the pass; it is no failure of the grader."""
    view = forward_with("16 * 5 * 5", "16 * 5")

    run = grade_cells(splice(cells_of(RIGHT), view), baseline=small_baseline())

    assert Outcome.PENDING not in outcomes(run).values()
    assert tasks_that_lost(run) == {"forward"}


def test_a_clamp_that_the_networks_own_scales_never_need_is_missed() -> None:
    """An output that is not clamped loses points though no image reaches the bounds."""
    clamped = "torch.clamp((x * self.fc3.output_scale).round(), min=-128, max=127)"
    unclamped = forward_with(clamped, "(x * self.fc3.output_scale).round()")

    run = grade_cells(splice(cells_of(RIGHT), unclamped), baseline=small_baseline(64))

    result: CheckResult = run.results["forward.output"]
    assert result.outcome is Outcome.FAILED
    assert sentence(result.reason).startswith(
        "With scales three times as large: The values of the last layer's"
    )
