"""Numbers in sentences are written the way people write them."""

from __future__ import annotations

import math

import pytest

from grader.tasks.conduct import change
from grader.tasks.hypotheses.fit import fit
from grader.words.message import plain, say_value
from grader.words.numbers import apart, digits, percent
from report_templates.messages import load_messages

NUMBERS = [
    *(0.0, -0.0, 1.0, -1.0, 0.25, -0.2, 1e-9, 1e9, 127.0, 282943.68, 5.6798e5, 999999.5),
    *(math.nan, math.inf, -math.inf),
]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("count", [4, 5, 6])
def test_a_number_is_written_as_people_write_it(number: float, count: int) -> None:
    """No power of ten for what has fewer than ten digits, and no word of a program's."""
    said = say_value(plain(number), write=lambda value: digits(value, count))

    assert "e+0" not in said
    assert said not in ("nan", "inf", "-inf", "-0")


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (1.0, "100"),
        (0.0, "0"),
        (0.9996, "99.9"),
        (0.99999999, "99.9"),
        (0.943, "94"),
        (0.995, "99.5"),
        (0.12, "12"),
        (0.0999, "10.0"),
        (0.0012, "0.12"),
        (6.2e-7, "0.000062"),
    ],
)
def test_a_share_is_a_plain_percentage(share: float, said: str) -> None:
    """What is not all is not called 100 %, and what is little is not called 0 %."""
    assert percent(share) == said


@pytest.mark.parametrize(
    ("ratio", "said", "chinese"),
    [
        (1.0, "left as it was", "維持不變"),
        (1.00001, "left as it was", "維持不變"),
        (4.0, "multiplied by 4", "乘以 4"),
        (0.25, "divided by 4", "除以 4"),
        (-1.0, "turned round in sign", "只改變正負號"),
        (-4.0, "multiplied by -4", "乘以 −4"),  # noqa: RUF001
        (0.0, "turned into zeros", "全部變成 0"),
        (math.nan, "all 0 before", "原本全部為 0"),
    ],
)
def test_a_growth_is_said_as_what_was_done(ratio: float, said: str, chinese: str) -> None:
    """Nothing becomes once, 0.25 times or nan times as large, in either language."""
    words = change(ratio)

    assert str(words) == said
    assert load_messages("zh_TW").said(words) == chinese


def test_two_numbers_that_differ_look_different() -> None:
    """As many digits are printed as show that something is wrong."""
    assert apart(1.0, 1.00001) == ("1", "1.00001")
    assert apart(0.5, 0.25) == ("0.5", "0.25")
    assert found_of(3388.0000001, "3388") != "3388"
    assert found_of(3388.0, "3388") == "3388"
    assert fit("any", actual=3388.0, expected=3388.0).values["actual"] == 3388.0


@pytest.mark.parametrize(("actual", "expected"), [(1234567.0, 1234568.0), (120103.0, "120100")])
def test_a_whole_number_of_a_finding_keeps_its_digits(
    actual: float, expected: float | str
) -> None:
    """An integer of a bias that is off by a few is told as it was found."""
    assert found_of(actual, expected) == f"{actual:.0f}"


def found_of(actual: float, expected: float | str) -> str:
    """Return how a finding tells what was found beside what was expected."""
    return say_value(fit("any", actual=actual, expected=expected).values["actual"])
