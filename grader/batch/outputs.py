"""The files of a whole class, each written whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from grader.batch.rows import ClassRow, to_csv
from grader.batch.sources.submitted import Source
from grader.results.spreadsheets import BYTE_ORDER_MARK, harmless
from grader.results.written import write_whole


def write_outputs(
    out: Path, rows: Sequence[ClassRow], source: Source, language: str
) -> list[Path]:
    """Write what there is to say of the class into a folder; return the files' paths."""
    texts = {
        "grades.csv": to_csv(rows, language),
        "left-out.csv": _left_out(source, language),
    }
    for name, text in texts.items():
        write_whole(out / name, text.encode("utf-8", "replace"))
    return [out / name for name in texts]


def _left_out(source: Source, language: str) -> str:
    """Return which files of the source are nobody's work, and why, as CSV."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["path", "reason"])
    for one in sorted(source.left_out, key=lambda one: one.path):
        writer.writerow(map(harmless, [one.path, one.reason.said_in(language)]))
    return BYTE_ORDER_MARK + file.getvalue()
