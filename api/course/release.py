"""When students see what of their results: by assignment and document, and by their own terms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum

from api.course.terms import Terms, terms_of
from api.kit.models import Assignment


class Document(StrEnum):
    """A part of a result that is released by itself."""

    SCORE = "score"
    FINDINGS = "findings"
    FEEDBACK = "feedback"  # the PDF and page that show score and findings
    REPORT = "report"  # the generated lab report, which derives the sheet's questions


class Release(StrEnum):
    """When students see a document."""

    NEVER = "never"
    PUBLISHED = "published"
    DUE = "due"  # after their last due moment, published or not
    PUBLISHED_AND_DUE = "published-and-due"
    ALWAYS = "always"


DEFAULTS: Mapping[Document, Release] = {
    Document.SCORE: Release.PUBLISHED,
    Document.FINDINGS: Release.PUBLISHED,
    Document.FEEDBACK: Release.PUBLISHED,
    Document.REPORT: Release.PUBLISHED_AND_DUE,
}
# What a document shows beside itself: it is never seen before these are.
NEEDED: Mapping[Document, Collection[Document]] = {
    Document.FEEDBACK: (Document.SCORE, Document.FINDINGS)
}


def release_of(assignment: Assignment) -> dict[Document, Release]:
    """Return when the students of an assignment see each document."""
    return {
        document: Release(assignment.release.get(document.value, default))
        for document, default in DEFAULTS.items()
    }


def released(assignment: Assignment, student_id: str, at: datetime) -> frozenset[Document]:
    """Return what a student, or whoever may see a self-check, sees at a moment."""
    terms = terms_of(assignment, student_id)
    published = assignment.is_published(at)
    due = is_over(terms, at)
    allowed = {
        Release.NEVER: False,
        Release.PUBLISHED: published,
        Release.DUE: due,
        Release.PUBLISHED_AND_DUE: published and due,
        Release.ALWAYS: True,
    }
    shown = {document for document, when in release_of(assignment).items() if allowed[when]}
    return frozenset(one for one in shown if shown.issuperset(NEEDED.get(one, ())))


def is_over(terms: Terms, at: datetime) -> bool:
    """Return whether nothing more can be gained by handing in; so it is where nothing is due."""
    return terms.ends_at is None or at > terms.ends_at


def opens_at(assignment: Assignment, student_id: str, document: Document) -> datetime | None:
    """Return from when on a student sees a document; None where no moment is set for it."""
    when = release_of(assignment)[document]
    ends = terms_of(assignment, student_id).ends_at
    published = assignment.publish_at if not assignment.published else None
    moments = {
        Release.PUBLISHED: [published],
        Release.DUE: [ends],
        Release.PUBLISHED_AND_DUE: [ends]
        if assignment.published
        else [ends, published]
        if published
        else [],
    }.get(when, [])
    known = [moment for moment in moments if moment is not None]
    return max(known) if known else None
