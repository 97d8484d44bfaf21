"""What is worth saying of scales that lost nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grader.tasks import remarks
from grader.tasks.hypotheses.fit import Fit, fit
from grader.tasks.run import Run
from grader.tasks.scales.seen import ScaleAnswers
from grader.words.numbers import percent


def _clipping(run: Run, seen: ScaleAnswers) -> Fit | None:
    return remarks.clipping({a.probe: a.level for a in seen.own.values()}, run.edition.scheme)


def _rounding(_run: Run, seen: ScaleAnswers) -> Fit:
    """Show the scale that suffers most from being rounded to a few decimal places."""
    numbers = {a.probe: a.number for a in seen.own.values() if a.number}
    place = min(numbers, key=lambda name: numbers[name])
    unit = 10.0 ** -(seen.places or 0)
    share = percent(0.5 * unit / numbers[place])
    return fit("scale-rounded", place=place, scale=numbers[place], unit=unit, share=share)


REMARKS: Mapping[str, Callable[[Run, ScaleAnswers], Fit | None]] = {
    "range-clips": _clipping,
    "scale-rounded": _rounding,
}
