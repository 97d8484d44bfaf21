"""The files of a whole class, each written whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from grader.batch.imports.sheet import FilledSheet
from grader.batch.imports.tables import (
    canvas_table,
    gradescope_table,
    moodle_table,
    plain_table,
)
from grader.batch.rows import ClassRow, to_csv
from grader.batch.sources.submitted import Source
from grader.results.exports.spreadsheets import BYTE_ORDER_MARK, harmless
from grader.results.file.written import write_whole

IMPORT_FOLDER = "import"


def write_outputs(  # noqa: PLR0913  what is written
    out: Path,
    rows: Sequence[ClassRow],
    source: Source,
    language: str,
    *,
    gradebook: FilledSheet | None = None,
    assignment: str = "",
) -> list[Path]:
    """Write what there is to say of the class into a folder; return the files' paths."""
    texts = {
        "grades.csv": to_csv(rows, language),
        "left-out.csv": _left_out(source, language),
        **_imports(rows, source.layout, gradebook, assignment),
    }
    for name, text in texts.items():
        write_whole(out / name, text.encode("utf-8", "replace"))
    return [out / name for name in texts]


def _imports(
    rows: Sequence[ClassRow], layout: str, gradebook: FilledSheet | None, assignment: str
) -> dict[str, str]:
    """Return the tables for the site that the work came from, and for those that read any CSV."""
    made = {"plain": plain_table(rows), "gradescope": gradescope_table(rows)}
    edition = next((row.record.edition for row in rows if row.record.edition), "")
    made["canvas"] = canvas_table(rows, assignment or edition)
    if layout == "moodle":
        made["moodle"] = moodle_table(rows)
    if gradebook is not None:
        made[gradebook.site] = gradebook.text
    return {f"{IMPORT_FOLDER}/{site}.csv": text for site, text in made.items()}


def write_overview(
    out: Path, rows: Sequence[ClassRow], *, edition: str, language: str
) -> tuple[list[Path], list[str]]:
    """Write the class's overview as page and PDF; return the files, and why one is missing."""
    from grader.batch.overview.document import class_document
    from report_templates.render import (
        RenderError,
        page_of,
        pdf_available,
        pdf_of,
        write_document,
    )

    document = class_document(rows, edition=edition, language=language)
    missing = pdf_available()
    notes = [missing] if missing else []
    made = {"class.html": ("HTML", lambda: page_of(document).encode())}
    if missing is None:
        made["class.pdf"] = ("PDF", lambda: pdf_of(document))
    written = []
    for name, (what, make) in made.items():
        try:
            write_document(out / name, what, make)
        except RenderError as error:
            notes.append(str(error))
        else:
            written.append(out / name)
    return written, notes


def _left_out(source: Source, language: str) -> str:
    """Return which files of the source are nobody's work, and why, as CSV."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["path", "reason"])
    for one in sorted(source.left_out, key=lambda one: one.path):
        writer.writerow(map(harmless, [one.path, one.reason.said_in(language)]))
    return BYTE_ORDER_MARK + file.getvalue()
