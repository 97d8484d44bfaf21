"""
Known mistakes in the quantized forward pass, told place by place.

A place is what enters a weighted layer, or the last layer's output. It is recomputed from the
integers that *entered the layer before it*, so each place shows its own mistake and no other's.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from grader.baseline.chain import Chain
from grader.baseline.replay import OUTPUT
from grader.editions.schema import StubTable
from grader.tasks.hypotheses.fit import Fit, fit
from grader.tasks.integer_pass.mistakes import shifts
from grader.tasks.integer_pass.mistakes.places import (
    TIE,
    Place,
    added_up,
    clipped,
    find_places,
    spoken,
)
from grader.tasks.integer_pass.mistakes.pooling import explain_pooling
from grader.tasks.integer_pass.mistakes.predictions import (
    Mistake,
    candidates_of,
    is_backed,
    reproduces,
)
from grader.tasks.integer_pass.mistakes.shifts import CLAMPED
from grader.tasks.integer_pass.seen import ForwardAnswers, all_alike
from grader.words.message import Message, say
from grader.words.numbers import percent
from reference.spec import NetworkSpec

NO_STUB = StubTable()
SHARES_TOLERANCE = 1e-3  # of a row that adds up to 1 after a softmax in float32
SAME_CLASSES = 0.9  # share of images for which returned numbers are the classes


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
    once = {one.finding: one for one in reversed(pooled.values())}  # the first place of each
    if not candidates:
        return [*once.values()] or None
    stopped = answers.trace.error is not None and places[-1].name not in candidates
    told = [] if stopped else _explain_places(places, candidates, code)
    return [*once.values(), *told]


def _explain_places(
    places: Sequence[Place], candidates: Mapping[str, dict[str, str]], code: ast.AST | None
) -> list[Fit]:
    """Return the findings for the places of which there are *candidates*, by their names."""
    wrong = [place for place in places if place.name in candidates]
    if _rounds_at_the_end(places, candidates):
        return [_shown(Mistake.ROUNDED_LAST, wrong)]
    if places and places[-1].is_last:
        _settle_on_not_rounded(candidates)
    shifts.settle_on_one(wrong, candidates)
    chosen = {p.name: _choose(p, candidates, code) for p in wrong}
    names = dict.fromkeys(name for found in chosen.values() for name in found)
    return [
        _shown(name, [p for p in wrong if name in chosen[p.name]], candidates) for name in names
    ]


def _settle_on_not_rounded(candidates: Mapping[str, dict[str, str]]) -> None:
    """Rename floats in some places, where not all of the hidden ones are floats."""
    for fits in candidates.values():
        if fits.pop(Mistake.ROUNDED_LAST, None) is not None:
            fits[Mistake.NOT_ROUNDED] = ""


def _explain_output_alone(answers: ForwardAnswers, stub: StubTable) -> list[Fit]:
    """Return what the shape of the output says: classes instead of scores, the template's rows."""
    output, replayed = answers.trace.output, answers.replay.output
    if output is None:
        return []
    if output.shape == replayed.shape:
        shares = output.min() >= 0.0 and np.allclose(
            output.sum(axis=1), 1.0, atol=SHARES_TOLERANCE
        )
        return [fit("forward-softmax")] if shares else []
    classes = replayed.argmax(axis=1)
    if output.size == len(classes) and np.mean(output.reshape(-1) == classes) > SAME_CLASSES:
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
    divided = (
        p
        for p in entering
        if is_backed(Mistake.DIVIDED, p, code) and reproduces(p, Mistake.DIVIDED)
    )
    return [_shown(Mistake.DIVIDED, [place]) for place in divided]


# -- hypotheses at one place --------------------------------------------------------------------


# -- choosing -----------------------------------------------------------------------------------


def _rounds_at_the_end(
    places: Sequence[Place], candidates: Mapping[str, Mapping[str, str]]
) -> bool:
    floats = {Mistake.NOT_ROUNDED, Mistake.ROUNDED_LAST}
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
    backed = [name for name in fits if is_backed(name, place, code)]
    if len(fits) > 1 and not backed and place.fraction_bits is not None:
        return []  # several ways of rounding: the numbers alone do not tell the fits apart
    fits = backed or fits
    places = {name: sum(name in c for c in candidates.values()) for name in fits}
    most = max(places.values(), default=0)
    fits = [name for name in fits if places[name] == most]
    return fits if len(fits) <= 2 else []


# -- showing ------------------------------------------------------------------------------------


def _shown(
    name: str, places: Sequence[Place], candidates: Mapping[str, Mapping[str, str]] | None = None
) -> Fit:
    place = places[0]
    right = place.right
    error = np.abs(np.nan_to_num(place.seen, nan=np.inf) - right)
    if name in (Mistake.NOT_ROUNDED, Mistake.ROUNDED_LAST):
        error = np.abs(place.seen - np.rint(place.seen))
    if name in (Mistake.NOT_CLAMPED, Mistake.OTHER_EDGES):
        error = np.where(place.seen == clipped(place.seen), 0.0, error)
    inside = np.where(np.abs(place.seen) < CLAMPED, error, 0.0)
    if inside.max() > TIE:  # any large factor puts a value on the edge
        error = inside
    worst = int(error.argmax())
    detail = (candidates or {}).get(place.name, {}).get(name, "")
    shown = fit(
        str(name),
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
