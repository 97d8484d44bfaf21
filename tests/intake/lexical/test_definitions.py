"""Where a function is defined is found in one way, whoever asks."""

from __future__ import annotations

import ast

import pytest

from grader.intake.lexical.definitions import find_definition, find_return, named_functions
from grader.intake.model import Cell, Program
from grader.intake.program.extraction import extract
from grader.results.excerpts import task_code
from grader.tasks.hypotheses.source import find_function
from tests.grading import edition

FIRST = "def quantized_weights(w):\n    return 1\n"
LAST = "x = 0\n@staticmethod\ndef quantized_weights(w):\n    return 2\n"


def program_of(*sources: str) -> Program:
    names = sorted({task.callable.partition(".")[0] for task in edition().file.tasks})
    cells = [
        Cell(file="hw1.ipynb", number=number, index=number, source=source)
        for number, source in enumerate(sources, start=1)
    ]
    return extract(cells, names)


def test_the_last_definition_counts_for_everybody() -> None:
    """The excerpt that is shown is the function that is diagnosed."""
    program = program_of(FIRST, LAST)

    found = find_definition(program, "quantized_weights")

    assert found is not None
    assert found[0].cell == 2
    diagnosed = find_function(program, "quantized_weights")
    assert diagnosed is not None
    assert ast.dump(diagnosed) == ast.dump(found[1])
    assert task_code(edition().file.tasks, program)["weights"].source.endswith("return 2")


@pytest.mark.parametrize("path", ["NetQuantized.backward", "quantized_weights.inner", "missing"])
def test_what_is_not_defined_is_not_found(path: str) -> None:
    """A path that ends nowhere has no definition."""
    program = program_of(
        FIRST, "class NetQuantized:\n    def forward(self, x):\n        return x\n"
    )

    assert find_definition(program, path) is None
    assert find_function(program, path) is None


def test_functions_are_named_in_text_that_does_not_parse() -> None:
    """A cell with a syntax error still tells what it would have defined."""
    assert named_functions("def f(x:\n  def g(y)\n# def h()\ndefault = 1") == ["f", "g"]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("@staticmethod\ndef f(w):\n    s = 1\n    return w, s", 4),
        ("def f(w):\n    if w:\n        return 1\n    return 2\n# the end", 4),
        ("def f(w):\n    def g():\n        return 1\n    print(g)", 1),
        ("@torch.no_grad()\ndef f(w):\n    pass", 2),
        ("x = 1\n@staticmethod\ndef f(w): return 1", 3),
    ],
)
def test_a_function_is_shown_where_it_returns(source: str, line: int) -> None:
    """Not at its decorator, nor where a function inside it returns."""
    cells = [Cell(file="hw1.ipynb", number=1, index=1, source=source)]

    assert str(find_return(extract(cells, ["f"]), "f")) == f"cell 1, line {line}"


def test_jupyters_own_number_of_a_cell_stands_beside_ours() -> None:
    """``In [12]`` is what a person sees; it is left out where it is the same."""
    cells = [
        Cell(
            file="hw1.ipynb", number=n, index=n, source=f"def {name}(): return 1", counter=counter
        )
        for n, name, counter in ((1, "f", 1), (2, "g", 12), (3, "h", None))
    ]
    program = extract(cells, ["f", "g", "h"])

    places = [str(program.defined[name]) for name in ("f", "g", "h")]
    assert places == ["cell 1, line 1", "cell 2 (In [12]), line 1", "cell 3, line 1"]
