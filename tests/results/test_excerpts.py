"""The student's code as documents show it: bounded, and honest about what is left out."""

from __future__ import annotations

import pytest

from grader.intake.model import Cell
from grader.intake.program.extraction import extract
from grader.results.excerpts import APPENDIX_CHARACTERS, appendix, task_code
from tests.grading import edition


def cell(number: int, source: str) -> Cell:
    return Cell(file="hw1.ipynb", number=number, index=number, source=source)


def test_every_cell_with_code_is_shown() -> None:
    """Empty cells are neither shown nor counted."""
    shown, left_out = appendix([cell(1, "x = 1"), cell(2, " \n"), cell(3, "y = 2")])

    assert [str(excerpt.title) for excerpt in shown] == ["cell 1", "cell 3"]
    assert left_out == 0


def test_cells_beyond_the_bound_are_counted() -> None:
    """What no longer fits is left out, and how many cells that are is known."""
    half = "x" * (APPENDIX_CHARACTERS // 2)

    shown, left_out = appendix([cell(number, half) for number in range(1, 6)])

    assert len(shown) == 2
    assert left_out == 3


@pytest.mark.parametrize(("number", "place"), [(9, "cell 9"), (None, "hw1.py")])
def test_an_excerpt_names_its_place_as_findings_do(number: int | None, place: str) -> None:
    """What a finding says of a line in the excerpt begins with the excerpt's own place."""
    source = "x = 1\ndef quantized_weights(weights):\n    return weights\n"
    handed_in = Cell(file="hw1.py", number=number, index=1, source=source)
    program = extract([handed_in], ["quantized_weights"])

    excerpt = task_code(edition().file.tasks, program)["weights"]

    assert str(excerpt.place) == place
    assert str(program.defined["quantized_weights"]) == f"{excerpt.place}, line 2"
    assert excerpt.first_line == 2
    assert str(appendix([handed_in])[0][0].place) == place
