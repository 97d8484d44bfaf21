"""What is said of a submission to an edition with steps: its symbols, and the way they grow."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from grader.border.conventions import Floats
from grader.border.probes import Scales
from grader.diagnosis.diagnose import diagnose
from grader.editions.loader import Edition
from grader.editions.notation import SCALES, turned_over
from grader.editions.phrasing import phrases
from grader.editions.rubric import Criterion
from grader.editions.schema import ScaleForm
from grader.model import CheckResult, Finding, Outcome
from grader.results.scoring import score_criterion
from grader.tasks.accumulator_bias import checks as bias
from grader.tasks.claims import as_asked
from grader.tasks.kinds import begin
from grader.tasks.quantized_tensor import checks as weights
from grader.tasks.run import Run
from grader.tasks.scales import checks as scales
from grader.words.catalogue import sentences
from grader.words.message import Message, sentence
from tests.diagnosis.made import (
    LIMITS,
    SCHEME,
    bias_made,
    bits32,
    clipped,
    input_made,
    outputs_made,
    weights_made,
)
from tests.editions.notations import MIXED, SHIPPED, STEPS, notation

STEP = ScaleForm.STEP


def run_of(edition: Edition, results: tuple[CheckResult, ...], **seen: object) -> Run:
    """Return a run in which nothing but these results and answers is known."""
    nobody = cast("Any", None)
    run = begin(edition, nobody, nobody, seed=0)
    for task, answers in seen.items():
        run.tasks[task].seen = answers
    run.record(results)
    return run


def of_weights(multiplier: Any, edition: Edition = MIXED) -> Run:
    answers = weights_made(lambda w: (clipped(w, multiplier(w)), multiplier(w)), form=STEP)
    return run_of(edition, weights.judge(answers, LIMITS, SCHEME), weights=answers)


def of_outputs(multiplier: Any, edition: Edition = MIXED) -> Run:
    answers = outputs_made(multiplier, edition.task("activations"))
    results = scales.judge_outputs(answers, edition.task("activations"), LIMITS, SCHEME)
    return run_of(edition, results, activations=answers)


def of_bias(quantize: Any, edition: Edition = MIXED) -> Run:
    answers = bias_made(quantize, edition.task("bias"))
    return run_of(edition, bias.judge(answers, edition.task("bias"), LIMITS, 32), bias=answers)


def texts(run: Run) -> list[str]:
    """Return all that is said of a run in English, after looking for another edition's symbols."""
    found = diagnose(run)
    said = [str(part) for one in found for part in (one.title, one.message, one.hint)]
    said += [sentence(result.reason) for result in run.results.values()]
    assert [text for text in said if re.search(r"\bn_\w|\bns\b|\bn =|times A", text)] == []
    return said


def only(run: Run) -> Finding:
    (found,) = diagnose(run)
    return found


def largest(x: Floats) -> float:
    return float(np.abs(x).max())


def test_step_that_is_too_small_is_not_called_too_large() -> None:
    """255 in place of 127 makes a multiplier twice too large, and a step half as large."""
    run = of_weights(lambda w: 255 / largest(w))
    found = only(run)

    assert str(found.title) == "The scale of the weights is half as large as it should be"
    assert re.fullmatch(
        r"For conv1 you returned 0\.00\d+; s_w = max\|W\| / 127 would be 0\.00\d+\. The largest"
        r" magnitude, [\d.]+, lands on 255, so that the outer half of the range clips\.",
        str(found.message),
    )
    assert found.values["actual"] < found.values["expected"]
    assert found.title.said_in("zh_TW") == "權重的倍率小了一半"
    assert texts(run)


def test_numbers_of_steps_are_steps() -> None:
    """What was returned and what was expected are printed as the edition writes them."""
    found = only(of_weights(lambda w: 1000 / largest(w)))

    assert str(found.title) == "The scale of the weights is too small"
    assert str(found.hint).startswith("Divide your largest value by your scale: the result")
    ratio = float(found.values["expected"]) / float(found.values["actual"])
    assert ratio == pytest.approx(1000 / 127, rel=1e-3)


def test_inverted_scale_is_judged_by_the_form() -> None:
    """A multiplier where a step is asked for is upside down, and is told so."""
    answers = weights_made(lambda w: (clipped(w, 127 / largest(w)), largest(w) / 127), form=STEP)
    run = run_of(MIXED, weights.judge(answers, LIMITS, SCHEME), weights=answers)
    found = only(run)

    assert found.id == "weights-scale-inverted"
    assert "it was divided by 0.0" in str(found.message)
    assert "the step between two integers, by which the weights are divided" in str(found.hint)
    assert "除以了 0.0" in found.message.said_in("zh_TW")


def test_right_step_has_nothing_wrong() -> None:
    run = of_weights(lambda w: 127 / largest(w))

    assert not any(result.reason for result in run.results.values())
    assert diagnose(run) == ()


def test_constant_step_has_to_grow() -> None:
    """A constant is told what a step does: it grows as the values do."""
    run = of_weights(lambda _w: 127.0)

    assert sentence(run.results["weights.rescaling"].reason) == (
        "Values times 4 must give a scale multiplied by 4; it was left as it was."
    )
    assert run.results["weights.rescaling"].evidence.expected == 4
    assert "The scale is 0.007874 for every tensor." in str(only(run).message)


def test_step_that_shrinks_is_upside_down() -> None:
    """An input's step that answers the wrong way round is told by how it should grow."""
    answers = input_made(lambda x: largest(x) / 127, form=STEP)
    run = run_of(STEPS, scales.judge_input(answers, LIMITS, SCHEME), initial_input=answers)
    found = only(run)

    assert sentence(run.results["initial_input.range"].reason) == (
        "The scale is upside down: values times 4 divide it by 4, where they must multiply it."
    )
    assert "= 127 / max|I|; s_in = max|I| / 127 is" in str(found.message)
    assert str(found.hint).startswith("The scale is what values are divided by to become")


def test_missing_factor_is_told_by_how_it_is_written() -> None:
    """M follows the weights' step, so that a smaller one makes it smaller."""
    run = of_outputs(lambda x, s: 127 * s.weight / (largest(x) * s.accumulator))
    found = only(run)

    assert sentence(run.results["activations.weight_factor"].reason) == (
        "s_w divided by 4: the returned scale must be divided by 4; it was left as it was."
    )
    assert str(found.message).startswith(
        "Your scales follow from S' = s_o_prev[-1] in place of S = s_w · s_o_prev[-1]. For "
    )
    assert texts(run)


def test_factors_in_other_powers_are_told_by_how_they_are_written() -> None:
    """Powers that were measured come in the sheet's own symbols."""
    run = of_outputs(lambda x, s: 127 / (largest(x) * s.accumulator * s.weight**2))

    assert (
        "your scale is multiplied by s_w^3 · s_o_prev[2]; it should be by s_w · s_o_prev[2]."
        in (str(only(run).message))
    )


def test_factor_of_the_input_in_a_later_layer_is_one_too_many() -> None:
    """The input's scale is a multiplier: M is divided by it where it should not be there."""
    run = of_outputs(lambda x, s: 127 / (largest(x) * s.accumulator * s.input))

    assert str(only(run).message).startswith(
        "Your scales follow from S' = S / s_initial_input in place of S = s_w"
    )


@pytest.mark.parametrize(
    ("layer", "formula"),
    [
        ("conv1", "M = 127 · s_w / (max|O| · s_initial_input)"),
        ("conv2", "M = 127 · s_w · s_o_prev[-1] / max|O|"),
    ],
)
def test_formula_is_that_of_the_layer_shown(layer: str, formula: str) -> None:
    """The first layer's formula has the input's scale, that of others the layer's before."""
    run = of_outputs(lambda x, s: 255 / (largest(x) * s.accumulator))
    seen = run.tasks["activations"].seen
    seen = replace(seen, own={layer: seen.own[layer]})
    run.tasks["activations"].seen = seen

    assert str(only(run).message).startswith(f"For {layer} you returned ")
    assert f"; {formula} would be " in str(only(run).message)


def test_pairs_of_steps_have_a_step_of_the_sum() -> None:
    """With a step for every multiplier, the chain is told in steps."""
    run = of_outputs(lambda x, s: 127 * s.weight / (largest(x) * s.accumulator), STEPS)
    found = only(run)

    assert found.id == "activations-misses-weight-scale"
    assert str(found.message).startswith(
        "Your scales follow from S' = s_in · Π(s_wj · s_Oj) in place of"
        " S = s_w · s_in · Π(s_wj · s_Oj). For "
    )
    assert "; max|O| / (127 S) is " in str(found.message)
    assert "By what has each weight been divided?" in str(found.hint)
    assert texts(run)


def test_bias_is_divided_by_steps() -> None:
    """What a bias has to be divided by is written out, and its number is a step."""
    run = of_bias(lambda b, s: np.clip(np.rint(b * s.accumulator), -128, 127))
    found = only(run)

    assert found.id == "bias-clamped-to-8-bits"
    assert "; divided by S = s_w · s_o_prev[-2] = " in str(found.message)
    assert float(found.values["factor"]) < 1.0
    assert "除以 S = s_w · s_o_prev[-2] = " in found.message.said_in("zh_TW")
    assert texts(run)


def test_bias_that_misses_a_step_is_told_the_products() -> None:
    """A bias without s_w is that over what entered the layer, the last but one of the list."""
    run = of_bias(lambda b, s: bits32(b * s.accumulator / s.weight))

    assert sentence(run.results["bias.weight_factor"].reason) == (
        "s_w divided by 4: the integers must be multiplied by 4; they were left as they were."
    )
    assert "divided by S' = s_o_prev[-2] in place of S = s_w · s_o_prev[-2] = " in str(
        only(run).message
    )


def test_bias_of_pairs_divided_the_wrong_way() -> None:
    def multiplied(b: Floats, s: Scales) -> Floats:
        return bits32(b / s.accumulator)

    found = only(of_bias(multiplied, STEPS))

    assert found.id == "bias-divided-by-scale"
    assert str(found.title) == "The bias is multiplied by the factor"
    assert "It was multiplied instead." in str(found.message)
    assert "The sum is 1 / S times as large as in floats." in str(found.hint)


@pytest.mark.parametrize(
    ("edition", "title", "hint"),
    [
        (SHIPPED, "a step where a multiplier is asked for", "multiply instead of dividing"),
        (STEPS, "a multiplier where a step is asked for", "divide instead of multiplying"),
        (MIXED, "upside down", "multiply where you divide and divide where you multiply"),
    ],
)
def test_all_scales_upside_down_is_told_by_what_is_asked(
    edition: Edition, title: str, hint: str
) -> None:
    """The direction that the sheet asks for is named, not the student's."""
    form = edition.task("weights").returns[1].form
    answers = weights_made(lambda w: (clipped(w, 127 / largest(w)), largest(w) / 127), form=form)
    run = run_of(turned_over(edition), weights.judge(answers, LIMITS, SCHEME), weights=answers)
    found = only(replace(run, reversed_roles=frozenset(SCALES)))

    assert str(found.title) == f"Every scale is {title}"
    assert f"returns now, {hint}, and" in str(found.hint)


@pytest.mark.parametrize(
    ("edition", "english", "chinese"),
    [
        (SHIPPED, "times four give a quarter of it", "倍率變為四分之一"),
        (MIXED, "times four give four times it", "倍率也放大四倍"),
    ],
)
def test_claim_is_that_of_the_form(edition: Edition, english: str, chinese: str) -> None:
    """What a right answer does is told of steps where the edition has steps."""
    answers = weights_made(
        lambda w: (clipped(w, 127 / largest(w)), 127 / largest(w)),
        form=edition.task("weights").returns[1].form,
    )
    results = weights.judge(answers, LIMITS, SCHEME)
    asked = {result.check: as_asked(result, edition) for result in results}
    criterion = Criterion(id="weights.a", title="A", points=1.0, checks=("weights.rescaling",))

    score = score_criterion(criterion, asked, task_title="", question="")

    assert english in str(score.reason)
    assert chinese in score.reason.said_in("zh_TW")


@pytest.mark.parametrize(
    ("edition", "english", "chinese"),
    [
        (SHIPPED, "Every weight and output scale of the preceding layers", "各計入恰好一次"),
        (MIXED, "The output scale of the layer right before", "前一層的輸出 scale 計入恰好一次"),
    ],
)
def test_claim_is_that_of_the_list_that_is_handed_on(
    edition: Edition, english: str, chinese: str
) -> None:
    """A layer needs all scales before it, or the last one where that holds what came before."""
    check = scales.takes_preceding_scales_into_account
    result = CheckResult(check=check.id, outcome=Outcome.PASSED, claim=check.claim)
    asked = as_asked(result, edition)
    words = sentences()[f"words.check.{asked.claim_id or asked.check}"]

    assert asked.claim.startswith(english)
    assert chinese in words.zh_TW


def test_pass_is_told_by_the_form_of_the_scale_at_a_place() -> None:
    """Sums that are divided by their scale are right where it is a step."""
    words = phrases(notation(STEPS, "forward"), "forward-divides-by-scale", form="step")
    shown = {"place": "p", "what": "the sum", "sum": 344, "multiplier": 2, "expected": 172}
    values = {"question": "4", "function": "f", "actual": 688, **words, **shown}
    title, said = (
        Message(f"finding.forward-divides-by-scale.{part}", values)
        for part in ("title", "message")
    )

    assert str(title) == "Sums are multiplied by their scale"
    assert "the sum (344), divided by 2, should become 172, but 688 was found. It was" in str(said)
    assert title.said_in("zh_TW") == "應除以倍率卻做了乘法"
