"""What ``grader vectors`` makes of a submission: the student's numbers, and who stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.baseline.networks import Baseline
from grader.errors import SubmissionError
from grader.model import Fault, Outcome
from grader.tasks.exported_parameters.kind import layout_of
from grader.tasks.exported_parameters.layout import Layout
from grader.tasks.exported_parameters.observe import open_parameters
from grader.tasks.run import Run
from grader.vectors.images import images_of_baseline
from grader.vectors.integer_parameters import IntegerParameters, VectorsError, of_numbers
from grader.vectors.submitted_network import SubmittedNetwork, submitted_network
from grader.vectors.vector_files import image_files, into_zip, parameter_files
from grader.words.message import say, sentence
from tests.corpus import SUBMISSIONS, Section, load_case, read_sections, splice
from tests.exported_parameters.made import handed_in, judged, lost
from tests.pipeline.test_direction import STEPS
from tests.vectors.submissions import Right, baseline_of, judged_case, judged_file

LAB = "cs5120-2024"
RIGHT = f"{LAB}/handed-in-as-a-zip"  # a plain right solution
OLDER = "cs5120-2021/max-abs-127"
PARTS = ("imports", "copy_model", "quantized_weights", "NetQuantized", "NetQuantizedWithBias")
TASKS = ("weights", "initial_input", "activations", "bias")
IMAGES = 3


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return baseline_of(LAB)


@pytest.fixture(scope="module")
def older() -> Baseline:
    return baseline_of("cs5120-2021")


@pytest.fixture(scope="module")
def right(baseline: Baseline, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return judged_case(RIGHT, baseline, tmp_path_factory.mktemp("right"))


def made(case: str, baseline: Baseline, folder: Path) -> SubmittedNetwork:
    return submitted_network(judged_case(case, baseline, folder), IMAGES)


def instead(network: SubmittedNetwork) -> dict[str, str]:
    """Return why the reference's numbers stand in, by task."""
    return {
        part.task.id: sentence(part.instead) for part in network.parts if part.instead is not None
    }


def same_weights(found: IntegerParameters, expected: Right) -> bool:
    wanted = expected.weights()
    return all(np.array_equal(found.weights[name], wanted[name]) for name in wanted)


def test_a_right_submission_is_written_in_its_own_numbers(right: Run, baseline: Baseline) -> None:
    """Weights, scales and bias are those of the student's formulas."""
    network = submitted_network(right, IMAGES)

    found, expected = network.parameters, Right(baseline.biased)
    assert [(part.task.id, part.is_own) for part in network.parts] == [(t, True) for t in TASKS]
    assert same_weights(found, expected)
    assert found.scales == expected.scales()
    assert np.array_equal(found.bias["output.fc"], expected.bias())


def test_an_accepted_bias_is_theirs_where_it_is_not_the_references(right: Run) -> None:
    """Integers that lie one beside the reference's, as other rounding gives, are written so."""
    task = right.tasks["bias"]
    assert task.seen is not None
    theirs = task.seen.own.integers + 1
    seen = replace(task.seen, own=replace(task.seen.own, integers=theirs))
    run = replace(right, tasks={**right.tasks, "bias": replace(task, seen=seen)})

    found = submitted_network(run, IMAGES).parameters

    assert np.array_equal(found.bias["output.fc"], theirs)


def test_what_is_written_passes_the_check_and_reads_back(
    right: Run, baseline: Baseline, tmp_path: Path
) -> None:
    """The archive is one that the grader accepts, and it holds the same numbers, all of them."""
    found = submitted_network(right, IMAGES).parameters
    pixels, path = images_of_baseline(baseline, IMAGES), tmp_path / "parameter.zip"
    with into_zip(path) as put:
        for name, data in parameter_files(found, "csv"):
            put(name, data)
        for _, name, data in image_files(found, pixels, "csv"):
            put(name, data)

    layout = replace(layout_of(right.edition), images=IMAGES)
    read, recorded = open_parameters(handed_in(path), layout), found.record(pixels)
    assert lost(judged(path, layout)) == {}
    assert read.scales == found.scales
    assert np.array_equal(read.parameters["weights/output.fc.bias.csv"], found.bias["output.fc"])
    assert all(
        np.array_equal(read.parameters[f"weights/{n}.weight.csv"], w.reshape(-1))
        for n, w in found.weights.items()
    )
    assert all(np.array_equal(read.recorded[name], rows) for name, rows in recorded.items())


def test_hexadecimal_reads_back_as_the_students_integers(right: Run) -> None:
    """What ``$readmemh`` reads are the student's weights and bias, with their signs."""
    found = submitted_network(right, IMAGES).parameters

    files = dict(parameter_files(found, "hex"))

    weights = bytes.fromhex(files["weights/conv3.conv.weight.hex"].decode())
    bias = bytes.fromhex(files["weights/output.fc.bias.hex"].decode())
    assert np.array_equal(np.frombuffer(weights, ">i1"), found.weights["conv3.conv"].reshape(-1))
    assert np.array_equal(np.frombuffer(bias, ">i4"), found.bias["output.fc"])


def test_a_wrong_bias_is_the_references_and_is_named(baseline: Baseline, tmp_path: Path) -> None:
    """The reference's bias stands in on the scales that are the student's, with the reason."""
    network = made(f"{LAB}/bias-layer-before-last", baseline, tmp_path)

    expected = Right(baseline.biased)
    (told,) = instead(network).items()
    assert told[0] == "bias"
    assert "s_o_prev[2]" in told[1]
    assert same_weights(network.parameters, expected)
    assert np.array_equal(network.parameters.bias["output.fc"], expected.bias())


def test_wrong_weights_are_the_references_and_the_rest_is_theirs(
    baseline: Baseline, tmp_path: Path
) -> None:
    """The largest weight lands on 127 by the reference; the student's scales are made for it."""
    network = made(f"{LAB}/weights-max-without-abs", baseline, tmp_path)

    assert [*instead(network)] == ["weights"]
    for name, weights in baseline.biased.weights.items():
        module = Right(baseline.biased).modules[name]
        step = float(np.abs(weights).max()) / 127
        assert np.array_equal(network.parameters.weights[module], np.rint(weights / step)), name
    outputs = Right(baseline.biased).outputs
    step = float(np.abs(baseline.biased.weights["fc6"]).max()) / 127
    multiplier = step * outputs["conv5"] / outputs["fc6"]
    assert network.parameters.scales["fc6.fc"] == round(multiplier * 65536)


@pytest.mark.parametrize("form", [{}, STEPS], ids=["multipliers", "steps"])
def test_multipliers_that_are_real_become_whole_numbers(
    form: Mapping[str, str], older: Baseline, tmp_path: Path
) -> None:
    """An edition without fixed point has its M = n_O rounded, whichever way up all scales are."""
    cells = load_case(SUBMISSIONS / OLDER).cells()
    for name, source in form.items():
        cells = splice(cells, Section(name=name, source=source))
    file = tmp_path / "hw1_1.py"
    kept = (cell.source for cell in cells if cell.name in PARTS)
    file.write_text("\n\n\n".join(kept), "utf-8")
    network = submitted_network(judged_file(file, OLDER, older), IMAGES)

    biased = older.biased
    largest = {n: float(np.abs(a).max()) for n, a in biased.activations.items()}
    weights = {n: float(np.abs(w).max()) for n, w in biased.weights.items()}
    expected = 127 / largest["fc1"] * weights["fc1"] * largest["conv2"] / 127 / 127
    assert instead(network) == {}
    assert network.parameters.scales["fc1"] == round(expected * 65536)
    assert network.parameters.scales["quant"] == round(127 / largest["input"])


def test_nothing_accepted_is_refused(baseline: Baseline, tmp_path: Path) -> None:
    """The reference's network does not go by a student's name; the first reason is told."""
    file = tmp_path / "quantutils.py"
    cells = read_sections(SUBMISSIONS / "template-2024" / "template.py")
    file.write_text("\n\n\n".join(cell.source for cell in cells), "utf-8")
    run = judged_file(file, LAB, baseline)

    with pytest.raises(SubmissionError, match="none of the submission's numbers") as raised:
        submitted_network(run, IMAGES)
    assert "quantized weights" in str(raised.value)
    assert "權重量化" in raised.value.reason.said_in("zh_TW")


def test_what_the_grader_could_not_judge_is_not_the_students(right: Run) -> None:
    """A bias that waits for staff is the reference's, and the reason says whose fault that is."""
    waiting = {
        name: replace(result, outcome=Outcome.PENDING, reason=say("reason", "grader-failed"))
        for name, result in right.results.items()
        if result.task == "bias"
    }
    run = replace(right, results=right.results | waiting)

    assert instead(submitted_network(run, IMAGES)) == {
        "bias": "The grader failed here; this waits for staff."
    }


def test_a_network_that_was_never_put_together_is_not_written(right: Run) -> None:
    """Where the grader broke before, no file pretends to be the student's."""
    run = replace(right, chains={}, faults=[])

    with pytest.raises(VectorsError, match="asks for no quantized bias"):
        submitted_network(run, IMAGES)
    run.faults.append(Fault(stage="Quantized bias", exception="OSError: gone"))
    with pytest.raises(VectorsError, match="the grader failed in 'Quantized bias'"):
        submitted_network(run, IMAGES)


def test_recordings_are_the_integers_of_their_own_pass(right: Run) -> None:
    """From what entered their first layer follows what was seen to enter each of the others."""
    seen, chain = right.tasks["forward"].seen, right.chain
    assert seen is not None
    assert chain is not None
    assert seen.trace.output is not None
    found = of_numbers(chain.numbers, Layout(network=right.edition.network))
    first = seen.trace.entering["conv1"].astype(np.float64)

    recorded = found.record(first.reshape(len(first), -1) / found.scales["quant"])

    for name in ("conv3", "conv5", "fc6", "output"):
        theirs = seen.trace.entering[name].reshape(len(first), -1)
        assert np.array_equal(recorded[f"{name}/input.csv"], theirs), name
    assert np.array_equal(recorded["output.csv"], seen.trace.output)
