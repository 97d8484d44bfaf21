"""Why a bias that is left alone costs what it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grader.results.file.measurements import BiasFactors, BiasRow, Stage
from report_templates.page.blocks import Block
from report_templates.page.numbers import decimal, integer, percent, scientific
from report_templates.page.text import line
from report_templates.parts.explanation.sentences import listed, said
from report_templates.source import Source

VANISHES = 1e3  # a bias that weighs less than a thousandth is as good as absent
SMALL = 0.05  # of the logits' standard deviation
LEFT_ALONE = "bias_unquantized"

Names = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class LeftAlone:
    """A bias that stays as it was trained while the weights beside it are multiplied."""

    layer: str
    factors: BiasFactors
    largest: BiasRow
    stage: Stage | None

    @property
    def moved(self) -> float:
        """Return by how much the logit of the largest bias moves, in the logits' own unit."""
        return abs(self.largest.trained or 0.0) * (1.0 - 1.0 / (self.factors.weights_only or 1.0))

    @property
    def share(self) -> float:
        """Return the same in standard deviations of the logits."""
        size = self.factors.logit_size or 0.0
        return self.moved / size if size else 0.0

    @property
    def is_small(self) -> bool:
        """Return whether the bias itself is small beside the logits."""
        trained, size = abs(self.largest.trained or 0.0), self.factors.logit_size or 0.0
        return trained < SMALL * size


def bias_explained(source: Source) -> tuple[Block, ...]:
    """Return what happens to a bias that is left alone, and what that costs."""
    found = left_alone(source)
    if found is None:
        return ()
    rules = {f"bias_alone.{key}": rule for key, rule in LEFT.items()}
    return listed(tuple(said(source, rules, found)))


def left_alone(source: Source) -> LeftAlone | None:
    """Return the facts; None where the bias or its factors are not known."""
    bias = source.extra.bias
    rows = [row for row in bias.values if row.trained is not None]
    if bias.factors is None or not bias.factors.weights_only or not rows:
        return None
    stages = {stage.stage: stage for stage in source.extra.accuracy_stages}
    return LeftAlone(
        layer=line(bias.layer, 40),
        factors=bias.factors,
        largest=max(rows, key=lambda row: abs(row.trained or 0.0)),
        stage=stages.get(LEFT_ALONE),
    )


def _values(found: LeftAlone) -> dict[str, str]:
    return {
        "layer": found.layer,
        "factor": scientific(found.factors.weights_only),
        "label": line(found.largest.name, 40),
        "bias": decimal(found.largest.trained),
        "moved": decimal(found.moved),
        "size": decimal(found.factors.logit_size, 2),
        "share": percent(100.0 * found.share, 0),
    }


def _vanishes(_source: Source, found: LeftAlone) -> Names | None:
    return _values(found) if (found.factors.weights_only or 0.0) >= VANISHES else None


def _shrinks(_source: Source, found: LeftAlone) -> Names | None:
    return _values(found) if 1.0 < (found.factors.weights_only or 0.0) < VANISHES else None


def _large(_source: Source, found: LeftAlone) -> Names | None:
    return _values(found) if found.share >= SMALL else None


def _small(_source: Source, found: LeftAlone) -> Names | None:
    return _values(found) if found.share > 0.0 and found.is_small else None


def _others(_source: Source, found: LeftAlone) -> Names | None:
    stage = found.stage
    if stage is None or stage.agreeing is None or not stage.images:
        return None
    changed = stage.images - stage.agreeing
    return {"changed": integer(changed), "images": integer(stage.images)} if changed else None


LEFT: Mapping[str, Callable[[Source, LeftAlone], Names | None]] = {
    "vanishes": _vanishes,
    "shrinks": _shrinks,
    "large": _large,
    "small": _small,
    "others": _others,
}
