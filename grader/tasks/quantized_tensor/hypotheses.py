"""Known mistakes in ``quantized_weights``, recognised by its integers and scales."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from grader.border.answers import WeightAnswer
from grader.border.conventions import Floats
from grader.editions.rubric import Thresholds
from grader.tasks.conduct import ROUNDING_TOLERANCE
from grader.tasks.hypotheses import source
from grader.tasks.hypotheses.fit import Fit, constant, fit, place_of
from grader.tasks.hypotheses.ranges import Sample, explain_range, show
from grader.tasks.quantized_tensor.seen import WeightAnswers
from grader.words.numbers import percent
from reference.spec import QuantScheme

# float32 products of values up to 255.
PRODUCT_TOLERANCE = 2e-4
# A range that is symmetric about zero has no zero-point in a scheme that gives others one.
FEW_ZEROS = 0.01  # a sign is zero where a weight is
_SHIFTED = "weights-shifted-by-zero-point"
_BEYOND = "weights-clamped-to-other-edges"
DIFFERENT = 1.05  # scales of two channels, as a quotient


def explain_range_of_weights(answers: WeightAnswers, limits: Thresholds) -> list[Fit]:
    """Return the rule that reproduces every returned scale, where it is a wrong one."""
    samples = _samples(answers, answers.all)
    return explain_range("weights", samples, limits.lowest_level, limits.highest_level)


def explain_integers(
    answers: WeightAnswers, scheme: QuantScheme, code: ast.AST | None = None
) -> list[Fit]:
    """Return the altered quantizations that reproduce every tensor that was returned."""
    every = answers.all
    if any(a.integers.shape != a.weights.shape for a in every):
        return explain_shape(every)
    found = [
        fit(finding, **_show(answers, finding, scheme))
        for finding, reproduces in _ALTERED.items()
        if all(reproduces(a, scheme) for a in every)
        and _is_left_by(finding, every, scheme, code)
        and (finding != _SHIFTED or any(zero_point(a, scheme) for a in every))
    ]
    return (
        found or _explain_other_scale(answers, scheme) or _explain_other_channels(answers, scheme)
    )


def _is_left_by(
    finding: str, every: Sequence[WeightAnswer], scheme: QuantScheme, code: ast.AST | None
) -> bool:
    """Return whether the source, or what lies one beyond the edges, does not speak against it."""
    if finding == _BEYOND:
        ends = (scheme.quant_min, scheme.quant_max)
        reached = any(a.integers.min() < ends[0] or a.integers.max() > ends[1] for a in every)
        return reached and (code is None or source.clamps(code))
    if finding == "weights-not-clamped":
        return not (source.clamps(code) and all(_is_clamped_beyond(a, scheme) for a in every))
    return True


def explain_few_bits(answers: WeightAnswers) -> list[Fit]:
    """Return whether every layer's weights became one of two or three integers."""
    own = (*answers.own.values(), *answers.biased.values())
    values = {float(n) for a in answers.all for n in np.unique(a.integers)}
    signed = all(a.integers.size and a.integers.min() < 0 < a.integers.max() for a in own)
    if not signed or not values <= {-1.0, 0.0, 1.0}:
        return []
    zeros = max(float((a.integers == 0).mean()) for a in own)
    shown = {"place": own[0].probe, "zeros": percent(float((own[0].integers == 0).mean()))}
    return [fit("weights-ternary" if zeros > FEW_ZEROS else "weights-one-bit", **shown)]


def _samples(answers: WeightAnswers, chosen: Sequence[WeightAnswer]) -> list[Sample]:
    own = (*answers.own, *answers.biased)
    return [
        Sample(
            place=place_of(a.probe, own),
            values=a.weights.astype(np.float64),
            multiplier=1.0 / a.step,
            form=a.form,
        )
        for a in chosen
    ]


# -- integers -----------------------------------------------------------------------------------


def _is_inverted(a: WeightAnswer, scheme: QuantScheme) -> bool:
    """Return whether the weights were divided by the number that was returned to multiply by."""
    return _near(a.integers, _clipped(a.weights * a.step, scheme), ROUNDING_TOLERANCE)


def _is_unsigned(a: WeightAnswer, scheme: QuantScheme) -> bool:
    highest = 2 * scheme.quant_max + 1
    return _near(a.integers, np.clip(a.scaled, 0, highest), ROUNDING_TOLERANCE)


def _is_dequantized(a: WeightAnswer, scheme: QuantScheme) -> bool:
    back = a.integers / a.step
    whole = _near(back, np.rint(back), PRODUCT_TOLERANCE)
    return whole and _near(back, _clipped(a.scaled, scheme), ROUNDING_TOLERANCE)


def _is_not_rounded(a: WeightAnswer, scheme: QuantScheme) -> bool:
    return _near(a.integers, _clipped(a.scaled, scheme), PRODUCT_TOLERANCE)


def _is_not_clamped(a: WeightAnswer, _scheme: QuantScheme) -> bool:
    return bool(np.all(a.integers == np.rint(a.integers))) and _near(
        a.integers, a.scaled, ROUNDING_TOLERANCE
    )


def _is_clamped_beyond(a: WeightAnswer, scheme: QuantScheme) -> bool:
    """Return whether a tensor is clamped, but one beyond an edge of the integers."""
    low, high = scheme.quant_min - 1, scheme.quant_max + 1
    ends = (min(float(a.integers.min()), scheme.quant_min), max(float(a.integers.max()), high - 1))
    whole = bool(np.all(a.integers == np.rint(a.integers)))
    inside = low <= ends[0] and ends[1] <= high
    return whole and inside and _near(a.integers, np.clip(a.scaled, *ends), ROUNDING_TOLERANCE)


def _is_rounded_first(a: WeightAnswer, scheme: QuantScheme) -> bool:
    """Return whether the weights were rounded, and scaled afterwards."""
    product = np.rint(a.weights).astype(np.float64) / a.step
    ends = (product, _clipped(product, scheme))
    return any(_near(a.integers, end, PRODUCT_TOLERANCE) for end in ends)


def _is_centred(a: WeightAnswer, scheme: QuantScheme) -> bool:
    """Return whether the weights' mean was subtracted before they were scaled."""
    weights = a.weights.astype(np.float64)
    centred = (weights - weights.mean()) / a.step
    return _near(a.integers, _clipped(centred, scheme), ROUNDING_TOLERANCE)


def _is_shifted(a: WeightAnswer, scheme: QuantScheme) -> bool:
    if not np.array_equal(a.integers, np.rint(a.integers)):
        return False
    shifted = _clipped(a.scaled + zero_point(a, scheme), scheme)
    return _near(a.integers, shifted, ROUNDING_TOLERANCE)


_ALTERED: Mapping[str, Callable[[WeightAnswer, QuantScheme], bool]] = {
    "weights-scale-inverted": _is_inverted,
    "weights-clamped-to-unsigned": _is_unsigned,
    "weights-dequantized": _is_dequantized,
    "weights-not-rounded": _is_not_rounded,
    "weights-not-clamped": _is_not_clamped,
    _BEYOND: _is_clamped_beyond,
    "weights-rounded-before-scaling": _is_rounded_first,
    "weights-mean-subtracted": _is_centred,
    _SHIFTED: _is_shifted,
}


def zero_point(a: WeightAnswer, scheme: QuantScheme) -> float:
    """Return by how much the integers that are not clamped lie off the scaled weights."""
    inside = (a.integers > scheme.quant_min) & (a.integers < scheme.quant_max)
    if not inside.any():
        return 0.0
    return float(np.rint(np.median((a.integers - a.scaled)[inside])))


def _explain_other_scale(answers: WeightAnswers, scheme: QuantScheme) -> list[Fit]:
    """Return whether the integers belong to another scale than the one that was returned."""
    if not all(np.array_equal(a.integers, np.rint(a.integers)) for a in answers.all):
        return []
    made_with = [_multiplier_of(a, scheme) for a in answers.all]
    known = [n for n in made_with if n is not None]
    if len(known) < len(made_with) or constant(
        [n * a.step for n, a in zip(known, answers.all, strict=True)]
    ) in (None, 1.0):
        return []
    sample = _samples(answers, answers.all[:1])[0]
    made = sample.written(known[0])
    return [fit("weights-scale-of-other-integers", made_with=made, **show(sample))]


def _explain_other_channels(answers: WeightAnswers, scheme: QuantScheme) -> list[Fit]:
    """Return whether each output channel's integers belong to a scale of its own."""
    widest: tuple[float, WeightAnswer, list[float]] | None = None
    for a in (a for a in answers.all if a.weights.ndim > 1):
        rows = zip(a.weights, a.integers, strict=True)
        made_with = [_multiplier_of(replace(a, weights=w, integers=n), scheme) for w, n in rows]
        known = [n for n in made_with if n]
        if len(known) < len(made_with):
            return []
        ratio = max(known) / min(known)
        if widest is None or ratio > widest[0]:
            widest = (ratio, a, known)
    if widest is None or widest[0] < DIFFERENT:
        return []
    _, a, known = widest
    place = place_of(a.probe, (*answers.own, *answers.biased))
    scales = [a.written(1.0 / multiplier) for multiplier in known]
    shown = {"place": place, "low": min(scales), "high": max(scales)}
    return [fit("weights-integers-per-channel", **shown, scale=a.written(a.step))]


def _multiplier_of(a: WeightAnswer, scheme: QuantScheme) -> float | None:
    """Return a multiplier that makes exactly these integers, from the intervals of each."""
    inside = (np.abs(a.integers) < scheme.quant_max) & (a.integers != 0)
    if not inside.any():
        return None
    weights, integers = np.abs(a.weights[inside]).astype(np.float64), np.abs(a.integers[inside])
    low = float(((integers - ROUNDING_TOLERANCE) / weights).max())
    high = float(((integers + ROUNDING_TOLERANCE) / weights).min())
    middle = (low + high) / 2
    fits = low <= high and _near(a.integers, _clipped(a.weights * middle, scheme), 1.0)
    return middle if fits else None


# -- shape and scale ----------------------------------------------------------------------------


def explain_shape(answers: Sequence[WeightAnswer]) -> list[Fit]:
    """Return whether tensors came back with the right values in another shape."""
    changed = [a for a in answers if a.integers.shape != a.weights.shape]
    if not changed or not all(
        a.integers.size == a.weights.size and _same_values(a.integers, a.scaled) for a in answers
    ):
        return []
    worst = changed[0]
    return [
        fit(
            "weights-shape-changed",
            place=worst.probe,
            expected=worst.weights.shape,
            actual=worst.integers.shape,
        )
    ]


def explain_per_channel(answers: WeightAnswers, scheme: QuantScheme) -> list[Fit]:
    """Return whether every tensor came with one scale for each of its output channels."""
    shown = []
    for a in (a for a in answers.all if a.weights.ndim > 1):  # else there are no channels
        parts = a.whole.items if a.whole is not None else ()
        if len(parts) != 2 or any(part.kind not in ("tensor", "array") for part in parts):
            return []
        scales = np.asarray(parts[1].data, dtype=np.float64).reshape(-1)
        if len(scales) != len(a.weights) or len(np.unique(scales)) == 1:
            return []
        spread = scales.reshape(-1, *[1] * (a.weights.ndim - 1))
        integers = np.asarray(parts[0].data, dtype=np.float64)
        if integers.shape != a.weights.shape or not any(
            _near(integers, _clipped(a.weights * n, scheme), ROUNDING_TOLERANCE)
            for n in (spread, 1.0 / spread)
        ):
            return []
        shown.append((a.probe, len(scales), float(scales.min()), float(scales.max())))
    place, count, low, high = shown[0]
    return [fit("weights-scale-per-channel", place=place, count=count, low=low, high=high)]


def _show(answers: WeightAnswers, finding: str, scheme: QuantScheme) -> dict[str, object]:
    """Return the numbers of the weight that shows a mistake best."""
    best: tuple[float, WeightAnswer, int] | None = None
    for a in answers.all:
        error = np.abs(a.integers - np.rint(_clipped(a.scaled, scheme))).reshape(-1)
        worst = int(error.argmax())
        if best is None or error[worst] > best[0]:
            best = (float(error[worst]), a, worst)
    assert best is not None
    _, a, i = best
    own = (*answers.own, *answers.biased)
    multiplier = a.step if finding == "weights-scale-inverted" else 1.0 / a.step
    right = _clipped(a.weights * multiplier, scheme).reshape(-1)[i]
    return {
        "place": place_of(a.probe, own),
        "weight": float(a.weights.reshape(-1)[i]),
        "scale": a.written(a.step),
        "inverse": 1.0 / a.written(a.step),
        "product": float(a.weights.reshape(-1)[i]) / a.step,
        "actual": float(a.integers.reshape(-1)[i]),
        "expected": float(np.rint(right)),
        "zero_point": float(np.rint(zero_point(a, scheme))),
    }


def _same_values(integers: Floats, scaled: Floats) -> bool:
    given, found = np.sort(scaled.reshape(-1)), np.sort(integers.reshape(-1))
    return bool(np.all(np.abs(found - np.clip(given, -128, 127)) <= 1.0))


def _clipped(values: Floats, scheme: QuantScheme) -> Floats:
    return np.clip(values.astype(np.float64), scheme.quant_min, scheme.quant_max)


def _near(found: Floats, predicted: Floats, tolerance: float) -> bool:
    # Some clamp at -127: between -128 and -127 both are alike.
    low = np.maximum(found, -127) - np.maximum(predicted, -127)
    error = np.where((found >= -128) & (predicted >= -128), low, found - predicted)
    return bool(np.all(np.abs(error) <= tolerance))
