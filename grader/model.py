"""
The records that pass between the stages of a run: frozen, and free of torch.

Scales are steps here (real = integer x scale); only ``grader.border.conventions`` knows how an
edition writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from grader.comparisons import Comparisons, ModelSummary
from grader.measurements import (
    BiasFactors,
    BiasRow,
    BitWidth,
    CandidateRange,
    Confusion,
    Distribution,
    FunctionFacts,
    LayerReport,
    RangeAccuracy,
    StageAccuracy,
)
from grader.words.message import Message, Value

Notify = Callable[[str], None]
"""Called with the name of each stage as it begins."""
JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


class Outcome(StrEnum):
    """The outcome of a check or of a criterion."""

    PASSED = "passed"
    FAILED = "failed"  # it ran, and the answer is wrong
    ERRORED = "errored"  # the student's code raised, or ran out of time
    SKIPPED = "skipped"  # something that it rests on did not pass
    PENDING = "pending"  # we could not find out: a person looks; neither earned nor lost


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The numbers and names that a judgement rests on."""

    expected: Value | None = None
    actual: Value | None = None
    tolerance: Value | None = None
    where: Value | None = None


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A failure of the grader's own: told to staff, never to students."""

    exception: str  # "TypeError: ..."
    value: str = ""  # the student's value that was being judged, if it is known
    stage: str = ""
    check: str = ""  # "" where a whole stage broke


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """What one check found."""

    check: str  # "weights.scale"
    outcome: Outcome
    claim: str  # the check's docstring: what a right answer does
    reason: Message | None = None  # what was found instead
    evidence: Evidence = field(default_factory=Evidence)
    remarks: tuple[str, ...] = ()  # finding ids that cost nothing
    fault: Fault | None = None  # why it is pending, where the check itself broke
    claim_id: str = ""  # of the claim's words, where those are not the check's only ones

    @property
    def task(self) -> str:
        """Return the id of the task that the check belongs to."""
        return self.check.partition(".")[0]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """
    A named diagnosis: what was computed, what was expected, and how to think about it.

    ``values`` are the numbers and names that stand in its words.
    """

    id: str
    task: str
    values: Mapping[str, Value] = field(default_factory=dict)
    where: Value | None = None
    costs_points: bool = True

    @property
    def title(self) -> Message:
        """Return what the mistake is called."""
        return self._words("title")

    @property
    def message(self) -> Message:
        """Return what was computed, and what was expected."""
        return self._words("message")

    @property
    def hint(self) -> Message:
        """Return how to think about it."""
        return self._words("hint")

    def _words(self, part: str) -> Message:
        return Message(f"finding.{self.id}.{part}", self.values)


@dataclass(frozen=True, kw_only=True)
class Score:
    """The points of one criterion and the reason for them."""

    criterion: str  # "weights.scale"
    title: str
    task: str
    task_title: str
    question: str
    points: float
    max_points: float
    outcome: Outcome
    reason: Message
    checks: tuple[CheckResult, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """A piece of the student's code, and the number of its first line within *place*."""

    title: Value
    place: Value  # the cell or file, as the place of a finding names it: "cell 12"
    source: str
    first_line: int
    is_text: bool = False  # a cell without code


@dataclass(frozen=True, kw_only=True)
class OwnText:
    """What a notebook says in words under one question."""

    question: str  # "3a", "1.2"
    source: str
    place: Message


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One thing that the notebook says or shows, and what was measured; both ready to print."""

    what: str  # "accuracy.weights", "range.conv1.weight", "histograms.activations"
    claimed: Value
    measured: Value | None  # None where nothing was
    where: Message | None  # "cell 12, line 1"


class ScaleChoice(StrEnum):
    """How scales were chosen, as the multipliers that the sheets write."""

    FREE = "free"  # not all are powers of two
    NEAREST = "nearest"
    UP = "up"  # to the power of two above what fills the range: values clip
    DOWN = "down"
    OTHER = "other"  # powers of two, by none of these rules


@dataclass(frozen=True, kw_only=True)
class ChallengeAnswer:
    """One answer to the extra challenge, and what was measured of it."""

    form: str  # "main": the tasks' own functions; "anew", "other-names", "parameter"
    titles: tuple[str, ...]  # the student's words for it, or its names
    outcome: Outcome
    reason: Message | None = None
    where: Message | None = None
    parts: tuple[str, ...] = ()  # of the challenge, that it answers
    scales: ScaleChoice = ScaleChoice.FREE
    weight_bits: Mapping[str, int] = field(default_factory=dict)  # by layer
    activation_bits: Mapping[str, int] = field(default_factory=dict)  # entering each layer, output
    bias_bits: int | None = None
    accuracy: StageAccuracy | None = None
    float_percent: float | None = None


@dataclass(frozen=True, kw_only=True)
class HandedInFile:
    """A file of the submission, by name and content."""

    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class Grade:
    """All that one run found out about one submission."""

    edition: str
    edition_title: str
    assignment: str
    student_id: str
    files: tuple[HandedInFile, ...]
    data_name: Message  # with its size
    data_set: Value
    data_split: str
    data_images: int
    seed: int
    scores: tuple[Score, ...]
    accuracies: tuple[StageAccuracy, ...]
    distributions: tuple[Distribution, ...]
    layers: tuple[LayerReport, ...]
    findings: tuple[Finding, ...]
    student_name: str = ""  # as the roster or the command line has it
    input_multiplier: float | None = None
    # The tasks whose results in layers and input_multiplier are the reference's.
    substituted: tuple[str, ...] = ()
    candidates: Mapping[str, tuple[CandidateRange, ...]] = field(default_factory=dict)  # by tensor
    range_accuracies: Mapping[str, RangeAccuracy] = field(default_factory=dict)  # by tensor
    bit_widths: tuple[BitWidth, ...] = ()
    bias_layer: str = ""
    bias: tuple[BiasRow, ...] = ()
    bias_factors: BiasFactors | None = None
    functions: Mapping[str, FunctionFacts] = field(default_factory=dict)  # by task
    confusion: Confusion | None = None
    summary: ModelSummary | None = None
    comparisons: Comparisons | None = None
    code: Mapping[str, Excerpt] = field(default_factory=dict)  # by task
    appendix: tuple[Excerpt, ...] = ()
    appendix_left_out: int = 0  # cells of code
    own_text: tuple[OwnText, ...] = ()
    claims: tuple[Claim, ...] = ()
    challenge: tuple[ChallengeAnswer, ...] = ()
    problems: tuple[Message, ...] = ()  # what intake had to say, one line each
    # By task: what the student's code printed, and the types in which it was handed its scales.
    printed: Mapping[str, str] = field(default_factory=dict)
    call_styles: Mapping[str, str] = field(default_factory=dict)
    sandbox_layers: tuple[str, ...] = ()
    own_code: bool = False  # graded without a tight sandbox, by its own author
    faults: tuple[Fault, ...] = ()
    staff_remarks: tuple[Message, ...] = ()  # never shown to students; they cost no points
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    graded_at: str = ""  # ISO 8601, UTC

    @property
    def points(self) -> float:
        """Return the sum of all criteria's points."""
        return round(sum(score.points for score in self.scores), 2)

    @property
    def max_points(self) -> float:
        """Return the sum of all criteria's maxima."""
        return round(sum(score.max_points for score in self.scores), 2)

    @property
    def pending_points(self) -> float:
        """Return the points that wait for a person: neither earned nor lost."""
        return round(sum(s.max_points for s in self.scores if s.outcome is Outcome.PENDING), 2)

    @property
    def graded_max(self) -> float:
        """Return the sum of the maxima of what was judged."""
        return round(self.max_points - self.pending_points, 2)

    @property
    def state(self) -> str:
        """Return ``pending`` where anything waits for a person, ``graded`` otherwise."""
        waits = any(score.outcome is Outcome.PENDING for score in self.scores)
        return "pending" if waits else "graded"
