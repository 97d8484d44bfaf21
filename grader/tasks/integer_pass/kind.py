"""A forward pass on integers, compared at every layer with its exact replay."""

from __future__ import annotations

from dataclasses import replace

from grader.baseline.chain import Chain, reference_steps
from grader.border.conventions import Floats, from_step
from grader.border.probes import Probe
from grader.editions.schema import Role, TaskSpec
from grader.measurements import Facts, FunctionFacts
from grader.model import CheckResult
from grader.tasks import remarks
from grader.tasks.chains import CHAINED, chain_of
from grader.tasks.hypotheses.fit import Fit, fit
from grader.tasks.integer_pass import checks, hypotheses
from grader.tasks.integer_pass.forms import rounded_up
from grader.tasks.integer_pass.observe import draw_sample, observe_pass
from grader.tasks.integer_pass.passes import PASSES
from grader.tasks.integer_pass.seen import ForwardAnswers
from grader.tasks.run import FailedTask, Run, TaskKind
from reference.spec import Rounding

# Enough that a pass which differs on one image in a hundred is seen all but surely, 1 - 0.99^1000.
SECRET_IMAGES = 1000
CLIPPING_IMAGES = 256


def _observe(run: Run, _task: TaskSpec) -> ForwardAnswers:
    """Build the student's network and replay exactly all that enters its layers."""
    chain = chain_of(run, run.baseline.plain)
    class_name = run.edition.file.scaffold.quantized_network
    seen = observe_pass(run, draw_sample(run, Probe.QUANTIZED, SECRET_IMAGES), chain, class_name)
    if not seen.trace.usable:
        return seen
    sample = draw_sample(run, Probe.CLIPPING, CLIPPING_IMAGES)
    return replace(seen, clipping=observe_pass(run, sample, _clipping(run, chain), class_name))


def _clipping(run: Run, chain: Chain) -> Chain:
    """
    Return the chain with scales by which every layer clips, handed to the network as they are.

    The reference's steps of the layers fit what comes in; what comes in is three times as large.
    """
    steps = reference_steps(chain.network, chain.weights, chain.input_step, run.edition.scheme)
    given: dict[str, TaskSpec]
    given = {role: run.giver(role).spec for role in (Role.INPUT_SCALE, Role.REQUANTIZE_SCALE)}
    return replace(
        chain,
        input_step=chain.input_step / 3.0,
        steps=steps,
        played_back={**chain.played_back, **given},
    )


def _judge(run: Run, _task: TaskSpec, seen: ForwardAnswers) -> tuple[CheckResult, ...]:
    return checks.judge(seen, run.edition.scheme)


def _explain(lost: FailedTask[ForwardAnswers]) -> list[Fit]:
    seen, chain = lost.seen, lost.run.chain
    if chain is None:
        return []
    spec = lost.run.edition.network
    if "depends" in lost.failed and seen.trace.entering:
        return hypotheses.explain_alike(seen, chain, spec, lost.code)
    return hypotheses.explain(seen, chain, spec, lost.code, lost.task.stub)


def _rounded(seen: ForwardAnswers) -> list[tuple[Floats, Floats]]:
    reals, found = seen.replay.reals, seen.seen_at
    return [(reals[name], found[name]) for name in reals if name in found]


def _rounded_up(run: Run, seen: ForwardAnswers) -> Fit | None:
    """Show a value that was rounded up, in the form of the sheet's that the pass takes."""
    edge = run.edition.scheme.quant_max
    for name, actual in seen.seen_at.items():
        real = rounded_up(actual, seen.replay, name, edge)
        if real is not None:
            shows = (real > 0.0).reshape(-1)
            seen_up = [(real.reshape(-1)[shows], actual.reshape(-1)[shows])]
            return remarks.truncated(seen_up, edge)
    return None


def _fixed_point(run: Run, seen: ForwardAnswers) -> Fit | None:
    """Return the first layer whose multiplier was rounded to binary places, and to how many."""
    replay, edge = seen.replay, run.edition.scheme.quant_max
    for name, actual in seen.seen_at.items():
        places = checks.fixed_point_places(name, actual, replay, edge)
        if places is not None:
            multiplier = replay.multipliers[name]
            return fit(
                "fixed-point-multiplier",
                place=name,
                multiplier=from_step(1.0 / multiplier, seen.forms.layers),
                whole=round(multiplier * 2.0**places),
                places=places,
            )
    return None


def _facts(run: Run, _task: TaskSpec, seen: ForwardAnswers | None) -> Facts:
    """Return how the pass requantizes; nothing where its integers are not those of a replay."""
    if seen is None or not seen.trace.usable or not checks.agrees(seen, run.edition.scheme):
        return Facts()
    scheme = checks.scheme_of(seen, run.edition.scheme)
    if scheme is None:
        return Facts()
    whole = scheme.fraction_bits is not None
    rounding = scheme.shift_rounding if whole else scheme.rounding
    how = "divisor" if scheme.divides else "fixed_point" if whole else "float"
    low, high = _clamp(seen.clipping)
    return Facts(
        function=FunctionFacts(
            rounding=(Rounding.FLOOR if scheme.divides else rounding).value,
            input_rounding=(
                Rounding.FLOOR if scheme.input_divides else scheme.input_rounding
            ).value,
            requantizing=how,
            fraction_bits=scheme.fraction_bits if how == "fixed_point" else None,
            clamp_low=low,
            clamp_high=high,
        )
    )


def _clamp(clipping: ForwardAnswers | None) -> tuple[float | None, float | None]:
    """Return the ends of what a pass lets through by whose scales every layer clips."""
    if clipping is None or not clipping.trace.usable or not clipping.seen_at:
        return None, None
    seen = clipping.seen_at.values()
    return min(float(x.min()) for x in seen), max(float(x.max()) for x in seen)


KIND = TaskKind(
    name="integer_pass",
    checks=checks.CHECKS,
    observe=_observe,
    judge=_judge,
    answers=lambda seen: (seen.trace,),
    explain=_explain,
    explain_error=_explain,
    takes=CHAINED,
    accuracy=checks.forward_keeps_accuracy,
    passes=PASSES,
    remarks={
        "fixed-point-multiplier": _fixed_point,
        remarks.ROUNDS_DOWN: remarks.truncation(_rounded),
        remarks.ROUNDS_UP: _rounded_up,
    },
    facts=_facts,
)
