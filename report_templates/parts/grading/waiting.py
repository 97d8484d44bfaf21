"""What waits for staff, and what the rest comes to: the points that were graded so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grader.results.file.schema import CriterionTest
from report_templates.page.numbers import UNKNOWN, points, points_of
from report_templates.source import Source


def waiting_points(source: Source) -> float:
    """Return the points that are neither earned nor lost."""
    return most(test for test in source.results.tests if test.is_pending)


def so_far(source: Source) -> tuple[float | None, float | None]:
    """Return the points of what was judged, and their maximum."""
    maximum = source.extra.max_score
    return source.results.score, None if maximum is None else maximum - waiting_points(source)


def sum_of(tests: Sequence[CriterionTest]) -> tuple[float, float]:
    """Return the points of those criteria that do not wait, and their maximum."""
    judged = [test for test in tests if not test.is_pending]
    return sum(test.score or 0.0 for test in judged), most(judged)


def shown(tests: Sequence[CriterionTest]) -> str:
    """Return the points of some criteria as they are printed, a dash where all of them wait."""
    if all(test.is_pending for test in tests):
        return f"{UNKNOWN}\u00a0/\u00a0{points(most(tests))}"
    return points_of(*sum_of(tests))


def label(source: Source, tests: Sequence[CriterionTest]) -> str:
    """Return what the sum of a task's criteria is called."""
    waiting = [test.is_pending for test in tests]
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


def most(tests: Iterable[CriterionTest]) -> float:
    """Return the most that some criteria can earn together."""
    return sum(test.max_score or 0.0 for test in tests)
