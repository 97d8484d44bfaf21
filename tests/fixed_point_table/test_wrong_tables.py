"""Each known mistake in ``float_to_fixed_scale`` fails the check it concerns and has its name."""

from __future__ import annotations

import pytest

from grader.diagnosis.catalogue import COMMON, load_catalogue
from grader.tasks.run import Run
from tests.fixed_point_table.graded import RIGHT, changed, graded, lost
from tests.fixed_point_table.wrong_tables import BIAS, LAYER, UNREADABLE, WRONG, bias


def named(run: Run) -> list[str]:
    """Return the findings' ids, after holding their numbers against the catalogue's."""
    for finding in run.findings:
        entry = load_catalogue().entry(finding.id)
        assert {*finding.values} - (COMMON - {*entry.example}) == {*entry.example}
        for said in (finding.title, finding.message, finding.hint):
            assert "{" not in str(said) + said.said_in("zh_TW")
    return [finding.id for finding in run.findings]


@pytest.mark.few(len(WRONG))
@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_mistake_fails_its_check_and_is_named(name: str, seed: int) -> None:
    """A mistake loses the check that it concerns, no other, and has one finding."""
    body, finding, checks = WRONG[name]
    run = graded(body, seed)

    assert {*lost(run)} == checks
    assert named(run) == [finding]


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_table_is_named(name: str) -> None:
    """Where the dict or the bias is missing, what came back is named."""
    body, finding, checks = UNREADABLE[name]
    run = graded(body)

    failed = {check for check, outcome in lost(run).items() if outcome.value == "failed"}
    assert failed == checks
    assert named(run) == [finding]


def test_a_missing_bias_costs_nothing_of_the_scales() -> None:
    """The dict is judged by itself where the bias is still the template's."""
    assert {*lost(graded(bias("[]")))} >= {"returns", "bias"}
    assert not {*lost(graded(bias("[]")))} & {"input", "layers", "keys", "json", "depends"}


def test_two_mistakes_have_two_names() -> None:
    """Scales and bias are diagnosed each by itself."""
    body = changed(
        (LAYER, "int(s_w * s_prev / s_out * 2**15)"),
        (BIAS, "np.round(outputBias_float / s_w)"),
    )

    assert named(graded(body)) == ["fixed-scales-places", "fixed-bias-misses-preceding-scale"]


def test_what_no_formula_explains_is_not_named() -> None:
    """Numbers that are off by a tenth fit no known mistake: the reason stands alone."""
    run = graded(changed((LAYER, "round(s_w * s_prev / s_out * 2**16 * 1.1)")))

    assert {*lost(run)} == {"layers"}
    assert named(run) == []
    assert "but" in str(run.results["fixed_scale.layers"].reason)


def test_a_crash_is_the_students_with_its_line() -> None:
    """A key that is not there raises in the student's code, and everything rests on it."""
    run = graded(RIGHT.replace("'fc6.fc'", "'fc7.fc'"))

    assert run.results["fixed_scale.returns"].outcome.value == "errored"
    assert "KeyError: 'fc7.fc'" in str(run.results["fixed_scale.returns"].reason)
