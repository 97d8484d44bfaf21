"""What is to be seen in the histograms: lean, tails, outliers, zeros, saturation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from grader.results.file.measurements import Range
from report_templates.page.blocks import Block
from report_templates.page.numbers import decimal, integer, percent, signed
from report_templates.page.text import line
from report_templates.parts.explanation.sentences import bullets
from report_templates.source import Source

# A shape counts as symmetric, centred and bell-like up to here; a normal one has 0 of each.
LEANS, OFF_CENTRE = 0.5, 0.25  # skewness; the mean in standard deviations
HEAVY, LIGHT = 1.0, -0.5  # excess kurtosis
ONE_SIDED_ZEROS = 1.0  # percent of values that are exactly 0
SATURATED = 0.1  # percent of values that are equal to the largest, or the smallest
PILE = 10  # fewer equal values are no pile, in however small a tensor

Names = Mapping[str, str]
Rule = Callable[[Source, Sequence[Range]], Names | None]


def weight_shapes(source: Source) -> tuple[Block, ...]:
    """Return what the histograms of the weights show."""
    return _said(source, "weights")


def activation_shapes(source: Source) -> tuple[Block, ...]:
    """Return what the histograms of the input and the activations show."""
    return _said(source, "activations")


def _said(source: Source, kind: str) -> tuple[Block, ...]:
    found = [one for one in source.extra.ranges if one.kind == kind]
    rules = {f"shapes.{key}": rule for key, rule in SHAPES.items()}
    return bullets(source, rules, [one for one in found if one.std and one.numel])


def _named(one: Range) -> str:
    return line(one.layer or one.tensor, 40)


def _listed(
    source: Source, found: Sequence[Range], show: Callable[[Range], str] | None = None
) -> Names | None:
    """Return the names, each with what *show* says of it in brackets; None for none."""
    t = source.t
    if not found:
        return None
    names = (
        _named(one) if show is None else t("shapes.named", name=_named(one), value=show(one))
        for one in found
    )
    return {"names": t("joiner").join(names)}


def _centre(one: Range) -> float:
    return (one.mean or 0.0) / (one.std or 1.0)


def _beyond(one: Range) -> int:
    return (one.below or 0) + (one.above or 0)


def _share(count: int | None, one: Range) -> float:
    return 100.0 * (count or 0) / (one.numel or 1)


def _is_bell(one: Range) -> bool:
    skewness, tails = one.skewness, one.tail_weight
    return (
        skewness is not None
        and tails is not None
        and abs(skewness) < LEANS
        and abs(_centre(one)) < OFF_CENTRE
        and LIGHT < tails < HEAVY
    )


def _bell(source: Source, found: Sequence[Range]) -> Names | None:
    return _listed(source, [one for one in found if _is_bell(one)])


def _right(source: Source, found: Sequence[Range]) -> Names | None:
    leaning = [one for one in found if (one.skewness or 0.0) >= LEANS]
    return _listed(source, leaning, lambda one: signed(one.skewness))


def _left(source: Source, found: Sequence[Range]) -> Names | None:
    leaning = [one for one in found if (one.skewness or 0.0) <= -LEANS]
    return _listed(source, leaning, lambda one: signed(one.skewness))


def _off_centre(source: Source, found: Sequence[Range]) -> Names | None:
    off = [one for one in found if abs(_centre(one)) >= OFF_CENTRE and _is_lopsided(one)]
    return _listed(
        source, off, lambda one: f"{signed(_centre(one))}\u00a0\N{GREEK SMALL LETTER SIGMA}"
    )


def _is_lopsided(one: Range) -> bool:
    """Return whether values of both signs reach farther on the side on which the mean is."""
    low, high = one.min or 0.0, one.max or 0.0
    return low < 0.0 < high and (high + low) * (one.mean or 0.0) > 0.0


def _heavy(source: Source, found: Sequence[Range]) -> Names | None:
    heavy = [one for one in found if (one.tail_weight or 0.0) >= HEAVY and _beyond(one)]
    return _listed(source, heavy, lambda one: decimal(one.tail_weight, 1))


def _light(source: Source, found: Sequence[Range]) -> Names | None:
    light = [one for one in _none_outside(found) if (one.tail_weight or 0.0) <= LIGHT]
    return _listed(source, light, lambda one: decimal(one.tail_weight, 1))


def _outliers(source: Source, found: Sequence[Range]) -> Names | None:
    def show(one: Range) -> str:
        share = percent(_share(_beyond(one), one))
        words = {"count": integer(_beyond(one)), "of": integer(one.numel), "share": share}
        return source.t("shapes.count", **words)

    return _listed(source, [one for one in found if _beyond(one)], show)


def _none_beyond(source: Source, found: Sequence[Range]) -> Names | None:
    return _listed(source, _none_outside(found))


def _none_outside(found: Sequence[Range]) -> list[Range]:
    """Return the tensors of which it is known that no value lies beyond three deviations."""
    return [one for one in found if one.below == 0 and one.above == 0]


def _zeros(source: Source, found: Sequence[Range]) -> Names | None:
    zeros = [
        one for one in found if "relu" in one.after and _share(one.zeros, one) >= ONE_SIDED_ZEROS
    ]
    return _listed(source, zeros, lambda one: percent(_share(one.zeros, one), 1))


def _pooled(source: Source, found: Sequence[Range]) -> Names | None:
    """Name the layers of which only the largest value of each window was recorded."""
    averages = any(layer.type.startswith("average") for layer in source.extra.layers)
    pooled = [one for one in found if {"relu", "pooling"} <= {*one.after}]
    return None if averages else _listed(source, pooled)


def _unpooled(source: Source, found: Sequence[Range]) -> Names | None:
    """Name the layers whose values are those before pooling, where any layer is pooled."""
    pools = any(layer.weights == 0 for layer in source.extra.layers)
    relu = [one for one in found if "relu" in one.after and "pooling" not in one.after]
    anywhere = any("pooling" in one.after for one in found)
    return _listed(source, relu) if pools and relu and not anywhere else None


def _both_signs(source: Source, found: Sequence[Range]) -> Names | None:
    layers = [one for one in found if one.kind == "activations" and one.layer != "input"]
    signed_ones = [one for one in layers if (one.min or 0.0) < 0.0 < (one.max or 0.0)]
    return _listed(source, [one for one in signed_ones if not one.after])


def _saturated(source: Source, found: Sequence[Range]) -> Names | None:
    def most(one: Range) -> int:
        # After ReLU the smallest value is 0: those zeros are no saturation.
        low = 0 if "relu" in one.after else one.at_minimum or 0
        return max(one.at_maximum or 0, low)

    many = [one for one in found if _share(most(one), one) >= SATURATED and most(one) >= PILE]
    return _listed(source, many, lambda one: percent(_share(most(one), one)))


SHAPES: Mapping[str, Rule] = {
    "bell": _bell,
    "right": _right,
    "left": _left,
    "off_centre": _off_centre,
    "pooled": _pooled,
    "unpooled": _unpooled,
    "zeros": _zeros,
    "both_signs": _both_signs,
    "outliers": _outliers,
    "none_beyond": _none_beyond,
    "heavy": _heavy,
    "light": _light,
    "saturated": _saturated,
}
