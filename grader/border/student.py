"""One submission's functions, called by task in whichever types they understand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from grader.border.conventions import CallStyle, call_styles, from_step
from grader.border.probes import Scales
from grader.editions.loader import Edition
from grader.editions.notation import SCALES
from grader.editions.schema import Binding, Role, TaskSpec
from grader.sandbox.calls.replies import Observation
from grader.sandbox.protocol import Value, identical
from grader.sandbox.runner import Sandbox

Arguments = Callable[[CallStyle], Sequence[Value]]

OWN_TYPES = "the submission's own types"
BATCH_SIZE = 250  # images at a time; measured: the fastest on one thread
# What ends the process, or the wait for it: not asked for a second time.
COSTLY = ("timed_out", "used_up", "out_of_memory", "crashed", "exited", "garbled")


@dataclass(kw_only=True)
class Student:
    """
    A submission in its sandbox.

    ``own`` is learned as the chain goes on: the types in which this student's functions return
    their scales are the types in which the next function is handed them. Where that raises, the
    other usual types are tried before it counts; ``styles`` keeps what a task was found to need.
    A task that ended its process is not called again: what it costs to wait is known.
    ``batch_size`` images at a time run through the student's network.
    """

    sandbox: Sandbox
    edition: Edition
    call_seconds: float = 30.0
    batch_size: int = BATCH_SIZE
    own: CallStyle = field(default_factory=lambda: CallStyle(name=OWN_TYPES))
    styles: dict[str, CallStyle] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    given_up: dict[str, Observation] = field(default_factory=dict)
    printed: dict[str, str] = field(default_factory=dict)

    def ask(
        self,
        task: TaskSpec,
        arguments: Arguments,
        *,
        returning: bool = True,
        again: bool = False,
    ) -> Observation:
        """
        Call the task's function.

        *returning* asks for the arguments as they are afterwards; a call made *again* starts from
        another random state, so that an answer which rests on chance shows.
        """
        if task.id in self.given_up:
            return self.given_up[task.id]
        first = self._call(task, arguments(self.style(task.id)), returning, again)
        if task.id in self.answered or not _may_be_style(first):
            return first
        for style in call_styles(self.own)[1:]:
            observation = self._call(task, arguments(style), returning, again)
            if observation.error is None:
                self.styles[task.id] = style
                return observation
        return first

    def learn(self, **scales: Value | None) -> None:
        """Remember in which types the functions return their scales, by the scale's role."""
        self.own = replace(self.own, **scales)  # type: ignore[arg-type]

    def style(self, task_id: str) -> CallStyle:
        """Return the style that a task is called in: its own types unless it needed others."""
        return self.styles.get(task_id, self.own)

    @property
    def network_style(self) -> CallStyle:
        """
        Return the types of the scales in the student's network: its own types.

        Where a function returned no scale from which its type could be learned, it is that which
        another function needed: a crash over our choice would not be the student's.
        """
        needed = next(iter(self.styles.values()), self.own)
        unlearned = {
            role: getattr(needed, role) for role in SCALES if getattr(self.own, role) is None
        }
        return replace(self.own, **unlearned)

    def _call(
        self, task: TaskSpec, arguments: Sequence[Value], returning: bool, again: bool
    ) -> Observation:
        observation = self.sandbox.call(
            [*dict.fromkeys((task.callable, task.called))],
            arguments,
            limit_seconds=self.call_seconds,
            return_arguments=returning,
            other_seed=again,
        )
        if observation.printed and task.id not in self.printed:
            self.printed[task.id] = observation.printed
        if observation.error is None:
            self.answered.add(task.id)
        elif observation.error.kind in COSTLY:
            self.given_up[task.id] = observation
        return observation


def scale_arguments(
    task: TaskSpec, style: CallStyle, scales: Scales, array: Value
) -> tuple[Value, ...]:
    """Return a call's arguments: *array* in its place, scales the way the edition writes them."""
    return tuple(_argument(binding, style, scales, array) for binding in task.arguments)


def changed_argument(task: TaskSpec, before: Sequence[Value], after: Sequence[Value]) -> str:
    """Return the role of the first argument that a call changed, ``""`` where it changed none."""
    for binding, one, other in zip(task.arguments, before, after, strict=False):
        if not identical(one, other):
            return binding.role.replace("_", " ")
    return ""


def write_scale(style: CallStyle, binding_role: str, multiplier: float, binding: Binding) -> Value:
    """Return a multiplier in the form that the binding has and the type that the style has."""
    return style.scale(binding_role, from_step(1.0 / multiplier, binding.form, binding.places))


def _argument(binding: Binding, style: CallStyle, scales: Scales, array: Value) -> Value:
    if binding.role == Role.WEIGHT_SCALE:
        return write_scale(style, binding.role, scales.weight, binding)
    if binding.role == Role.INPUT_SCALE:
        return write_scale(style, binding.role, scales.input, binding)
    if binding.role == Role.PRECEDING_SCALES:
        return Value.list([_entry(binding, style, entry) for entry in scales.listed])
    return array


def _entry(binding: Binding, style: CallStyle, numbers: Sequence[float]) -> Value:
    values = [
        write_scale(style, role, number, binding)
        for role, number in zip(binding.items, numbers, strict=True)
    ]
    return values[0] if len(values) == 1 else Value.tuple(values)


def _may_be_style(observation: Observation) -> bool:
    return observation.error is not None and observation.error.kind == "raised"
