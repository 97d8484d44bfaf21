"""Mistakes that reproduce, number by number, what stands in an archive's files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grader.border.conventions import Floats
from grader.tasks.exported_parameters import arithmetic, comparison, sum_hypotheses
from grader.tasks.exported_parameters.arithmetic import Integers
from grader.tasks.exported_parameters.checks import requantization
from grader.tasks.exported_parameters.comparison import Compared, first_where
from grader.tasks.exported_parameters.layout import Layer, Layout
from grader.tasks.exported_parameters.seen import Exported
from grader.tasks.hypotheses.fit import Fit, fit

Told = Mapping[str, object]

FEWEST = 20  # values that are neither clamped nor zero, from which a multiplier is read
_SHIFTS = (*range(8, 16), *range(17, 25))
_NOT_QUANTIZED = "parameters-input-not-quantized"
_REPEATED = "parameters-one-image-repeated"
_MIXED = "parameters-images-mixed"


@dataclass(frozen=True, kw_only=True)
class Requantized:
    """What a layer's sums became, and what they were made of."""

    layer: Layer
    layout: Layout
    sums: Integers
    multiplier: int
    found: Floats

    @property
    def product(self) -> Integers:
        """Return the sums times their scale, before the shift."""
        return self.sums * self.multiplier

    @property
    def shifted(self) -> Integers:
        """Return the sums times their scale after the shift, not clamped."""
        return arithmetic.shifted(self.sums, self.multiplier, self.layout)

    def clamped(self, values: Integers) -> Integers:
        """Return values clamped as this layer's are."""
        return arithmetic.clamped(values, self.layer, self.layout)

    def rectified(self, values: Integers) -> Integers:
        """Return values after this layer's activation function."""
        return np.maximum(values, 0) if self.layer.spec.relu else values

    @property
    def is_constant(self) -> bool:
        """Return whether all that was found is one number, which tells nothing."""
        return bool(np.all(self.found == self.found.flat[0]))

    def is_made_by(self, *predicted: Integers) -> bool:
        """Return whether any of the predictions is what was found, in every number."""
        return any(np.array_equal(one, self.found) for one in predicted)


def _passed_on(one: Requantized, values: Integers) -> tuple[Integers, ...]:
    """Return values as they may be passed on: clamped, rectified, or as they are."""
    return (one.clamped(values), one.rectified(values), values)


def _nearest(one: Requantized) -> tuple[Integers, ...]:
    places = one.layout.fraction_bits
    even = np.rint(one.product / (1 << places)).astype(np.int64)
    up = (one.product + (1 << (places - 1))) >> places
    return (one.clamped(even), one.clamped(up))


def _cut_off(one: Requantized) -> tuple[Integers, ...]:
    cut = np.sign(one.product) * (np.abs(one.product) >> one.layout.fraction_bits)
    return (one.clamped(cut),)


def _wrapped(one: Requantized) -> tuple[Integers, ...]:
    wrapped = one.rectified(one.shifted).astype(np.int8).astype(np.int64)
    return (wrapped, one.rectified(one.shifted.astype(np.int8).astype(np.int64)))


def _without_relu(one: Requantized) -> tuple[Integers, ...]:
    edges = (one.layout.quant_min, one.layout.quant_max)
    return (np.clip(one.shifted, *edges),) if one.layer.spec.relu else ()


def _with_relu(one: Requantized) -> tuple[Integers, ...]:
    return () if one.layer.spec.relu else (np.clip(one.shifted, 0, one.layout.quant_max),)


def _divided(one: Requantized) -> tuple[Integers, ...]:
    """Return the sums divided by round(1 / M), as the sheet's docstring of forward has it."""
    divisor = round((1 << one.layout.fraction_bits) / max(one.multiplier, 1))
    return tuple(one.clamped(one.sums // d) for d in range(max(divisor - 1, 1), divisor + 2))


PREDICTIONS: Mapping[str, Callable[[Requantized], tuple[Integers, ...]]] = {
    "parameters-scale-missing": lambda one: _passed_on(one, one.sums),
    "parameters-shift-missing": lambda one: _passed_on(one, one.product),
    "parameters-rounds-to-nearest": _nearest,
    "parameters-cuts-off": _cut_off,
    "parameters-not-clamped": lambda one: (one.shifted, one.rectified(one.shifted)),
    "parameters-relu-missing": _without_relu,
    "parameters-relu-on-output": _with_relu,
    "parameters-clamped-to-unsigned": lambda one: (np.clip(one.shifted, 0, 255),),
    "parameters-wraps-around": _wrapped,
    "parameters-divides": _divided,
}


def explain(seen: Exported, failed: frozenset[str]) -> list[Fit]:
    """Return the mistakes that reproduce what failed, each of them once."""
    families: Mapping[str, Callable[[Exported], Iterator[Fit]]] = {
        "weights": sum_hypotheses.explain_weights,
        "bias": sum_hypotheses.explain_bias,
        "scales": _explain_scales,
        "images": _explain_images,
        "input": _explain_input,
        "sums": sum_hypotheses.explain_sums,
        "pooling": _explain_pooling,
    }
    whole = seen.of_whole_images(seen.layout.recordings)
    seen = whole if len(whole.images) else seen
    every = [one for name, tell in families.items() if name in failed for one in tell(seen)]
    hidden = seen.layout.weighted[:-1] if "requantized" in failed else ()
    last = seen.layout.weighted[-1:] if "output" in failed else ()
    every += _explain_places(seen, (*hidden, *last))
    first = {one.finding: one for one in reversed(every)}
    return [replace(one, where=one.values.get("file")) for one in reversed(first.values())]


# -- scales and images ---------------------------------------------------------------------------


def _explain_scales(seen: Exported) -> Iterator[Fit]:
    """Yield that the scales are real numbers, where they reproduce what follows as integers."""
    whole = 1 << seen.layout.fraction_bits
    real = [layer for layer in seen.layout.weighted if seen.scales[layer.module] % 1]
    if not real or any(seen.lacks_recordings(*_around(seen, layer)) for layer in real):
        return
    for layer in real:
        sums, fixed = seen.sums(layer)[0], round(seen.scales[layer.module] * whole)
        made = arithmetic.requantized(sums, fixed, layer, seen.layout)
        if not np.array_equal(made, comparison.following(seen, layer).values):
            return
    first, value = real[0].module, seen.scales[real[0].module]
    file = seen.layout.scales_file
    yield fit(
        "parameters-scales-real", file=file, name=first, actual=value, whole=round(value * whole)
    )


def _around(seen: Exported, layer: Layer) -> tuple[str, ...]:
    after = seen.layout.after(layer)
    following = f"{after.block}/input.csv" if after else "output.csv"
    return (f"{layer.block}/input.csv", f"{layer.block}/output.csv", following)


def _explain_images(seen: Exported) -> Iterator[Fit]:
    if bool(np.all(seen.pixels == seen.pixels[:1])):
        yield fit(_REPEATED, image=0, images=seen.layout.images, file="input.csv")


def _explain_input(seen: Exported) -> Iterator[Fit]:
    """Yield what the first layer's input was made of instead: other images, another scale."""
    layout, first = seen.layout, seen.layout.layers[0]
    found, multiplier = seen.entering(first), seen.scales[layout.input_scale]
    name = f"{first.block}/input.csv"
    right = arithmetic.quantize_pixels(seen.pixels, multiplier, layout)
    spot = first_where([(comparison.entering(seen, first), found != right)])
    if spot is None:
        return
    expected = int(right[spot.row, spot.index])
    told = {"file": spot.file, "entry": spot.entry, "actual": spot.actual, "expected": expected}
    scaled = np.clip(seen.pixels * multiplier, layout.quant_min, layout.quant_max)
    if np.allclose(found, seen.pixels, rtol=0, atol=1e-6):
        yield fit(_NOT_QUANTIZED, **told)
    elif np.array_equal(found, np.rint(seen.pixels * multiplier)):
        yield fit("parameters-not-clamped", block=first.block, low=found.min(), high=found.max())
    elif any(np.array_equal(found, cut) for cut in (np.floor(scaled), np.trunc(scaled))):
        yield fit("parameters-input-not-rounded", **told)
    else:
        yield from _other_images(right, found, name)
        yield from _other_input_scale(seen, found, told)


def _other_images(right: Integers, found: Floats, name: str) -> Iterator[Fit]:
    """Yield that rows are right for other images, where that is so for all of them."""
    rows = {row.tobytes(): image for image, row in enumerate(right)}
    taken = [rows.get(row.astype(np.int64).tobytes()) for row in found]
    if None in taken or taken == [*range(len(taken))]:
        return
    if len({*taken}) == 1:
        yield fit(_REPEATED, image=taken[0], images=len(taken), file=name)
        return
    image = next(at for at, other in enumerate(taken) if other != at)
    yield fit(_MIXED, image=image, other=taken[image], file=name)


def _other_input_scale(seen: Exported, found: Floats, told: Mapping[str, object]) -> Iterator[Fit]:
    """Yield the one other scale with which every pixel gives the integer that was found."""
    inside = (found > seen.layout.quant_min) & (found < seen.layout.quant_max) & (found != 0)
    size, level = np.abs(seen.pixels[inside]), np.abs(found[inside])
    if size.size < FEWEST or not size.all():
        return
    low, high = float(((level - 0.5) / size).max()), float(((level + 0.5) / size).min())
    middle = (low + high) / 2
    made = arithmetic.quantize_pixels(seen.pixels, middle, seen.layout)
    if low <= high and np.array_equal(made, found):
        scale = seen.scales[seen.layout.input_scale]
        yield fit("parameters-input-scale-differs", **told, scale=scale, other=middle)


# -- between the layers --------------------------------------------------------------------------


def _explain_places(seen: Exported, layers: Sequence[Layer]) -> Iterator[Fit]:
    """
    Yield how the sums of *layers* became what follows, where not as they should.

    Of several hypotheses for a layer, the one that explains the most layers is told.
    """
    wrong = [(layer, requantization(seen, layer)) for layer in layers]
    hits = {
        layer: (compared, _hits_of(seen, layer, compared))
        for layer, compared in wrong
        if not compared.agrees
    }
    count = Counter(finding for _, found in hits.values() for finding in found)
    for layer, (compared, found) in hits.items():
        if found:
            finding = max(found, key=lambda one: count[one])
            yield fit(finding, **_told(layer, compared), **found[finding])


def _told(layer: Layer, compared: Compared) -> dict[str, object]:
    spot = first_where([(compared.numbers, compared.mask)])
    assert spot is not None
    return {
        "block": layer.block,
        "file": spot.file,
        "entry": spot.entry,
        "actual": spot.actual,
        "expected": int(compared.expected[spot.row, spot.index]),
    }


def _hits_of(seen: Exported, layer: Layer, compared: Compared) -> dict[str, Told]:
    """Return the findings for one layer with what else they say, the likeliest first."""
    for sums in seen.sums(layer):
        one = Requantized(
            layer=layer,
            layout=seen.layout,
            sums=sums,
            multiplier=seen.multiplier(layer),
            found=compared.numbers.values,
        )
        found = {} if one.is_constant else dict(_hits(seen, one))
        if found:
            return found
    return {}


def _hits(seen: Exported, one: Requantized) -> Iterator[tuple[str, Told]]:
    """Yield the findings that reproduce what followed a layer, with what else they say."""
    for places in _SHIFTS:
        if one.is_made_by(one.clamped(one.product >> places)):
            yield "parameters-shift-differs", {"places": places}
    for finding, predict in PREDICTIONS.items():
        if one.is_made_by(*predict(one)):
            yield finding, {"low": float(one.found.min()), "high": float(one.found.max())}
    for other in seen.layout.weighted:
        if other is not one.layer and one.is_made_by(_with(one, seen.multiplier(other))):
            yield "parameters-scale-of-another-layer", {"other": other.module}
    yield from _rows_of_others(one)
    yield from _other_multiplier(one)
    step = _ratio(one.found, _with(one, one.multiplier))
    if step is not None:
        yield "parameters-inputs-real", {"step": step}


def _ratio(found: Floats, expected: Integers) -> float | None:
    """Return the one number by which *expected* has to be multiplied to give *found*."""
    if not np.any(expected):
        return None
    step = float((found * expected).sum() / (expected * expected).sum())
    return step if np.allclose(found, expected * step, rtol=1e-5, atol=1e-9) else None


def _with(one: Requantized, multiplier: int) -> Integers:
    return arithmetic.requantized(one.sums, multiplier, one.layer, one.layout)


def _rows_of_others(one: Requantized) -> Iterator[tuple[str, Told]]:
    name = one.layer.block
    for found in _other_images(_with(one, one.multiplier), one.found, name):
        yield found.finding, {**found.values, "file": name}


def _other_multiplier(one: Requantized) -> Iterator[tuple[str, Told]]:
    """Yield the one other scale that makes the integers found, read from their intervals."""
    inside = (one.found < one.layout.quant_max) & (one.found > 0) & (one.sums > 0)
    if inside.sum() < FEWEST:
        return
    sums, found = one.sums[inside].astype(np.float64), one.found[inside]
    whole = 1 << one.layout.fraction_bits
    low, high = float((found / sums).max()) * whole, float(((found + 1) / sums).min()) * whole
    multiplier = int(np.ceil(low))
    if low < high and multiplier < high and one.is_made_by(_with(one, multiplier)):
        yield "parameters-scale-differs", {"scale": one.multiplier, "other": multiplier}


def _explain_pooling(seen: Exported) -> Iterator[Fit]:
    """Yield that a pooling layer takes the mean of each window, rounded in one way or another."""
    for layer in seen.layout.layers:
        if layer.spec.has_weights:
            continue
        mean = arithmetic.averaged(layer, seen.entering(layer))
        ways = (np.floor(mean), np.rint(mean), np.trunc(mean), mean)
        if any(np.array_equal(seen.leaving(layer), way) for way in ways):
            yield fit("parameters-average-pooling", block=layer.block)
