"""
Known mistakes in the quantized forward pass, told place by place.

A place is what enters a weighted layer, or the last layer's output. It is recomputed from the
integers that *entered the layer before it*, so each place shows its own mistake and no other's.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from grader.baseline.chain import Chain
from grader.baseline.replay import OUTPUT
from grader.border.conventions import Floats
from grader.editions.schema import ScaleForm, StubTable
from grader.tasks.hypotheses import source
from grader.tasks.hypotheses.fit import Fit, fit
from grader.tasks.integer_pass import shifts
from grader.tasks.integer_pass.places import (
    TIE,
    Place,
    added_up,
    alike,
    clipped,
    find_places,
    spoken,
)
from grader.tasks.integer_pass.pooling import explain_pooling
from grader.tasks.integer_pass.seen import ForwardAnswers, all_alike
from grader.tasks.integer_pass.shifts import CLAMPED, FEWEST, tells_scales
from grader.words.message import Message, say
from grader.words.numbers import percent
from reference.spec import NetworkSpec

MOSTLY_OFF = 0.05  # of a few values: where more are off, a mistake is ruled out
NO_STUB = StubTable()
_UNSIGNED = "forward-clamped-to-unsigned"
_INPUT_SCALE = "input_scale"
_BEYOND = "forward-clamped-to-other-edges"
_UNSCALED = "forward-layer-not-scaled"
_DIVIDED = "forward-divides-by-scale"
_TWICE = "forward-scale-applied-twice"


Prediction = Callable[[Place], Floats]


def _clipped_one_too_far(p: Place) -> Floats:
    """Return the integers clamped one beyond the edges, at the ends where that was seen."""
    low, high = float(p.seen.min()), float(p.seen.max())
    ends = (-129.0 if low < -128.0 else -128.0, 128.0 if high > 127.0 else 127.0)
    return np.clip(p.whole(p.sums), *ends)


PREDICTIONS: Mapping[str, Prediction] = {
    "forward-relu-missing": lambda p: clipped(p.whole(p.bare)),
    _UNSIGNED: lambda p: np.clip(p.whole(p.sums), 0, 255),
    "forward-clamped-to-4-bits": lambda p: np.clip(p.whole(p.sums), -8, 7),
    "forward-not-clamped": lambda p: p.whole(p.sums),
    _BEYOND: _clipped_one_too_far,
    "forward-not-rounded": lambda p: clipped(p.real),
    "forward-rounds-only-at-the-end": lambda p: p.real,
    "forward-clamps-before-scaling": lambda p: p.whole(clipped(p.sums)),
    _UNSCALED: lambda p: clipped(p.sums),
    "forward-wraps-around": lambda p: np.mod(p.whole(p.sums) + 128.0, 256.0) - 128.0,
    _DIVIDED: lambda p: clipped(p.way.whole(p.sums / p.multiplier)),
    _TWICE: lambda p: clipped(p.whole(clipped(p.whole(p.sums)))),
    "forward-layer-not-quantized": lambda p: p.sums,
    shifts.SHIFTED_FIRST: shifts.shifted_first,
    "forward-dequantizes-between-layers": lambda p: clipped(p.whole(p.sums)) / p.multiplier,
}
_OF_SUMS = (
    "forward-clamps-before-scaling",
    "forward-relu-missing",
    _UNSCALED,
    shifts.SHIFTED_FIRST,
)
_FLOATS = (
    "forward-not-rounded",
    "forward-rounds-only-at-the-end",
    "forward-layer-not-quantized",
)


def explain(
    answers: ForwardAnswers,
    chain: Chain,
    spec: NetworkSpec,
    code: ast.AST | None,
    stub: StubTable = NO_STUB,
) -> list[Fit]:
    """
    Return the altered passes that reproduce every wrong place.

    *stub* is what the template returns before it is filled in. Where all places are right with
    the network's own scales, the pass whose layers clip is looked at.
    """
    found = _explain_output_alone(answers, stub)
    if found or not answers.trace.entering:
        return found or _explain_unseen(answers)
    passes = [one for one in (answers, answers.clipping) if one is not None]
    explained = (_explain_pass(one, chain, spec, code) for one in passes)
    found = next((fits for fits in explained if fits is not None), [])
    output = answers.trace.output
    is_constant = output is not None and all_alike(output)
    return [fit("input-ignored")] if is_constant and not found else found


def _explain_pass(
    answers: ForwardAnswers, chain: Chain, spec: NetworkSpec, code: ast.AST | None
) -> list[Fit] | None:
    """Return the findings for one pass, ``None`` where nothing in it is wrong."""
    places = find_places(answers, chain, spec)
    candidates = {p.name: candidates_of(p, code) for p in places if p.is_wrong}
    plain = {p.name for p in places if not p.is_wrong or candidates[p.name]}
    pooled = explain_pooling(answers, spec, plain)
    candidates = {name: found for name, found in candidates.items() if name not in pooled}
    if not candidates:
        return [*pooled.values()] or None
    stopped = answers.trace.error is not None and places[-1].name not in candidates
    told = [] if stopped else _explain_places(places, candidates, code)
    return [*pooled.values(), *told]


def _explain_places(
    places: Sequence[Place], candidates: Mapping[str, dict[str, str]], code: ast.AST | None
) -> list[Fit]:
    """Return the findings for the places of which there are *candidates*, by their names."""
    wrong = [place for place in places if place.name in candidates]
    if _rounds_at_the_end(places, candidates):
        return [_shown("forward-rounds-only-at-the-end", wrong)]
    if places and places[-1].is_last:
        _settle_on_notrounded(candidates)
    chosen = {p.name: _choose(p, candidates, code) for p in wrong}
    names = dict.fromkeys(name for found in chosen.values() for name in found)
    return [
        _shown(name, [p for p in wrong if name in chosen[p.name]], candidates) for name in names
    ]


def _settle_on_notrounded(candidates: Mapping[str, dict[str, str]]) -> None:
    """Rename floats in some places, where not all of the hidden ones are floats."""
    for fits in candidates.values():
        if fits.pop("forward-rounds-only-at-the-end", None) is not None:
            fits["forward-not-rounded"] = ""


def _explain_output_alone(answers: ForwardAnswers, stub: StubTable) -> list[Fit]:
    """Return what the shape of the output says: classes instead of scores, the template's rows."""
    output, replayed = answers.trace.output, answers.replay.output
    if output is None:
        return []
    if output.shape == replayed.shape:
        shares = output.min() >= 0.0 and np.allclose(output.sum(axis=1), 1.0, atol=1e-3)
        return [fit("forward-softmax")] if shares else []
    classes = replayed.argmax(axis=1)
    if output.size == len(classes) and np.mean(output.reshape(-1) == classes) > 0.9:
        shape = f"{output.shape}"
        return [fit("forward-returns-classes", actual=shape, expected=f"{replayed.shape}")]
    value = _left_by_the_template(answers, stub)
    return [fit("template-stub", value=value)] if value is not None else []


def _left_by_the_template(answers: ForwardAnswers, stub: StubTable) -> Message | None:
    """Return what the output is where it is the template's, None where it is not."""
    output = answers.trace.output
    assert output is not None
    if stub.returns_argument and np.array_equal(output, answers.pixels):
        return say("value", "stub-argument")
    if stub.shape is not None and (all_alike(output) or not answers.trace.entering):
        rows, remainder = divmod(len(output), stub.shape[0])
        if rows and not remainder and output.shape[1:] == stub.shape[1:]:
            return say("value", "stub-tensor", shape=stub.shape)
    return None


def _explain_unseen(answers: ForwardAnswers) -> list[Fit]:
    """Return whether a pass gave scores without running any of the layers."""
    output, exact = answers.trace.output, answers.replay.output
    if output is None or output.shape != exact.shape or answers.equals_replay:
        return []
    if all_alike(output):
        return [fit("input-ignored")]
    same = float(np.mean(output.argmax(axis=1) == exact.argmax(axis=1)))
    return [fit("forward-layers-not-run", layers=", ".join(answers.layers), share=percent(same))]


def explain_alike(
    answers: ForwardAnswers, chain: Chain, spec: NetworkSpec, code: ast.AST | None
) -> list[Fit]:
    """Return whether all images enter as the same integers because their scale divides them."""
    entering = [p for p in find_places(answers, chain, spec) if not p.layer]
    divided = (p for p in entering if _is_backed(_DIVIDED, p, code) and _reproduces(p, _DIVIDED))
    return [_shown(_DIVIDED, [place]) for place in divided]


# -- hypotheses at one place --------------------------------------------------------------------


def candidates_of(place: Place, code: ast.AST | None) -> dict[str, str]:
    """Return the findings that reproduce what was seen at a place, with a detail for each."""
    found = {name: "" for name in PREDICTIONS if _reproduces(place, name)}
    if _BEYOND in found:  # all else that fits, fits by what one step hides
        return {name: "" for name in ("forward-not-clamped", _UNSIGNED, _BEYOND) if name in found}
    if place.is_last and "forward-relu-missing" in found:
        found["forward-relu-on-logits"] = found.pop("forward-relu-missing")
    if "forward-layer-not-quantized" in found:
        name = {"": "forward-input-not-quantized"}.get(place.layer, "forward-layer-not-quantized")
        found.pop("forward-layer-not-quantized")
        found["forward-last-layer-not-quantized" if place.is_last else name] = ""
    others = {} if _UNSCALED in found else place.others  # any large scale clips them alike
    for name, multiplier in sorted(
        others.items(), key=lambda other: not source.mentions(code, other[0])
    ):
        near = abs(multiplier / place.multiplier - 1.0) < 1e-9
        once = name == _INPUT_SCALE  # the images are scaled by it in every pass
        shown = tells_scales(place) or source.mentions(code, name) > once
        if shown and not near and _is_scaled_by(place, multiplier):
            found["forward-scale-of-another-layer"] = name
            break
    # What is scaled twice is zero, too.
    twice = _is_backed(_TWICE, place, code) or source.multiplies_clamped(code)
    twice = twice or shifts.SHIFTED_FIRST in found
    if not twice and shifts.is_rounded_away(place, code):
        found[shifts.ROUNDED_AWAY] = ""
    found |= shifts.explain_shift(place, code)
    return found or _other_multiplier(place, code)


def _is_scaled_by(place: Place, multiplier: float) -> bool:
    ways = place.in_every_way
    return any(alike(p.seen, clipped(p.whole(p.sums, multiplier))) for p in ways)


def _reproduces(place: Place, name: str) -> bool:
    """Return whether a mistake gives what was seen, in one of the ways to make integers of it."""
    few = place.few
    return any(
        _reproduces_mostly(replace(few, way=way), name)
        and _reproduces_exactly(replace(place, way=way), name)
        for way in place.ways
    )


def _reproduces_mostly(few: Place, name: str) -> bool:
    """Return whether a few values do not rule a mistake out."""
    off = np.abs(few.seen - PREDICTIONS[name](few))
    return bool(np.mean(off > 2.0 + 1e-3 * np.abs(few.seen)) < MOSTLY_OFF)


def _reproduces_exactly(place: Place, name: str) -> bool:
    predicted = PREDICTIONS[name](place)
    if name == "forward-dequantizes-between-layers":
        return alike(place.seen * place.multiplier, predicted * place.multiplier)
    whole = bool(np.all(place.seen == np.rint(place.seen)))
    if name in _OF_SUMS and not place.layer:
        return False  # there is no sum before the images
    if name == _BEYOND and place.seen.min() >= -128.0 and place.seen.max() <= CLAMPED:
        return False
    if name in _FLOATS:
        exactly = np.abs(place.seen - predicted) <= 1e-3 + 1e-5 * np.abs(predicted)
        return bool(exactly.all()) and (not whole or name == "forward-layer-not-quantized")
    return whole and alike(place.seen, predicted)


def _other_multiplier(place: Place, code: ast.AST | None) -> dict[str, str]:
    """Return the one multiplier that makes the integers seen, read from their intervals."""
    used = {way.whole for way in place.ways}
    roundings = [whole for whole in (np.rint, np.floor) if whole in used]
    every = (_multiplier_within(place, whole) for whole in roundings)
    ends = next((found for found in every if found is not None), None)
    if ends is None:
        return {}
    middle = sum(ends) / 2
    low, high = sorted(place.written(end) for end in ends)
    slack = 1e-9 * high
    written = [n for n in source.numbers_in(code) if low - slack <= n <= high + slack]
    if written:
        return {"forward-scale-hard-coded": f"{written[0]:.6g}"}
    return {"forward-scale-differs": f"{place.written(middle):.5g}"}


def _multiplier_within(
    place: Place, whole: Callable[[Floats], Floats]
) -> tuple[float, float] | None:
    """Return the smallest and the largest multiplier that give the integers by one rounding."""
    inside = (np.abs(place.seen) < CLAMPED) & (place.seen != 0) & (place.sums * place.seen > 0)
    if whole is np.floor:
        inside &= place.seen > 0
    if inside.sum() < FEWEST:
        return None
    below, above = (0.001, 1.001) if whole is np.floor else (0.501, 0.501)
    sums, seen = np.abs(place.sums[inside]), np.abs(place.seen[inside])
    low, high = float(((seen - below) / sums).max()), float(((seen + above) / sums).min())
    reproduces = low <= high and alike(place.seen, clipped(whole(place.sums * (low + high) / 2)))
    return (low, high) if reproduces else None


# -- choosing -----------------------------------------------------------------------------------


def _rounds_at_the_end(
    places: Sequence[Place], candidates: Mapping[str, Mapping[str, str]]
) -> bool:
    floats = {"forward-not-rounded", "forward-rounds-only-at-the-end"}
    hidden = [p.name for p in places if not p.is_last]
    return (
        OUTPUT not in candidates
        and len(places) > len(hidden)
        and all(floats & candidates.get(name, {}).keys() for name in hidden)
    )


def _choose(
    place: Place, candidates: Mapping[str, Mapping[str, str]], code: ast.AST | None
) -> list[str]:
    """Return the findings for a place: what its source backs, else what explains most places."""
    fits = [*candidates[place.name]]
    backed = [name for name in fits if _is_backed(name, place, code)]
    if len(fits) > 1 and not backed and place.fraction_bits is not None:
        return []  # several ways of rounding: the numbers alone do not tell the fits apart
    fits = backed or fits
    places = {name: sum(name in c for c in candidates.values()) for name in fits}
    most = max(places.values(), default=0)
    fits = [name for name in fits if places[name] == most]
    return fits if len(fits) <= 2 else []


def _is_backed(name: str, place: Place, code: ast.AST | None) -> bool:
    own = f"{place.layer}.output_scale" if place.layer else _INPUT_SCALE
    backs: Mapping[str, Callable[[], bool]] = {
        _DIVIDED: lambda: _misuses_scale(place, code, own),
        "forward-dequantizes-between-layers": lambda: source.divides(code, own),
        "forward-shift-missing": lambda: shifts.is_never_shifted(code, place.fraction_bits),
        "forward-input-not-quantized": lambda: code is not None and not source.mentions(code, own),
        "forward-not-clamped": lambda: _is_unclamped(code),
        _BEYOND: lambda: (
            source.clamps(code)
            and 255.0 not in source.numbers_in(code)
            and not _is_unclamped(code)
        ),
        _UNSCALED: lambda: not source.mentions(code, own) and source.mentions(code, "scale") > 0,
        "forward-wraps-around": lambda: source.mentions(code, "int8") > 0,
        shifts.ROUNDED_AWAY: lambda: True,
        shifts.SHIFTED_FIRST: lambda: True,
        "forward-not-rounded": lambda: code is not None and not source.mentions(code, "round"),
        "forward-rounds-only-at-the-end": lambda: source.mentions(code, "round") == 1,
        _UNSIGNED: lambda: 255.0 in source.numbers_in(code),
        "forward-relu-on-logits": lambda: source.mentions(code, "relu") > 0,
        _TWICE: lambda: (
            source.mentions(code, own) > 1 or source.mentions(code, f"self.{place.layer}") > 2
        ),
        "forward-clamps-before-scaling": lambda: source.multiplies_clamped(code),
        "forward-scale-of-another-layer": lambda: (
            not source.mentions(code, own) and source.mentions(code, "scale") > 0
        ),
    }
    return backs.get(name, lambda: False)()


def _is_unclamped(code: ast.AST | None) -> bool:
    """Return whether nothing is clamped, or only to the edges of 8 bits, as they are written."""
    if code is None or not source.clamps(code):
        return code is not None
    numbers = source.numbers_in(code)
    beyond = numbers.count(128.0) > numbers.count(-128.0) or 255.0 in numbers or -129.0 in numbers
    return 127.0 in numbers and not beyond


def _misuses_scale(place: Place, code: ast.AST | None, own: str) -> bool:
    """
    Return whether something is divided by a multiplier, or multiplied by a step.

    It is a layer's own where that is named, and any scale in a helper that is given one.
    """
    used = source.multiplies if place.form is ScaleForm.STEP else source.divides
    name = own if source.mentions(code, own) else own.rpartition(".")[2]
    named = source.multiplies(code, name) or source.divides(code, name)
    return used(code, name if named else "scale")


# -- showing ------------------------------------------------------------------------------------


def _shown(
    name: str, places: Sequence[Place], candidates: Mapping[str, Mapping[str, str]] | None = None
) -> Fit:
    place = places[0]
    right = place.right
    error = np.abs(np.nan_to_num(place.seen, nan=np.inf) - right)
    if name in ("forward-not-rounded", "forward-rounds-only-at-the-end"):
        error = np.abs(place.seen - np.rint(place.seen))
    if name in ("forward-not-clamped", _BEYOND):
        error = np.where(place.seen == clipped(place.seen), 0.0, error)
    inside = np.where(np.abs(place.seen) < CLAMPED, error, 0.0)
    if inside.max() > TIE:  # any large factor puts a value on the edge
        error = inside
    worst = int(error.argmax())
    detail = (candidates or {}).get(place.name, {}).get(name, "")
    shown = fit(
        name,
        **(shifts.numbers_of(place) if name in shifts.FINDINGS else {}),
        place=spoken(places),
        what=added_up(place),
        multiplier=place.written(place.multiplier),
        sum=float(place.sums[worst]),
        actual=float(place.seen[worst]),
        expected=float(right[worst]),
        detail=detail,
        low=float(place.seen.min()),
        high=float(place.seen.max()),
    )
    return replace(shown, form=place.form)
