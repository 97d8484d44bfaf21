"""Editions that write their scales in other ways than those that come with the project."""

from __future__ import annotations

from dataclasses import replace

from grader.editions.loader import Edition, load_edition
from grader.editions.notation import Notation
from grader.editions.rubric import RubricFile
from grader.editions.schema import Binding, Role, ScaleForm

SHIPPED = load_edition("cs5120-2021")
STEP, MULTIPLIER = ScaleForm.STEP, ScaleForm.MULTIPLIER


def written(
    sides: dict[str, dict[str, tuple[Binding, ...]]], rubric: RubricFile = SHIPPED.rubric
) -> Edition:
    """Return the shipped edition with some tasks' arguments and returned values replaced."""
    tasks = [task.model_copy(update=sides.get(task.id, {})) for task in SHIPPED.file.tasks]
    file = SHIPPED.file.model_copy(update={"tasks": tuple(tasks)})
    return replace(SHIPPED, file=file, rubric=rubric)


def notation(edition: Edition, task: str, *, at_first_layer: bool = False) -> Notation:
    found = edition.task(task)
    return Notation(edition=edition.file, task=found, at_first_layer=at_first_layer)


def _one(role: str, name: str = "", form: ScaleForm = STEP) -> Binding:
    return Binding(role=role, name=name, form=form)


_BEFORE = Binding(role=Role.PRECEDING_SCALES, name="s_o_prev", items=(Role.OUTPUT_SCALE,))
_PAIRS = (Role.WEIGHT_SCALE, Role.REQUANTIZE_SCALE)
_LISTED = Binding(role=Role.PRECEDING_SCALES, name="ss", items=_PAIRS)
_S_W = _one(Role.WEIGHT_SCALE, "s_w")
_S_I = _one(Role.INPUT_SCALE, "s_in")
_INVERSE = _one(Role.INPUT_SCALE, "s_initial_input", MULTIPLIER)
_M = _one(Role.REQUANTIZE_SCALE, "M", MULTIPLIER)
_WEIGHTS = {"returns": (_one(Role.QUANTIZED_WEIGHTS), _one(Role.WEIGHT_SCALE))}

# As the sheet of 2024 has it: steps of weights and outputs, the input's inverse, and M.
MIXED = written(
    {
        "weights": _WEIGHTS,
        "initial_input": {"returns": (_one(Role.INPUT_SCALE, "", MULTIPLIER),)},
        "activations": {
            "arguments": (_one(Role.ACTIVATIONS), _S_W, _INVERSE, _BEFORE),
            "returns": (_M, _one(Role.OUTPUT_SCALE, "s_o")),
        },
        "bias": {
            "arguments": (
                _one(Role.BIAS),
                _S_W,
                _BEFORE.model_copy(update={"layer_before": -2}),
            )
        },
    },
    load_edition("cs5120-2024").rubric,
)

# The shipped chain of pairs, with a step for every multiplier.
STEPS = written(
    {
        "weights": _WEIGHTS,
        "initial_input": {"returns": (_one(Role.INPUT_SCALE),)},
        "activations": {
            "arguments": (_one(Role.ACTIVATIONS), _S_W, _S_I, _LISTED),
            "returns": (_one(Role.REQUANTIZE_SCALE),),
        },
        "bias": {"arguments": (_one(Role.BIAS), _S_W, _S_I, _LISTED)},
    }
)
