"""Which of the two ranges is preferred, tensor by tensor, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from grader.results.file.measurements import Candidate, Candidates, Range
from report_templates.page.blocks import Block
from report_templates.page.numbers import decimal, integer, percent, signed
from report_templates.page.text import line
from report_templates.parts.explanation.sentences import listed, said
from report_templates.parts.measurements.accuracy import SPREAD
from report_templates.source import Source

EXACT = 100.0  # dB: what is left is the rounding of floating-point numbers
ALIKE = 0.5  # dB: two ranges that far apart are as good as each other
HALF_RANGE = 0.25  # of a symmetric range's width, beyond which both sides are used

Names = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One tensor with both of its ranges."""

    name: str
    range: Range
    actual: Candidate
    sigma: Candidate

    @property
    def gain(self) -> float:
        """Return by how many dB the actual range is better."""
        return (self.actual.sqnr_db or 0.0) - (self.sigma.sqnr_db or 0.0)

    @property
    def coarser(self) -> float:
        """Return how many times as large the 3-sigma range's step is."""
        return (self.sigma.step or 0.0) / (self.actual.step or 1.0)

    @property
    def beyond(self) -> int:
        """Return how many values lie beyond the 3-sigma range."""
        return (self.range.below or 0) + (self.range.above or 0)

    @property
    def clips(self) -> bool:
        """Return whether the 3-sigma range clips when it is made symmetric."""
        return bool(self.sigma.clipped_percent)


def range_choice(source: Source, kind: str) -> tuple[Block, ...]:
    """Return a sentence for each tensor of *kind*, and what the accuracy says of it."""
    sentences = [
        sentence
        for choice in choices_of(source, kind)
        for sentence in said(source, {f"choice.{k}": rule for k, rule in CHOICES.items()}, choice)
    ]
    measured = [one for one in source.extra.candidates if one.kind == kind]
    rules = {f"choice.{key}": rule for key, rule in OF_ALL.items()}
    return listed((*sentences, *said(source, rules, measured)))


def choices_of(source: Source, kind: str) -> list[Choice]:
    """Return the tensors of *kind* of which both ranges were measured in full."""
    ranges = {one.tensor: one for one in source.extra.ranges}
    found = []
    for one in source.extra.candidates:
        by_name = {candidate.range: candidate for candidate in one.candidates}
        actual, sigma = by_name.get("actual"), by_name.get("three_sigma")
        known = one.kind == kind and actual and sigma and one.tensor in ranges
        if known and actual and sigma and actual.step and sigma.step and sigma.sqnr_db is not None:
            found.append(
                Choice(
                    name=line(one.layer or one.tensor, 40),
                    range=ranges[one.tensor],
                    actual=actual,
                    sigma=sigma,
                )
            )
    return found


def _values(choice: Choice) -> dict[str, str]:
    sigma = choice.sigma
    part = (sigma.clipping_mse or 0.0) / sigma.mse if sigma.mse else 0.0
    return {
        "name": choice.name,
        "actual": decimal(choice.actual.sqnr_db, 1),
        "sigma": decimal(sigma.sqnr_db, 1),
        "coarser": percent(100.0 * (choice.coarser - 1.0), 0),
        "finer": decimal(1.0 / choice.coarser, 1) if choice.coarser else "",
        "clipped": percent(sigma.clipped_percent),
        "part": percent(100.0 * part, 0),
        "beyond": integer(choice.beyond),
        "six": decimal(choice.range.sigma_width),
        "width": decimal(choice.range.width),
    }


def _when(holds: Callable[[Choice], bool]) -> Callable[[Source, Choice], Names | None]:
    return lambda _source, choice: _values(choice) if holds(choice) else None


def _prefers_actual(choice: Choice) -> bool:
    return choice.gain > ALIKE and not _is_exact(choice)


def _is_exact(choice: Choice) -> bool:
    return (choice.actual.sqnr_db or 0.0) >= EXACT


def _wider_and_clips(choice: Choice) -> bool:
    return choice.range.larger == "three_sigma" and choice.beyond > 0 and choice.clips


CHOICES: Mapping[str, Callable[[Source, Choice], Names | None]] = {
    # The pixels are multiples of the step: there is nothing to weigh.
    "exact": _when(_is_exact),
    "clipping": _when(
        lambda c: _prefers_actual(c) and c.clips and not _wider_and_clips(c) and c.coarser < 1.0
    ),
    "wider_and_clips": _when(lambda c: _wider_and_clips(c) and not _is_exact(c)),
    "coarser": _when(lambda c: _prefers_actual(c) and c.coarser > 1.0),
    "alike": _when(
        lambda c: abs(c.gain) <= ALIKE and not _is_exact(c) and not _wider_and_clips(c)
    ),
    "three_sigma": _when(
        lambda c: (
            c.gain < -ALIKE
            and c.clips
            and c.coarser < 1.0
            and not (_wider_and_clips(c) or _is_exact(c))
        )
    ),
}


def _losses(source: Source, found: Sequence[Candidates], *, felt: bool) -> Names | None:
    t = source.t
    names, images = [], source.extra.data.images
    for one in found:
        measured = one.accuracy
        if measured is None or measured.degradation is None or measured.standard_error is None:
            continue
        beyond = abs(measured.degradation) > SPREAD * measured.standard_error
        if beyond is felt:
            value = signed(-measured.degradation)
            names.append(t("shapes.named", name=line(one.layer or one.tensor, 40), value=value))
    first = next((one.accuracy for one in found if one.accuracy), None)
    if not names or first is None:
        return None
    return {
        "names": t("joiner").join(names),
        "before": percent(first.actual_percent),
        "images": integer(images),
    }


def _felt(source: Source, found: Sequence[Candidates]) -> Names | None:
    return _losses(source, found, felt=True)


def _not_felt(source: Source, found: Sequence[Candidates]) -> Names | None:
    return _losses(source, found, felt=False)


OF_ALL: Mapping[str, Callable[[Source, Sequence[Candidates]], Names | None]] = {
    "felt": _felt,
    "not_felt": _not_felt,
}


def half_wasted(source: Source) -> tuple[Block, ...]:
    """Return why a symmetric range wastes half of its integers after ReLU, where it does."""
    return listed(tuple(said(source, {"choice.half": half}, source.extra.ranges)))


def half(source: Source, found: Sequence[Range]) -> Names | None:
    """Return the tensors without negative values, None where there are none."""
    names = [
        line(one.layer or one.tensor, 40)
        for one in found
        if one.kind == "activations" and one.min == 0.0 and (one.max or 0.0) > 0.0
    ]
    return {"names": source.t("joiner").join(names)} if names else None
