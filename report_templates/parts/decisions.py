"""What people and the late rule made of a run: ``extra_data.decisions`` of a results file."""

from __future__ import annotations

from report_templates.numbers import MINUS, points, points_of
from report_templates.reading import Json, mapping, number
from report_templates.source import Source
from report_templates.text import paragraph


def by_hand(test: Json) -> bool:
    """Return whether a person gave a criterion its points."""
    return number(_decision(test), "points") is not None


def remark(test: Json) -> str:
    """Return what a person wrote about a criterion."""
    return paragraph(_decision(test).get("remark"), 4_000)


def by_hand_reason(source: Source, test: Json) -> str:
    """Return both points of a criterion: a person's, which count, and the grader's."""
    decision = _decision(test)
    return instead(
        source,
        number(decision, "points"),
        number(decision, "automatic"),
        number(test, "max_score"),
    )


def instead(
    source: Source, given: float | None, automatic: float | None, maximum: float | None
) -> str:
    """Return points by hand and the automatic ones, where there are any, as one sentence."""
    key = "decisions.by_hand" if automatic is None else "decisions.by_hand_instead"
    shown = {"points": points(given), "maximum": points(maximum), "automatic": points(automatic)}
    return source.t(key, **shown)


def late_sums(source: Source) -> tuple[tuple[str, str], ...]:
    """Return the lines between the tasks and the total: their sum, and what lateness costs."""
    told = mapping(source.extra, "decisions")
    taken = number(told, "late_points")
    if not taken:
        return ()
    t, days = source.t, int(number(told, "late_days") or 0)
    key = "decisions.late_one" if days == 1 else "decisions.late_many"
    percent = f"{number(told, 'late_percent') or 0.0:g}"
    raw = points_of(number(told, "raw_score"), number(told, "max_score"))
    late = t(key, count=days, percent=percent)
    return (t("decisions.sum"), raw), (late, f"{MINUS}{points(taken)}")


def automatic_score(source: Source) -> str:
    """Return the sentence that names the run's own score, where another one counts."""
    told = mapping(source.extra, "decisions")
    score = number(told, "automatic_score")
    if score is None or score == number(told, "score"):
        return ""
    return source.t("decisions.automatic", score=points(score))


def _decision(test: Json) -> Json:
    return mapping(mapping(test, "extra_data"), "decision")
