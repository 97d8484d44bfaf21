"""Answers to the extra challenge, measured on the functions of the corpus's submissions."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from grader import grading
from grader.border.student import Student
from grader.challenge.judge import answers_of
from grader.errors import SandboxError
from grader.intake.challenge.variants import Variant
from grader.model import ChallengeAnswer, Outcome
from grader.sandbox.runner import Sandbox
from grader.tasks.kinds import begin
from grader.tasks.run import Run
from tests.corpus import SUBMISSIONS, Case, cases, load_case
from tests.grading import edition, small_baseline

LAB = "ee290-2020"
CHALLENGED = [case for case in cases(LAB) if case.challenge]
REDEFINED = [case for case in cases(LAB) if case.name.startswith(("redefined", "bonus"))]


def open_variant(variant: Variant) -> Sandbox:
    return grading.open_sandbox(edition(LAB), variant.program)


def begun(case: Case, folder: Path) -> tuple[Run, tuple[Variant, ...]]:
    """Return a run whose tasks are not judged, and the submission's answers to the challenge."""
    torch.set_num_threads(1)
    lab = edition(LAB)
    handout = grading.read(lab, [case.write(folder)])
    sandbox = grading.open_sandbox(lab, handout.program)
    student = Student(sandbox=sandbox, edition=lab)
    return begin(lab, small_baseline(200, LAB), student, seed=5), handout.variants


def told(answer: ChallengeAnswer) -> dict[str, object]:
    """Return what was found out about an answer, as ``expected.toml`` says it."""
    return {
        "outcome": answer.outcome.value,
        "parts": [*answer.parts],
        "scales": answer.scales.value,
        "weight_bits": [*answer.weight_bits.values()],
        "activation_bits": [*answer.activation_bits.values()],
        "bias_bits": answer.bias_bits,
        "reason": "" if answer.reason is None else answer.reason.code,
    }


@pytest.mark.parametrize("case", CHALLENGED, ids=lambda c: c.name)
def test_an_answer_is_measured(case: Case, tmp_path: Path) -> None:
    """Scales, widths and what is wrong are those of the functions that the student wrote."""
    run, variants = begun(case, tmp_path)

    found = [told(answer) for answer in answers_of(run, variants, open_variant)]

    assert len(found) == len(case.challenge)
    for answer, expected in zip(found, case.challenge, strict=True):
        assert {key: answer[key] for key in expected} == dict(expected)
        assert (answer["outcome"] == "passed") == bool(expected["parts"])


@pytest.mark.parametrize("case", REDEFINED, ids=lambda c: c.name)
def test_a_redefinition_is_no_challenge(case: Case, tmp_path: Path) -> None:
    """A function that is only written twice has no answer to the challenge in it."""
    handout = grading.read(edition(LAB), [case.write(tmp_path)])

    assert (handout.set_aside, handout.variants) == ((), ())


def test_what_we_fail_to_measure_is_pending(tmp_path: Path) -> None:
    """A sandbox of ours that does not start leaves the answer to staff, and raises nothing."""
    run, variants = begun(load_case(SUBMISSIONS / LAB / "challenge-mixed-widths"), tmp_path)

    def broken(_variant: Variant) -> Sandbox:
        msg = "no process left"
        raise SandboxError(msg)

    found = answers_of(run, variants, broken)

    assert [answer.outcome for answer in found] == [Outcome.PENDING]
    assert [fault.exception for fault in run.faults] == ["SandboxError: no process left"]


@pytest.mark.long
def test_powers_of_two_in_the_tasks_answer_the_challenge(tmp_path: Path) -> None:
    """Who chose powers of two from the start has answered; the tasks keep all their points."""
    lab, case = edition(LAB), load_case(SUBMISSIONS / LAB / "powers-of-two")
    handout = grading.read(lab, [case.write(tmp_path)])
    with grading.open_sandbox(lab, handout.program) as sandbox:
        grade = grading.grade(sandbox, lab, handout, small_baseline(200, LAB), seed=0)

    assert [(a.form, a.parts, a.scales.value) for a in grade.challenge] == [
        ("main", ("powers_of_two",), "down")
    ]
    assert (grade.points, grade.max_points) == (100, 100)


@pytest.mark.long
def test_below_the_sheets_own_function_the_challenge_is_the_answer(tmp_path: Path) -> None:
    """A first definition that answers nothing is not judged in place of one that does."""
    case = load_case(SUBMISSIONS / LAB / "challenge-powers-of-two-anew")
    notebook = case.write(tmp_path)
    text = notebook.read_text("utf-8")
    stub = text.replace("scale = 127 / weights.abs().max().item()", "scale = 2.5", 1)
    notebook.write_text(stub, "utf-8")
    lab = edition(LAB)
    handout = grading.read(lab, [notebook])
    with grading.open_sandbox(lab, handout.program) as sandbox:
        grade = grading.grade(sandbox, lab, handout, small_baseline(200, LAB), seed=0)

    assert stub != text
    assert {s.points == s.max_points for s in grade.scores if s.task == "weights"} == {True}
