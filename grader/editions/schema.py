"""What an edition's files may say, as pydantic models: the border at which TOML becomes data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from grader.editions.network import NetworkTable, TrainingTable
from grader.editions.strict import Strict
from grader.words.message import Message, say
from reference.spec import RangeRule

CHALLENGE = "challenge"
"""What the extra challenge is known by where tasks are known by their id."""


WRITTEN = "written"  # what stands before the ids of written questions


class Localized(Strict):
    """Words by language, such as a title; a plain text is English."""

    en: str
    zh_TW: str = ""  # noqa: N815  a language's code

    @model_validator(mode="before")
    @classmethod
    def _has_english(cls, given: Any) -> Any:
        if isinstance(given, cls):
            return given
        words = {"en": given} if isinstance(given, str) else given
        if not isinstance(words, Mapping) or not words.get("en"):
            msg = 'write English words, "..." or { en = "...", zh_TW = "..." }'
            raise ValueError(msg)
        return words

    def __str__(self) -> str:
        """Return the words in English."""
        return self.en

    def in_language(self, language: str) -> str:
        """Return the words in *language*; English stands in for one that is missing."""
        return (self.zh_TW if language == "zh_TW" else "") or self.en

    def within_a_sentence(self) -> Message:
        """Return a title as a message; in English its first letter is no longer a capital."""
        first = self.en.partition(" ")[0]
        english = self.en[:1].lower() + self.en[1:] if first == first.capitalize() else self.en
        return say("title", "own", title=english, title_zh_TW=self.in_language("zh_TW"))


class Role(StrEnum):
    """What a value is, whichever edition it appears in; a kind of task may know further roles."""

    WEIGHTS = "weights"
    QUANTIZED_WEIGHTS = "quantized_weights"
    WEIGHT_SCALE = "weight_scale"
    PIXELS = "pixels"
    INPUT_SCALE = "input_scale"
    ACTIVATIONS = "activations"
    OUTPUT_SCALE = "output_scale"
    REQUANTIZE_SCALE = "requantize_scale"
    PRECEDING_SCALES = "preceding_scales"
    IMAGES = "images"
    LOGITS = "logits"
    BIAS = "bias"
    QUANTIZED_BIAS = "quantized_bias"


class ScaleForm(StrEnum):
    """How an edition writes a scale: real = integer x step, or integer = real x multiplier."""

    STEP = "step"
    MULTIPLIER = "multiplier"


class Binding(Strict):
    """One argument or returned value of a student's function."""

    role: str
    name: str = ""  # as the sheet's code calls it
    symbol: str = ""  # as the sheet's formulas call it, where they have another name for it
    form: ScaleForm = ScaleForm.STEP
    # Of a scale that is written as a whole number of 2^-places.
    places: Annotated[int, Field(ge=0, le=32)] = 0
    items: tuple[str, ...] = ()  # of each entry of a list of scales
    layer_before: Annotated[int, Field(le=-1)] = -1  # in such a list, the layer right before


class StubTable(Strict):
    """What the template's function returns before it is filled in; what is left out is unknown."""

    scale: Annotated[float | None, Field(gt=0)] = None  # as the edition writes it
    factors: tuple[float, ...] = ()  # by one of which the bias comes back multiplied
    shape: tuple[int, ...] | None = None  # of the network's output, whatever the images
    returns_argument: bool = False  # what it is given, as it is
    undefined: tuple[str, ...] = ()  # names that nothing defines, so that it raises


class TaskSpec(Strict):
    """One thing that a student writes, and how its roles map onto their function."""

    id: str
    kind: str  # a folder of grader/tasks
    question: str
    title: Localized
    callable: str = ""  # the function; a task that asks for a file has none
    files: tuple[str, ...] = ()  # the names under which the task's file is handed in
    arguments: tuple[Binding, ...] = ()
    returns: tuple[Binding, ...] = ()
    layer: str = ""  # the layer that the task is about, where it is about one
    stub: StubTable = StubTable()

    @model_validator(mode="after")
    def _asks_for_one_thing(self) -> TaskSpec:
        if bool(self.callable) == bool(self.files):
            msg = f"task {self.id!r}: name its callable, or the files that are handed in for it"
            raise ValueError(msg)
        return self

    @property
    def called(self) -> str:
        """Return what the task is known by: its function's own name, else its file's."""
        return self.callable.rpartition(".")[2] or self.files[0]

    @property
    def is_cumulative(self) -> bool:
        """Return whether each scale that is handed on already holds all that came before it."""
        return self._listed.items == (Role.OUTPUT_SCALE,)

    @property
    def gets_own_scale(self) -> bool:
        """Return whether the list of scales that is handed on ends with the layer's own."""
        return self._listed.layer_before < -1

    def takes(self, role: str) -> bool:
        """Return whether the function has an argument of *role*."""
        return any(binding.role == role for binding in self.arguments)

    def gives(self, role: str) -> bool:
        """Return whether the function returns a value of *role*."""
        return any(binding.role == role for binding in self.returns)

    @property
    def _listed(self) -> Binding:
        listed = (b for b in self.arguments if b.role == Role.PRECEDING_SCALES)
        return next(listed, Binding(role=Role.PRECEDING_SCALES))

    def name_of(self, role: str) -> str:
        """Return what the sheet calls the argument of *role*, or the role in words."""
        names = (b.name for b in self.arguments if b.role == role and b.name)
        return next(names, role.replace("_", " "))

    def form_of(self, role: str) -> ScaleForm:
        """Return how this task writes the value of *role*; a step where it does not occur."""
        found = (b.form for b in (*self.arguments, *self.returns) if b.role == role)
        return next(found, ScaleForm.STEP)


class FilesTable(Strict):
    """The names under which the work is handed in."""

    code: tuple[str, ...]
    report: str
    student_id: str


class DataTable(Strict):
    """The data set that the edition trains and tests on."""

    name: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    calibration_images: Annotated[int, Field(ge=1, le=10_000)]
    # As a loader that shuffles gives them, or as they lie in the data set.
    calibration_order: Literal["drawn", "first"] = "drawn"


class ScaffoldTable(Strict):
    """
    Where the template keeps what the students' functions return and need.

    ``{module}`` is the path of a layer's module, ``{block}`` that of the module which the network
    calls: the ``nn.Sequential`` that the layer stands in, or the layer itself.
    """

    quantized_network: str
    quantized_bias_network: str
    weight_scale: str
    output_scale: str
    activations: str
    input_activations: str
    input_scale: str
    array: str


class QuantizationTable(Strict):
    """
    The integers that the edition quantizes to.

    ``range_rule`` is the sheet's own formula for a step. The reference's networks that a report
    compares follow it; grading takes every right one.
    """

    bits: Literal[8] = 8
    bias_bits: Annotated[int, Field(ge=8, le=32)] = 32
    # Binary places of the multiplier between layers where the edition's is a fixed-point one.
    fraction_bits: Annotated[int | None, Field(ge=1, le=32)] = None
    range_rule: RangeRule = RangeRule.MAX_ABS


class TensorKind(StrEnum):
    """The tensors that the lab draws histograms of."""

    WEIGHTS = "weights"
    ACTIVATIONS = "activations"


class HistogramsTable(Strict):
    """
    The histograms that a question asks for: one of every tensor of a kind.

    A saved plot is one of them where *words* occur in its cell, or above it.
    """

    id: TensorKind
    question: str
    title: Localized
    words: Annotated[tuple[str, ...], Field(min_length=1)]


class Rung(Strict):
    """
    One rung of the accuracy ladder: a network, and what of it is quantized.

    What a rung *uses* are tasks, whose results are the student's; one that uses nothing is the
    float network, one whose tasks hold no forward pass the float network with integer weights. A
    loss *against* an earlier rung is charged to a check: *charge* for what the integers lose that
    the student's functions gave, *charge_pass* for what the student's own pass loses beyond.

    A table whose heading is "Quantized" calls it by its *label*, and a sentence on what it costs
    by its *change* ("Quantizing the weights"); the title stands in for either.
    """

    id: str
    title: Localized
    label: Localized | None = None
    change: Localized | None = None
    network: Literal["plain", "biased"]
    uses: tuple[str, ...] = ()
    against: str = ""
    charge: str = ""
    charge_pass: str = ""


class ChallengeTable(Strict):
    """
    The sheet's extra challenge, which students answer beside the tasks.

    Code under a heading or a comment in which one of the *words* occurs is an answer to it.
    """

    title: Localized
    words: Annotated[tuple[str, ...], Field(min_length=1)]
    question: str = ""


class WrittenQuestion(Strict):
    """A question answered in words, which only people grade; without a number: not asked."""

    id: str
    question: str
    title: Localized


class EditionFile(Strict):
    """``edition.toml``."""

    id: str
    title: Localized
    assignment: str
    default: bool = False
    words: tuple[str, ...] = ()  # from its sheet's code; they identify the edition
    # What its notebook's headings say, which tells it from an edition with the same code.
    headings: tuple[str, ...] = ()
    # Whether scales have to be written as the tasks say, or all of them may be the other way up.
    direction: Literal["as_written", "either"] = "as_written"
    files: FilesTable
    data: DataTable
    network: NetworkTable
    training: TrainingTable = TrainingTable()
    scaffold: ScaffoldTable
    quantization: QuantizationTable
    tasks: tuple[TaskSpec, ...]
    ladder: tuple[Rung, ...] = ()
    histograms: tuple[HistogramsTable, ...] = ()
    challenge: ChallengeTable | None = None
    written: tuple[WrittenQuestion, ...] = ()

    @model_validator(mode="after")
    def _every_task_once(self) -> EditionFile:
        ids = [task.id for task in self.tasks]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            msg = f"tasks: {', '.join(twice)} is given more than once"
            raise ValueError(msg)
        return self
