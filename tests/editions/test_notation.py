"""Formulas come in the symbols of the edition, and the way up in which it writes its scales."""

from __future__ import annotations

import pytest

from grader.editions.loader import Edition
from grader.editions.notation import turned_over
from grader.editions.schema import Role
from tests.editions.notations import MIXED, SHIPPED, STEPS, notation


@pytest.mark.parametrize(
    ("edition", "task", "role", "formula"),
    [
        (SHIPPED, "weights", Role.WEIGHT_SCALE, "n = 127 / max|W|"),
        (SHIPPED, "initial_input", Role.INPUT_SCALE, "n = 127 / max|I|"),
        (SHIPPED, "activations", Role.REQUANTIZE_SCALE, "n_O = 127 / (max|O| A)"),
        (STEPS, "weights", Role.WEIGHT_SCALE, "s_w = max|W| / 127"),
        (STEPS, "initial_input", Role.INPUT_SCALE, "s_in = max|I| / 127"),
        (STEPS, "activations", Role.REQUANTIZE_SCALE, "s_O = max|O| / (127 S)"),
        (MIXED, "weights", Role.WEIGHT_SCALE, "s_w = max|W| / 127"),
        (MIXED, "initial_input", Role.INPUT_SCALE, "s_initial_input = 127 / max|I|"),
        (MIXED, "activations", Role.OUTPUT_SCALE, "s_o = max|O| / 127"),
        (
            MIXED,
            "activations",
            Role.REQUANTIZE_SCALE,
            "M = 127 · s_w · s_o_prev[-1] / max|O|",
        ),
    ],
)
def test_scale_is_the_right_way_up(edition: Edition, task: str, role: str, formula: str) -> None:
    """A multiplier is 127 over the range, a step the range over 127."""
    assert notation(edition, task).scale(role) == formula


def test_first_layer_has_no_layer_before_it() -> None:
    """Where a list holds what came before, the first layer's formula has the input's scale."""
    first = notation(MIXED, "activations", at_first_layer=True)

    assert first.scale(Role.REQUANTIZE_SCALE) == "M = 127 · s_w / (max|O| · s_initial_input)"


@pytest.mark.parametrize(
    ("edition", "task", "formula"),
    [
        (SHIPPED, "activations", "A = n_W · n_I · Π(n_Wj · n_Oj)"),
        (SHIPPED, "bias", "A = n_W · n_I · Π(n_Wj · n_Oj)"),
        (STEPS, "bias", "S = s_w · s_in · Π(s_wj · s_Oj)"),
        (MIXED, "activations", "S = s_w · s_o_prev[-1]"),
        (MIXED, "bias", "S = s_w · s_o_prev[-2]"),
    ],
)
def test_sum_has_a_factor_or_a_step(edition: Edition, task: str, formula: str) -> None:
    """What a layer's sum carries is told as a factor where weights have one, else as a step."""
    written = notation(edition, task)

    assert f"{written.letter.text} = {written.as_sum(written.sum_factor)}" == formula


@pytest.mark.parametrize(
    ("mistake", "multipliers", "steps"),
    [
        ("misses-weight-scale", "n_I · Π(n_Wj · n_Oj)", "s_in · Π(s_wj · s_Oj)"),
        ("misses-preceding-output-scales", "n_W · n_I · Π n_Wj", "s_w · s_in · Π s_wj"),
        ("only-last-output", "n_W · n_O(k-1)", "s_w · s_O(k-1)"),
        ("misses-all-scales", "1", "1"),
        ("skips-first-layer", "A without ns[0]", "S without ss[0]"),
        ("repeats-input-scale", "A · n_I, or A · n_I^len(ns)", "S · s_in, or S · s_in^len(ss)"),
        ("repeats-last-output-scale", "A · ns[-1][1]", "S · ss[-1][1]"),
    ],
)
def test_altered_sum_is_in_the_editions_symbols(
    mistake: str, multipliers: str, steps: str
) -> None:
    """What a known mistake makes of the sum is told like the sum itself."""
    assert str(notation(SHIPPED, "bias").altered(mistake)) == multipliers
    assert str(notation(STEPS, "bias").altered(mistake)) == steps


def test_symbol_is_the_formulas_own_before_the_codes() -> None:
    """A sheet may call a scale n_W in its formulas and n_w in its code."""
    assert notation(SHIPPED, "bias").symbol(Role.WEIGHT_SCALE).text == "n_W"
    assert SHIPPED.task("bias").name_of(Role.WEIGHT_SCALE) == "n_w"


def test_edition_turned_over_twice_is_itself() -> None:
    """Turning over changes which way up scales are, and nothing else."""
    formula = notation(turned_over(STEPS), "weights").scale(Role.WEIGHT_SCALE)

    assert formula == "s_w = 127 / max|W|"
    assert turned_over(turned_over(MIXED)).file == MIXED.file
