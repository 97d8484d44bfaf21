"""What people and the late rule made of a run: ``extra_data.decisions`` of a results file."""

from __future__ import annotations

from grader.results.file.schema import CriterionTest, Decision, Decisions
from report_templates.page.numbers import MINUS, points, points_of
from report_templates.page.text import paragraph
from report_templates.source import Source


def remark(test: CriterionTest) -> str:
    """Return what a person wrote about a criterion."""
    decision = test.extra_data.decision
    return paragraph(decision.remark, 4_000) if decision else ""


def by_hand_reason(source: Source, test: CriterionTest) -> str:
    """Return both points of a criterion: a person's, which count, and the grader's."""
    decision = test.extra_data.decision or Decision()
    return instead(source, decision.points, decision.automatic, test.max_score)


def instead(
    source: Source, given: float | None, automatic: float | None, maximum: float | None
) -> str:
    """Return points by hand and the automatic ones, where there are any, as one sentence."""
    key = "decisions.by_hand" if automatic is None else "decisions.by_hand_instead"
    shown = {"points": points(given), "maximum": points(maximum), "automatic": points(automatic)}
    return source.t(key, **shown)


def total_sums(source: Source) -> tuple[tuple[str, str], ...]:
    """Return the lines between the tasks and the total: lateness, and a person's adjustment."""
    return (*late_sums(source), *_adjustment(source))


def late_sums(source: Source) -> tuple[tuple[str, str], ...]:
    """Return the lines between the tasks and the total: their sum, and what lateness costs."""
    told = source.extra.decisions or Decisions()
    if not told.late_points:
        return ()
    t, days = source.t, told.late_days or 0
    key = "decisions.late_one" if days == 1 else "decisions.late_many"
    percent = f"{told.late_percent or 0.0:g}"
    raw = points_of(told.raw_score, told.max_score)
    late = t(key, count=days, percent=percent)
    return (t("decisions.sum"), raw), (late, f"{MINUS}{points(told.late_points)}")


def _adjustment(source: Source) -> tuple[tuple[str, str], ...]:
    """Return what a person added to the total, or took off, and why."""
    told = source.extra.decisions or Decisions()
    if not told.adjustment:
        return ()
    reason = paragraph(told.adjustment_reason, 1_000)
    sign = MINUS if told.adjustment < 0 else "+"
    label = source.t("decisions.adjusted", reason=reason)
    return ((label, f"{sign}{points(abs(told.adjustment))}"),)


def automatic_score(source: Source) -> str:
    """Return the sentence that names the run's own score, where another one counts."""
    told = source.extra.decisions or Decisions()
    if told.automatic_score is None or told.automatic_score == told.score:
        return ""
    return source.t("decisions.automatic", score=points(told.automatic_score))
