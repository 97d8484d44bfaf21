"""Which of several definitions answers the extra challenge, and which the task."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from grader.intake.challenge.division import Division, divide
from grader.intake.challenge.variants import Sheet, find_variants
from grader.intake.model import Cell, Submission

WORDS = ("challenge", "bonus", "powers of 2", "4 bit", "挑戰")
NAMES = ("quantized_weights", "Net8")
EIGHT = "def quantized_weights(w):\n    return clamp(w * 127, -128, 127)"
AGAIN = "def quantized_weights(w):\n    return clamp(w * 128, -128, 127)"
FOUR = "def quantized_weights(w):\n    return clamp(w * 7, -8, 7)"
POWER = "def quantized_weights(w):\n    return 2.0 ** round(math.log2(127 / w.max()))"


def divided(*cells: str, unanswered: Sequence[str] = ()) -> Division:
    """Return what is found in a notebook; what begins with ``##`` or ``**`` is a cell of text."""
    code: list[Cell] = []
    texts: list[Cell] = []
    for index, source in enumerate(cells, start=1):
        is_text = source.startswith(("##", "**"))
        number = len(code) + (not is_text)
        cell = Cell(file="hw1_1.ipynb", number=number, index=index, source=source)
        (texts if is_text else code).append(cell)
    notebook = Submission(student_id=None, files=(), cells=tuple(code), text_cells=tuple(texts))
    return divide(notebook, NAMES, WORDS, unanswered=unanswered)


def judged(*cells: str, unanswered: Sequence[str] = ()) -> str:
    """Return the definition of ``quantized_weights`` that is judged for the task."""
    program = Sheet(names=NAMES).program(divided(*cells, unanswered=unanswered).main)
    return next(f.source for f in program.fragments if "quantized_weights" in f.defines)


@pytest.mark.parametrize(
    "later",
    [
        ("## Extra challenge", AGAIN),
        ("## Quantization with powers-of-2", AGAIN),
        ("**Bonus**", AGAIN),
        ("## 挑戰題", AGAIN),
        ("## Challenge\n### Weights", AGAIN),
        ("# 4bit version\n" + AGAIN,),
        (FOUR,),
        (POWER,),
        ("import math\ndef helper(x):\n    return 2.0 ** math.floor(math.log2(x))",
         "def quantized_weights(w):\n    return w * helper(127 / w.max())"),
        ("%%writefile shifts.py\n" + POWER, "from shifts import *"),
        ("%%writefile shifts.py\n" + POWER, "from shifts import quantized_weights"),
        ("%%writefile four.py\n" + FOUR, "%run four.py"),
        ("## Bonus", "%%writefile again.py\n" + AGAIN, "from again import *"),
    ],
)  # fmt: skip
def test_the_challenge_does_not_spoil_the_first_answer(later: Sequence[str]) -> None:
    """A heading, a comment or the code itself says that a later definition is the challenge's."""
    assert judged(EIGHT, *later) == EIGHT


@pytest.mark.parametrize(
    "cells",
    [
        (FOUR, AGAIN),
        (EIGHT, "## Corrected", AGAIN),
        (EIGHT, "## Challenge", "x = 1", "## Question 3", AGAIN),
        ("## Challenge", EIGHT, AGAIN),
        (EIGHT, "## The end\nWhat a challenge.", AGAIN),
        (POWER, POWER, AGAIN),
    ],
)
def test_the_last_definition_counts_where_it_is_no_challenge(cells: Sequence[str]) -> None:
    """A correction replaces what stood before it, whatever the words elsewhere."""
    assert judged(*cells) == AGAIN


def test_powers_of_two_in_the_only_answer_are_the_tasks() -> None:
    """What has no other definition before it is judged for the task."""
    assert judged("## Challenge", POWER) == POWER


def test_a_helper_written_anew_leaves_the_first_answer_alone() -> None:
    """The task's function keeps the helper that it was written for."""
    function = "def quantized_weights(w):\n    return scale(w)"
    cells = ("def scale(w):\n    return 127", function, "## Bonus", "def scale(w):\n    return 7")

    fragments = Sheet(names=NAMES).program(divided(*cells).main).fragments

    assert [f.source for f in fragments] == [cells[0], function]


def test_the_last_counts_where_the_first_is_no_answer() -> None:
    """Below the sheet's own stub the challenge's definition is the only answer."""
    assert judged(EIGHT, FOUR, unanswered=["quantized_weights"]) == FOUR


def test_every_line_stays_where_it_is() -> None:
    """Places in what is left are those of the notebook."""
    division = divided(f"{EIGHT}\n{FOUR}\nx = 1")

    assert division.main[0].source.split("\n")[4] == "x = 1"


def test_answers_under_the_same_name_are_told_apart() -> None:
    """Each section is measured as the notebook stood at its end."""
    division = divided(EIGHT, "## Challenge: powers of 2", POWER, "## Challenge: 4 bit", FOUR)

    variants = find_variants(division, Sheet(names=NAMES))

    assert [v.titles for v in variants] == [("Challenge: powers of 2",), ("Challenge: 4 bit",)]
    assert [v.program.fragments[-1].source for v in variants] == [POWER, FOUR]


@pytest.mark.parametrize(
    ("code", "calls"),
    [
        ("def quantized_weights_pow2(w): pass", {"quantized_weights": "quantized_weights_pow2"}),
        ("def quantize_weights_4bit(w): pass", {"quantized_weights": "quantize_weights_4bit"}),
        ("class Net8Mixed: pass", {"Net8": "Net8Mixed"}),
    ],
)
def test_a_name_of_its_own_is_found(code: str, calls: dict[str, str]) -> None:
    """A name that is a task's with something of the challenge in it answers the challenge."""
    found = find_variants(divided(EIGHT, code), Sheet(names=NAMES))

    assert [dict(v.calls) for v in found] == [calls]


@pytest.mark.parametrize("name", ["quantized_weights_v2", "weights_4bit", "plot_bits"])
def test_other_names_are_no_answer(name: str) -> None:
    """A helper of the student's is not taken for the challenge."""
    assert find_variants(divided(EIGHT, f"def {name}(w): pass"), Sheet(names=NAMES)) == ()


def test_a_parameter_is_given_the_values_that_the_notebook_uses() -> None:
    """Where the function takes the bits, what it is called with is measured."""
    code = "def quantized_weights(w, bits=8):\n    return w"

    found = find_variants(divided(code, "quantized_weights(1, bits=3)"), Sheet(names=NAMES))

    assert [v.titles for v in found] == [("bits=3",)]
    assert found[0].program.fragments[-1].source.endswith("quantized_weights(*given, bits=3)")


@pytest.mark.parametrize(
    "cells",
    [
        ("%%writefile shifts.py\n" + POWER,),
        ("%%writefile shifts.py\n" + POWER, "import shifts\nshifts.quantized_weights(1)"),
        ("%%writefile shifts.py\n" + POWER, "from shifts import quantized_weights as by_shifts"),
        ("## Bonus", "%%writefile shifts.py\n" + POWER, "!python shifts.py"),
    ],
)
def test_a_file_that_the_notebook_writes_is_an_answer(cells: Sequence[str]) -> None:
    """What a cell writes for the challenge is measured, however it is used."""
    [found] = find_variants(divided(EIGHT, *cells), Sheet(names=NAMES))

    assert judged(EIGHT, *cells) == EIGHT
    assert (found.titles, {*found.own}) == (("shifts.py",), {"quantized_weights"})
    assert POWER in [fragment.source for fragment in found.program.fragments]


def test_a_file_that_holds_the_tasks_is_no_answer() -> None:
    """A notebook may import its first answer from a file that it writes."""
    cells = ("%%writefile mine.py\n" + EIGHT, "from mine import *", "## Bonus", "print(1)")

    assert find_variants(divided(*cells), Sheet(names=NAMES)) == ()
    assert EIGHT in [f.source for f in Sheet(names=NAMES).program(divided(*cells).main).fragments]
