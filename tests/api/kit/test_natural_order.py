"""Names with numbers in them, in the order in which people read them."""

from __future__ import annotations

import itertools

import pytest

from api.kit.natural_order import natural_key


@pytest.mark.parametrize(
    "ordered",
    [
        ["1", "2", "10", "A"],
        ["Lab 2, Mon", "lab 2, Tue", "Lab 10, Mon"],
        ["A", "b", "C"],
        ["", "0", "1"],
        ["第 2 班", "第 10 班"],
        ["9" * 200, "1" + "0" * 200],
        ["x01", "x1", "x2"],
        ["2", "2a", "2b", "10"],
        ["²", "٣"],
    ],
)
def test_numbers_count_by_their_value(ordered: list[str]) -> None:
    """Whatever order they come in; other scripts' digits are letters, and nothing raises."""
    for mixed in itertools.permutations(ordered):
        assert sorted(mixed, key=natural_key) == ordered
