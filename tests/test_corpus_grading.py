"""Every submission of the corpus, graded end to end: points, remarks and findings."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from _pytest.mark import ParameterSet

from grader import grading, pipeline
from grader.baseline.networks import Baseline, load_baseline
from grader.diagnosis.catalogue import load_catalogue
from grader.diagnosis.diagnose import diagnose
from grader.editions.loader import Edition, load_edition
from grader.grading import Prepared, read
from grader.locations import cache_folder
from grader.model import Finding, Outcome, Score
from grader.results.summary import score_all
from grader.sandbox.runner import Sandbox
from grader.tasks.run import Run
from reference.datasets import open_sample
from tests.corpus import Case, cases, cases_with_archives

CALL_SECONDS = 10.0  # a few submissions never come to an end


@pytest.fixture(scope="module")
def baselines() -> dict[str, tuple[Edition, Baseline]]:
    """Return each edition with its baseline on the embedded sample."""
    torch.set_num_threads(1)
    editions = [load_edition(name) for name in sorted({c.edition for c in cases()})]
    samples = {e.id: open_sample(e.network.input_shape) for e in editions}
    return {e.id: (e, load_baseline(e, samples[e.id], cache_folder())) for e in editions}


def grade(
    case: Case, folder: Path, edition: Edition, baseline: Baseline, seed: int = 0
) -> tuple[Run, Prepared, tuple[Finding, ...]]:
    handout = read(edition, [case.write(folder)])
    program = handout.program
    with Sandbox(
        [asdict(fragment) for fragment in program.fragments],
        networks={s.name: asdict(s) for s in (edition.network, edition.bias_network)},
        scaffold=edition.file.scaffold.model_dump(),
        compile_flags=program.compile_flags,
        seed=0,
    ) as sandbox:
        loaded, cells = sandbox.loaded(), handout.submission.cells
        run = pipeline.grade(
            sandbox,
            edition,
            baseline,
            seed=seed,
            call_seconds=CALL_SECONDS,
            explain=lambda run: diagnose(run, program, loaded, cells=cells),
        )
    return run, handout, run.findings


def submissions(*, right: bool) -> list[ParameterSet]:
    """Return the right or the wrong ones: every day some of them, the others long."""
    chosen = [c for c in cases() if c.is_right is right]
    daily = [c for c in chosen if "never-ends" not in c.name][:: 8 if right else 16]
    return [pytest.param(c, marks=() if c in daily else pytest.mark.long) for c in chosen]


def of_code(run: Run, findings: tuple[Finding, ...]) -> list[Score]:
    """Return the scores but those for files that are no code: these submissions hold none."""
    files = {task.id for task in run.edition.file.tasks if task.files}
    return [score for score in score_all(run, findings) if score.task not in files]


@pytest.mark.parametrize("case", submissions(right=True), ids=lambda c: c.id)
def test_right_submission_earns_everything(
    case: Case, tmp_path: Path, baselines: dict[str, tuple[Edition, Baseline]]
) -> None:
    """A right submission gets all points, and exactly the remarks that its rules deserve."""
    run, _, findings = grade(case, tmp_path, *baselines[case.edition])

    scores = of_code(run, findings)
    lost = [(c.check, c.reason) for s in scores for c in s.checks if c.outcome != Outcome.PASSED]
    assert lost == []
    assert [s.criterion for s in scores if s.points < s.max_points] == []
    assert {f.id for f in findings} == set(case.remarks)
    assert not any(f.costs_points for f in findings)


@pytest.mark.parametrize("case", submissions(right=False), ids=lambda c: c.id)
def test_mistake_is_named_where_it_costs(
    case: Case, tmp_path: Path, baselines: dict[str, tuple[Edition, Baseline]]
) -> None:
    """A wrong submission loses points in its own task alone, and its mistake is named."""
    run, handout, findings = grade(case, tmp_path, *baselines[case.edition])

    scores = of_code(run, findings)
    assert {s.task for s in scores if s.points < s.max_points} == {case.task}
    assert {f.id for f in findings} == {*case.findings, *case.remarks}
    assert {f.task for f in findings if f.costs_points} == {case.task}
    for finding in findings:
        text = f"{finding.title} {finding.message} {finding.hint}"
        assert "{" not in text
        defined = handout.program.defined
        if finding.id != "function-missing" and finding.task != "forward":
            assert finding.where, f"{finding.id} says no place, of {sorted(defined)}"


@pytest.mark.few(3)
@pytest.mark.parametrize("case", cases_with_archives(), ids=lambda c: c.id)
def test_archive_beside_the_code_is_judged(
    case: Case, tmp_path: Path, baselines: dict[str, tuple[Edition, Baseline]]
) -> None:
    """Beside right code an archive loses exactly the checks that its mistake concerns."""
    edition, baseline = baselines[case.edition]
    handout = read(edition, case.hand_in(tmp_path))
    with grading.open_sandbox(edition, handout.program) as sandbox:
        grade = grading.grade(sandbox, edition, handout, baseline, seed=1)

    lost = {c.check: c.outcome for s in grade.scores for c in s.checks if c.outcome != "passed"}
    assert lost == {f"parameters.{name}": outcome for name, outcome in case.outcomes.items()}
    assert (grade.points, grade.max_points) == (case.points, 100)
    assert {f.id for f in grade.findings} == {*case.findings, *case.remarks}


STUBS = [c for c in cases() if "template-stub" in c.findings]


@pytest.mark.parametrize("case", STUBS, ids=lambda c: c.id)
def test_a_function_that_is_still_the_templates_earns_nothing(
    case: Case, tmp_path: Path, baselines: dict[str, tuple[Edition, Baseline]]
) -> None:
    """What nobody wrote has no points in its task, whatever of it happens to be right."""
    run, _, findings = grade(case, tmp_path, *baselines[case.edition])

    assert {s.points for s in of_code(run, findings) if s.task == case.task} == {0.0}


@pytest.mark.long
@pytest.mark.parametrize("case", [c for c in cases() if not c.is_right][::6], ids=lambda c: c.id)
def test_mistake_is_named_on_other_probes(
    case: Case, tmp_path: Path, baselines: dict[str, tuple[Edition, Baseline]]
) -> None:
    """A mistake has the same name whatever the probes' seed."""
    _, _, findings = grade(case, tmp_path, *baselines[case.edition], seed=1)

    assert {f.id for f in findings} == {*case.findings, *case.remarks}


def test_every_expected_finding_is_in_the_catalogue() -> None:
    """What the corpus expects is what the catalogue can say."""
    entries = load_catalogue().entries
    expected = {name for c in cases() for name in (*c.findings, *c.remarks)}

    assert {name for name in expected if name not in entries} == set()
