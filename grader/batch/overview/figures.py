"""What the class adds up to: plain numbers, before anything is written about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, pstdev

from grader.batch.late.rule import Lateness
from grader.batch.records import GRADED, MISSING
from grader.batch.rows import ClassRow

BINS = 20
_REFERENCE = ("float", "float_bias", "bias_float")  # nobody's own work


@dataclass(frozen=True, kw_only=True)
class CriterionFigures:
    """How the class did on one criterion; *judged* are those on whom it is not open."""

    id: str
    judged: int
    mean: float
    maximum: float
    full: int

    @property
    def percent(self) -> float:
        """Return the mean in percent of the maximum."""
        return 100.0 * self.mean / self.maximum if self.maximum else 0.0


@dataclass(frozen=True, kw_only=True)
class ScoreFigures:
    """The scores that count, in equal bins from none to all points."""

    scores: tuple[float, ...]
    maximum: float

    @property
    def mean(self) -> float | None:
        """Return the mean, None where nobody has a score."""
        return fmean(self.scores) if self.scores else None

    @property
    def median(self) -> float | None:
        """Return the median, None where nobody has a score."""
        return median(self.scores) if self.scores else None

    @property
    def spread(self) -> float | None:
        """Return the standard deviation, None where nobody has a score."""
        return pstdev(self.scores) if self.scores else None

    @property
    def counts(self) -> tuple[int, ...]:
        """Return how many scores are in each bin; full points are in the last."""
        width = self.maximum / BINS or 1.0
        found = Counter(min(int(score / width), BINS - 1) for score in self.scores)
        return tuple(found[at] for at in range(BINS))


def scores_of(rows: Sequence[ClassRow]) -> ScoreFigures:
    """Return the scores that count."""
    scores = tuple(row.score for row in rows if row.score is not None)
    most = max((row.record.max_score or 0.0 for row in rows), default=0.0)
    return ScoreFigures(scores=scores, maximum=most)


def states_of(rows: Sequence[ClassRow]) -> Mapping[str, int]:
    """Return how many people are in each state."""
    return Counter(row.record.state for row in rows)


def criteria_of(rows: Sequence[ClassRow]) -> list[CriterionFigures]:
    """Return each criterion's figures, in the order of the rubric."""
    points: dict[str, list[float]] = {}
    most: dict[str, float] = {}
    for row in rows:
        for name, (earned, maximum) in row.record.criteria.items():
            points.setdefault(name, []).extend([] if earned is None else [earned])
            most[name] = maximum
    return [
        CriterionFigures(
            id=name,
            judged=len(found),
            mean=fmean(found) if found else 0.0,
            maximum=most[name],
            full=sum(one >= most[name] for one in found),
        )
        for name, found in points.items()
    ]


def hardest_task(criteria: Sequence[CriterionFigures]) -> tuple[str, float] | None:
    """Return the task with the smallest share of its points earned, and that in percent."""
    tasks: dict[str, list[CriterionFigures]] = {}
    for one in criteria:
        if one.judged:
            tasks.setdefault(one.id.partition(".")[0], []).append(one)
    shares = {
        task: 100.0 * sum(one.mean for one in found) / sum(one.maximum for one in found)
        for task, found in tasks.items()
    }
    return min(shares.items(), key=lambda one: one[1]) if shares else None


def findings_of(rows: Sequence[ClassRow]) -> list[tuple[str, int]]:
    """Return how many people have each finding that costs points, the commonest first."""
    counts = Counter(finding for row in rows for finding in {*row.record.findings})
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def accuracies_of(rows: Sequence[ClassRow]) -> tuple[str, list[tuple[float, float]]]:
    """Return the last stage that most people reached, and accuracy and score of each there."""
    graded = [row for row in rows if row.record.state == GRADED]
    own = [[stage for stage in row.record.accuracy if stage not in _REFERENCE] for row in graded]
    reached = Counter(stage for stages in own for stage in stages if "_judged" not in stage)
    if not reached:
        return "", []
    most = max(reached.values())
    order = max(own, key=len)
    stage = [one for one in order if reached[one] == most][-1:] or [max(reached)]
    found = [
        (row.record.accuracy[stage[0]], row.score)
        for row in graded
        if stage[0] in row.record.accuracy and row.score is not None
    ]
    return stage[0], found


def waiting_of(rows: Sequence[ClassRow]) -> list[ClassRow]:
    """Return those whom a person has to look at."""
    return [row for row in rows if row.needs_person and row.record.state != MISSING]


def late_of(rows: Sequence[ClassRow]) -> list[tuple[ClassRow, Lateness]]:
    """Return those who are late, and those who are late by nobody knows how much."""
    told = [(row, row.lateness) for row in rows if row.lateness is not None]
    return [(row, one) for row, one in told if one.days or one.needs_person]


def without_moment(rows: Sequence[ClassRow]) -> int:
    """Return of how many nobody can tell when they handed in."""
    told = [row.lateness for row in rows if row.lateness is not None]
    return sum(one.days is None and not one.needs_person for one in told)
