"""What waits for staff, and what the rest comes to: the points that were graded so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from report_templates.numbers import UNKNOWN, points, points_of
from report_templates.parts import decisions
from report_templates.parts.outcomes import PENDING, outcome_of
from report_templates.reading import Json, mappings, number
from report_templates.source import Source


def waits(test: Json) -> bool:
    """Return whether a criterion's points wait for a person, who has not given them yet."""
    return outcome_of(test) == PENDING and not decisions.by_hand(test)


def waiting_points(source: Source) -> float:
    """Return the points that are neither earned nor lost."""
    return _sum((test for test in mappings(source.results, "tests") if waits(test)), "max_score")


def so_far(source: Source) -> tuple[float | None, float | None]:
    """Return the points of what was judged, and their maximum."""
    waiting = [test for test in mappings(source.results, "tests") if waits(test)]
    score, maximum = number(source.results, "score"), number(source.extra, "max_score")
    return (  # earlier graders gave what waits its full points
        None if score is None else score - _sum(waiting, "score"),
        None if maximum is None else maximum - _sum(waiting, "max_score"),
    )


def sum_of(tests: Sequence[Json]) -> tuple[float, float]:
    """Return the points of those criteria that do not wait, and their maximum."""
    judged = [test for test in tests if not waits(test)]
    return _sum(judged, "score"), _sum(judged, "max_score")


def shown(tests: Sequence[Json]) -> str:
    """Return the points of some criteria as they are printed, a dash where all of them wait."""
    if all(waits(test) for test in tests):
        return f"{UNKNOWN}\u00a0/\u00a0{points(_sum(tests, 'max_score'))}"
    return points_of(*sum_of(tests))


def label(source: Source, tests: Sequence[Json]) -> str:
    """Return what the sum of a task's criteria is called."""
    waiting = [waits(test) for test in tests]
    if all(waiting):
        return source.t("score.waits")
    return source.t("score.so_far" if any(waiting) else "score.total")


def sums(source: Source) -> tuple[tuple[str, str], ...]:
    """Return the line above the total that says what waits, where anything does."""
    waiting = waiting_points(source)
    return ((source.t("score.waits"), points(waiting)),) if waiting else ()


def notes(source: Source) -> tuple[str, ...]:
    """Return what is said of points that wait, nothing where none do."""
    waiting = waiting_points(source)
    if not waiting:
        return ()
    score, graded = (points(one) for one in so_far(source))
    told = {"score": score, "graded": graded, "waiting": points(waiting)}
    return source.t("score.standing", **told), source.t("score.pending")


def _sum(tests: Iterable[Json], key: str) -> float:
    return sum(number(test, key) or 0.0 for test in tests)
