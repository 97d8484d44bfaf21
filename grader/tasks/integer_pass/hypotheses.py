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
from grader.baseline.replay import OUTPUT, rounded
from grader.border.conventions import Floats
from grader.tasks.hypotheses import source
from grader.tasks.hypotheses.fit import Fit, fit
from grader.tasks.integer_pass.places import TIE, Place, added_up, alike, find_places, spoken
from grader.tasks.integer_pass.pooling import explain_pooling
from grader.tasks.integer_pass.seen import ForwardAnswers, all_alike
from grader.words.message import say
from grader.words.numbers import percent
from reference.spec import NetworkSpec

FEWEST = 20  # values that are neither zero nor clamped, from which a multiplier is read
CLAMPED = 127.0
_BEYOND = "forward-clamped-to-other-edges"


Prediction = Callable[[Place], Floats]


def _clip(values: Floats) -> Floats:
    return np.clip(values, -128, 127)


def _scaled(p: Place) -> Floats:
    return p.sums * p.multiplier


def _clipped_one_too_far(p: Place) -> Floats:
    """Return the integers clamped one beyond the edges, at the ends where that was seen."""
    low, high = float(p.seen.min()), float(p.seen.max())
    ends = (-129.0 if low < -128.0 else -128.0, 128.0 if high > 127.0 else 127.0)
    return np.clip(np.rint(_scaled(p)), *ends)


PREDICTIONS: Mapping[str, Prediction] = {
    "forward-relu-missing": lambda p: rounded(p.bare * p.multiplier),
    "forward-clamped-to-unsigned": lambda p: np.clip(np.rint(_scaled(p)), 0, 255),
    "forward-clamped-to-4-bits": lambda p: np.clip(np.rint(_scaled(p)), -8, 7),
    "forward-not-clamped": lambda p: np.rint(_scaled(p)),
    _BEYOND: _clipped_one_too_far,
    "forward-not-rounded": lambda p: _clip(_scaled(p)),
    "forward-rounds-only-at-the-end": _scaled,
    "forward-clamps-before-scaling": lambda p: np.rint(_clip(p.sums) * p.multiplier),
    "forward-divides-by-scale": lambda p: rounded(p.sums / p.multiplier),
    "forward-scale-applied-twice": lambda p: rounded(rounded(_scaled(p)) * p.multiplier),
    "forward-layer-not-quantized": lambda p: p.sums,
    "forward-dequantizes-between-layers": lambda p: rounded(_scaled(p)) / p.multiplier,
}
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
    stub_shape: tuple[int, ...] | None = None,
) -> list[Fit]:
    """
    Return the altered passes that reproduce every wrong place.

    *stub_shape* is that of the tensor which the template returns before it is filled in.
    Where all places are right with the network's own scales, the pass whose layers clip is
    looked at.
    """
    found = _explain_output_alone(answers, stub_shape)
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


def _explain_output_alone(
    answers: ForwardAnswers, stub_shape: tuple[int, ...] | None
) -> list[Fit]:
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
    if stub_shape is not None and (all_alike(output) or not answers.trace.entering):
        rows, remainder = divmod(len(output), stub_shape[0])
        if rows and not remainder and output.shape[1:] == stub_shape[1:]:
            return [fit("template-stub", value=say("value", "stub-tensor", shape=stub_shape))]
    return []


def _explain_unseen(answers: ForwardAnswers) -> list[Fit]:
    """Return whether a pass gave scores without running any of the layers."""
    output, exact = answers.trace.output, answers.replay.output
    if output is None or output.shape != exact.shape or answers.equals_replay:
        return []
    if all_alike(output):
        return [fit("input-ignored")]
    same = float(np.mean(output.argmax(axis=1) == exact.argmax(axis=1)))
    return [fit("forward-layers-not-run", layers=", ".join(answers.layers), share=percent(same))]


# -- hypotheses at one place --------------------------------------------------------------------


def candidates_of(place: Place, code: ast.AST | None) -> dict[str, str]:
    """Return the findings that reproduce what was seen at a place, with a detail for each."""
    found = {
        name: "" for name, predict in PREDICTIONS.items() if _reproduces(place, name, predict)
    }
    if _BEYOND in found:  # all else that fits, fits by what one step hides
        return {name: "" for name in ("forward-not-clamped", _BEYOND) if name in found}
    if place.is_last and "forward-relu-missing" in found:
        found["forward-relu-on-logits"] = found.pop("forward-relu-missing")
    if "forward-layer-not-quantized" in found:
        name = {"": "forward-input-not-quantized"}.get(place.layer, "forward-layer-not-quantized")
        found.pop("forward-layer-not-quantized")
        found["forward-last-layer-not-quantized" if place.is_last else name] = ""
    for name, multiplier in sorted(
        place.others.items(), key=lambda other: not source.mentions(code, other[0])
    ):
        near = abs(multiplier / place.multiplier - 1.0) < 1e-9
        if not near and alike(place.seen, rounded(place.sums * multiplier)):
            found["forward-scale-of-another-layer"] = name
            break
    return found or _other_multiplier(place, code)


def _reproduces(place: Place, name: str, predict: Prediction) -> bool:
    predicted = predict(place)
    if name == "forward-dequantizes-between-layers":
        return alike(place.seen * place.multiplier, predicted * place.multiplier)
    whole = bool(np.all(place.seen == np.rint(place.seen)))
    if name in ("forward-clamps-before-scaling", "forward-relu-missing") and not place.layer:
        return False  # there is no sum before the images
    if name == _BEYOND and place.seen.min() >= -128.0 and place.seen.max() <= CLAMPED:
        return False
    if name in _FLOATS:
        exactly = np.abs(place.seen - predicted) <= 1e-3 + 1e-5 * np.abs(predicted)
        return bool(exactly.all()) and (not whole or name == "forward-layer-not-quantized")
    return whole and alike(place.seen, predicted)


def _other_multiplier(place: Place, code: ast.AST | None) -> dict[str, str]:
    """Return the one multiplier that makes the integers seen, read from their intervals."""
    inside = (np.abs(place.seen) < CLAMPED) & (place.seen != 0) & (place.sums * place.seen > 0)
    if inside.sum() < FEWEST:
        return {}
    sums, seen = np.abs(place.sums[inside]), np.abs(place.seen[inside])
    low, high = float(((seen - 0.501) / sums).max()), float(((seen + 0.501) / sums).min())
    middle = (low + high) / 2
    if not low <= high or not alike(place.seen, rounded(place.sums * middle)):
        return {}
    low, high = sorted(place.written(end) for end in (low, high))
    slack = 1e-9 * high
    written = [n for n in source.numbers_in(code) if low - slack <= n <= high + slack]
    if written:
        return {"forward-scale-hard-coded": f"{written[0]:.6g}"}
    return {"forward-scale-differs": f"{place.written(middle):.5g}"}


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
    fits = backed or fits
    places = {name: sum(name in c for c in candidates.values()) for name in fits}
    most = max(places.values(), default=0)
    fits = [name for name in fits if places[name] == most]
    return fits if len(fits) <= 2 else []


def _is_backed(name: str, place: Place, code: ast.AST | None) -> bool:
    own = f"{place.layer}.output_scale" if place.layer else "input_scale"
    return {
        "forward-divides-by-scale": lambda: source.divides(code, own),
        "forward-dequantizes-between-layers": lambda: source.divides(code, own),
        "forward-input-not-quantized": lambda: code is not None and not source.mentions(code, own),
        "forward-not-clamped": lambda: code is not None and not source.clamps(code),
        _BEYOND: lambda: source.clamps(code),
        "forward-not-rounded": lambda: code is not None and not source.mentions(code, "round"),
        "forward-rounds-only-at-the-end": lambda: source.mentions(code, "round") == 1,
        "forward-clamped-to-unsigned": lambda: 255.0 in source.numbers_in(code),
        "forward-relu-on-logits": lambda: source.mentions(code, "relu") > 0,
        "forward-scale-applied-twice": lambda: source.mentions(code, own) > 1,
        "forward-clamps-before-scaling": lambda: source.multiplies_clamped(code),
        "forward-scale-of-another-layer": lambda: (
            not source.mentions(code, own) and source.mentions(code, "scale") > 0
        ),
    }.get(name, lambda: False)()


# -- showing ------------------------------------------------------------------------------------


def _shown(
    name: str, places: Sequence[Place], candidates: Mapping[str, Mapping[str, str]] | None = None
) -> Fit:
    place = places[0]
    right = rounded(_scaled(place))
    error = np.abs(np.nan_to_num(place.seen, nan=np.inf) - right)
    if name in ("forward-not-rounded", "forward-rounds-only-at-the-end"):
        error = np.abs(place.seen - np.rint(place.seen))
    inside = np.where(np.abs(place.seen) < CLAMPED, error, 0.0)
    if inside.max() > TIE:  # any large factor puts a value on the edge
        error = inside
    worst = int(error.argmax())
    detail = (candidates or {}).get(place.name, {}).get(name, "")
    shown = fit(
        name,
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
