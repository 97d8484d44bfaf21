"""Whatever is handed in, reading ends soon, with a submission or with a SubmissionError."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grader.errors import SubmissionError
from grader.intake.lexical.magics import neutralise
from grader.intake.program.extraction import extract
from tests.intake.notebooks import cells_of, code_cell, notebook, read, write, zipped

QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
CELL = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "heading"]) | JSON,
        "source": JSON,
        "input": JSON,
        "outputs": JSON | st.lists(st.fixed_dictionaries({"data": JSON, "text": JSON})),
    },
)
LINES = st.sampled_from(
    [
        "x = 1",
        "x += y",
        "def f(a, b=x):",
        "    return g(a)",
        "class g(f):",
        "    x: 'h' = [f for f in x]",
        "f.a = staticmethod(g)",
        "if x:",
        "else:",
        "try:",
        "except h as f:",
        "@f",
        "from a import f as x, g",
        "from f import *",
        "global x",
        "with open('x') as f, g:",
        "lambda f, *x: (f := x)",
        "match x:",
        "    case [f, *g]:",
        "!ls",
        "%%time",
        "x = %time f",
        "f?",
        '"""',
        "'''",
        "(",
        "]",
        "\\",
        "# %%",
        "    ",
        "\t",
        "del f",
        "f'{x!r:>{g}}'",
        "\0",
        "變數 = f",
    ]
)
CODE = st.lists(LINES | st.text(max_size=12), max_size=14).map("\n".join)


def outcome(data: bytes, name: str) -> str:
    """Read one file, and say whether it was read or refused."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            submission = read(write(Path(folder) / name, data))
        except SubmissionError:
            return "refused"
    extract(submission.cells, ["f"])
    return "read"


@QUICK
@given(st.binary(max_size=300))
@pytest.mark.parametrize("name", ["hw1_b01.ipynb", "a.py", "b01.zip"])
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    """No bytes raise anything else."""
    assert outcome(data, name) in {"read", "refused"}


@QUICK
@given(JSON | st.fixed_dictionaries({"cells": st.lists(CELL | JSON, max_size=4)}))
def test_any_json_is_read_or_refused(document: object) -> None:
    """No JSON raises anything else."""
    assert outcome(json.dumps(document).encode(), "hw1_b01.ipynb") in {"read", "refused"}


@QUICK
@given(st.integers(0, 400), st.integers(0, 255))
def test_any_damage_to_an_archive_is_read_or_refused(position: int, value: int) -> None:
    """Changing one byte of an archive raises nothing else."""
    data = bytearray(zipped({"hw1_b01.ipynb": notebook("x = 1"), "a/b.pdf": b"%PDF"}))
    data[position % len(data)] = value

    assert outcome(bytes(data), "b01.zip") in {"read", "refused"}


@QUICK
@given(st.integers(0, 300))
def test_any_cut_of_a_notebook_is_read_or_refused(length: int) -> None:
    """A notebook cut anywhere is refused; whole, it is read."""
    data = notebook("x = 1")

    assert outcome(data[:length], "b.ipynb") == ("read" if length >= len(data) else "refused")


@QUICK
@given(CODE, CODE)
@example("def f(\n", "@\n")
def test_any_code_is_extracted(first: str, second: str) -> None:
    """Extraction raises for no code, and its fragments stand in order."""
    program = extract(cells_of(first, second), ["f", "x"])
    places = [fragment.place for fragment in program.fragments]

    assert places == sorted(places)


@QUICK
@given(CODE)
def test_fragments_compile_where_they_stand(code: str) -> None:
    """A fragment is a piece of the cell that parses by itself."""
    for fragment in extract(cells_of(code), ["f", "g", "x"]).fragments:
        compile("\n" * (fragment.line - 1) + fragment.source, "cell", "exec", flags=0x400)


@QUICK
@given(CODE)
def test_good_function_survives_any_cell_beside_it(code: str) -> None:
    """No other cell takes a function of a name it does not mention away."""
    program = extract(cells_of(code, "def unmentioned(): return 1", code), ["unmentioned"])

    assert program.fragments[0].source == "def unmentioned(): return 1"


@QUICK
@given(CODE)
def test_neutralising_keeps_the_number_of_lines(code: str) -> None:
    """Line numbers stay right."""
    assert neutralise(code).count("\n") == code.count("\n")


BIG = {
    "ten thousand lines": "\n".join(
        f"def f{i}(x):\n    y = f{i - 1}(x) * SCALE\n    return [y for z in x]\nv{i} = f{i}\n"
        for i in range(2000)
    ),
    "chain of changes": "x = 1\ny = 2\n" + "x = x + y\ny = y + x\n" * 5000,
    "functions used early": "\n".join(f"a{i} = 1" for i in range(1000))
    + "\ndef f():\n"
    + "".join(f"    a{i}\n" for i in range(1000))
    + "x = 1\n"
    + "x = f() + x\n" * 1000,
    "errors on every line": "x = (\n" * 10_000,
    "one long line": "x = [" + "1," * 200_000 + "]",
    "spaces": "x" + " " * 500_000 + "!",
    "open quotes": "'" * 100_001,
    "magics": "!ls\n" * 20_000,
    "magics of spaces": " " * 500_000 + "?",
    "decorators": "@a\n" * 10_000,
    "backslashes": "\\\n" * 20_000,
}


@pytest.mark.few(3)
@pytest.mark.parametrize("code", BIG.values(), ids=BIG.keys())
def test_large_and_odd_cells_take_seconds_at_most(code: str) -> None:
    """Time grows with the size of a cell, not with its square."""
    start = time.process_time()

    extract(cells_of(code, code), ["f1999", "x", "f"])

    assert time.process_time() - start < 6


def test_large_notebook_is_read_quickly(tmp_path: Path) -> None:
    """Twenty megabytes of images are read in a moment."""
    image = {"output_type": "display_data", "data": {"image/png": "iVBO" * 250_000}}
    path = write(tmp_path / "hw1_1.ipynb", notebook(*[code_cell("x = 1", [image])] * 20))
    start = time.process_time()

    read(path)

    assert time.process_time() - start < 3
