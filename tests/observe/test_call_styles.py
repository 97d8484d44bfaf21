"""In which types a submission is called, what it is asked again, and when it is given up."""

from __future__ import annotations

import numpy as np
import pytest

from grader.border.answers import ScaleAnswer
from grader.border.probes import Scales
from grader.border.student import Student
from grader.editions.schema import Role
from grader.sandbox.protocol import Value
from grader.tasks.quantized_tensor.observe import observe_weights
from grader.tasks.scales.observe import observe_input, preceding_entry
from tests.corpus import Section
from tests.grading import edition, sandbox_of

TASK, INPUT = edition().task("weights"), edition().task("initial_input")
WEIGHTS = {"conv1": np.array([[-0.5, 0.25]], dtype=np.float32)}


def student_of(sandbox: object, **more: object) -> Student:
    return Student(sandbox=sandbox, edition=edition(), **more)  # type: ignore[arg-type]


def cell(source: str) -> list[Section]:
    return [Section(name="code", source=source)]


def method(name: str, arguments: str, body: str) -> list[Section]:
    text = (
        f"class NetQuantized:\n    @staticmethod\n    def {name}({arguments}):\n        {body}\n"
    )
    return cell(text)


def test_a_pair_is_read_as_integers_and_step() -> None:
    """The integers and the multiplier that come back are a tensor and one over the step."""
    source = "def quantized_weights(w):\n    return (w * 254).round(), 254.0\n"
    with sandbox_of(cell(source)) as sandbox:
        answer = observe_weights(student_of(sandbox), TASK, WEIGHTS, {}, 0).own["conv1"]

    np.testing.assert_array_equal(answer.integers, [[-127.0, 64.0]])
    assert (answer.step, answer.level, answer.dtype) == (1 / 254, 127.0, "float32")


def test_an_argument_changed_in_place_is_seen() -> None:
    """A function that multiplies its argument in place has changed the weights."""
    source = "def quantized_weights(w):\n    w *= 2\n    return w.round(), 2.0\n"
    with sandbox_of(cell(source)) as sandbox:
        answers = observe_weights(student_of(sandbox), TASK, WEIGHTS, {}, 0)

    assert answers.own["conv1"].changed == "weights"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("return 1.0", "a float was returned where 2 values are needed"),
        ("return 2.0, w", "a float was returned where a torch tensor is needed"),
        ("return w, -1.0", "the scale is -1, but a scale is a positive number"),
        ("pass", "nothing (None) was returned where 2 values are needed"),
    ],
)
def test_what_cannot_be_read_is_a_problem(body: str, problem: str) -> None:
    """A returned value of the wrong kind is named, and is no error of the code."""
    with sandbox_of(cell(f"def quantized_weights(w):\n    {body}\n")) as sandbox:
        answer = observe_weights(student_of(sandbox), TASK, WEIGHTS, {}, 0).own["conv1"]

    assert (str(answer.problem), answer.error, answer.usable) == (problem, None, False)


def test_a_crash_on_floats_is_tried_with_tensors() -> None:
    """A function that needs ``.item()`` is called with tensors, and the style is kept."""
    sections = method(
        "quantize_activations", "a, n_w, n_i, ns", "return 127 / (abs(a).max() * n_w.item())"
    )
    scales = Scales(weight=2.0, input=1.0, preceding=())
    with sandbox_of(sections) as sandbox:
        student = student_of(sandbox)
        task = edition().task("activations")
        observation = student.ask(
            task,
            lambda style: [
                style.array(np.array([-1.0, 0.5])),
                style.scale(Role.WEIGHT_SCALE.value, scales.weight),
                style.scale(Role.INPUT_SCALE.value, scales.input),
                Value.list([]),
            ],
        )

    assert observation.value is not None
    assert observation.value.number == 63.5
    assert student.styles["activations"].name == "numpy float64 scalars"


def test_the_first_error_counts_where_no_style_helps() -> None:
    """A function that raises whatever it is given is reported as it was first called."""
    sections = method("quantize_initial_input", "pixels", "return undefined_name")
    with sandbox_of(sections) as sandbox:
        answers = observe_input(student_of(sandbox), INPUT, np.array([-1.0, 0.5]), 0)

    error = answers.own["input"].error
    assert error is not None
    assert error.exception == "NameError"
    assert error.line == 4


def test_a_function_that_ends_its_process_is_not_called_again() -> None:
    """What takes too long is waited for once: every later answer is the same observation."""
    sections = method("quantize_initial_input", "pixels", "\n        while True: pass")
    with sandbox_of(sections) as sandbox:
        student = student_of(sandbox, call_seconds=0.5)
        answers = observe_input(student, INPUT, np.array([-1.0, 0.5]), 0)

    assert set(student.given_up) == {"initial_input"}
    assert {a.error.kind for a in answers.all if a.error} == {"timed_out"}
    assert len({id(a.error) for a in answers.all}) == 1


def test_what_the_code_prints_is_kept_by_task() -> None:
    """The first thing that a task's function prints is kept for the report."""
    source = "def quantized_weights(w):\n    print('hello')\n    return w.round(), 1.0\n"
    with sandbox_of(cell(source)) as sandbox:
        student = student_of(sandbox)
        observe_weights(student, TASK, WEIGHTS, {}, 0)

    assert student.printed == {"weights": "hello\n"}


def test_a_layer_without_a_scale_hands_on_the_references() -> None:
    """Where a layer's call gave no number, the next one is handed 127 over what was there."""
    task = edition().task("activations")
    scales = Scales(weight=10.0, input=2.0, preceding=())
    failed = ScaleAnswer(probe="conv1", largest=3.0, accumulator=scales.accumulator)

    weight, output = preceding_entry(task, scales, failed)

    assert (weight, output) == (10.0, pytest.approx(127 / (3.0 * 20.0)))
    assert not task.is_cumulative
