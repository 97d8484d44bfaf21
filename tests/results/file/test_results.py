"""The results file: Gradescope's fields and types, valid JSON, whole or not at all."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from grader.measurements import Distribution, LayerReport, StageAccuracy
from grader.model import CheckResult, Evidence, Fault, Finding, Grade, HandedInFile, Outcome, Score
from grader.results.file.written import to_json, write_results, write_whole
from grader.words.message import Message, say, sentence

FINDING = Finding(
    id="template-stub",
    task="weights",
    values={"function": "quantized_weights", "question": "4", "value": 2.5},
)
REMARK = Finding(
    id="rounds-down",
    task="weights",
    values={"question": "4", "real": "12.80", "actual": 12, "nearest": 13},
    costs_points=False,
)
SAMPLE = say("data", "sample")
WRONG = say("reason", "weights-value", weight=0.5, where="conv1", wanted=64, actual=63.5)
EVIDENCE = Evidence(expected=64, where="conv1")


def score(outcome: Outcome, points: float, criterion: str = "weights.scale") -> Score:
    check = CheckResult(
        check="weights.scale", outcome=outcome, claim="It fits.", reason=WRONG, evidence=EVIDENCE
    )
    return Score(
        criterion=criterion,
        title="Scale",
        task="weights",
        task_title="Quantized weights",
        question="4",
        points=points,
        max_points=5.0,
        outcome=outcome,
        reason=WRONG,
        checks=(check,),
    )


def grade_of(*scores: Score) -> Grade:
    return Grade(
        edition="cs5120-2021",
        edition_title="Homework 1",
        assignment="hw1",
        student_id="1",
        files=(HandedInFile(name="hw1_1.ipynb", sha256="ab", size_bytes=3),),
        data_name=say("data", "generated", name=SAMPLE, count="1,000"),
        data_set=SAMPLE,
        data_split="test",
        data_images=1000,
        seed=0,
        scores=scores,
        accuracies=(
            StageAccuracy(stage="float", title="Float", correct=520, images=1000),
            StageAccuracy(
                stage="weights", title="W", correct=519, images=1000, degradation=math.nan
            ),
        ),
        distributions=(),
        layers=(
            LayerReport(
                name="conv1",
                type="convolution",
                input_shape=(3, 32, 32),
                output_shape=(6, 28, 28),
                activation="ReLU",
                weights=450,
                multiply_adds=352800,
                output_multiplier=math.inf,
            ),
        ),
        findings=(FINDING, REMARK),
    )


# Gradescope's own: what its documentation allows in a results file.
TOP = {
    "score": (int, float),
    "execution_time": (int, float),
    "output": str,
    "output_format": str,
    "visibility": str,
    "stdout_visibility": str,
    "tests": list,
    "leaderboard": list,
    "extra_data": dict,
}
TEST = {
    "score": (int, float),
    "max_score": (int, float),
    "status": str,
    "name": str,
    "name_format": str,
    "number": str,
    "output": str,
    "output_format": str,
    "tags": list,
    "visibility": str,
    "extra_data": dict,
}


def test_fields_and_types_are_gradescopes() -> None:
    """The file has Gradescope's fields, each of its type, and no others outside extra_data."""
    contents = json.loads(json.dumps(to_json(grade_of(score(Outcome.FAILED, 2.5)))))

    assert set(contents) == set(TOP)
    assert all(isinstance(contents[name], kind) for name, kind in TOP.items())
    (test,) = contents["tests"]
    assert set(test) == set(TEST)
    assert all(isinstance(test[name], kind) for name, kind in TEST.items())
    visibilities = {"hidden", "after_due_date", "after_published", "visible"}
    assert {contents["visibility"], test["visibility"]} <= visibilities


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.PASSED, "passed"),
        (Outcome.FAILED, "failed"),
        (Outcome.ERRORED, "failed"),
        (Outcome.SKIPPED, "failed"),
        (Outcome.PENDING, None),
    ],
)
def test_five_outcomes_are_two_statuses(outcome: Outcome, status: str | None) -> None:
    """Gradescope knows passed and failed; what is pending is neither, and keeps its name."""
    (test,) = to_json(grade_of(score(outcome, 0.0)))["tests"]  # type: ignore[misc, union-attr]

    assert test.get("status") == status  # type: ignore[index, call-overload]
    assert test["extra_data"]["outcome"] == outcome.value  # type: ignore[index, call-overload]


def test_the_overview_for_a_person() -> None:
    """The overview names the points, the data, and the mistakes that cost."""
    contents = to_json(grade_of(score(Outcome.FAILED, 2.5), score(Outcome.PASSED, 5.0)))

    assert contents["output"] == (
        "7.5 of 10 points, judged on embedded sample (1,000 generated test images).\n"
        "- The template's placeholder is still there"
    )


def test_what_is_said_is_kept_as_a_sentence_and_as_data() -> None:
    """Whoever reads the file needs no other, and can still say it in another language."""
    (test,) = json.loads(json.dumps(to_json(grade_of(score(Outcome.FAILED, 2.5)))))["tests"]
    extra = test["extra_data"]
    (check,) = extra["checks"]

    assert test["output"] == extra["reason"] == check["reason"] == sentence(WRONG)
    assert Message.of_json(extra["reason_message"]) == WRONG
    assert Message.of_json(check["reason_message"]) == WRONG
    assert check["evidence"] == {
        "expected": "64",
        "expected_message": 64,
        "actual": "",
        "tolerance": "",
        "where": "conv1",
    }


def test_a_finding_is_kept_in_words_and_with_its_numbers() -> None:
    """The words are English; the numbers in them make the same words in another language."""
    contents = json.loads(json.dumps(to_json(grade_of())))

    kept = contents["extra_data"]["findings"][0]
    assert kept["title"] == "The template's placeholder is still there"
    assert kept["message"].startswith("quantized_weights gives 2.5 whatever it is called with")
    assert kept["values"] == dict(FINDING.values)
    assert kept["where"] == ""


def test_what_is_pending_is_neither_earned_nor_lost() -> None:
    """A file with pending points publishes no score, and says what was graded so far."""
    fault = Fault(exception="TypeError: no", value="float nan", stage="Bias", check="bias.value")
    grade = grade_of(score(Outcome.FAILED, 2.5), score(Outcome.PENDING, 0.0))

    contents = json.loads(json.dumps(to_json(replace(grade, faults=(fault,)))))

    extra = contents["extra_data"]
    assert (contents["score"], contents["visibility"]) == (2.5, "hidden")
    assert (extra["state"], extra["pending_points"], extra["graded_max"]) == ("pending", 5, 5)
    assert extra["faults"] == [
        {
            "exception": "TypeError: no",
            "value": "float nan",
            "stage": "Bias",
            "check": "bias.value",
        }
    ]
    assert contents["output"] == (
        "Graded so far: 2.5 of 5, 5 points wait for staff; judged on embedded sample"
        " (1,000 generated test images).\n"
        "Neither earned nor lost, for they could not be judged here: Scale.\n"
        "- The template's placeholder is still there"
    )


def test_a_graded_file_says_so() -> None:
    """Where nothing is pending, the file is visible and no points wait."""
    contents = json.loads(json.dumps(to_json(grade_of(score(Outcome.FAILED, 2.5)))))

    extra = contents["extra_data"]
    assert contents["visibility"] == "visible"
    assert (extra["state"], extra["pending_points"], extra["graded_max"]) == ("graded", 0, 5)
    assert extra["faults"] == []


def test_accuracy_criteria_carry_their_tag() -> None:
    """A criterion on accuracy is tagged with its task and as accuracy."""
    scores = (score(Outcome.PASSED, 5.0), score(Outcome.PASSED, 5.0, "weights.accuracy"))

    tests = to_json(grade_of(*scores))["tests"]

    assert [t["tags"] for t in tests] == [  # type: ignore[index, call-overload, union-attr]
        ["weights"],
        ["weights", "accuracy"],
    ]


def test_what_is_not_finite_becomes_null(tmp_path: Path) -> None:
    """NaN and infinity are no JSON: they are written as null."""
    path = tmp_path / "out" / "hw1_1.json"

    write_results(grade_of(score(Outcome.PASSED, 5.0)), path)

    text = path.read_text("utf-8")
    data = json.loads(text, parse_constant=pytest.fail)["extra_data"]
    assert data["accuracy_stages"][1]["degradation"] is None
    assert data["layers"][0]["output_multiplier"] is None


def test_the_same_grade_is_the_same_file(tmp_path: Path) -> None:
    """Writing a grade twice gives the same bytes."""
    grade = grade_of(score(Outcome.PASSED, 5.0))

    for name in ("one.json", "two.json"):
        write_results(grade, tmp_path / name)

    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    """Where the file cannot take its place, the old one stays and no half file is left."""
    target = tmp_path / "results.json"
    target.mkdir()
    (target / "in the way").touch()

    with pytest.raises(OSError, match=r"results\.json"):
        write_whole(target, b"{}")

    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_a_file_that_is_there_is_replaced(tmp_path: Path) -> None:
    """A second write replaces the first, and others may read it."""
    target = tmp_path / "results.json"

    write_whole(target, b"one")
    write_whole(target, b"two")

    assert target.read_bytes() == b"two"
    assert target.stat().st_mode & 0o777 == 0o644


def test_ranges_are_written_with_their_three_sigma_range() -> None:
    """Mean 1 and standard deviation 2 give the range from -5 to 7, wider than the actual one."""
    found = Distribution(
        tensor="input",
        layer="input",
        kind="activations",
        numel=4,
        minimum=-1.0,
        maximum=4.0,
        mean=1.0,
        std=2.0,
        histogram_low=-1.0,
        histogram_high=4.0,
        counts=(1, 3),
    )

    assert (found.sigma_minimum, found.sigma_maximum, found.width) == (-5.0, 7.0, 5.0)
    assert found.larger == "three_sigma"
    assert replace(found, std=0.1).larger == "actual"


def test_whose_scales_are_written_is_written_too() -> None:
    """The file names the tasks whose results in the layers are the reference's."""
    grade = replace(grade_of(), substituted=("activations", "weights"))

    assert to_json(grade)["extra_data"]["substituted"] == ["activations", "weights"]
    assert to_json(grade_of())["extra_data"]["substituted"] == []
