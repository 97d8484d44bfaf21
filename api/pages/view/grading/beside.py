"""What is shown beside the criteria: the student's files, what changed, code, feedback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from api.kit.models import Submission
from api.notebooks.archives import is_viewable
from api.notebooks.cells import is_readable
from api.pages.messages import Words
from api.pages.parts.addresses import of_submission, view_address
from api.pages.view.result import TaskPart
from api.submissions.runs import judged_run
from grader.editions.loader import Edition

FEEDBACK, CODE, CHANGES = "feedback", "code", "changes"
FIT = "#navpanes=0&view=FitH"  # what browsers' PDF viewers understand


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One thing that can be shown beside the criteria."""

    href: str
    text: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class Sidebar:
    """What is shown beside the criteria."""

    tabs: tuple[Tab, ...]
    frame_src: str = ""
    frame_alone: str = ""  # the same in a tab of its own
    frame_title: str = ""
    parts: tuple[TaskPart, ...] = ()
    position: int | None = None  # of the file that is shown by its cells


def beside(  # noqa: PLR0913, PLR0917  what there is to be shown
    submission: Submission,
    edition: Edition,
    here: str,
    shown: str,
    parts: Sequence[TaskPart],
    t: Words,
    *,
    earlier: int = 0,
) -> Sidebar:
    """
    Return the tabs, and what is under the one that is *shown*: the student's PDF first.

    *earlier* is the attempt before, 0 where there is none.
    """
    choices = _choices(submission, edition, t, earlier=earlier)
    known = [name for name, _ in choices]
    current = shown if shown in known else (known[0] if known else "")
    mark = "&" if "?" in here else "?"
    tabs = tuple(
        Tab(href=f"{here}{mark}show={name}", text=label, current=name == current)
        for name, label in choices
    )
    if current == CODE:
        return Sidebar(
            tabs=tabs, parts=tuple(part for part in parts if part.code or part.findings)
        )
    if current:
        return replace(_framed(submission, current, t, earlier=earlier), tabs=tabs)
    return Sidebar(tabs=tabs)


def _choices(
    submission: Submission, edition: Edition, t: Words, *, earlier: int
) -> list[tuple[str, str]]:
    """Return what can be shown and its label: files first, then what the grader made of them."""
    pdfs = [file for file in submission.files if file.name.lower().endswith(".pdf")]
    shown = [file for file in submission.files if is_viewable(file.name, edition)]
    shown.sort(key=lambda file: not is_readable(file.name))  # archives after what lies beside them
    choices = [(f"file-{file.position}", file.name) for file in (*pdfs, *shown)]
    if judged_run(submission) is not None:
        choices += [(CODE, t("grading.code")), (FEEDBACK, t("grading.feedback"))]
    if earlier:
        choices.append((CHANGES, t("grading.changes", attempt=earlier)))
    return choices


def _framed(submission: Submission, current: str, t: Words, *, earlier: int) -> Sidebar:
    """Return what has a frame of its own: changes, the feedback, or a file."""
    if current == CHANGES:
        src = of_submission(submission.id, "changes", since=str(earlier), language=t.language)
        title = t("grading.changes", attempt=earlier)
    elif current == FEEDBACK:
        src = of_submission(submission.id, "report.html", kind="feedback", language=t.language)
        title = t("grading.feedback")
    else:
        return _file_shown(submission, current, t)
    return Sidebar(tabs=(), frame_src=src, frame_alone=src, frame_title=title)


def _file_shown(submission: Submission, current: str, t: Words) -> Sidebar:
    """Return a file in its frame: a PDF as wide as the frame, a notebook as a page."""
    position = int(current.removeprefix("file-"))
    [file] = [one for one in submission.files if one.position == position]
    if not file.name.lower().endswith(".pdf"):
        src = view_address(submission.id, position, t.language)
        return Sidebar(
            tabs=(),
            frame_src=src,
            frame_alone=src,
            frame_title=file.name,
            position=position
            if is_readable(file.name)
            else None,  # lines of an archive's have none
        )
    src = of_submission(submission.id, f"files/{position}")
    return Sidebar(tabs=(), frame_src=f"{src}{FIT}", frame_alone=src, frame_title=file.name)
