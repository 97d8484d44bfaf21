"""Notebooks, archives and cells for the tests, built in code."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.intake.model import Cell, Submission
from grader.intake.submission import read_submission

PATTERNS = ("hw1_{student_id}.ipynb",)
ID_PATTERN = r"hw\d+_(?P<id>[A-Za-z0-9][A-Za-z0-9._-]*?)"


def code_cell(source: str | Sequence[str], outputs: Sequence[Any] = ()) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": list(outputs),
        "source": source,
    }


def markdown_cell(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": [source]}


def notebook(*cells: dict[str, Any] | str, **extra: object) -> bytes:
    full = [code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    document = {"cells": full, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **extra}
    return json.dumps(document).encode()


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def zipped(files: Mapping[Any, bytes | str], **options: Any) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def read(*paths: Path, **options: Any) -> Submission:
    given = {"code_patterns": PATTERNS, "id_pattern": ID_PATTERN, **options}
    return read_submission(list(paths), **given)


def cells_of(*sources: str) -> list[Cell]:
    return [
        Cell(file="hw1_b01.ipynb", number=i, index=i, source=source)
        for i, source in enumerate(sources, start=1)
    ]
