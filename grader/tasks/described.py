"""What a student's function does, in facts found by the probes: range rule, rounding, clamp."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from grader.border.conventions import Floats, is_power_of_two
from grader.measurements import Distribution, FunctionFacts
from grader.tasks.hypotheses.fit import constant

FEWEST = 4  # tensors that have to agree before a rule counts as found
TOLERANCE = 2e-3  # of a rule's level: both ways to count a deviation's n lie within it
FEWEST_BETWEEN = 30  # values whose fraction tells how they were rounded
MOSTLY = 0.999
EDGES, EDGE_TOLERANCE = (127.0, 127.5, 128.0), 0.01  # on which the largest value lands
CLEAR = (0.01, 0.49)  # distances from a whole number that tell one way of rounding from another

# What a rule makes the edge of the range: the multiplier times it is the same for every tensor.
_EDGES: Mapping[str, Callable[[Distribution], float]] = {
    "max_abs": lambda x: max(abs(x.minimum), abs(x.maximum)),
    "three_sigma": lambda x: max(abs(x.sigma_minimum), abs(x.sigma_maximum)),
    "min_max": lambda x: x.width / 2.0,
}


def describe_range(
    multipliers: Mapping[str, float], tensors: Iterable[Distribution]
) -> FunctionFacts:
    """
    Return the rule by which *multipliers* (integer = real x n, by tensor) follow from *tensors*.

    The rule is "" where none of those known reproduces every one of them; the levels on which the
    largest values land are known all the same.
    """
    known = {one.tensor: one for one in tensors if one.tensor in multipliers}
    levels = {name: _EDGES["max_abs"](x) * multipliers[name] for name, x in known.items()}
    if not levels:
        return FunctionFacts()
    powers = all(is_power_of_two(multipliers[name]) for name in known)
    rule, level = ("", None) if powers else _rule(multipliers, known)
    return FunctionFacts(
        rule=rule,
        level=level,
        least_level=min(levels.values()),
        most_level=max(levels.values()),
        powers_of_two=powers,
    )


def _rule(
    multipliers: Mapping[str, float], known: Mapping[str, Distribution]
) -> tuple[str, float | None]:
    if len(known) < FEWEST:
        return _single(multipliers, known)
    for rule, edge in _EDGES.items():
        level = constant((multipliers[name] * edge(x) for name, x in known.items()), TOLERANCE)
        if level is not None:
            return rule, level
    return "", None


def _single(
    multipliers: Mapping[str, float], known: Mapping[str, Distribution]
) -> tuple[str, float | None]:
    """Return the rule of too few tensors to tell by: where the largest value meets an edge."""
    levels = [_EDGES["max_abs"](x) * multipliers[name] for name, x in known.items()]
    level = constant(levels, TOLERANCE)
    meets = level is not None and any(abs(level - edge) < EDGE_TOLERANCE for edge in EDGES)
    return ("max_abs", level) if meets else ("", None)


def rounding_of(pairs: Iterable[tuple[Floats, Floats]], edge: int) -> str:
    """
    Return how reals became integers: ``nearest``, ``floor``, ``truncated``; "" where unclear.

    Each pair is the values before rounding and the integers they became; beyond the *edge* of the
    range nothing is told.
    """
    kept = [_between(real, found, edge) for real, found in pairs if real.size == found.size]
    if not kept:
        return ""
    real, found = (np.concatenate(side) for side in zip(*kept, strict=True))
    if real.size < FEWEST_BETWEEN:
        return ""
    rules = {"nearest": np.rint(real), "floor": np.floor(real), "truncated": np.trunc(real)}
    shares = {name: float(np.mean(found == wanted)) for name, wanted in rules.items()}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= MOSTLY else ""


def _between(real: Floats, found: Floats, edge: int) -> tuple[Floats, Floats]:
    """Return what lies within the range and clearly between a half and a whole."""
    real, found = real.reshape(-1).astype(np.float64), found.reshape(-1)
    fraction = np.abs(real - np.rint(real))
    clear = (np.abs(real) < edge - 1) & (fraction > CLEAR[0]) & (fraction < CLEAR[1])
    return real[clear], found[clear]


def clamp_of(
    pairs: Sequence[tuple[Floats, Floats]], edge: float
) -> tuple[float | None, float | None]:
    """Return where values beyond *edge* were cut off, None at a side where none were."""
    low = [found[real < -edge - 1] for real, found in pairs if real.shape == found.shape]
    high = [found[real > edge + 1] for real, found in pairs if real.shape == found.shape]
    return _same(low), _same(high)


def _same(found: Sequence[Floats]) -> float | None:
    values = {float(value) for one in found for value in np.unique(one)}
    return values.pop() if len(values) == 1 else None
