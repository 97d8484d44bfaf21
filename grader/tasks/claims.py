"""What a check claims, by the way up in which an edition writes the scale that it is about."""

from __future__ import annotations

from dataclasses import replace

from grader.editions.loader import Edition
from grader.editions.notation import Notation
from grader.editions.schema import ScaleForm
from grader.model import CheckResult
from grader.words.catalogue import step_claims


def as_asked(result: CheckResult, edition: Edition) -> CheckResult:
    """Return a result with the claim that its check makes in this edition."""
    claim = step_claims().get(result.check)
    if claim is None:
        return result
    notation = Notation(edition=edition.file, task=edition.task(result.task))
    if notation.symbol(claim.role).form is ScaleForm.MULTIPLIER:
        return result
    return replace(result, claim=claim.en, claim_id=f"{result.check}.step")
