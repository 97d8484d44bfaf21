"""
The statistic of a tensor from which a scale was taken, found by what it makes constant.

A multiplier n taken from a statistic S of the values x, ``n = c / (S(x) A)``, makes ``n S(x) A``
the same number c for every tensor; a statistic that does so on all of them is the one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from grader.border.conventions import Floats, from_step
from grader.editions.schema import ScaleForm
from grader.tasks.hypotheses.fit import Fit, constant, fit
from grader.words.message import Value

QUANT_MAX = 127.0
FEWEST = 4  # tensors that have to agree before a statistic counts as found

# 255 instead of 127, of a range that is taken for twice its width; searched ranges scatter.
TWICE_TOO_LARGE = (250.0, 260.0)


class Statistic(StrEnum):
    """What a scale is taken from, as it ends the ids of findings."""

    MAX_ABS = "max-abs"
    CONSTANT = "constant"
    MAX_WITHOUT_ABS = "max-without-abs"
    MIN_ONLY = "min-only"
    MEAN_ABS = "from-mean-abs"
    STD = "from-std"
    UNBIASED_STD = "from-unbiased-std"
    COUNT = "from-count"


STATISTICS: Mapping[Statistic, Callable[[Floats], float]] = {
    Statistic.MAX_ABS: lambda x: float(np.abs(x).max()),
    Statistic.CONSTANT: lambda _x: 1.0,
    Statistic.MAX_WITHOUT_ABS: lambda x: float(x.max()),
    Statistic.MIN_ONLY: lambda x: -float(x.min()),
    Statistic.MEAN_ABS: lambda x: float(np.abs(x).mean()),
    Statistic.STD: lambda x: float(x.std()),
    Statistic.UNBIASED_STD: lambda x: float(x.std(ddof=1)),
    Statistic.COUNT: lambda x: float(x.size),
}
_SAME_FINDING = {Statistic.UNBIASED_STD: Statistic.STD}


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

    statistic: Statistic
    level: float


def find_rule(samples: Sequence[Sample]) -> Rule | None:
    """Return the first statistic that explains every sample, None where there is none."""
    if len({sample.values.tobytes() for sample in samples}) < FEWEST:
        return None
    for statistic, value_of in STATISTICS.items():
        level = constant(s.multiplier * value_of(s.values) * s.accumulator for s in samples)
        if level is not None and level > 0:
            return Rule(statistic=_SAME_FINDING.get(statistic, statistic), level=level)
    return None


def explain_range(
    prefix: str, samples: Sequence[Sample], lowest_level: float, highest_level: float
) -> list[Fit]:
    """Return what is wrong with the range that *samples* were scaled by, if it is a known rule."""
    rule = find_rule(samples)
    if rule is None:
        return []
    if rule.statistic is Statistic.MAX_ABS:
        return _explain_level(prefix, rule.level, samples[0], lowest_level, highest_level)
    shown = max(samples, key=lambda s: abs(np.log(s.multiplier / s.expected)))
    is_named_alone = rule.statistic in (Statistic.MAX_WITHOUT_ABS, Statistic.MIN_ONLY)
    named = rule.statistic if is_named_alone else f"scale-{rule.statistic}"
    is_constant = rule.statistic is Statistic.CONSTANT
    level = shown.written(rule.level) if is_constant else rule.level
    return [fit(f"{prefix}-{named}", c=level, **show(shown))]


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
    if TWICE_TOO_LARGE[0] <= level <= TWICE_TOO_LARGE[1]:
        return [fit(f"{prefix}-scale-twice-too-large", c=level, **numbers)]
    if level < lowest:
        return [fit(f"{prefix}-scale-wastes-range", c=level, **numbers)]
    if level > highest:
        return [fit(f"{prefix}-scale-too-large", c=level, **numbers)]
    return []
