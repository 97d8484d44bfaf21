"""
The statistic of a tensor from which a scale was taken, found by what it makes constant.

A multiplier n taken from a statistic S of the values x, ``n = c / (S(x) A)``, makes ``n S(x) A``
the same number c for every tensor; a statistic that does so on all of them is the one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.border.conventions import Floats, from_step
from grader.editions.schema import ScaleForm
from grader.tasks.hypotheses.fit import Fit, constant, fit
from grader.words.message import Value

QUANT_MAX = 127.0
FEWEST = 4  # tensors that have to agree before a statistic counts as found

Statistic = Callable[[Floats], float]

STATISTICS: Mapping[str, Statistic] = {
    "max-abs": lambda x: float(np.abs(x).max()),
    "constant": lambda _x: 1.0,
    "max-without-abs": lambda x: float(x.max()),
    "min-only": lambda x: -float(x.min()),
    "from-mean-abs": lambda x: float(np.abs(x).mean()),
    "from-std": lambda x: float(x.std()),
    "from-unbiased-std": lambda x: float(x.std(ddof=1)),
    "from-count": lambda x: float(x.size),
}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """
    One tensor, the multiplier that was returned for it, and the factor that it arrives with.

    *form* is the way up in which the edition writes the scale.
    """

    place: Value
    values: Floats
    multiplier: float
    accumulator: float = 1.0
    form: ScaleForm = ScaleForm.STEP

    @property
    def expected(self) -> float:
        """Return the multiplier that puts the largest magnitude on 127."""
        return QUANT_MAX / (float(np.abs(self.values).max()) * self.accumulator)

    @property
    def level(self) -> float:
        """Return the integer on which the largest magnitude lands."""
        return QUANT_MAX * self.multiplier / self.expected

    def written(self, multiplier: float) -> float:
        """Return a multiplier the way the edition writes it."""
        return from_step(1.0 / multiplier, self.form)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A statistic and the number c that it makes of every sample."""

    statistic: str
    level: float


def find_rule(samples: Sequence[Sample]) -> Rule | None:
    """Return the first statistic that explains every sample, None where there is none."""
    if len({sample.values.tobytes() for sample in samples}) < FEWEST:
        return None
    for name, statistic in STATISTICS.items():
        level = constant(s.multiplier * statistic(s.values) * s.accumulator for s in samples)
        if level is not None and level > 0:
            return Rule(statistic=name.replace("unbiased-", ""), level=level)
    return None


def explain_range(
    prefix: str, samples: Sequence[Sample], lowest_level: float, highest_level: float
) -> list[Fit]:
    """Return what is wrong with the range that *samples* were scaled by, if it is a known rule."""
    rule = find_rule(samples)
    if rule is None:
        return []
    if rule.statistic == "max-abs":
        return _explain_level(prefix, rule.level, samples[0], lowest_level, highest_level)
    shown = max(samples, key=lambda s: abs(np.log(s.multiplier / s.expected)))
    names = {"max-without-abs": f"{prefix}-max-without-abs", "min-only": f"{prefix}-min-only"}
    finding = names.get(rule.statistic, f"{prefix}-scale-{rule.statistic}")
    level = shown.written(rule.level) if rule.statistic == "constant" else rule.level
    return [fit(finding, c=level, **show(shown))]


def show(sample: Sample) -> dict[str, object]:
    """Return the numbers of one sample that every message about a scale may print."""
    return {
        "place": sample.place,
        "actual": sample.written(sample.multiplier),
        "expected": sample.written(sample.expected),
        "level": sample.level,
        "largest": float(np.abs(sample.values).max()),
    }


def _explain_level(
    prefix: str, level: float, sample: Sample, lowest: float, highest: float
) -> list[Fit]:
    numbers = show(sample)
    if 250 <= level <= 260:
        return [fit(f"{prefix}-scale-twice-too-large", c=level, **numbers)]
    if level < lowest:
        return [fit(f"{prefix}-scale-wastes-range", c=level, **numbers)]
    if level > highest:
        return [fit(f"{prefix}-scale-too-large", c=level, **numbers)]
    return []
