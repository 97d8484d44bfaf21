"""What a check claims of scales as an edition writes them and hands them on."""

from __future__ import annotations

from dataclasses import replace

from grader.editions.loader import Edition
from grader.editions.notation import Notation
from grader.editions.schema import ScaleForm
from grader.model import CheckResult
from grader.words.catalogue import chained_claims, step_claims


def as_asked(result: CheckResult, edition: Edition) -> CheckResult:
    """Return a result with the claim that its check makes in this edition."""
    chained, step = chained_claims().get(result.check), step_claims().get(result.check)
    if chained is None and step is None:
        return result
    notation = Notation(edition=edition.file, task=edition.task(result.task))
    if chained is not None and notation.is_cumulative:
        return replace(result, claim=chained.en, claim_id=f"{result.check}.chained")
    if step is not None and notation.symbol(step.role).form is ScaleForm.STEP:
        return replace(result, claim=step.en, claim_id=f"{result.check}.step")
    return result
