"""Results and the documents made from them: read from the store, or drawn when asked for."""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from api.grades.counted_results import counted, digest_of
from api.grades.effective_grades import EffectiveGrade
from api.kit.models import Run
from api.kit.problems import Problem
from api.kit.services import Services
from api.requests.security_headers import FRAMED_PAGE_POLICY, POLICY
from grader.results.file.earlier import FORMER
from grader.results.file.reading import read
from grader.results.file.schema import Results, dump

Kind = Literal["feedback", "report"]
KEPT_DOCUMENTS = 32
DRAWN_AT_ONCE = 1  # drawing takes a core for a second or two, which uploads need too
MOST_WAITING = 4  # each holds a thread; uploads and pages need the others
WAIT_SECONDS = 15.0
FORMER_OUTCOME = f'"{FORMER}"'.encode()
# A browser asks again by itself, within the frame of the grading desk, too.
RETRY_SOON = {"Retry-After": "5", "Refresh": "5", POLICY: FRAMED_PAGE_POLICY}

log = logging.getLogger("api.grades.documents")
_drawing = threading.BoundedSemaphore(DRAWN_AT_ONCE)
_admitted = threading.BoundedSemaphore(DRAWN_AT_ONCE + MOST_WAITING)
_kept: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
_kept_lock = threading.Lock()


def results_bytes(services: Services, run: Run) -> bytes:
    """Return the results file of a graded run; an old one as it is written today."""
    assert run.results_sha256 is not None
    stored = services.blobs.read(run.results_sha256)
    if run.pending and FORMER_OUTCOME in stored:
        return _written(read(json.loads(stored)))
    return stored


def results_of(services: Services, run: Run) -> Results:
    """Return what the results file of a graded run says."""
    assert run.results_sha256 is not None
    return read(json.loads(services.blobs.read(run.results_sha256)))


def counted_bytes(services: Services, run: Run, grade: EffectiveGrade) -> bytes:
    """Return the results file with the grade that counts; the grader's own where that is it."""
    if not digest_of(run, grade):
        return results_bytes(services, run)
    return _written(_counted(services, run, grade))


def pdf(
    services: Services, run: Run, grade: EffectiveGrade, *, kind: Kind, language: str
) -> bytes:
    """
    Return the PDF about a graded run: the one that its worker stored, or one drawn now.

    The worker's is of use only where nobody decided anything and nothing was late.

    Raises:
        Problem: No PDF can be made here, or too many are being made (503).

    """
    digest = digest_of(run, grade)
    stored = kind == "feedback" and language == run.submission.language and not digest
    if stored and run.pdf_sha256 is not None:
        return services.blobs.read(run.pdf_sha256)

    def draw() -> bytes:
        from report_templates.render import pdf_available, pdf_bytes

        if reason := pdf_available():
            raise no_document(reason)
        results = _subject(services, run, grade, kind)
        return pdf_bytes(results, language=language, kind=kind)

    return kept_or_drawn(("pdf", run.results_sha256 or "", digest, kind, language), draw)


def html(
    services: Services, run: Run, grade: EffectiveGrade, *, kind: Kind, language: str
) -> bytes:
    """Return the document about a graded run as one HTML page; raise Problem as :func:`pdf`."""

    def draw() -> bytes:
        from report_templates.render import render_html

        results = _subject(services, run, grade, kind)
        return render_html(results, language=language, kind=kind).encode()

    name = ("html", run.results_sha256 or "", digest_of(run, grade), kind, language)
    return kept_or_drawn(name, draw)


def document_etag(run: Run, *parts: str) -> str:
    """Return the ETag of a document: the same results, drawn the same way."""
    return '"' + "-".join(filter(None, (run.results_sha256 or "", *parts))) + '"'


def _subject(services: Services, run: Run, grade: EffectiveGrade, kind: Kind) -> Results:
    """Return what a document is about: a lab report bears no scores, and no decisions."""
    return results_of(services, run) if kind == "report" else _counted(services, run, grade)


def _counted(services: Services, run: Run, grade: EffectiveGrade) -> Results:
    return counted(results_of(services, run), run, grade)


def _written(results: Results) -> bytes:
    return json.dumps(dump(results), allow_nan=False).encode()


def kept_or_drawn(name: tuple[str, ...], draw: Callable[[], bytes]) -> bytes:
    """Return the document of that name, drawn in turn; raise Problem 503 where that cannot be."""
    kept = _find_kept(name)
    if kept is not None:
        return kept
    with _turn():
        drawn = _find_kept(name) or _drawn(draw)
    _keep(name, drawn)
    return drawn


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for the turn to draw; raise Problem 503 at once where many are waiting already."""
    if not _admitted.acquire(blocking=False):
        raise _busy()
    try:
        if not _drawing.acquire(timeout=WAIT_SECONDS):
            raise _busy()
        try:
            yield
        finally:
            _drawing.release()
    finally:
        _admitted.release()


def _busy() -> Problem:
    msg = "many documents are being made right now; try again in a few seconds"
    return Problem(503, "documents-busy", msg, headers=RETRY_SOON)


def _drawn(draw: Callable[[], bytes]) -> bytes:
    from report_templates.render import RenderError

    try:
        return draw()
    except RenderError as error:
        raise no_document(str(error)) from error


def no_document(reason: str) -> Problem:
    """Return the 503 for a document that cannot be made here; why is for the log alone."""
    log.error("a document cannot be made: %s", reason)
    return Problem(
        503, "no-document", "this document cannot be made right now; the results can be read"
    )


def _find_kept(name: tuple[str, ...]) -> bytes | None:
    with _kept_lock:
        found = _kept.get(name)
        if found is not None:
            _kept.move_to_end(name)
        return found


def _keep(name: tuple[str, ...], document: bytes) -> None:
    with _kept_lock:
        _kept[name] = document
        while len(_kept) > KEPT_DOCUMENTS:
            _kept.popitem(last=False)
