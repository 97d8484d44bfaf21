"""What notebooks say of themselves is read from their saved outputs, beside what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.claims import Claim, read_claims, stage_of
from grader.intake.model import Cell
from grader.intake.submission import read_submission
from grader.model import Distribution, StageAccuracy
from tests.corpus import SUBMISSIONS, load_case
from tests.grading import edition

STAGES = [StageAccuracy(stage="weights", title="", correct=834, images=1000)]


def distribution(layer: str, kind: str) -> Distribution:
    tensor = f"{layer}.weight" if kind == "weights" else f"{layer}.activations"
    return Distribution(
        tensor=tensor,
        layer=layer,
        kind=kind,
        numel=4,
        minimum=-1.0,
        maximum=0.5,
        mean=0.0,
        std=0.1,
        histogram_low=-1.0,
        histogram_high=0.5,
        counts=(4,),
    )


BOTH = [distribution("conv1", "weights"), distribution("conv1", "activations")]


def cell(*outputs: str, source: str = "", images: int = 0, number: int = 3) -> Cell:
    return Cell(
        file="hw1_1.ipynb",
        number=number,
        index=number,
        source=source,
        outputs=outputs,
        images=images,
    )


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("Accuracy of the network on the test images", "float"),
        ("Accuracy of the network after quantizing all weights", "weights"),
        ("Accuracy of the network after quantizing both weights and activations", "activations"),
        ("Accuracy of the network (with a bias) on the test images", "bias_float"),
        ("Accuracy after all the weights are quantized but the bias isn't", "bias_unquantized"),
        ("Accuracy with a bias, only its weights quantized", "bias_unquantized"),
        ("Accuracy after all the weights and the bias are quantized", "bias"),
    ],
)
def test_a_sentence_names_its_stage(text: str, stage: str) -> None:
    """What a printed sentence speaks of is told from its words."""
    assert stage_of(text) == stage


def test_an_accuracy_beside_its_measurement() -> None:
    """A printed accuracy is set beside the one that was measured at that stage."""
    claims = read_claims([cell("Accuracy after quantizing all weights: 52.05%\n")], STAGES, [])

    assert claims == (
        Claim(
            what="accuracy.weights",
            claimed="52.05 %",
            measured="83.40 %",
            where="cell 3, line 1",
        ),
    )


def test_the_last_run_counts() -> None:
    """Where the same accuracy was printed twice, the later cell is what the notebook says."""
    cells = [cell("Accuracy: 10%"), cell("Accuracy: 52%", number=9)]

    (claim,) = read_claims(cells, [], [])

    assert (claim.claimed, claim.measured, claim.where) == ("52.00 %", "", "cell 9, line 1")


@pytest.mark.parametrize("text", ["Accuracy: 520%", "Accuracy: n/a", "loss 1.2, 52%", "Accuracy"])
def test_what_is_no_accuracy_is_left_out(text: str) -> None:
    """Lines without the word, without a number or beyond 100 % claim nothing."""
    assert read_claims([cell(text)], [], []) == ()


@pytest.mark.parametrize(
    ("source", "what"),
    [("net.conv1.weight", "range.conv1.weight"), ("x.activations", "range.conv1.activations")],
)
def test_a_range_beside_its_measurement(source: str, what: str) -> None:
    """A printed range belongs to weights or activations as the cell's code says."""
    line = "conv1: -0.6597 ~ 0.6146, mean 0.0049\nbogus: 1 ~ 2"

    (claim,) = read_claims([cell(line, source=source)], [], BOTH)

    assert claim.what == what
    assert (claim.claimed, claim.measured) == ("-0.6597 ~ 0.6146", "-1.0000 ~ 0.5000")


@pytest.mark.parametrize(("images", "claimed"), [(1, "1 saved image"), (5, "5 saved images")])
def test_saved_histograms_are_counted(images: int, claimed: str) -> None:
    """The images of a cell that draws histograms are counted against the tensors asked for."""
    (claim,) = read_claims([cell(source="plt.hist(w)", images=images)], [], BOTH)

    assert (claim.what, claim.claimed, claim.measured) == (
        "histograms.weights",
        claimed,
        "1 tensors",
    )


def test_an_enormous_line_costs_little() -> None:
    """A hostile output is cut before it is searched."""
    assert read_claims([cell("accuracy" + " 1" * 500_000)], [], []) == ()


def test_a_whole_notebook(tmp_path: Path) -> None:
    """The example's saved outputs give all six accuracies and both sets of histograms."""
    case = load_case(SUBMISSIONS / "cs5120-2021" / "example-notebook")
    files = edition().file.files
    submission = read_submission(
        [case.write(tmp_path)], code_patterns=files.code, id_pattern=files.student_id
    )

    claims = {c.what for c in read_claims(submission.cells, STAGES, BOTH)}

    stages = ("float", "weights", "activations", "bias_float", "bias_unquantized", "bias")
    assert {f"accuracy.{stage}" for stage in stages} <= claims
    assert {"histograms.weights", "histograms.activations", "range.conv1.weight"} <= claims
