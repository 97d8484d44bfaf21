"""
Steps where the sheet asks for multipliers: one misconception, which is to cost once.

Where every function, the forward pass and the bias take their scales the wrong way up, and
consistently so, all of them are right by the other convention. The weights' task pays for it,
but for an edition whose sheet can be read either way: there each submission has its own.
"""

from __future__ import annotations

from dataclasses import replace

from grader.editions.notation import turned_over
from grader.editions.schema import Role
from grader.model import Outcome
from grader.tasks.array_scale import kind as array_scale
from grader.tasks.conduct import is_upside_down
from grader.tasks.kinds import begin
from grader.tasks.quantized_tensor.checks import scale_gives_integers
from grader.tasks.requantize_scale import kind as requantize_scale
from grader.tasks.run import Run
from grader.tasks.scales.seen import ScaleAnswers


def may_be_reversed(run: Run) -> bool:
    """
    Return whether weights, input and layers all have scales that are the wrong way up.

    Where the sheet can be read either way, one that has tells that the rest may be right so.
    """
    scale = run.results.get(scale_gives_integers.id)
    if run.faults or scale is None:
        return False
    reversed_scales = (
        scale.outcome is Outcome.FAILED,
        _is_reversed(run.seen(array_scale.KIND)),
        _is_reversed(run.seen(requantize_scale.KIND)),
    )
    return any(reversed_scales) if _takes_either(run) else all(reversed_scales)


def _is_reversed(answers: ScaleAnswers | None) -> bool:
    return (
        answers is not None
        and all(answer.usable for answer in answers.all)
        and is_upside_down(answers.rescaling())
    )


def _takes_either(run: Run) -> bool:
    return run.edition.file.direction == "either"


def begun_anew(run: Run) -> Run:
    """Return a run in which nothing is known yet, for the edition with its scales turned over."""
    edition = turned_over(run.edition)
    student = replace(run.student, edition=edition)
    return begin(edition, run.baseline, student, run.seed, run.artifacts)


def settled(run: Run, anew: Run) -> Run:
    """
    Return *anew*, the run by the other convention, where by that nothing at all is wrong.

    The results of the weights' task stay those of *run*: there the direction costs its points.
    Where an edition takes either, it is the run by which more is right, and costs nothing.
    """
    if _takes_either(run):
        return max(run, _remarked(anew), key=_passed)
    outcomes = {result.outcome for result in anew.results.values()}
    if not outcomes <= {Outcome.PASSED, Outcome.PENDING}:
        return run
    own = {result.check: result for result in run.results_of(run.giver(Role.WEIGHT_SCALE).id)}
    return replace(anew, results=anew.results | own, is_reversed=True)


def _passed(run: Run) -> int:
    return sum(result.outcome is Outcome.PASSED for result in run.results.values())


def _remarked(run: Run) -> Run:
    """Return a run with the remark that its scales are the other way up than the sheet's."""
    scale = run.results[scale_gives_integers.id]
    said = replace(scale, remarks=(*scale.remarks, "scales-either-way"))
    return replace(run, results={**run.results, said.check: said})
