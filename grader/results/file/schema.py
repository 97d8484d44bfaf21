"""
The results file: models that its writer and all its readers share.

The top level and ``tests`` are Gradescope's, all that Gradescope does not know stands in
``extra_data``. A sentence is there twice: ``reason`` in English, and ``reason_message``, of which
every language is made; a text that is the same in every language has no message beside it.
``docs/results.schema.json`` describes the same as JSON Schema.

Every field has a default, for files of other versions lack some; a field that this version does
not know is kept as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import Field

from grader.results.file.comparisons import Comparisons, ModelSummary
from grader.results.file.fields import (
    Count,
    Flag,
    Number,
    NumberOrNull,
    Part,
    Said,
    Text,
    is_empty,
    optional,
)
from grader.results.file.measurements import (
    Bias,
    BitWidth,
    Candidates,
    ChallengeAnswer,
    Confusion,
    Data,
    FunctionFacts,
    Layer,
    Range,
    Stage,
)

SCHEMA = 2
PENDING = "pending"
OUTCOMES = ("passed", "failed", "errored", "skipped", PENDING)
BY_PEOPLE = "by_people"  # the outcome of a criterion that only people grade


class Evidence(Part):
    """What a check compared; ``""`` where there is nothing to tell."""

    expected: Text = ""
    expected_message: Said | None = optional()
    actual: Text = ""
    actual_message: Said | None = optional()
    tolerance: Text = ""
    tolerance_message: Said | None = optional()
    where: Text = Field(default="", description="The tensor, or the cell and line.")
    where_message: Said | None = optional()


class Check(Part):
    """One yes/no claim about what a student's function returned."""

    check: Text = Field(default="", description="Its id: weights.scale.")
    outcome: Text = Field(default="", json_schema_extra={"enum": [*OUTCOMES]})
    claim: Text = Field(default="", description="What a right answer does.")
    claim_id: Text | None = optional("Of a claim by the way up of a scale: weights.scale.step.")
    reason: Text = Field(default="", description="What was found instead.")
    reason_message: Said | None = optional()
    evidence: Evidence = Evidence()
    remarks: tuple[Text, ...] = Field(default=(), description="Ids of findings that cost nothing.")


class Finding(Part):
    """A named mistake; *values* are the numbers and names in its three texts."""

    id: Text = Field(default="", description="An id of docs/findings.md.")
    task: Text = ""
    title: Text = ""
    message: Text = Field(default="", description="What was computed, and what was expected.")
    hint: Text = ""
    where: Text = Field(default="", description="The cell and line.")
    where_message: Said | None = optional()
    costs_points: Flag = True
    values: dict[str, Said] = Field(default_factory=dict)


class Decision(Part):
    """What a person decided about a criterion; laid over the file by the service."""

    points: NumberOrNull = Field(default=None, description="Null where there is only a remark.")
    automatic: NumberOrNull = Field(default=None, description="The grader's own points, if any.")
    remark: Text = ""


class CriterionExtra(Part):
    """What Gradescope does not know of a criterion."""

    criterion: Text = Field(default="", description="Its id: weights.scale.")
    outcome: Text = Field(default="", json_schema_extra={"enum": [*OUTCOMES, BY_PEOPLE]})
    task: Text = Field(default="", description="The task's id.")
    task_title: Text = ""
    title: Text = ""
    reason: Text = Field(default="", description="Why it has its outcome.")
    reason_message: Said | None = optional()
    checks: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()
    decision: Decision | None = optional()


class CriterionTest(Part):
    """The points of one criterion, as one of Gradescope's tests."""

    score: Number = None
    max_score: Number = None
    status: Text | None = optional("passed or failed; left out while it is pending.")
    name: Text = Field(default="", description="The task's title and the criterion's.")
    name_format: Text = "text"
    number: Text = Field(default="", description="The question on the sheet: 6c.")
    output: Text = Field(default="", description="The reason, in English.")
    output_format: Text = "text"
    tags: tuple[Text, ...] = Field(
        default=(), description="The task, and accuracy where it is about it."
    )
    visibility: Text = "visible"
    extra_data: CriterionExtra = CriterionExtra()

    @property
    def by_hand(self) -> bool:
        """Return whether a person gave the points."""
        decision = self.extra_data.decision
        return decision is not None and decision.points is not None

    @property
    def is_pending(self) -> bool:
        """Return whether the points wait for a person: neither earned nor lost so far."""
        return self.extra_data.outcome == PENDING and not self.by_hand


def standing_of(tests: Sequence[CriterionTest]) -> dict[str, Any]:
    """Return the fields of ``extra_data`` that say how much of a grade is open."""
    waiting = [test for test in tests if test.is_pending]
    points = sum_of(test.max_score for test in waiting)
    most = sum_of(test.max_score for test in tests)
    return {
        "state": PENDING if waiting else "graded",
        "pending_points": points,
        "graded_max": round(most - points, 2),
    }


def sum_of(points: Iterable[float | None]) -> float:
    """Return a sum of points as it is written; what is not known counts for nothing."""
    return round(sum(one or 0.0 for one in points), 2)


class Fault(Part):
    """A failure of the grader's own."""

    exception: Text = ""
    value: Text = Field(
        default="", description="The student's value that was being looked at, as text."
    )
    stage: Text = ""
    check: Text = Field(default="", description="Empty where a whole stage broke.")


class File(Part):
    """One file as it was handed in."""

    name: Text = ""
    sha256: Text = Field(default="", description="In hexadecimal digits.")
    size_bytes: Count = None


class Excerpt(Part):
    """A piece of the student's code."""

    title: Text = ""
    title_message: Said | None = optional()
    place: Text = Field(default="", description="The cell or file.")
    place_message: Said | None = optional()
    source: Text = ""
    first_line: Count = Field(default=None, description="Its number within the place, from 1.")
    is_text: Flag | None = optional("True for a cell without code.")


class OwnText(Part):
    """What the notebook says in words under one question; the template's words among them."""

    question: Text = Field(default="", description="3a, 1.2.")
    source: Text = Field(default="", description="Markdown, as it was handed in.")
    place: Text = ""
    place_message: Said | None = optional()


class Claim(Part):
    """One thing that the notebook's saved outputs say, beside what was measured."""

    what: Text = Field(
        default="", description="accuracy.weights, range.conv1.weight, histograms.activations."
    )
    claimed: Text = ""
    claimed_message: Said | None = optional()
    measured: Text = Field(default="", description="Empty where nothing was.")
    measured_message: Said | None = optional()
    where: Text = Field(default="", description="The cell.")
    where_message: Said | None = optional()


class Sandbox(Part):
    """What the student's code ran in."""

    layers: tuple[Text, ...] = ()
    own_code: Flag = Field(
        default=False, description="Graded without a tight sandbox, by its author."
    )


class Remark(Part):
    """What a person wrote; laid over the file by the service."""

    task: Text = Field(default="", description="Empty: about the whole submission.")
    text: Text = ""
    author: Text | None = optional()


class Decisions(Part):
    """The grade that counts; laid over the file by the service where it differs from the run's."""

    score: NumberOrNull = None
    max_score: NumberOrNull = None
    automatic_score: NumberOrNull = Field(default=None, description="The run's own.")
    raw_score: NumberOrNull = Field(default=None, description="Before the late rule.")
    late_days: Count = None
    late_percent: NumberOrNull = Field(default=None, description="Of the maximum, in all.")
    late_points: NumberOrNull = Field(default=None, description="What the late rule takes off.")
    adjustment: NumberOrNull = Field(
        default=None, description="What a person adds to the total, or takes off."
    )
    adjustment_reason: Text = ""
    remark: Text = ""
    criteria: dict[str, Decision] = Field(default_factory=dict, description="By criterion.")


class Extra(Part):
    """All that Gradescope does not know of a submission."""

    version: Count = Field(
        default=None,
        validation_alias="schema",
        serialization_alias="schema",
        description="Of this schema.",
    )
    edition: Text = Field(default="", description="Its id: cs5120-2021.")
    edition_title: Text = ""
    assignment: Text = ""
    student_id: Text = Field(default="", description="Empty where it is not known.")
    student_name: Text | None = optional("As the roster or the command line has it.")
    max_score: Number = None
    state: Text = Field(default="", json_schema_extra={"enum": ["graded", PENDING]})
    pending_points: Number = Field(default=None, description="Neither earned nor lost so far.")
    graded_max: Number = Field(default=None, description="max_score without the pending points.")
    faults: tuple[Fault, ...] | None = optional("For staff: left out of what students may read.")
    staff_remarks: tuple[Said, ...] | None = optional(
        "For staff, about the report that was handed in: left out of what students may read."
    )
    files: tuple[File, ...] = ()
    data: Data = Data()
    accuracy: dict[str, NumberOrNull] = Field(
        default_factory=dict, description="In percent, by stage."
    )
    accuracy_stages: tuple[Stage, ...] = ()
    ranges: tuple[Range, ...] = ()
    layers: tuple[Layer, ...] = ()
    input_multiplier: NumberOrNull = Field(default=None, description="n_I.")
    substituted: tuple[Text, ...] = Field(
        default=(),
        description="Tasks whose results in layers and input_multiplier are the reference's.",
    )
    candidates: tuple[Candidates, ...] = ()
    bit_widths: tuple[BitWidth, ...] = ()
    bias: Bias = Bias()
    functions: dict[str, FunctionFacts] = Field(
        default_factory=dict, description="What the student's functions do, by task."
    )
    confusion: Confusion = Confusion()
    summary: ModelSummary | None = optional("Of the course's network.")
    comparisons: Comparisons | None = optional()
    code: dict[str, Excerpt] = Field(
        default_factory=dict, description="The function that each task was answered with, by task."
    )
    appendix: tuple[Excerpt, ...] = Field(default=(), description="Every cell, code and text.")
    appendix_left_out: Count = Field(
        default=None, description="Cells beyond what appendix may hold."
    )
    findings: tuple[Finding, ...] = ()
    own_text: tuple[OwnText, ...] = Field(default=(), exclude_if=is_empty)
    claims: tuple[Claim, ...] = ()
    challenge: tuple[ChallengeAnswer, ...] = Field(default=(), exclude_if=is_empty)
    problems: tuple[Text, ...] = Field(
        default=(), description="What reading the submission brought up."
    )
    problem_messages: tuple[Said, ...] = Field(default=(), description="The problems as messages.")
    printed: dict[str, Text] = Field(
        default_factory=dict, description="What the student's code printed, by task."
    )
    call_styles: dict[str, Text] = Field(
        default_factory=dict, description="The types in which scales were handed over, by task."
    )
    sandbox: Sandbox = Sandbox()
    seed: Count = None
    versions: dict[str, Text] = Field(default_factory=dict, description="By package.")
    graded_at: Text = Field(default="", description="ISO 8601, in UTC.")
    remarks: tuple[Remark, ...] | None = optional()
    decisions: Decisions | None = optional()


class Results(Part):
    """A results file."""

    score: Number = Field(
        default=None, description="Of what was judged, where points are pending."
    )
    execution_time: Number = Field(default=None, description="In seconds.")
    output: Text = Field(default="", description="The overview, as Markdown.")
    output_format: Text = "md"
    visibility: Text = Field(default="", description="hidden while points are pending.")
    stdout_visibility: Text = "hidden"
    tests: tuple[CriterionTest, ...] = ()
    leaderboard: tuple[Any, ...] = ()
    extra_data: Extra = Extra()


def dump(results: Results) -> dict[str, Any]:
    """Return the file's contents as JSON's types; what was never set is left out."""
    return results.model_dump(mode="json", by_alias=True, exclude_unset=True)
