"""What is handed on of a whole class: its overview, and tables for course sites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy.orm import Session

from api.grades.classes.rows import class_rows
from api.grades.documents import kept_or_drawn, no_document
from api.kit.digests import sha256_of
from api.kit.problems import Problem
from api.kit.services import Services
from grader.batch.imports.sheet import FilledSheet, fill_table
from grader.batch.imports.tables import canvas_table, gradescope_table, plain_table
from grader.batch.overview.document import class_document
from grader.batch.rows import ClassRow
from grader.editions.loader import Edition
from grader.errors import SubmissionError
from report_templates.page.blocks import Document

Site = Literal["canvas", "gradescope", "plain"]


def overview(services: Services, session: Session, edition: Edition, language: str) -> Document:
    """Return the overview of a class, as ``grader batch`` has it in class.html."""
    rows = class_rows(services, session, edition, for_overview=True)
    return class_document(rows, edition=edition.id, language=language)


def overview_page(document: Document) -> bytes:
    """Return the overview as one page; raise Problem 503 where that cannot be made now."""

    def draw() -> bytes:
        from report_templates.render import page_of

        return page_of(document).encode()

    return kept_or_drawn(("class.html", sha256_of(repr(document))), draw)


def overview_pdf(document: Document) -> bytes:
    """Return the overview as a PDF; raise Problem 503 where that cannot be made now."""

    def draw() -> bytes:
        from report_templates.render import pdf_available, pdf_of

        if reason := pdf_available():
            raise no_document(reason)
        return pdf_of(document)

    return kept_or_drawn(("class.pdf", sha256_of(repr(document))), draw)


def site_table(rows: Sequence[ClassRow], site: Site, assignment: str) -> str:
    """Return a table that a course site imports; *assignment* is its column in Canvas."""
    if site == "canvas":
        return canvas_table(rows, assignment)
    return gradescope_table(rows) if site == "gradescope" else plain_table(rows)


def filled_table(rows: Sequence[ClassRow], name: str, content: bytes, column: str) -> FilledSheet:
    """
    Return a course site's own table with the grades in it.

    Raise Problem 422 where it is neither Canvas's gradebook nor Moodle's worksheet, or where the
    column cannot be told.
    """
    try:
        return fill_table(name, content, rows, column)
    except SubmissionError as error:
        reason = error.reason
        raise Problem(422, "no-gradebook", reason) from None
