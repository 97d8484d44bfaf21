"""Comments on lines of a student's files, and words that staff use again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth import audit
from api.kit.models import Comment, SavedComment, Submission
from api.kit.problems import Problem, not_found
from api.notebooks.cells import is_readable
from api.requests.principal import Principal

MOST_OF_SUBMISSION = 200
MOST_SAVED = 100


def add(  # noqa: PLR0913  a comment's parts
    session: Session,
    principal: Principal,
    submission: Submission,
    *,
    position: int,
    cell: int,
    line: int,
    text: str,
    request_id: str,
) -> Comment:
    """
    Note a comment on a line; *line* 0 is the cell as a whole.

    Raise Problem 404 for a file that has no lines to be shown, 409 for too many, 422 without
    words.
    """
    file = next((one for one in submission.files if one.position == position), None)
    if file is None or not is_readable(file.name):
        raise not_found(what="this notebook")
    if not text.strip():
        raise Problem(422, "text-missing", "text: a comment has words")
    if len(submission.comments) >= MOST_OF_SUBMISSION:
        msg = f"there are {MOST_OF_SUBMISSION} comments on this submission already; remove some"
        raise Problem(409, "too-many-comments", msg)
    made = Comment(
        submission_id=submission.id,
        position=position,
        cell=cell,
        line=line,
        text=text.strip(),
        user_id=principal.user_id,
    )
    submission.comments.append(made)
    session.flush()
    _record(session, principal, submission, before={}, after=_told(made), request_id=request_id)
    return made


def remove(
    session: Session,
    principal: Principal,
    submission: Submission,
    comment: str,
    *,
    request_id: str,
) -> None:
    """Remove a comment; raise Problem 404 where there is none such."""
    found = next((one for one in submission.comments if one.id == comment), None)
    if found is None:
        raise not_found(what="this comment")
    _record(session, principal, submission, before=_told(found), after={}, request_id=request_id)
    submission.comments.remove(found)


def saved(session: Session, edition: str) -> Sequence[SavedComment]:
    """Return the words that staff keep for an assignment, the oldest first."""
    query = select(SavedComment).where(SavedComment.edition == edition)
    return session.scalars(query.order_by(SavedComment.created_at, SavedComment.id)).all()


def save(
    session: Session, principal: Principal, edition: str, text: str, *, request_id: str
) -> SavedComment:
    """Keep words to be used again; the same ones are kept once. Raise Problem 409 for too many."""
    words = text.strip()
    if not words:
        raise Problem(422, "text-missing", "text: a comment has words")
    digest = hashlib.sha256(words.encode()).hexdigest()
    kept = saved(session, edition)
    for one in kept:
        if one.sha256 == digest:
            return one
    if len(kept) >= MOST_SAVED:
        msg = f"{MOST_SAVED} comments are kept for this assignment already; remove some"
        raise Problem(409, "too-many-comments", msg)
    made = SavedComment(edition=edition, text=words, sha256=digest, user_id=principal.user_id)
    session.add(made)
    session.flush()
    target = f"assignment:{edition}"
    after = {"text": words}
    audit.record(session, principal, "comment.save", target, after=after, request_id=request_id)
    return made


def forget(
    session: Session, principal: Principal, edition: str, comment: str, *, request_id: str
) -> None:
    """Keep words no longer; raise Problem 404 where there are none such."""
    found = session.get(SavedComment, comment)
    if found is None or found.edition != edition:
        raise not_found(what="this comment")
    before = {"text": found.text}
    target = f"assignment:{edition}"
    audit.record(session, principal, "comment.forget", target, before, request_id=request_id)
    session.delete(found)


def _told(comment: Comment) -> dict[str, object]:
    return {name: getattr(comment, name) for name in ("position", "cell", "line", "text")}


def _record(  # noqa: PLR0913  the columns of the log
    session: Session,
    principal: Principal,
    submission: Submission,
    *,
    before: dict[str, object],
    after: dict[str, object],
    request_id: str,
) -> None:
    target = f"submission:{submission.id}"
    audit.record(session, principal, "grade.comment", target, before, after, request_id)
