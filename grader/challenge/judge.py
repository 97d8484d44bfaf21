"""Which parts of the challenge an answer is about, and what the tasks' own functions answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial

from grader.border.conventions import is_power_of_two
from grader.challenge.measure import (
    Measured,
    UnusableError,
    levels_of,
    measure,
    tensors_of,
)
from grader.challenge.widths import chosen
from grader.editions.rubric import ChallengePart
from grader.errors import SandboxError
from grader.faults import attempt
from grader.intake.challenge.variants import Variant
from grader.model import ChallengeAnswer, Fault, Outcome, ScaleChoice
from grader.sandbox.runner import Sandbox
from grader.tasks.chains import CHAINED
from grader.tasks.check import Verdict, broken
from grader.tasks.run import Run
from grader.words.message import say

Open = Callable[[Variant], AbstractContextManager[Sandbox]]


def answers_of(
    run: Run, variants: Sequence[Variant], open_sandbox: Open
) -> tuple[ChallengeAnswer, ...]:
    """
    Return every answer to the challenge: the tasks' own functions, then the variants.

    One that we fail to measure is pending, and costs nothing elsewhere.
    """
    run.stage = "Challenge"
    main = attempt(lambda: [*_main(run)], "challenge")
    if isinstance(main, Fault):
        run.blame(main)
        reason = say("reason", "grader-failed")
        main = [ChallengeAnswer(form="main", titles=(), outcome=Outcome.PENDING, reason=reason)]
    return (*main, *(_answer(run, variant, open_sandbox) for variant in variants))


def _main(run: Run) -> Iterator[ChallengeAnswer]:
    """Yield the tasks' own answer where all of its scales are powers of two, and right."""
    chain = run.chain
    if chain is None or chain.substituted:
        return
    steps = [chain.input_step, *chain.steps.values(), *(w.step for w in chain.weights.values())]
    row = next((one for one in run.ladder if one.stage == _rung(run)), None)
    if row is None or not all(map(is_power_of_two, steps)):
        return
    edge = run.edition.scheme.quant_max
    spec = run.giver(CHAINED[0]).spec
    yield ChallengeAnswer(
        form="main",
        titles=(spec.called,),
        outcome=Outcome.PASSED,
        parts=(ChallengePart.POWERS_OF_TWO,),
        scales=chosen(steps, (level / edge for level in levels_of(chain).values())),
        accuracy=row,
        float_percent=_float_percent(run, biased=False),
    )


def _rung(run: Run) -> str:
    """Return the rung of the network without a bias in which all is quantized."""
    rungs = (one for one in run.edition.file.ladder if one.network == "plain" and one.charge_pass)
    return next((one.id for one in rungs), "")


def _answer(run: Run, variant: Variant, open_sandbox: Open) -> ChallengeAnswer:
    found = _found(run, variant, open_sandbox)
    place = variant.place
    answer = partial(
        ChallengeAnswer,
        form=variant.form,
        titles=variant.titles,
        where=None if place is None else place.told,
    )
    if isinstance(found, Verdict):
        return answer(outcome=found.outcome, reason=found.reason)
    pairs = [*tensors_of(found)]
    scales = chosen((step for step, _ in pairs), (share for _, share in pairs))
    parts = parts_of(found, scales)
    return answer(
        outcome=Outcome.PASSED if parts else Outcome.FAILED,
        reason=None if parts else say("challenge", "nothing"),
        parts=parts,
        scales=scales,
        weight_bits=found.weight_bits,
        activation_bits=found.activation_bits,
        bias_bits=found.bias_bits,
        accuracy=found.accuracy,
        float_percent=_float_percent(run, biased=found.bias_bits is not None),
    )


def _found(run: Run, variant: Variant, open_sandbox: Open) -> Measured | Verdict:
    """Return what was measured, or why nothing was; the tasks' points stand whatever happens."""
    try:
        found = attempt(lambda: _measured(run, variant, open_sandbox), "challenge")
    except SandboxError as error:
        found = Fault(exception=f"SandboxError: {error}")
    if isinstance(found, Fault):
        run.blame(found)
        return broken(found)
    return found


def _measured(run: Run, variant: Variant, open_sandbox: Open) -> Measured | Verdict:
    with open_sandbox(variant) as sandbox:
        try:
            return measure(run, variant, sandbox)
        except UnusableError as error:
            return error.verdict


def _float_percent(run: Run, *, biased: bool) -> float:
    network = run.baseline.biased if biased else run.baseline.plain
    return run.judge.stage("float", "", network.predictions, None).percent


def parts_of(measured: Measured, scales: ScaleChoice) -> tuple[ChallengePart, ...]:
    """Return the parts of the challenge that an answer is about."""
    weights = _widths(measured.weight_bits, scales)
    between = {
        bits for place, bits in measured.activation_bits.items() if place in measured.clamped
    }
    found = {
        ChallengePart.POWERS_OF_TWO: scales is not ScaleChoice.FREE,
        ChallengePart.FEWER_BITS: max(weights) < 8,
        ChallengePart.MIXED_BITS: len({*weights}) > 1 or len(between) > 1,
        ChallengePart.FEWER_BIAS_BITS: measured.bias_bits is not None and measured.bias_bits < 32,
    }
    return tuple(part for part, holds in found.items() if holds)


def _widths(bits: Mapping[str, int], scales: ScaleChoice) -> list[int]:
    """Return the widths; the largest value of one may fall short of the last bit by its scale."""
    widest = max(bits.values())
    slack = 0 if scales is ScaleChoice.FREE else 1
    return [widest if widest - one <= slack else one for one in bits.values()]
