"""
Notebook -> code cells, without nbformat's strictness: whatever has cells is read.

Fields follow https://nbformat.readthedocs.io/en/latest/format_description.html, versions 3 and 4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from grader.errors import SubmissionError
from grader.intake.files.decoding import clean, decode_notebook
from grader.intake.model import Cell, IntakeLimits
from grader.words.message import Message, message

_IMAGES = frozenset({"image/png", "image/jpeg", "image/svg+xml", "image/gif"})
_IMAGES_V3 = frozenset({"png", "jpeg", "svg"})
_PROSE = ("markdown", "raw")
_TEXTS = ("markdown", "heading")  # headings had a cell type of their own in version 3
# What matplotlib saves beside an image; https://matplotlib.org, Figure.__repr__.
_AXES = re.compile(r"<Figure size [\d.]+x[\d.]+ with (\d{1,3}) Axes>")
# Python refuses to convert longer ones; a notebook holds none that matter.
_DIGITS = 300


def read_notebook(name: str, data: bytes, limits: IntakeLimits) -> tuple[Cell, ...]:
    """
    Return the code cells of a notebook, in order.

    Raises SubmissionError when *data* is no notebook or exceeds a limit.
    """
    document = _load(name, decode_notebook(name, data), limits)
    raw = _raw_cells(name, document)
    if len(raw) > limits.cells:
        reason = message("notebook.many-cells", file=name, count=len(raw), most=limits.cells)
        raise SubmissionError(reason)
    outputs_left = limits.outputs_total_characters
    cells: list[Cell] = []
    above = ""
    for index, item in enumerate(raw, start=1):
        kind = item.get("cell_type") if isinstance(item, dict) else None
        if kind in _TEXTS:
            above = clean(_text(item.get("source"))[: limits.text_above_characters])
        if kind != "code":
            continue
        room = min(limits.output_characters, outputs_left)
        cell = _cell(name, item, number=len(cells) + 1, index=index, room=room)
        outputs_left -= sum(map(len, cell.outputs))
        cells.append(replace(cell, text_above=above))
    return tuple(cells)


def read_text_cells(name: str, data: bytes, limits: IntakeLimits) -> tuple[Cell, ...]:
    """
    Return the cells of a notebook that hold no code: markdown and raw ones.

    Their ``number`` is that of the code cell above, 0 for none. Raises as ``read_notebook`` does.
    """
    raw = _raw_cells(name, _load(name, decode_notebook(name, data), limits))
    cells: list[Cell] = []
    above, room = 0, limits.code_characters
    for index, item in enumerate(raw, start=1):
        kind = item.get("cell_type") if isinstance(item, dict) else None
        above += kind == "code"
        if kind in _PROSE:
            source = clean(_text(item.get("source"))[:room])
            room -= len(source)
            cells.append(Cell(file=name, number=above, index=index, source=source))
    return tuple(cells)


def read_raw_cells(name: str, data: bytes, limits: IntakeLimits) -> Sequence[Any]:
    """Return all cells as the JSON has them, unchecked. Raises as ``read_notebook`` does."""
    return _raw_cells(name, _load(name, decode_notebook(name, data), limits))


def looks_like_notebook(data: bytes) -> bool:
    """Return whether *data* is a JSON object that mentions cells, whatever the file is called."""
    head = data[:100].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith(b"{") and (b'"cells"' in data or b'"worksheets"' in data)


def _load(name: str, text: str, limits: IntakeLimits) -> Mapping[str, Any]:
    """Return the notebook's JSON object; what follows it is dropped."""
    if sum(map(text.count, "[{,")) > limits.json_tokens:
        raise SubmissionError(message("notebook.many-values", file=name))
    try:
        document, _ = json.JSONDecoder(strict=False, parse_int=_integer).raw_decode(text.lstrip())
    except RecursionError:
        raise SubmissionError(message("notebook.deep", file=name)) from None
    except ValueError as error:
        raise SubmissionError(_not_json(name, text, error)) from None
    if not isinstance(document, dict):
        raise SubmissionError(message("notebook.no-cells", file=name))
    return document


def _integer(digits: str) -> int:
    return int(digits[:_DIGITS])


def _not_json(name: str, text: str, error: ValueError) -> Message:
    if not text.lstrip().startswith("{"):
        return message("notebook.other-text", file=name)
    if isinstance(error, json.JSONDecodeError) and error.pos >= len(text.strip()) - 1:
        return message("notebook.incomplete", file=name, where="cut-off")
    if isinstance(error, json.JSONDecodeError) and error.msg.startswith("Unterminated string"):
        return message("notebook.incomplete", file=name, where="cut-off-in-text")
    line = getattr(error, "lineno", 1)
    return message("notebook.incomplete", file=name, where="broken", line=line)


def _raw_cells(name: str, document: Mapping[str, Any]) -> Sequence[Any]:
    """Return the list of cells, wherever the notebook's version keeps it."""
    cells = document.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = document.get("worksheets")
    if isinstance(sheets, list):
        return [
            cell
            for sheet in sheets
            if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
            for cell in sheet["cells"]
        ]
    raise SubmissionError(message("notebook.no-cells", file=name))


def _cell(name: str, item: Mapping[str, Any], *, number: int, index: int, room: int) -> Cell:
    source = item["source"] if "source" in item else item.get("input")
    outputs = [output for output in _list(item.get("outputs")) if isinstance(output, dict)]
    return Cell(
        file=name,
        number=number,
        index=index,
        source=clean(_text(source)),
        outputs=tuple(_bounded(map(_output_text, outputs), room)),
        images=sum(map(_has_image, outputs)),
        plots=sum(map(_plots, outputs)),
        counter=_counter(item.get("execution_count", item.get("prompt_number"))),
    )


def _counter(value: object) -> int | None:
    return value if type(value) is int and 0 < value < 1_000_000 else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    """Return multi-line text, which notebooks keep as a string or as a list of lines."""
    if isinstance(value, str):
        return value
    return "".join(line for line in _list(value) if isinstance(line, str))


def _output_text(output: Mapping[str, Any]) -> str:
    """Return what an output shows as text: printed, the cell's value, or the error's last line."""
    if "ename" in output:
        return f"{output.get('ename')}: {output.get('evalue')}"
    data = output.get("data")
    if isinstance(data, dict):
        return _text(data.get("text/plain"))
    return _text(output.get("text"))


def _has_image(output: Mapping[str, Any]) -> bool:
    data = output.get("data")
    if isinstance(data, dict):
        return not _IMAGES.isdisjoint(data)
    return not _IMAGES_V3.isdisjoint(output)


def _plots(output: Mapping[str, Any]) -> int:
    """Return the number of plots in an image, one where matplotlib's own text says nothing."""
    if not _has_image(output):
        return 0
    match = _AXES.search(_output_text(output))
    return 1 if match is None else int(match[1])


def _bounded(texts: Iterator[str], room: int) -> Iterator[str]:
    """Yield texts that are not blank until *room* characters are used up, the last one cut."""
    for text in texts:
        if room <= 0:
            return
        kept = clean(text[:room])
        room -= len(kept)
        if kept.strip():
            yield kept
