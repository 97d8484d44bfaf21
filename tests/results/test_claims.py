"""What notebooks say of themselves is read from their saved outputs, beside what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.intake.model import Cell
from grader.intake.submission import read_submission
from grader.measurements import Distribution, StageAccuracy
from grader.results.claims import Claim, read_claims, stage_of
from grader.words.message import say, say_value
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


LAYERS = ("conv1", "conv2", "fc1", "fc2", "fc3")
WEIGHTS = [distribution(layer, "weights") for layer in LAYERS]
ACTIVATIONS = [distribution(layer, "activations") for layer in ("input", *LAYERS)]
BOTH = [*WEIGHTS, *ACTIVATIONS]
HISTOGRAMS = edition().file.histograms


def cell(
    *outputs: str, source: str = "", plots: int = 0, number: int = 3, above: str = ""
) -> Cell:
    return Cell(
        file="hw1_1.ipynb",
        number=number,
        index=number,
        source=source,
        outputs=outputs,
        images=min(plots, 1),
        plots=plots,
        text_above=above,
    )


def histograms(*cells: Cell) -> dict[str, str]:
    """Return what is said of each question's histograms, by the kind of tensor."""
    claims = read_claims(cells, [], BOTH, HISTOGRAMS)
    prefix = "histograms."
    return {
        c.what.removeprefix(prefix): say_value(c.claimed)
        for c in claims
        if c.what.startswith(prefix)
    }


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
    claims = read_claims([cell("Accuracy after quantizing all weights: 52.05%\n")], STAGES, [], [])

    assert claims == (
        Claim(
            what="accuracy.weights",
            claimed="52.05 %",
            measured="83.40 %",
            where=say("where", "cell-line", cell=3, line=1),
        ),
    )


def test_the_last_run_counts() -> None:
    """Where the same accuracy was printed twice, the later cell is what the notebook says."""
    cells = [cell("Accuracy: 10%"), cell("Accuracy: 52%", number=9)]

    (claim,) = read_claims(cells, [], [], [])

    assert (claim.claimed, claim.measured, str(claim.where)) == (
        "52.00 %",
        None,
        "cell 9, line 1",
    )


@pytest.mark.parametrize("text", ["Accuracy: 520%", "Accuracy: n/a", "loss 1.2, 52%", "Accuracy"])
def test_what_is_no_accuracy_is_left_out(text: str) -> None:
    """Lines without the word, without a number or beyond 100 % claim nothing."""
    assert read_claims([cell(text)], [], [], []) == ()


@pytest.mark.parametrize(
    ("source", "what"),
    [("net.conv1.weight", "range.conv1.weight"), ("x.activations", "range.conv1.activations")],
)
def test_a_range_beside_its_measurement(source: str, what: str) -> None:
    """A printed range belongs to weights or activations as the cell's code says."""
    line = "conv1: -0.6597 ~ 0.6146, mean 0.0049\nbogus: 1 ~ 2"

    claim, *_ = read_claims([cell(line, source=source)], [], BOTH, HISTOGRAMS)

    assert claim.what == what
    assert (claim.claimed, claim.measured) == ("-0.6597 ~ 0.6146", "-1.0000 ~ 0.5000")


def test_every_question_has_its_count() -> None:
    """Five weights in one picture, six activations drawn by a function one by one: all there."""
    drawing = "def show(values, name):\n    plt.hist(values)\n    plt.title(name)"
    six = [cell(source=f"show(activations['{i}'])", plots=1, number=i) for i in range(5, 11)]

    said = histograms(
        cell(source="for ax, w in zip(axes, weights): ax.hist(w)", plots=5),
        cell(source=drawing, number=4),
        *six,
    )

    assert said == {
        "weights": "5 of 5 weight histograms (question 3)",
        "activations": "6 of 6 activation histograms (question 5)",
    }


def test_what_is_missing_is_said() -> None:
    """Three of the five, as in a notebook that forgot its convolutions, and none of the others."""
    said = histograms(cell(source="axs[0].hist(fc1_weights)", plots=3))

    assert said["weights"] == "3 of 5 weight histograms (question 3)"
    assert said["activations"] == "0 of 6 activation histograms (question 5)"


def test_an_empty_place_in_a_grid_is_no_histogram() -> None:
    """A grid of two by three holds five weights; more pictures than tensors are told as such."""
    grid = cell(source="plt.subplots(2, 3); ax.hist(weight)", plots=6)

    assert histograms(grid)["weights"].startswith("5 of 5 ")
    assert histograms(grid, grid)["weights"].startswith("10, more than the 5 ")


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([cell(source="plt.hist(net.conv1.weight)", plots=1)], "weights"),
        ([cell(source="plt.hist(a)", plots=1, above="## Input and outputs")], "activations"),
        ([cell(source="plt.hist(a)", plots=1, above="The weights before quantizing")], "weights"),
        (
            [cell(source="a = net_q3.conv1.activations"), cell(source="plt.hist(a)", plots=1)],
            "activations",
        ),
        (
            [cell(source="a = net_of_weights.activations; plt.hist(a[activations])", plots=1)],
            "activations",
        ),
    ],
    ids=["own code", "heading", "text", "the cell before", "more often"],
)
def test_a_picture_belongs_to_what_is_spoken_of_nearest(cells: list[Cell], kind: str) -> None:
    """The cell's own words tell, else the markdown above it, else the cell before."""
    one = {"weights": "1 of 5 ", "activations": "1 of 6 "}

    assert histograms(*cells)[kind].startswith(one[kind])
    assert sum(said.startswith("0 of ") for said in histograms(*cells).values()) == 1


@pytest.mark.parametrize(
    "source", ["plt.plot(weight_loss_history)", "plt.imshow(weights)", "plot_history(weights)"]
)
def test_other_pictures_are_no_histograms(source: str) -> None:
    """A curve, an image and a function that draws something else are not counted."""
    assert histograms(cell(source=source, plots=1))["weights"].startswith("0 of 5 ")


def test_a_picture_of_nobody_knows_what_is_not_counted() -> None:
    """Where nothing says what was drawn, no question gets it."""
    said = histograms(cell(source="plt.hist(x)", plots=1))

    assert [text[:4] for text in said.values()] == ["0 of", "0 of"]


def test_a_script_saves_no_pictures() -> None:
    """A script has nothing to count, which is no claim at all."""
    script = Cell(file="hw1_1.py", number=None, index=1, source="plt.hist(net.conv1.weight)")

    assert histograms(script) == {}


def test_an_enormous_line_costs_little() -> None:
    """A hostile output is cut before it is searched."""
    assert read_claims([cell("accuracy" + " 1" * 500_000)], [], [], []) == ()


def test_a_whole_notebook(tmp_path: Path) -> None:
    """The example's saved outputs give all six accuracies and every histogram."""
    case = load_case(SUBMISSIONS / "cs5120-2021" / "example-notebook")
    files = edition().file.files
    submission = read_submission(
        [case.write(tmp_path)], code_patterns=files.code, id_pattern=files.student_id
    )

    claims = {c.what: c for c in read_claims(submission.cells, STAGES, BOTH, HISTOGRAMS)}

    stages = ("float", "weights", "activations", "bias_float", "bias_unquantized", "bias")
    assert {f"accuracy.{stage}" for stage in stages} <= claims.keys()
    assert "range.conv1.weight" in claims
    assert say_value(claims["histograms.weights"].claimed).startswith("5 of 5 ")
    assert say_value(claims["histograms.activations"].claimed).startswith("6 of 6 ")


@pytest.mark.timeout(60)
def test_lines_of_digits_hold_nobody_up() -> None:
    """Trying every digit from every word took minutes for what one notebook may hold."""
    line = "accuracy " * 15 + "1" * 260

    assert read_claims([cell("\n".join([line] * 5000))], [], [], []) == ()


def test_the_last_accuracy_on_a_line_counts() -> None:
    """Of several, the first percentage after the last word is what is claimed."""
    (claim,) = read_claims([cell("Accuracy 12 % to accuracy: 52.5% (loss 3%)")], [], [], [])

    assert claim.claimed == "52.50 %"
