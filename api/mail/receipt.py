"""The receipt of a submission: which files came, when, with their digests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from api.kit.models import Submission
from api.kit.services import Services
from api.mail.words import load_words
from report_templates.page.text import line


def receipt_lines(services: Services, submission: Submission, language: str) -> Iterator[str]:
    """Yield the lines of a receipt: the same in a message, on a page and in a file."""
    t = load_words(language)
    yield t("receipt.received", assignment=assignment_title(services, submission, language))
    yield ""
    if not submission.anonymous:
        yield t("receipt.student", student=submission.student_id)
        yield t("receipt.attempt", attempt=submission.attempt)
    local = local_moment(services, submission.received_at)
    utc = f"{submission.received_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    yield t("receipt.moment", local=local, utc=utc)
    yield ""
    yield t("receipt.files")
    for file in submission.files:
        yield f"  {t('receipt.file', name=line(file.name, 200), size=file.size_bytes)}"
        yield f"  {file.sha256}"
    yield ""
    yield t("receipt.keep")


def receipt_text(services: Services, submission: Submission, language: str) -> str:
    """Return the receipt as a text file."""
    return "\n".join(receipt_lines(services, submission, language)) + "\n"


def assignment_title(services: Services, submission: Submission, language: str) -> str:
    """Return what the submission's edition is called; its id where it is not installed."""
    edition = services.editions.get(submission.edition)
    return submission.edition if edition is None else edition.file.title.in_language(language)


def local_moment(services: Services, moment: datetime) -> str:
    """Return a moment by the course's clock, with the clock's name."""
    name = services.settings.time_zone
    return f"{moment.astimezone(ZoneInfo(name)):%Y-%m-%d %H:%M:%S} {name}"
