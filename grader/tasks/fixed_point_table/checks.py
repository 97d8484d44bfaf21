"""Claims about ``float_to_fixed_scale``: the float scales as whole numbers in fixed point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from grader.border.conventions import Floats, describe
from grader.border.probes import Probe
from grader.model import CheckResult, Outcome
from grader.sandbox.protocol import BUFFERS, Value
from grader.tasks import conduct
from grader.tasks.check import Check, Step, Verdict, check, right, run_steps, wrong
from grader.tasks.fixed_point_table.observe import FIRST
from grader.tasks.fixed_point_table.seen import TableAnswer, TableAnswers
from grader.words.message import Message, say
from grader.words.message import Value as Said
from grader.words.places import probe_name

# A product of three float32 numbers is off by a few units in its last place, 2^-24 each.
RELATIVE_TOLERANCE = 1e-6
MOST_NAMED = 6


@check("fixed_scale.returns")
def returns_table_and_bias(answers: Sequence[TableAnswer]) -> Verdict:
    """The function returns a dict of numbers and a bias of as many values as the layer has."""
    return conduct.answered(answers)


@check("fixed_scale.keys")
def has_every_key(answers: Sequence[TableAnswer]) -> Verdict:
    """The dict has the key of the input's scale and of every layer, and no other."""
    for a in answers:
        missing, extra = key_names(missing_keys(a)), key_names(extra_keys(a))
        every = key_names([*a.given.outputs])
        if missing:
            return wrong(say("fixed", "keys-missing", keys=missing), expected=every, where=a.probe)
        if extra:
            return wrong(say("fixed", "keys-unknown", keys=extra), expected=every, where=a.probe)
    return right()


def missing_keys(a: TableAnswer) -> list[str]:
    """Return the keys that a table should have and has not."""
    return [key for key in a.given.expected if key not in a.numbers]


def extra_keys(a: TableAnswer) -> list[str]:
    """Return the keys that a table has and should not have."""
    return [key for key in a.numbers if key not in a.given.outputs]


def key_names(keys: Sequence[str]) -> str:
    """Return the first of some keys as Python writes them."""
    return ", ".join(map(repr, keys[:MOST_NAMED])) + (", …" if len(keys) > MOST_NAMED else "")


@check("fixed_scale.integers")
def are_whole(answers: Sequence[TableAnswer]) -> Verdict:
    """Every number of the dict and of the bias is a whole number."""
    for a in answers:
        for key, entry in wrapped(a):
            reason = say("fixed", "no-number", key=key, value=describe(entry))
            return wrong(reason, actual=describe(entry), where=a.probe)
    return conduct.first_wrong(
        conduct.holds_integers(name, numbers) for a in answers for name, numbers in _numbers(a)
    )


def wrapped(a: TableAnswer) -> list[tuple[str, Value]]:
    """Return the entries that hold a number in a list, or as text."""
    return [(key, entry) for key, entry in a.entries.items() if entry.number is None]


def _numbers(a: TableAnswer) -> Iterator[tuple[Said, Floats]]:
    if a.numbers:
        yield say("fixed", "the-dict"), np.array([*a.numbers.values()])
    yield say("fixed", "the-bias"), a.integers


@check("fixed_scale.json")
def survives_json(answers: Sequence[TableAnswer]) -> Verdict:
    """The dict can be written to a JSON file as it is."""
    for a in answers:
        for key, entry in unwritable(a):
            return wrong(
                say("fixed", "not-json", key=key, value=describe(entry)),
                expected=say("fixed", "json-numbers"),
                actual=describe(entry),
                where=a.probe,
            )
    return right()


def unwritable(a: TableAnswer) -> list[tuple[str, Value]]:
    """Return the entries on which Python's json raises: numpy's float64 alone is a float to it."""
    return [
        (key, entry)
        for key, entry in a.entries.items()
        if entry.kind in BUFFERS and (entry.kind, entry.dtype) != ("scalar", "float64")
    ]


@check("fixed_scale.input")
def inverts_the_input(answers: Sequence[TableAnswer]) -> Verdict:
    """The input's number is one over its scale, rounded."""
    return conduct.first_wrong(_entry(a, a.given.first) for a in answers)


@check("fixed_scale.layers")
def scales_the_layers(answers: Sequence[TableAnswer]) -> Verdict:
    """Each layer's number is the multiplier from its sum to its output in fixed point, rounded."""
    return conduct.first_wrong(_entry(a, layer) for a in answers for layer in a.given.layers)


@check("fixed_scale.bias")
def is_on_the_sums_scale(answers: Sequence[TableAnswer]) -> Verdict:
    """Each value of the bias is the float bias on the scale of the sum it is added to, rounded."""
    return conduct.first_wrong(_bias(a) for a in answers)


def reason_against(answer: TableAnswer) -> Message | None:
    """Return why the numbers of one answer are not right, None where they are."""
    for one in (
        returns_table_and_bias,
        has_every_key,
        are_whole,
        inverts_the_input,
        scales_the_layers,
        is_on_the_sums_scale,
    ):
        result = one([answer])
        if result.outcome is not Outcome.PASSED:
            return result.reason
    return None


def is_near(actual: float, exact: float) -> bool:
    """Return whether a number is *exact* rounded to nearest, halves either way."""
    return error(actual, exact) <= conduct.ROUNDING_TOLERANCE


def error(actual: float, exact: float) -> float:
    """Return how far a number lies from *exact*, float32's own error left out."""
    return abs(actual - exact) - RELATIVE_TOLERANCE * abs(exact)


def _entry(a: TableAnswer, key: str) -> Verdict:
    actual, accepted = a.numbers[key], a.given.accepted(key)
    is_right = any(is_near(actual, exact) for exact in accepted)
    return right() if is_right else _differs(a, key, actual, accepted[0])


def _bias(a: TableAnswer) -> Verdict:
    for actual, exact in zip(a.integers, a.given.expected_bias, strict=True):
        if not is_near(actual, exact):
            return _differs(a, say("fixed", "the-bias"), actual, exact)
    return right()


def _differs(a: TableAnswer, what: Said, actual: float, exact: float) -> Verdict:
    wanted = float(np.rint(exact))
    return wrong(
        say(
            "fixed",
            "value",
            what=what,
            wanted=wanted,
            exact=f"{exact:.6g}",
            actual=float(actual),
            where=probe_name(a.probe),
        ),
        expected=wanted,
        actual=float(actual),
        where=a.probe,
    )


@check("fixed_scale.unchanged")
def leaves_scales_alone(answers: Sequence[TableAnswer]) -> Verdict:
    """The two dicts and the bias that are handed in are not changed."""
    return conduct.left_alone(answers)


@check("fixed_scale.repeatable")
def answers_alike(sets: Mapping[str, TableAnswer]) -> Verdict:
    """The same scales and bias give the same answer every time."""
    same = _same(sets[FIRST], sets[Probe.REPEATED])
    return right() if same else wrong(say("reason", "answers-differ"))


@check("fixed_scale.depends")
def depends_on_scales(answers: Sequence[TableAnswer]) -> Verdict:
    """The answer follows from the scales and the bias, and is not the one the template gives."""
    if all(is_template(a) for a in answers):
        return conduct.is_template(answers)
    if all(_is_argument(a) for a in answers):
        return conduct.returns_argument(answers)
    first, *others = answers
    alike = all(_same(first, other) for other in others)
    return wrong(say("fixed", "same-for-all")) if alike else right()


def is_template(a: TableAnswer) -> bool:
    """Return whether a call gave what the template's does: zeros, and an empty list."""
    return has_zeros(a) and has_no_bias(a)


def has_zeros(a: TableAnswer) -> bool:
    """Return whether every number of the table is zero."""
    return a.has_table and not any(a.numbers.values())


def has_no_bias(a: TableAnswer) -> bool:
    """Return whether an empty list came back where the bias belongs."""
    second = a.whole.items[1] if a.whole is not None and len(a.whole.items) == 2 else None
    return second is not None and second.kind == "list" and not second.items


def _is_argument(a: TableAnswer) -> bool:
    bias = np.asarray(a.given.bias, dtype=np.float64).reshape(-1)
    return a.numbers == a.given.outputs and np.array_equal(a.integers, bias)


def _same(one: TableAnswer, other: TableAnswer) -> bool:
    return one.numbers == other.numbers and np.array_equal(one.integers, other.integers)


CHECKS: tuple[Check[...], ...] = (
    returns_table_and_bias,
    has_every_key,
    are_whole,
    survives_json,
    inverts_the_input,
    scales_the_layers,
    is_on_the_sums_scale,
    leaves_scales_alone,
    answers_alike,
    depends_on_scales,
)


def judge(answers: TableAnswers) -> tuple[CheckResult, ...]:
    """
    Return the results of the family, in order; what rests on a failed check is skipped.

    A table is judged where there is one, with or without a bias, and the other way round.
    """
    every = answers.all
    table = _needs(returns_table_and_bias, every, lambda a: a.has_table)
    bias = _needs(returns_table_and_bias, every, lambda a: a.has_bias)
    anything = _needs(returns_table_and_bias, every, lambda a: a.has_table or a.has_bias)
    first = table + _needs(has_every_key, every, lambda a: a.has(a.given.first))
    layers = table + _needs(has_every_key, every, lambda a: a.has(*a.given.layers))
    runs: tuple[tuple[Callable[[], CheckResult], tuple[str, ...]], ...] = (
        (lambda: returns_table_and_bias(every), ()),
        (lambda: has_every_key(every), table),
        (lambda: are_whole(every), table + bias),
        (lambda: survives_json(every), table),
        (lambda: inverts_the_input(every), first),
        (lambda: scales_the_layers(every), layers),
        (lambda: is_on_the_sums_scale(every), bias),
        (lambda: leaves_scales_alone(every), table + bias),
        (lambda: answers_alike(answers.sets), table + bias),
        (lambda: depends_on_scales(every), anything),
    )
    steps = zip(CHECKS, runs, strict=True)
    return run_steps([Step(check=c, run=run, needs=needs) for c, (run, needs) in steps])


def _needs(
    what: Check[...], answers: Sequence[TableAnswer], is_there: Callable[[TableAnswer], bool]
) -> tuple[str, ...]:
    """Return the check that a claim rests on where something it is about is not there."""
    return () if all(map(is_there, answers)) else (what.id,)
