"""What a hypothesis that fits says: the finding's id and the numbers that its message prints."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from grader.words.message import Value, named, plain, say, say_value
from grader.words.numbers import apart, significant
from grader.words.places import probe_name

# Values whose text may be a name of ours: a probe, or a tensor of the network.
_PLACES = frozenset(("place", "probe", "layer"))


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A hypothesis that reproduces a student's numbers on every probe that could refute it."""

    finding: str
    values: Mapping[str, Value] = field(default_factory=dict)
    where: Value | None = None  # where it is known better than "the function"
    form: str = ""  # of the scale that it is about, where that is another than the task's own


def fit(finding: str, **values: object) -> Fit:
    """
    Return a fit; its numbers are kept to five digits.

    What was found is printed to more where it would look like what was expected, and is not.
    """
    kept = {name: _kept(name, value) for name, value in values.items()}
    actual, expected = values.get("actual"), values.get("expected")
    alike = say_value(kept.get("actual", "")) == say_value(kept.get("expected", ""))
    if alike and isinstance(actual, float) and actual != float(str(expected)):
        kept["actual"], _ = apart(actual, float(str(expected)))
    return Fit(finding=finding, values=kept)


def spread(numbers: Sequence[float]) -> float:
    """Return how far *numbers* lie from their median at most, relative to it."""
    array = np.asarray(numbers, dtype=np.float64)
    if not array.size or not np.isfinite(array).all() or not np.median(array):
        return math.inf
    middle = float(np.median(array))
    return float(np.abs(array - middle).max()) / abs(middle)


def constant(numbers: Iterable[float], tolerance: float = 1e-3) -> float | None:
    """Return the one number that all *numbers* are, within a relative tolerance, or None."""
    array = [*numbers]
    return float(np.median(array)) if spread(array) <= tolerance else None


def place_of(probe: str, own: Iterable[str]) -> Value:
    """Return what an answer is about as a reader knows it: a layer, or one of the probes."""
    return probe if probe in own else say("where", "quoted-probe", where=probe_name(probe))


def _kept(name: str, value: object) -> Value:
    kept = plain(value)
    if isinstance(kept, float):
        return significant(kept, 5)
    if isinstance(kept, str) and name == "argument":
        return named("argument", kept)
    return probe_name(kept) if isinstance(kept, str) and name in _PLACES else kept
