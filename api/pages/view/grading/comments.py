"""Comments on lines, below the notebook on a grader's desk and on the student's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.kit.models import SavedComment, Submission
from api.kit.schemas.grading import HIGHEST, LONGEST_TEXT
from api.notebooks.cells import is_readable
from api.pages.messages import Words
from api.pages.parts.addresses import view_address
from report_templates.page.text import line, paragraph

LONGEST_CHOICE = 90


@dataclass(frozen=True, kw_only=True)
class CommentRow:
    """One comment: where it stands, what it says, and how it is removed."""

    href: str
    place: str
    text: str
    remove: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Words that can be used again."""

    id: str
    text: str
    short: str
    forget: str


@dataclass(frozen=True, kw_only=True)
class CommentForm:
    """Where a comment on a line of the file that is shown is written; *position* is the file's."""

    action: str
    position: int
    choices: tuple[Choice, ...]
    highest: int = HIGHEST
    longest: int = LONGEST_TEXT


def comment_rows(
    submission: Submission, t: Words, *, desk: str = "", position: int | None = None
) -> tuple[CommentRow, ...]:
    """Return the comments on a submission, or on one of its files, in the order of the lines."""
    names = {file.position: file.name for file in submission.files}
    found = [one for one in submission.comments if position in {None, one.position}]
    found.sort(key=lambda one: (one.position, one.cell, one.line, one.created_at))
    rows = []
    for one in found:
        name = names.get(one.position, "")
        anchor = f"#cell-{one.cell}" + (f"-{one.line}" if one.line else "")
        key = "comments.place" if one.line else "comments.place_cell"
        if not name.lower().endswith(".ipynb"):
            key = "comments.place_script" if one.line else "comments.place_file"
        rows.append(
            CommentRow(
                href=view_address(submission.id, one.position, t.language) + anchor
                if is_readable(name)
                else "",
                place=t(key, file=name, cell=one.cell, line=one.line),
                text=paragraph(one.text),
                remove=f"{desk}/comments/{one.id}/remove" if desk else "",
            )
        )
    return tuple(rows)


def comment_form(
    desk: str, edition: str, position: int, saved: Sequence[SavedComment]
) -> CommentForm:
    """Return the form for one more comment, with the words that staff keep."""
    return CommentForm(
        action=f"{desk}/comments",
        position=position,
        choices=tuple(
            Choice(
                id=one.id,
                text=paragraph(one.text),
                short=line(one.text, LONGEST_CHOICE),
                forget=f"/staff/{edition}/comments/{one.id}/forget",
            )
            for one in saved
        ),
    )
