"""Code for a newer Python is no mistake: what it costs is left to a person."""

from __future__ import annotations

import sys
from dataclasses import asdict

import pytest

from grader.intake.lexical.grammar import needed_python
from grader.intake.model import ProblemKind
from grader.intake.program.extraction import extract
from grader.sandbox.calls.replies import CallError
from grader.sandbox.runner import Sandbox
from tests.intake.notebooks import cells_of

NEWER = {
    "quotes in an f-string": ("def f(v):\n    return f'{', '.join(v)}'", (3, 12)),
    "the same double quotes": ('def f(v):\n    return f"{v["top"]}"', (3, 12)),
    "a backslash in an f-string": ("def f(v):\n    return f'{\"\\n\".join(v)}'", (3, 12)),
    "a comment in an f-string": ("def f(v):\n    return f'''{\n    v  # it\n    }'''", (3, 12)),
    "a type alias": ("type f = list[int]", (3, 12)),
    "a generic function": ("def f[T](x: T) -> T:\n    return x", (3, 12)),
    "a generic class": ("class f[T]:\n    pass", (3, 12)),
    "a default of a type parameter": ("def f[T = int](x: T) -> T:\n    return x", (3, 13)),
    "exceptions without brackets": (
        "def f():\n    try:\n        pass\n    except ValueError, TypeError:\n        pass",
        (3, 14),
    ),
    "a template string": ("def f(v):\n    return t'{v}'", (3, 14)),
}
HERE = sys.version_info[:2]


@pytest.mark.parametrize(("source", "needed"), NEWER.values(), ids=NEWER.keys())
def test_newer_syntax_is_told_apart_from_a_mistake(source: str, needed: tuple[int, int]) -> None:
    """The version is the one whose release notes tell of the syntax."""
    if needed <= HERE:
        pytest.skip("this Python parses it")

    program = extract(cells_of("unused = 1", f"%matplotlib inline\n{source}"), ["f"])
    assert [problem.kind for problem in program.problems] == [ProblemKind.NEWER_PYTHON]
    (fragment,) = program.fragments
    assert fragment.python == needed
    assert fragment.defines == ("f",)
    assert str(fragment.place) == "cell 2, line 2"


MISTAKES = {
    "Python 2": "print 'a'",
    "Python 2's exceptions": "try:\n    pass\nexcept ValueError, e: print e",
    "an open bracket": "def f(:\n    pass",
    "a mistake beside newer syntax": "def f(v):\n    return f'{', '.join(v)}' +",
    "a comment that silences linters": "# ruff: noqa\ndef f(v):\n    return = f'{', '.join(v)}'",
    "nothing": "",
}


@pytest.mark.parametrize("source", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_stays_a_mistake(source: str) -> None:
    """No Python parses it, whatever stands beside it."""
    assert needed_python(source) is None


needs_older = pytest.mark.skipif(HERE >= (3, 14), reason="this Python parses the cell")
NEW_CELL = "class Base:\n    def say(self, v):\n        return t'{v}'"


def asked(cells: list[str], name: str) -> CallError | None:
    program = extract(cells_of(*cells), [name])
    fragments = [asdict(fragment) for fragment in program.fragments]
    with Sandbox(fragments, networks={}, scaffold={}) as sandbox:
        return sandbox.call([name], [], limit_seconds=30.0).error


RESTING = {
    "the name itself": ([NEW_CELL], "Base"),
    "a class that inherits": ([NEW_CELL, "class Mine(Base):\n    pass"], "Mine"),
    "one that inherits from that": (
        [NEW_CELL, "class Mine(Base):\n    pass", "class Last(Mine):\n    pass"],
        "Last",
    ),
    "a function that calls it": ([NEW_CELL, "def f():\n    return Base()"], "f"),
    "an import from it": (
        [f"%%writefile a.py\n{NEW_CELL}", "def f():\n    from a import Base\n    return Base()"],
        "f",
    ),
    "a module's name": (
        [f"%%writefile a.py\n{NEW_CELL}", "import a\ndef f():\n    return a.Base()"],
        "f",
    ),
}


@needs_older
@pytest.mark.parametrize(("cells", "name"), RESTING.values(), ids=RESTING.keys())
def test_what_rests_on_newer_code_says_so(cells: list[str], name: str) -> None:
    """The cause is told instead of the missing name."""
    error = asked(cells, name)

    assert error is not None
    assert error.kind == "newer_python"
    here = f"{HERE[0]}.{HERE[1]}"
    told = f"cell 1 was written for Python 3.14 or newer; this grader runs {here}"
    assert str(error.message) == f"{told}, so this waits for staff"
    assert error.cell == 1


@needs_older
def test_what_does_not_rest_on_newer_code_is_graded() -> None:
    """A name of an older cell is there, and an error of its own stays its own."""
    cells = [NEW_CELL, "def f():\n    return missing"]

    error = asked(cells, "f")
    assert error is not None
    assert error.kind == "raised"


def test_a_failed_import_is_the_cause_of_a_missing_name() -> None:
    """The error is the import's, at its place."""
    error = asked(["from no_such_library import entropy", "def f():\n    return entropy(3)"], "f")

    assert error is not None
    assert error.exception == "ModuleNotFoundError"
    assert (error.cell, error.line) == (1, 1)
