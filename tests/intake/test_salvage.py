"""Magics and syntax errors cost what they stand in, and nothing beside it."""

from __future__ import annotations

import pytest

from grader.intake.lexical.magics import neutralise
from grader.intake.model import Cell, ProblemKind
from grader.intake.program.extraction import extract
from tests.intake.notebooks import cells_of

GOOD = "def f():\n    return 1"


def taken(*cells: str) -> list[str]:
    return [fragment.source for fragment in extract(cells_of(*cells), ["f"]).fragments]


MAGICS = {
    "!pip install torch": "pass",
    "%matplotlib inline": "pass",
    "%load_ext autoreload": "pass",
    "%pylab inline": "import numpy, matplotlib; from pylab import *",
    "!nvidia-smi": "pass",
    "    !ls": "    pass",
    "torch.max?": "pass",
    "net.conv1??": "pass",
    "?torch.max": "pass",
    "pip install torchinfo": "pass",
    "cd /content": "pass",
    "x = !ls": "x = get_ipython()",
    "a, b = %sx ls": "a, b = get_ipython()",
    "%time x = f(1)": "x = f(1)",
    "%%time\nx = 1": "\nx = 1",
    "%%capture out\nx = 1": "\nx = 1",
    "# a note\n%%time\nx = 1": "# a note\n\nx = 1",
    "%%writefile quantutils.py\nx = 1": "\nx = 1",
    "%%writefile a.txt\nx = 1": "\n",
    "%%bash\nfor i in *; do\ndone": "\n\n",
    "%%html\n<b>": "\n",
    "!pip install \\\n  torch\nx = 1": "pass\n\nx = 1",
    "x = '''\n!ls\n'''": "x = '''\n!ls\n'''",
    'x = """\n%time\n""" % 1': 'x = """\n%time\n""" % 1',
    "x = (a\n  % b)": "x = (a\n  % b)",
    "x = a \\\n  % b": "x = a \\\n  % b",
    "x = [  # (\n]\n!ls": "x = [  # (\n]\npass",
    "x = '('\n!ls": "x = '('\npass",
    "x = 'it\\'s ('\n!ls": "x = 'it\\'s ('\npass",
    "x = 'a \\\n!b'\n!ls": "x = 'a \\\n!b'\npass",
    "# it's\\\n!ls": "# it's\\\npass",
    "x != 3": "x != 3",
    "x %= 3": "x %= 3",
    "f(a='%s' % b)": "f(a='%s' % b)",
    "cd = 3": "cd = 3",
}


@pytest.mark.parametrize(("source", "expected"), MAGICS.items())
def test_magics_become_python(source: str, expected: str) -> None:
    """IPython's lines are replaced one for one; what only looks like them stays."""
    assert neutralise(source) == expected


BESIDE = {
    "unfinished function": "def g(:\n    pass",
    "Python 2 print": "print 'Accuracy'",
    "open bracket": "x = foo(1, 2",
    "open list": "x = [1,\n  2,",
    "closing bracket": "x = 1)",
    "open quote": "x = 'abc",
    "open triple quote": 'x = """abc',
    "indented line": "x = 1\n   y = 2",
    "tabs and spaces": "if x:\n\ty = 1\n        z = 2",
    "broken decorator": "@@a\ndef g(): pass",
    "broken decorated function": "@a\n@b\ndef g(:\n    pass",
    "broken method": "class g:\n    def a(self):\n        pass\n    def b(self:\n        pass",
    "broken else": "if x:\n    y = 1\nelse\n    y = 2",
    "prose": "Answer: the range is symmetric",
    "stray quote marks": "“smart quotes”",
    "null byte": "x = '\0'",
    "endless integer": "x = " + "9" * 5000,
    "deep brackets": "x = " + "(" * 500 + ")" * 500,
    "deep operators": "x = " + "-" * 50_000 + "1",
    "deep attributes": "x = a" + ".b" * 50_000,
    "assignment to a literal": "1 = x",
    "merge conflict": "<<<<<<< HEAD",
    "blank to fill in": "x = ____ your code ____",
}


@pytest.mark.parametrize("broken", BESIDE.values(), ids=BESIDE.keys())
def test_good_function_above_an_error_survives(broken: str) -> None:
    """What stands above the broken lines is taken."""
    assert taken(f"{GOOD}\n\n{broken}\n") == [GOOD]


@pytest.mark.parametrize("broken", BESIDE.values(), ids=BESIDE.keys())
def test_good_function_below_an_error_survives(broken: str) -> None:
    """What stands below the broken lines is taken."""
    assert taken(f"{broken}\n\n{GOOD}") == [GOOD]


@pytest.mark.parametrize("broken", BESIDE.values(), ids=BESIDE.keys())
def test_good_function_beside_a_magic_and_an_error_survives(broken: str) -> None:
    """Magics in the same cell change nothing."""
    assert taken(f"!ls\n{broken}\n%matplotlib inline\n{GOOD}\n!ls") == [GOOD]


@pytest.mark.parametrize("broken", BESIDE.values(), ids=BESIDE.keys())
def test_error_is_told_at_its_cell(broken: str) -> None:
    """A problem says where the code does not parse and what that costs."""
    program = extract(cells_of("a = 1", f"{GOOD}\n{broken}"), ["f"])

    (problem, *_) = program.problems
    assert problem.kind in {
        ProblemKind.SYNTAX_ERROR,
        ProblemKind.TOO_COMPLEX,
        ProblemKind.CONFLICT_MARK,
    }
    assert str(problem.message).endswith("is not graded")
    assert problem.place is not None
    assert problem.place.cell == 2
    assert problem.place.line >= 3


def test_error_is_told_at_its_line() -> None:
    """The line counts from the top of the cell, magics included."""
    program = extract(cells_of("!ls\nx = 1\n\nprint 'a'\n"), ["f"])

    assert [str(problem.place) for problem in program.problems] == ["cell 1, line 4"]


def test_error_costs_only_its_own_cell() -> None:
    """A cell beside the broken one is untouched."""
    assert taken("x = (", GOOD, "y = )") == [GOOD]


def test_lines_stay_right_behind_an_error() -> None:
    """A statement below blanked lines keeps its line and its place."""
    program = extract(cells_of(f"x = (\n\n{GOOD}"), ["f"])

    assert str(program.fragments[0].place) == "cell 1, line 3"
    assert str(program.defined["f"]) == "cell 1, line 3"


def test_methods_stay_right_in_a_salvaged_block() -> None:
    """A block that is parsed by itself keeps the lines of the whole cell."""
    broken = 'x = """\nabc\n'
    program = extract(cells_of(f"{broken}class f:\n    '''doc'''\n    def g(self): pass"), ["f"])

    assert str(program.defined["f.g"]) == "cell 1, line 5"


def test_strings_that_look_like_magics_are_kept() -> None:
    """A cell that parses as it stands is never rewritten."""
    code = 'def f():\n    return """\n!pip\n%time\n"""'

    assert taken(code) == [code]


def test_magic_inside_a_function_does_nothing() -> None:
    """A function with a magic in it can still be compiled."""
    assert taken("def f():\n    !nvidia-smi\n    return 1") == ["def f():\n    pass\n    return 1"]


def test_broken_last_definition_leaves_the_one_before() -> None:
    """Where the last definition does not parse, the one before it counts."""
    assert taken(GOOD, "def f(:\n    return 2") == [GOOD]


def test_many_errors_are_told_up_to_a_bound() -> None:
    """A cell of prose makes few problems, and hides no function in it."""
    prose = "\n".join(f"this is sentence {i}" for i in range(200))
    program = extract(cells_of(f"{prose}\n{GOOD}\n{prose}"), ["f"])

    assert [fragment.source for fragment in program.fragments] == [GOOD]
    assert len(program.problems) <= 20


def test_code_too_deep_to_analyse_is_told() -> None:
    """A tree that parses but is deeper than the walk may go costs its own statement."""
    deep = "x = " + "a(" * 90 + ")" * 90
    deeper = "y = " + "+".join(["a"] * 900)
    program = extract(cells_of(f"{deep}\n{deeper}\n{GOOD}"), ["f"])

    assert [fragment.source for fragment in program.fragments] == [GOOD]
    assert {problem.kind for problem in program.problems} <= {ProblemKind.TOO_COMPLEX}


PASTED = {
    "an indented cell": "    def f():\n        return 1",
    "an indented cell under a magic": "  %%time\n  def f():\n      return 1",
    "a session of Python's": ">>> def f():\n...     return 1\n...\n>>> f()",
    "a session of IPython's": "In [3]: def f():\n   ...:     return 1\n   ...:",
    "a prompt on the second line": "# pasted\n>>> def f():\n...     return 1",
}


@pytest.mark.parametrize("cell", PASTED.values(), ids=PASTED.keys())
def test_indentation_and_prompts_are_taken_off(cell: str) -> None:
    """A cell that IPython runs is read as IPython reads it."""
    (source,) = taken(cell)

    assert source.split() == GOOD.split()


def test_an_indented_script_is_an_error() -> None:
    """Python takes no indentation from a script."""
    script = Cell(file="hw1.py", number=None, index=1, source="    def f():\n        return 1")

    assert extract([script], ["f"]).missing == ("f",)


CHARACTERS = {
    "def f(a\uff0cb):\n    return a": ("\uff0c", "full-width", 1),
    "x = 1\ndef f(a):\n\u00a0   return a": ("U+00A0", "invisible", 3),
    "x = 1\ny\u200b = 3": ("U+200B", "invisible", 2),
    "def f(a):\n    return 3 \u00d7 a": ("\u00d7", "none of Python's", 2),
    "x = \uff081, 2)": ("\uff08", "full-width", 1),
}


@pytest.mark.parametrize("cell", CHARACTERS)
def test_a_character_that_python_refuses_is_named(cell: str) -> None:
    """A problem names the character that does not belong there, and its line."""
    shown, kind, line = CHARACTERS[cell]

    (problem,) = extract(cells_of(cell), ["f"]).problems
    assert shown in str(problem.message)
    assert kind in str(problem.message)
    assert problem.place is not None
    assert problem.place.line == line


def test_a_merge_conflict_is_told_once_at_its_first_mark() -> None:
    """The cause is the mark, not the line on which the parser gives up."""
    conflict = "<<<<<<< HEAD\n    return 1\n=======\n    return 2\n>>>>>>> branch"

    (problem,) = extract(
        cells_of(f"x = 1\ndef f():\n{conflict}\ndef g():\n    pass"), ["f"]
    ).problems
    assert problem.kind is ProblemKind.CONFLICT_MARK
    assert str(problem.place) == "cell 1, line 3"
    assert "f" in problem.hides
