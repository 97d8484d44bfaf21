"""What a notebook says in words, by question."""

from __future__ import annotations

import pytest

from grader.intake.model import Cell
from grader.results.excerpts import appendix
from grader.results.own_text import own_text


def text(source: str, above: int = 0, index: int = 1) -> Cell:
    return Cell(file="hw1.ipynb", number=above, index=index, source=source)


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("## Question 3: Weights", "3"),
        ("### 3a. Histograms", "3a"),
        ("**Q3(b)** Ranges", "3b"),
        ("# 1.2 Ranges", "1.2"),
        ("Question 4", "4"),
    ],
)
def test_a_heading_names_the_question(heading: str, question: str) -> None:
    """The words under it are the question's, until another heading."""
    (found,) = own_text([text(f"{heading}\nThe weights are bell-shaped.")])

    assert found.question == question
    assert found.source.endswith("The weights are bell-shaped.")


@pytest.mark.parametrize("line", ["3 epochs are enough.", "0.6597 is the largest.", "conv1"])
def test_a_number_in_the_text_names_no_question(line: str) -> None:
    """A line that only begins with a number, or has none, is no heading."""
    assert own_text([text(f"Setup\n{line}")]) == ()


def test_a_cell_without_a_heading_belongs_to_the_question_before() -> None:
    """An answer stands in a cell of its own, and is named by the code above it."""
    found = own_text([text("## Question 3"), text("They are symmetric.", above=7)])

    assert [(one.question, one.source, str(one.place)) for one in found] == [
        ("3", "They are symmetric.", "text below cell 7")
    ]


def test_the_appendix_keeps_the_order_of_code_and_text() -> None:
    """Text stands where it stood, and is marked as such."""
    code = Cell(file="hw1.ipynb", number=1, index=2, source="x = 1")

    shown, left_out = appendix([code], [text("# Title"), text("After.", 1, 3)])

    assert [(one.source, one.is_text) for one in shown] == [
        ("# Title", True),
        ("x = 1", False),
        ("After.", True),
    ]
    assert left_out == 0
