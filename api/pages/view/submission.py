"""One submission as its student sees it: on its way, refused, or graded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.course.release import Document
from api.course.terms import terms_of
from api.kit.models import Assignment, RunState, Submission
from api.notebooks.archives import is_viewable
from api.pages.messages import Words
from api.pages.parts.addresses import (
    events_address,
    of_submission,
    progress_address,
    view_address,
)
from api.pages.parts.moments import Clock
from api.pages.view.attempts import AttemptRow, Notice, late_label
from api.pages.view.grading.comments import CommentRow, comment_rows
from api.pages.view.grading.requests import Requests, requests_of
from api.pages.view.home import edition_title
from api.pages.view.problem import reason_words
from api.pages.view.progress import Progress
from api.pages.view.result import Result
from api.submissions.attempts import OUR_FAULT
from api.submissions.runs import judged_run, latest_run
from grader.editions.loader import Edition
from report_templates.page.numbers import size_bytes

FEEDBACK = Document.FEEDBACK  # with all that a results file holds


@dataclass(frozen=True, kw_only=True)
class Download:
    """Words that lead to a file."""

    href: str
    text: str


@dataclass(frozen=True, kw_only=True)
class FileRow:
    """A file that was handed in."""

    href: str
    name: str
    size: str
    view: str  # where it can be read as a page, "" where it cannot
    view_label: str


@dataclass(frozen=True, kw_only=True)
class SubmissionPage:
    """The page of one submission."""

    edition: str
    title: str
    who: str
    notices: tuple[Notice, ...]
    keep_address: str
    progress: Progress | None
    home: str
    progress_href: str
    events_href: str
    result: Result | None
    downloads: tuple[Download, ...]
    files: tuple[FileRow, ...]
    history: tuple[AttemptRow, ...]
    again: str
    receipt: str
    requests: Requests
    comments: tuple[CommentRow, ...]  # on lines of the files


@dataclass(frozen=True, kw_only=True)
class ReceiptPage:
    """What was received, line by line, and the same as a file."""

    edition: str
    lines: tuple[str, ...]
    file: str
    back: str


def build_page(  # noqa: PLR0913
    submission: Submission,
    assignment: Assignment,
    edition: Edition,
    clock: Clock,
    *,
    home: str,
    progress: Progress | None,
    result: Result | None,
    history: Sequence[AttemptRow],
    notices: tuple[Notice, ...] = (),
    shown: frozenset[Document] = frozenset(),
    key: str = "",
    keep_address: str = "",
) -> SubmissionPage:
    """
    Return the page; *home* is its address, *key* what opens a self-check.

    *shown* is what the visitor may see of the result.
    """
    t = clock.t
    return SubmissionPage(
        edition=edition_title(edition, t),
        title=_title(submission, t),
        who=_who(submission, assignment, clock),
        notices=notices,
        keep_address=keep_address,
        progress=progress,
        home=home,
        progress_href=progress_address(home),
        events_href=events_address(home),
        result=result,
        downloads=downloads(submission.id, t, shown, key=key) if result else (),
        files=file_rows(submission, edition, t, key=key),
        history=tuple(history) if len(history) > 1 else (),
        again="/" if submission.anonymous else f"/#{submission.edition}",
        comments=comment_rows(submission, t) if Document.FINDINGS in shown else (),
        requests=requests_of(submission, clock, home=home if Document.SCORE in shown else ""),
        receipt=_receipt(submission, t, key=key),
    )


def downloads(
    submission_id: str, t: Words, shown: frozenset[Document], *, key: str = ""
) -> tuple[Download, ...]:
    """Return what can be taken away of a result by who sees *shown*, in the page's language."""
    language = t.language
    return tuple(
        Download(
            href=of_submission(submission_id, path, key=key, **query), text=t(f"downloads.{name}")
        )
        for name, document, path, query in (
            ("feedback", FEEDBACK, "report.pdf", {"kind": "feedback", "language": language}),
            ("report", Document.REPORT, "report.pdf", {"kind": "report", "language": language}),
            ("html", FEEDBACK, "report.html", {"kind": "feedback", "language": language}),
            ("json", FEEDBACK, "results", {}),
        )
        if document in shown
    )


def file_rows(
    submission: Submission, edition: Edition, t: Words, *, key: str = ""
) -> tuple[FileRow, ...]:
    """Return the files of a submission."""
    return tuple(
        FileRow(
            href=of_submission(submission.id, f"files/{file.position}", key=key),
            name=file.name,
            size=size_bytes(file.size_bytes),
            view=view_address(submission.id, file.position, t.language, key=key)
            if is_viewable(file.name, edition)
            else "",
            view_label=t("submission.view", file=file.name),
        )
        for file in submission.files
    )


def _who(submission: Submission, assignment: Assignment, clock: Clock) -> Markup:
    """Return whose the submission is and when it came; a self-check is nobody's."""
    due_at = terms_of(assignment, submission.student_id).due_at
    moment = clock.shown(submission.received_at, due_at)
    parts = (
        "" if submission.anonymous else submission.student_id,
        clock.t("submission.received", moment=moment),
        late_label(submission, assignment, clock.t),
    )
    return Markup(" · ").join(filter(None, parts))


def _receipt(submission: Submission, t: Words, *, key: str) -> str:
    if submission.anonymous:
        return of_submission(submission.id, "receipt", key=key, language=t.language)
    return f"/s/{submission.id}/receipt"


def _title(submission: Submission, t: Words) -> str:
    if submission.anonymous:
        return t("self_check.title")
    return t("attempts.title", number=submission.attempt)


def submission_notices(
    submission: Submission, result: Result | None, t: Words, *, so_far: str, free: bool
) -> tuple[Notice, ...]:
    """
    Return the notices about the files and the newest run.

    *so_far* says what is graded while a part waits for staff, *free* whether it costs no attempt.
    """
    remarks = (named_for_notice(submission, t),) if submission.named_for else ()
    return (*remarks, *_became(submission, result, t, so_far=so_far, free=free))


def named_for_notice(submission: Submission, t: Words, page: str = "submission") -> Notice:
    """Return the remark on a file that carries another student's id, in the words of a page."""
    text = t(f"{page}.named_for", named=submission.named_for, student=submission.student_id)
    return Notice(title=t(f"{page}.named_for_title"), text=text, style="warn", role="status")


def _became(
    submission: Submission, result: Result | None, t: Words, *, so_far: str, free: bool
) -> tuple[Notice, ...]:
    latest = latest_run(submission)
    if latest.state is RunState.REFUSED:
        title = t("submission.refused")
        text = reason_words(latest, t)
        return (Notice(title=title, text=text, style="bad", role="alert"),)
    judged = judged_run(submission)
    graded = judged is not None and judged.state is RunState.GRADED
    if so_far or (latest.state in OUR_FAULT and not graded):
        return (_our_fault(submission, t, so_far=so_far, free=free),)
    if latest.state is RunState.REPLACED:
        return (Notice(text=t("submission.replaced")),)
    if latest.state is RunState.GRADED and result is None:
        return (Notice(title=t("submission.done"), text=t("home.unpublished"), style="good"),)
    return ()


def _our_fault(submission: Submission, t: Words, *, so_far: str, free: bool) -> Notice:
    """Return what to know where the grader could not judge all of a submission, or nothing."""
    part = "pending" if judged_run(submission) is not None else "ungraded"
    words = [so_far]
    if not submission.anonymous:  # nobody looks at a self-check
        words += [t(f"submission.{part}_staff"), t(f"submission.{'free' if free else 'costs'}")]
    text = t("sentences").join(filter(None, words))
    return Notice(title=t(f"submission.{part}"), text=text, style="warn", role="status")
