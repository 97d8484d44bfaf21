"""The student's code as documents show it: bounded, and honest about what is left out."""

from __future__ import annotations

from grader.excerpts import APPENDIX_CHARACTERS, appendix
from grader.intake.model import Cell


def cell(number: int, source: str) -> Cell:
    return Cell(file="hw1.ipynb", number=number, index=number, source=source)


def test_every_cell_with_code_is_shown() -> None:
    """Empty cells are neither shown nor counted."""
    shown, left_out = appendix([cell(1, "x = 1"), cell(2, " \n"), cell(3, "y = 2")])

    assert [excerpt.title for excerpt in shown] == ["cell 1", "cell 3"]
    assert left_out == 0


def test_cells_beyond_the_bound_are_counted() -> None:
    """What no longer fits is left out, and how many cells that are is known."""
    half = "x" * (APPENDIX_CHARACTERS // 2)

    shown, left_out = appendix([cell(number, half) for number in range(1, 6)])

    assert len(shown) == 2
    assert left_out == 3
