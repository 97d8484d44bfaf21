"""What explains calls without a value, and what their errors are called."""

from __future__ import annotations

from typing import Any

import pytest

from grader.diagnosis.catalogue import load_catalogue
from grader.intake.model import Cell
from grader.intake.program.extraction import extract
from grader.model import Finding
from grader.sandbox.calls.replies import CallError, LoadReport
from grader.sandbox.protocol import Value
from grader.tasks import conduct
from grader.tasks.hypotheses.fit import Fit
from grader.tasks.hypotheses.reading import (
    Text,
    explain_error,
    where_of,
)
from grader.tasks.hypotheses.source import find_function, numbers_in
from grader.words.message import say
from tests.diagnosis.calls import (
    TASK,
    raised,
    weights_answer,
)
from tests.diagnosis.made import names_of

MISSING = CallError(
    kind="not_found", message=say("reason", "name-missing", name="quantized_weights")
)


ERRORS = {
    "function-raises": "raised",
    "function-times-out": "timed_out",
    "time-used-up": "used_up",
    "function-stops-python": "exited",
    "function-missing": "not_found",
}


@pytest.mark.parametrize("finding", ERRORS)
def test_error_is_named_by_its_kind(finding: str) -> None:
    """Each way in which a call ends without a value has its own name."""
    message = say("reason", "call-exited")
    error = CallError(kind=ERRORS[finding], message=message, cell=4, line=7)
    found = explain_error(TASK, [weights_answer(Value.none(), error=error)], Text())

    assert names_of(found) == [finding]
    has_place = "raises" in finding or "stops" in finding
    assert found[0].where == (say("where", "cell-line", cell=4, line=7) if has_place else None)


def test_what_python_said_is_a_sentence_of_the_finding() -> None:
    """It begins with a capital where a sentence ends before it."""
    (found,) = explain_error(
        TASK, [weights_answer(Value.none(), error=raised("ValueError", "no"))], Text()
    )
    common = {"function": NAME, "question": "6c"}
    finding = Finding(id=found.finding, task="weights", values=common | dict(found.values))

    assert str(finding.message) == (
        "quantized_weights, called for conv1, gave no value. The code raised ValueError: no."
    )


def test_our_own_failure_is_no_finding() -> None:
    """What the grader broke is not blamed on the student."""
    error = CallError(kind="internal", message=say("reason", "call-closed"))

    assert explain_error(TASK, [weights_answer(Value.none(), error=error)], Text()) == []


def test_nearest_name_is_offered() -> None:
    """A function under a similar name is offered, functions of other tasks are not."""
    loaded = LoadReport(defined=("quantize_weights", "quantized_bias"))
    text = Text(loaded=loaded, asked=frozenset(("quantized_bias", "quantized_weights")))

    found = explain_error(TASK, [weights_answer(Value.none(), error=MISSING)], text)

    assert str(found[0].values["nearest"]).endswith("is quantize_weights")


def test_no_name_is_offered_where_none_is_near() -> None:
    """A missing function is said once, without a word of names that are not there."""
    found = explain_error(TASK, [weights_answer(Value.none(), error=MISSING)], Text())

    assert found[0].values["nearest"] == ""


def test_function_behind_a_syntax_error_is_found() -> None:
    """Where the function stands in a cell that cannot be read, that cell is named."""
    source = "def quantized_weights(weights):\n    return (weights, 1"
    cells = [Cell(file="hw1.ipynb", number=3, index=5, source=source)]
    program = extract(cells, ["quantized_weights"])

    found = explain_error(
        TASK, [weights_answer(Value.none(), error=MISSING)], Text(program=program, cells=cells)
    )

    assert names_of(found) == ["syntax-error-hides-function"]
    assert str(found[0].where).startswith("cell 3")


NAME = "quantized_weights"
DEFINITION = f"def {NAME}(weights):\n    return weights, 1"
ELSEWHERE = {
    "a text cell": ([""], [f"My code:\n\n{DEFINITION}"], "function-in-text-cell", 7),
    "a fenced text cell": ([""], [f"```python\n{DEFINITION}\n```"], "function-in-text-cell", 7),
    "a comment": ([f"x = 1\n# {DEFINITION}"], [], "function-commented-out", "cell 1, line 2"),
    "a comment without a space": (
        [f"#{DEFINITION}"],
        [],
        "function-commented-out",
        "cell 1, line 1",
    ),
    "quotes": ([f"'''\n{DEFINITION}\n'''"], [], "function-commented-out", "cell 1, line 2"),
    "another function": (
        [f"def main():\n    def {NAME}(w):\n        return w, 1"],
        [],
        "function-nested",
        "cell 1, line 2",
    ),
    "another class": (
        [f"class Net:\n    def {NAME}(self, w):\n        return w, 1"],
        [],
        "function-nested",
        "cell 1, line 2",
    ),
    "a merge conflict": (
        [f"<<<<<<< HEAD\n{DEFINITION}\n=======\n>>>>>>> b"],
        [],
        "conflict-mark-hides-function",
        "cell 1, line 1",
    ),
    "a broken block beside others": (
        [f"x = 1\n{DEFINITION} +\ny = 2\nprint 'a'"],
        [],
        "syntax-error-hides-function",
        "cell 1, line 3",
    ),
}


@pytest.mark.parametrize("where", ELSEWHERE)
def test_a_function_that_stands_elsewhere_is_told_its_place(where: str) -> None:
    """What stands in text, in a comment or in another function is not said to be missing."""
    sources, texts, finding, place = ELSEWHERE[where]
    cells = [Cell(file="hw1.ipynb", number=i, index=i, source=s) for i, s in enumerate(sources, 1)]
    text_cells = [Cell(file="hw1.ipynb", number=1, index=7, source=text) for text in texts]
    text = Text(program=extract(cells, [NAME]), cells=cells, text_cells=text_cells)

    (found,) = explain_error(TASK, [weights_answer(Value.none(), error=MISSING)], text)

    assert found.finding == finding
    assert place in (str(found.where), found.values.get("index"))


def test_a_script_has_no_kernel() -> None:
    """A syntax error of a script is told by its line, with a hint that fits a script."""
    source = f"x = 1\n{DEFINITION} +"
    cells = [Cell(file="hw1.py", number=None, index=1, source=source)]
    text = Text(program=extract(cells, [NAME]), cells=cells)

    (found,) = explain_error(TASK, [weights_answer(Value.none(), error=MISSING)], text)

    assert found.finding == "syntax-error-in-script"
    assert str(found.where) == "hw1.py, line 3"
    assert "kernel" not in load_catalogue().entry(found.finding).en.hint


CALLS = f"def {NAME}(weights):\n    return top(weights)"
UNREAD = {
    "a cell with a syntax error": (["def top(x):\n    return x +", CALLS], [], "cell 1, line 2"),
    "a comment": (["# def top(x):\n#     return x", CALLS], [], "cell 1, line 1"),
    "a text cell": ([CALLS], ["def top(x):\n    return x"], "text cell, number 7"),
    "a merge conflict": (
        ["<<<<<<< a\ndef top(x):\n    return x\n=======\n>>>>>>> b", CALLS],
        [],
        "cell 1, line 1",
    ),
}


@pytest.mark.parametrize("where", UNREAD)
def test_a_helper_that_does_not_run_is_the_cause_of_a_missing_name(where: str) -> None:
    """The place of the helper is told beside the NameError."""
    sources, texts, place = UNREAD[where]
    cells = [Cell(file="hw1.ipynb", number=i, index=i, source=s) for i, s in enumerate(sources, 1)]
    text_cells = [Cell(file="hw1.ipynb", number=1, index=7, source=text) for text in texts]
    text = Text(program=extract(cells, [NAME]), cells=cells, text_cells=text_cells)
    error = raised("NameError", "name 'top' is not defined", cell=2, line=2)

    (found,) = explain_error(TASK, [weights_answer(Value.none(), error=error)], text)

    assert found.finding == "name-in-unread-code"
    assert found.values["name"] == "top"
    assert str(found.values["cell"]).startswith(place)


def _raising(exception: str) -> list[str]:
    cells = [
        Cell(file="hw1.ipynb", number=i, index=i, source=source)
        for i, source in enumerate(
            [
                "limits = {}",
                "limits.update(json.load(open('limits.json')))",
                f"def {NAME}(weights):\n    return weights, limits['top']",
            ],
            1,
        )
    ]
    text = Text(program=extract(cells, [NAME]), cells=cells)
    error = raised(exception, "no", cell=3, line=2)
    (found,) = explain_error(TASK, [weights_answer(Value.none(), error=error)], text)
    return [found.finding, *(str(found.values.get(key)) for key in ("cell", "effect"))]


def test_a_statement_that_was_not_run_is_told_beside_the_error() -> None:
    """Where something was never set, the statement that would have set it is named."""
    assert _raising("KeyError") == ["statement-not-run", "cell 2, line 1", "files"]
    assert _raising("ZeroDivisionError")[0] == "statement-not-run"
    assert _raising("AssertionError")[0] == "function-raises"


@pytest.mark.parametrize(
    ("above", "finding", "where"),
    [
        ("", "static-method-missing", "cell 1, line 3"),
        ("@staticmethod\n    ", "function-raises", "cell 5, line 12"),
    ],
)
def test_a_static_method_that_got_self_is_named_where_it_stands(
    above: str, finding: str, where: str
) -> None:
    """The template calls it on the class, which ends in Python's TypeError."""
    method = f"class Net:\n    {above}def {NAME}(self, pixels):\n        return 1"
    cells = [Cell(file="hw1.ipynb", number=1, index=1, source=method)]
    asked = frozenset({NAME})
    text = Text(program=extract(cells, ["Net"]), cells=cells, asked=asked)
    said = f"Net.{NAME}() missing 1 required positional argument: 'pixels'"
    error = raised("TypeError", said, cell=5, line=12)

    (found,) = explain_error(TASK, [weights_answer(Value.none(), error=error)], text)

    assert (found.finding, str(found.where)) == (finding, where)


def test_a_misspelled_name_is_told_with_the_one_that_is_meant() -> None:
    """Only a name that is nearly one of the function's own is called misspelled."""
    source = f"def {NAME}(weights):\n    return wieghts, 1.0"
    cells = [Cell(file="hw1.ipynb", number=1, index=1, source=source)]
    text = Text(program=extract(cells, [NAME]), cells=cells)

    def named(missing: str) -> Fit:
        error = raised("NameError", f"name '{missing}' is not defined", cell=1, line=2)
        (found,) = explain_error(TASK, [weights_answer(Value.none(), error=error)], text)
        return found

    assert named("wieghts").values["meant"] == "weights"
    assert named("plot_all").finding == "function-raises"


def test_numbers_and_functions_are_found_in_the_source() -> None:
    """The last definition of a method counts, and written fractions are worked out."""
    source = (
        "class Net:\n"
        "    def forward(self, x):\n        return x * 3\n"
        "    def forward(self, x):\n        return x * (255 / 2) - True\n"
    )
    program = extract([Cell(file="a.py", number=None, index=1, source=source)], ["Net"])
    node = find_function(program, "Net.forward")

    assert set(numbers_in(node)) == {127.5, 255.0, 2.0}
    assert find_function(program, "Net.backward") is None
    assert numbers_in(None) == ()


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"cell": 3, "line": 7}, "cell 3, line 7"),
        ({"file": "quantutils.py", "line": 7}, "quantutils.py, line 7"),
        ({"line": 7}, None),
        ({"cell": 3}, None),
        ({}, None),
    ],
)
def test_an_errors_place_is_said_in_the_words_of_the_checks(
    where: dict[str, Any], said: str | None
) -> None:
    """A finding names a line and its cell as the check does, or else where the function stands."""
    error = raised("ValueError", "no", **where)

    found = where_of(error)

    assert said == (found and str(found))
    assert found in (None, conduct.place(error))
