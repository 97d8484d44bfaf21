"""A grade with a value in every field, and none where a field may hold none."""

from __future__ import annotations

import math
from pathlib import Path

from grader.editions.schema import Localized
from grader.measurements import (
    BiasRow,
    BitWidth,
    CandidateRange,
    Confusion,
    Distribution,
    LayerReport,
    StageAccuracy,
)
from grader.model import (
    CheckResult,
    Claim,
    Evidence,
    Excerpt,
    Fault,
    Finding,
    Grade,
    HandedInFile,
    Outcome,
    Score,
)
from grader.words.message import Message, say

FILE = Path(__file__).with_name("whole_grade.json")

CELL = say("where", "cell", cell=12)
LINE = say("where", "cell-line", cell=12, line=3)
SAMPLE = say("data", "sample")
WRONG = say("reason", "weights-value", weight=0.5, where="conv1", wanted=64, actual=63.5)
FINDING = Finding(
    id="template-stub",
    task="weights",
    values={"function": "quantized_weights", "question": "4", "value": 2.5},
    where=LINE,
)
REMARK = Finding(
    id="rounds-down",
    task="weights",
    values={"question": "4", "real": Message("value.infinity"), "actual": 12, "nearest": 13},
    costs_points=False,
)


# long: every field of a grade, one a line
def whole_grade() -> Grade:
    """Return the grade of which ``whole_grade.json`` is the results file."""
    distributions = (_distribution("conv1.weight"), _distribution("conv1.activations"))
    return Grade(
        edition="cs5120-2021",
        edition_title="Homework 1",
        assignment="hw1",
        student_id="108062999",
        files=(HandedInFile(name="hw1_108062999.ipynb", sha256="ab" * 32, size_bytes=3),),
        data_name=say("data", "generated", name=SAMPLE, count="1,000"),
        data_set=SAMPLE,
        data_split="test",
        data_images=1000,
        seed=7,
        scores=_scores(),
        accuracies=_stages(),
        distributions=distributions,
        layers=_layers(),
        findings=(FINDING, REMARK),
        input_multiplier=math.inf,
        substituted=("activations",),
        candidates={found.tensor: _candidates() for found in distributions},
        bit_widths=(BitWidth(bits=4, percent=44.5, power_of_two_percent=38),),
        bias_layer="fc3",
        bias=(
            BiasRow(name="plane", value=-0.25, expected=-579, actual=-578.0),
            BiasRow(name="car", value=0.5, expected=1158, actual=None),
            BiasRow(name="bird", value=0.5, expected=1158, actual=math.nan),
        ),
        confusion=Confusion(
            classes=("plane", "car"), before=((5, 1), (0, 6)), after=((4, 2), (0, 6))
        ),
        code={"weights": _excerpt(say("title", "code", name="quantized_weights", where=CELL))},
        appendix=(_excerpt(CELL), Excerpt(title="a.py", place="a.py", source="", first_line=3)),
        appendix_left_out=2,
        claims=_claims(),
        problems=(say("problem", "too-early", name="f"),),
        printed={"weights": "tensor(51.18)\n"},
        call_styles={"activations": "multipliers as numpy floats"},
        sandbox_layers=("rlimits", "bubblewrap"),
        own_code=True,
        faults=(Fault(exception="TypeError: no", value="float nan", stage="Bias"),),
        versions={"grader": "0.1.0", "python": "3.11.7"},
        seconds=7.12345,
        graded_at="2026-11-21T10:00:00+00:00",
    )


def _scores() -> tuple[Score, ...]:
    evidence = Evidence(expected=64, actual=63.5, tolerance=say("value", "percent", number=2))
    check = CheckResult(
        check="weights.scale",
        outcome=Outcome.FAILED,
        claim="It fits.",
        reason=WRONG,
        evidence=evidence,
        remarks=("rounds-down",),
    )
    unsaid = CheckResult(
        check="weights.integers",
        outcome=Outcome.PASSED,
        claim="They are integers.",
        evidence=Evidence(where="conv1"),
    )
    failed = _score("weights.scale", Outcome.FAILED, 2.5, (check, unsaid), (FINDING,))
    passed = _score("weights.accuracy", Outcome.PASSED, 5.0, (unsaid,))
    return failed, passed, _score("weights.rescaling", Outcome.PENDING, 0)


def _score(
    criterion: str,
    outcome: Outcome,
    points: float,
    checks: tuple[CheckResult, ...] = (),
    findings: tuple[Finding, ...] = (),
) -> Score:
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
        checks=checks,
        findings=findings,
    )


SCALES = Localized(en="Scales of the layers' outputs", zh_TW="各層輸出的倍率")


def _stages() -> tuple[StageAccuracy, ...]:
    return (
        StageAccuracy(
            stage="float", title="Float network", correct=520, images=999, source="course"
        ),
        StageAccuracy(
            stage="activations_judged",
            title="Weights and activations",
            correct=519,
            images=999,
            degradation=0.1,
            standard_error=math.nan,
            source="reference",
            note=say("note", "with-references", tasks=SCALES.within_a_sentence()),
        ),
    )


def _distribution(tensor: str) -> Distribution:
    return Distribution(
        tensor=tensor,
        layer="conv1",
        kind="weights" if tensor.endswith("weight") else "activations",
        numel=4,
        minimum=-1.0,
        maximum=4.0,
        mean=1.0,
        std=2.0,
        histogram_low=-1.0,
        histogram_high=4.0,
        counts=(1, 3),
    )


def _candidates() -> tuple[CandidateRange, ...]:
    return (
        CandidateRange(range="actual", mean_squared_error=1e-5, sqnr_db=31.5, clipped_percent=0.0),
        CandidateRange(
            range="three_sigma", mean_squared_error=0.0, sqnr_db=math.inf, clipped_percent=0.5
        ),
    )


def _layers() -> tuple[LayerReport, ...]:
    convolution = LayerReport(
        name="conv1",
        type="convolution 5x5",
        input_shape=(3, 32, 32),
        output_shape=(6, 28, 28),
        activation="ReLU",
        weights=450,
        multiply_adds=352_800,
        weight_multiplier=102.25,
        output_multiplier=math.inf,
        landing_level=126.5,
        clipped_percent=0.0,
        weight_counts=(1, 2, 3, 4),
    )
    pooling = LayerReport(
        name="pool1",
        type="max pooling 2x2",
        input_shape=(6, 28, 28),
        output_shape=(6, 14, 14),
        activation="",
        weights=0,
        multiply_adds=0,
    )
    return convolution, pooling


def _excerpt(title: Message) -> Excerpt:
    return Excerpt(title=title, place=CELL, source="def f():\n    return 1\n", first_line=1)


def _claims() -> tuple[Claim, ...]:
    named = {"name": "weight histograms", "question": "3"}
    drawn = say("claim", "shown", count=3, wanted=5, **named)
    return (
        Claim(what="accuracy.float", claimed="51.32 %", measured="51.99 %", where=LINE),
        Claim(what="accuracy.bias", claimed="51.32 %", measured=None, where=None),
        Claim(
            what="histograms.weights",
            claimed=drawn,
            measured=say("claim", "tensors", count=5),
            where=LINE,
        ),
    )
