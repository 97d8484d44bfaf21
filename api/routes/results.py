"""Results, documents, files and history of one submission."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.orm import Session

from api.auth.permissions import readable
from api.course.release import Document
from api.grades import documents
from api.grades.counted_results import digest_of
from api.grades.decisions import grade_now
from api.grades.documents import Kind
from api.grades.effective_grades import EffectiveGrade
from api.grades.visibility import demand_shown, graded_run, shown_to, tell_run
from api.kit.models import Run, Submission
from api.kit.problems import not_found
from api.kit.schemas.grades import Language
from api.kit.schemas.runs import RunOut
from api.kit.services import Services
from api.mail.receipt import receipt_text
from api.requests.dependencies import Route, ServicesDep, SessionDep
from api.requests.openapi import errors
from api.requests.principal import Principal
from api.routes.parameters import Anybody, IfNoneMatch, RunNumber, SubmissionId
from api.submissions.runs import find_assignment
from grader.results.file.schema import Results

router = APIRouter(route_class=Route, tags=["results"])
MOST_FILES = 1000
# A results file holds all that the feedback shows.
RESULTS_SHOW = (Document.SCORE, Document.FINDINGS, Document.FEEDBACK)
# A report is a page of ours with a style sheet of its own, shown in a frame of ours.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:;"
    " frame-ancestors 'self'; sandbox"
)
# What a student handed in runs nothing, and belongs to no site: shown or saved.
FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'self'"
PDF_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
)
KindQuery = Annotated[Kind, Query(description="Feedback, or the lab report.")]
LanguageQuery = Annotated[Language | None, Query(description="Left out: the submission's.")]


def _content(media_type: str, schema: dict[str, Any] | None = None) -> dict[int | str, Any]:
    shape = schema or {"type": "string", "format": "binary"}
    return {
        200: {
            "description": "OK",
            "content": {media_type: {"schema": shape}},
            "headers": {"ETag": {"schema": {"type": "string"}}},
        },
        304: {"description": "It is what If-None-Match names."},
        **errors(401, 403, 404),
    }


RESULTS = _content("application/json", {"$ref": "#/components/schemas/Results"})


@router.get(
    "/submissions/{submission_id}/results",
    summary="Results file",
    responses={**RESULTS, 200: {**RESULTS[200], "model": Results}},
    response_class=Response,
)
def results(
    submission_id: SubmissionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Anybody,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """
    Return the results file of the run that counts, with the grade that counts.

    Where a person decided or the late rule takes points off, ``score`` and every test's ``score``
    are those that count, and ``extra_data.decisions`` says how they came about:
    ``automatic_score``, ``raw_score``, ``late_days``, ``late_points``, ``remark`` and, for each
    decided criterion, ``points``, ``automatic`` and ``remark``. Otherwise it is the grader's file.
    """
    _, run, grade = _counting(services, session, principal, submission_id, *RESULTS_SHOW)
    return conditional(
        if_none_match,
        documents.document_etag(run, digest_of(run, grade)),
        lambda: documents.counted_bytes(services, run, grade),
        media_type="application/json",
    )


@router.get(
    "/submissions/{submission_id}/runs", summary="History", responses=errors(401, 403, 404)
)
def runs(submission_id: SubmissionId, session: SessionDep, principal: Anybody) -> list[RunOut]:
    """Return every grading of the submission, the first first."""
    submission = readable(session, principal, submission_id)
    assignment = find_assignment(session, submission.edition)
    shown = shown_to(principal, assignment, submission)
    return [tell_run(run, shown=shown, staff=principal.is_staff) for run in submission.runs]


@router.get(
    "/submissions/{submission_id}/runs/{number}/results",
    summary="An older results file",
    responses=RESULTS,
    response_class=Response,
)
def old_results(  # noqa: PLR0913, PLR0917  what a route is handed
    submission_id: SubmissionId,
    number: RunNumber,
    services: ServicesDep,
    session: SessionDep,
    principal: Anybody,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return the results file of one run as the grader wrote it, without people's decisions."""
    _, run = _graded(session, principal, submission_id, *RESULTS_SHOW, number=number)
    session.commit()  # the store may be slow
    return conditional(
        if_none_match,
        documents.document_etag(run),
        lambda: documents.results_bytes(services, run),
        media_type="application/json",
    )


@router.get(
    "/submissions/{submission_id}/report.pdf",
    summary="PDF",
    responses=_content("application/pdf"),
    response_class=Response,
)
def report_pdf(  # noqa: PLR0913, PLR0917  what a route is handed
    submission_id: SubmissionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Anybody,
    kind: KindQuery = "feedback",
    language: LanguageQuery = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return the feedback with the grade that counts, or the lab report, as a PDF."""
    shown = Document(kind)
    submission, run, grade = _counting(services, session, principal, submission_id, shown)
    tongue = language or submission.language
    name = f"{submission.student_id}-{kind}.pdf"
    return conditional(
        if_none_match,
        documents.document_etag(run, digest_of(run, grade), "pdf", kind, tongue),
        lambda: documents.pdf(services, run, grade, kind=kind, language=tongue),
        media_type="application/pdf",
        headers={
            "Content-Disposition": disposition("inline", name),
            "Content-Security-Policy": PDF_POLICY,
        },
    )


@router.get(
    "/submissions/{submission_id}/report.html",
    summary="HTML",
    responses=_content("text/html", {"type": "string"}),
    response_class=Response,
)
def report_html(  # noqa: PLR0913, PLR0917  what a route is handed
    submission_id: SubmissionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Anybody,
    kind: KindQuery = "feedback",
    language: LanguageQuery = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return the same document as one page, which loads nothing and runs nothing."""
    shown = Document(kind)
    submission, run, grade = _counting(services, session, principal, submission_id, shown)
    tongue = language or submission.language
    return conditional(
        if_none_match,
        documents.document_etag(run, digest_of(run, grade), "html", kind, tongue),
        lambda: documents.html(services, run, grade, kind=kind, language=tongue),
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": REPORT_POLICY},
    )


@router.get(
    "/submissions/{submission_id}/receipt",
    summary="Receipt",
    responses=_content("text/plain"),
    response_class=Response,
)
def receipt(
    submission_id: SubmissionId,
    services: ServicesDep,
    session: SessionDep,
    principal: Anybody,
    language: LanguageQuery = None,
) -> Response:
    """Return which files were received, when, with their digests: a text to be saved."""
    submission = readable(session, principal, submission_id)
    text = receipt_text(services, submission, language or submission.language)
    name = f"receipt-{submission.edition}-{submission.attempt}.txt"
    return Response(
        text.encode("utf-8-sig"),  # Windows takes a text without the mark for something else
        media_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": disposition("attachment", name)},
    )


@router.get(
    "/submissions/{submission_id}/files/{position}",
    summary="A file as handed in",
    responses=_content("application/octet-stream"),
    response_class=Response,
)
def file(  # noqa: PLR0913, PLR0917  what a route is handed
    submission_id: SubmissionId,
    position: Annotated[int, Path(ge=0, le=MOST_FILES)],
    services: ServicesDep,
    session: SessionDep,
    principal: Anybody,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return one file's bytes: a PDF to be shown, anything else to be saved."""
    submission = readable(session, principal, submission_id)
    found = next((one for one in submission.files if one.position == position), None)
    if found is None:
        raise not_found(what="this file")
    session.commit()  # the store may be slow
    shown = found.name.lower().endswith(".pdf")  # its content was looked at when it came
    headers = {
        "Content-Disposition": disposition("inline" if shown else "attachment", found.name),
        "Content-Security-Policy": FILE_POLICY,
    }
    return conditional(
        if_none_match,
        f'"{found.sha256}"',
        lambda: services.blobs.read(found.sha256),
        media_type="application/pdf" if shown else "application/octet-stream",
        headers=headers,
    )


def _graded(
    session: Session,
    principal: Principal,
    submission_id: str,
    *documents: Document,
    number: int | None = None,
) -> tuple[Submission, Run]:
    """Return a submission and its run of that *number*, or the one that counts, if they may."""
    submission = readable(session, principal, submission_id)
    demand_shown(session, principal, submission, *documents)
    return submission, graded_run(submission, number)


def _counting(
    services: Services,
    session: Session,
    principal: Principal,
    submission_id: str,
    *documents: Document,
) -> tuple[Submission, Run, EffectiveGrade]:
    """Return a submission, the run and the grade that count; no connection is held any more."""
    submission, run = _graded(session, principal, submission_id, *documents)
    grade = grade_now(services, session, submission)
    session.commit()  # a document may have to wait for its turn to be drawn
    return submission, run, grade


def conditional(
    if_none_match: str | None,
    etag: str,
    read: Callable[[], bytes],
    *,
    media_type: str,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the content, or 304 without reading it where it is known already."""
    shared = {"ETag": etag, "Cache-Control": "private, no-cache", **(headers or {})}
    if if_none_match is not None and matches(if_none_match, etag):
        return Response(status_code=304, headers=shared)
    return Response(read(), media_type=media_type, headers=shared)


def matches(if_none_match: str, etag: str) -> bool:
    """Return whether the header names *etag*; RFC 9110 compares weakly here."""
    named = (one.strip().removeprefix("W/") for one in if_none_match.split(","))
    return any(one in {"*", etag} for one in named)


def disposition(kind: str, name: str) -> str:
    """Return a Content-Disposition that also carries names beyond ASCII (RFC 6266)."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
