"""Notebooks as Jupyter, Colab and old versions write them become the same cells."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from grader.intake.model import IntakeLimits, Place
from tests.intake.notebooks import code_cell, markdown_cell, notebook, read, write


def sources(path: Path, data: bytes) -> list[str]:
    submission = read(write(path / "hw1_b0990001.ipynb", data))
    return [cell.source for cell in submission.cells]


V3 = {
    "metadata": {"name": ""},
    "nbformat": 3,
    "nbformat_minor": 0,
    "worksheets": [
        {
            "cells": [
                {"cell_type": "heading", "level": 1, "source": ["Title"]},
                {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "outputs": []},
            ]
        }
    ],
}
LENIENT = {
    "no nbformat_minor": {"cells": [code_cell("x = 1\ny = 2")], "nbformat": 4},
    "no metadata at all": {"cells": [{"cell_type": "code", "source": "x = 1\ny = 2"}]},
    "source as list": {"cells": [code_cell(["x = 1\n", "y = 2"])]},
    "a cell that is no object": {"cells": [None, 3, code_cell("x = 1\ny = 2")]},
    "outputs that are no list": {"cells": [{**code_cell("x = 1\ny = 2"), "outputs": None}]},
    "source with Windows line ends": {"cells": [code_cell("x = 1\r\ny = 2")]},
    "nbformat 3": V3,
}


@pytest.mark.parametrize("document", LENIENT.values(), ids=LENIENT.keys())
def test_invalid_but_readable_notebooks_are_read(document: dict[str, Any], tmp_path: Path) -> None:
    """A notebook that a strict validator refuses still gives its code."""
    assert sources(tmp_path, json.dumps(document).encode()) == ["x = 1\ny = 2"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks_do_no_harm(encoding: str, tmp_path: Path) -> None:
    """The encodings that editors on Windows write are read."""
    text = json.dumps({"cells": [code_cell("名字 = '量化'")]}, ensure_ascii=False)

    assert sources(tmp_path, text.encode(encoding)) == ["名字 = '量化'"]


def test_same_cells_as_nbformat(tmp_path: Path) -> None:
    """What nbformat itself writes comes back cell by cell."""
    v4 = nbformat.v4
    written = v4.new_notebook(
        cells=[v4.new_markdown_cell("# 1"), v4.new_code_cell("a = 1"), v4.new_code_cell("b = 2\n")]
    )

    assert sources(tmp_path, nbformat.writes(written).encode()) == ["a = 1", "b = 2\n"]


def test_nan_in_outputs_is_read(tmp_path: Path) -> None:
    """NaN is not JSON, but notebooks hold it."""
    data = notebook(code_cell("x = 1", [{"output_type": "x", "data": {"a": float("nan")}}]))

    assert sources(tmp_path, data) == ["x = 1"]


def test_endless_integers_are_read(tmp_path: Path) -> None:
    """An integer longer than Python converts does not stop the reading."""
    data = b'{"cells": [{"cell_type": "code", "source": "x = 1", "n": ' + b"9" * 9000 + b"}]}"

    assert sources(tmp_path, data) == ["x = 1"]


def test_lone_surrogates_become_replacement_characters(tmp_path: Path) -> None:
    """Half an emoji can be stored in a report."""
    data = b'{"cells": [{"cell_type": "code", "source": "x = \'\\ud83d\'"}]}'

    assert sources(tmp_path, data) == ["x = '\ufffd'"]


def test_cells_are_numbered_as_people_count(tmp_path: Path) -> None:
    """The number counts code cells, the index counts all of them."""
    data = notebook(markdown_cell("# 1"), "", markdown_cell("# 2"), "x = 1")

    submission = read(write(tmp_path / "hw1_1.ipynb", data))

    assert [(cell.number, cell.index) for cell in submission.cells] == [(1, 2), (2, 4)]


def test_jupyters_numbers_are_read_where_they_are_numbers(tmp_path: Path) -> None:
    """Both of ``nbformat`` 4 and of 3; what is no count is none."""
    counts: list[dict[str, object]] = [{"execution_count": n} for n in (12, None, "*", -1, True)]
    cells = [{**code_cell("x = 1"), **count} for count in counts]
    old = {"cell_type": "code", "input": "x = 1", "outputs": [], "prompt_number": 7}

    submission = read(write(tmp_path / "hw1_1.ipynb", notebook(*cells, old)))

    assert [cell.counter for cell in submission.cells] == [12, None, None, None, None, 7]


def test_saved_outputs_are_kept_as_text(tmp_path: Path) -> None:
    """Printed text, values and the last line of an error are kept; images are counted."""
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["Accuracy: ", "52.1 %\n"]},
        {"output_type": "execute_result", "data": {"text/plain": "127", "image/png": "iVBO"}},
        {"output_type": "error", "ename": "NameError", "evalue": "no x", "traceback": []},
        {"output_type": "display_data", "data": {"image/svg+xml": "<svg/>"}},
    ]

    cell = read(write(tmp_path / "hw1_1.ipynb", notebook(code_cell("x", outputs)))).cells[0]

    assert cell.outputs == ("Accuracy: 52.1 %\n", "127", "NameError: no x")
    assert cell.images == 2


def test_plots_are_counted_by_what_matplotlib_says(tmp_path: Path) -> None:
    """An image holds as many plots as its text says, one where it says none; text holds none."""
    outputs = [
        {"data": {"text/plain": "<Figure size 1500x260 with 5 Axes>", "image/png": "iVBO"}},
        {"data": {"text/plain": ["<matplotlib.Figure>"], "image/png": "iVBO"}},
        {"data": {"text/plain": "<Figure size 3600x3600 with 2 Axes>"}},
    ]

    cell = read(write(tmp_path / "hw1_1.ipynb", notebook(code_cell("x", outputs)))).cells[0]

    assert (cell.images, cell.plots) == (2, 6)


def test_the_markdown_above_is_kept(tmp_path: Path) -> None:
    """Each code cell knows the nearest text above it, headings of version 3 too."""
    heading = {"cell_type": "heading", "level": 1, "source": ["Title"]}
    data = notebook("a = 1", heading, markdown_cell("## 2"), "b = 1", "c = 1")

    cells = read(write(tmp_path / "hw1_1.ipynb", data)).cells

    assert [cell.text_above for cell in cells] == ["", "## 2", "## 2"]


def test_outputs_of_nbformat_3_are_kept(tmp_path: Path) -> None:
    """Version 3 keeps text and images beside each other in the output."""
    cell = {
        "cell_type": "code",
        "input": "x",
        "outputs": [{"output_type": "pyout", "text": ["5"], "png": "iVBO"}],
    }
    data = json.dumps({"worksheets": [{"cells": [cell]}]}).encode()

    read_cell = read(write(tmp_path / "hw1_1.ipynb", data)).cells[0]

    assert (read_cell.outputs, read_cell.images) == (("5",), 1)


def test_long_outputs_are_cut(tmp_path: Path) -> None:
    """A cell that printed without end keeps no more than the limit."""
    output = {"output_type": "stream", "text": "y" * 500}
    path = write(tmp_path / "hw1_1.ipynb", notebook(code_cell("x", [output] * 3)))

    cell = read(path, limits=IntakeLimits(output_characters=700)).cells[0]

    assert [len(text) for text in cell.outputs] == [500, 200]


def test_outputs_of_all_cells_together_are_cut(tmp_path: Path) -> None:
    """Many cells that printed a lot keep no more than the limit for the notebook."""
    cells = [code_cell("x", [{"output_type": "stream", "text": "y" * 500}])] * 4
    path = write(tmp_path / "hw1_1.ipynb", notebook(*cells))

    submission = read(path, limits=IntakeLimits(outputs_total_characters=1200))

    assert sum(len(text) for cell in submission.cells for text in cell.outputs) == 1200


def test_file_is_recorded_with_its_hash(tmp_path: Path) -> None:
    """The record names the file, its SHA-256 and its size."""
    data = notebook("x = 1")

    file = read(write(tmp_path / "hw1_b01.ipynb", data)).files[0]

    assert (file.name, file.size_bytes) == ("hw1_b01.ipynb", len(data))
    assert file.sha256 == hashlib.sha256(data).hexdigest()


def test_place_in_a_notebook_reads_as_cell_and_line() -> None:
    """A place in a notebook names the cell."""
    assert str(Place(file="hw1_1.ipynb", cell=12, line=3)) == "cell 12, line 3"


def test_place_in_a_script_reads_as_file_and_line() -> None:
    """A place in a script names the file."""
    assert str(Place(file="quantutils.py", cell=None, line=40)) == "quantutils.py, line 40"
