"""What is handed in, its runs, and what people say of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import (
    Mapped,
    mapped_column,
    relationship,
)

from api.kit.models.base import ID, SHA256, Base, RunState, new_id, now


class Submission(Base):
    """What one student handed in at one moment; never changed."""

    __tablename__ = "submissions"
    __table_args__ = (
        UniqueConstraint("edition", "student_id", "attempt"),
        Index("ix_submissions_edition_received", "edition", "received_at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    edition: Mapped[str] = mapped_column(ForeignKey("assignments.edition"))
    student_id: Mapped[str] = mapped_column(index=True)  # "anonymous-<id>" of a self-check
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    anonymous: Mapped[bool] = mapped_column(default=False)
    key_sha256: Mapped[str | None] = mapped_column(SHA256)  # of a self-check's result address
    attempt: Mapped[int]  # 1, 2, ... of this student and edition
    received_at: Mapped[datetime] = mapped_column(default=now)
    language: Mapped[str] = mapped_column(default="en")  # of findings and report
    named_for: Mapped[str] = mapped_column(default="", server_default="")  # another's id in a name
    files: Mapped[list[SubmissionFile]] = relationship(
        cascade="all, delete-orphan", order_by="SubmissionFile.position"
    )
    runs: Mapped[list[Run]] = relationship(
        cascade="all, delete-orphan", order_by="Run.number", back_populates="submission"
    )
    manual_scores: Mapped[list[ManualScore]] = relationship(cascade="all, delete-orphan")
    comments: Mapped[list[Comment]] = relationship(
        cascade="all, delete-orphan", order_by="Comment.created_at"
    )
    regrade_requests: Mapped[list[RegradeRequest]] = relationship(
        cascade="all, delete-orphan", order_by="RegradeRequest.created_at"
    )


class SubmissionFile(Base):
    """One file of a submission; its bytes are the blob of that sha256."""

    __tablename__ = "submission_files"

    submission_id: Mapped[str] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(SHA256, index=True)
    size_bytes: Mapped[int]


class Run(Base):
    """One grading of one submission; its id is the workflow's, ``<submission id>-<number>``."""

    __tablename__ = "runs"
    __table_args__ = (
        UniqueConstraint("submission_id", "number"),
        Index("ix_runs_state_created", "state", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[RunState] = mapped_column(default=RunState.WAITING)
    stage: Mapped[str] = mapped_column(default="")  # as named by grader.grading's notify
    attempts: Mapped[int] = mapped_column(default=0)  # how often a worker began it
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    worker: Mapped[str] = mapped_column(default="")
    rank: Mapped[int] = mapped_column(default=1, server_default="1")  # lower ones are begun first
    staff: Mapped[bool] = mapped_column(default=False, server_default=false())  # after students
    message: Mapped[str] = mapped_column(default="")  # why it was refused or is ungraded
    # The same as a Message; rows of the first revision have the message alone.
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    score: Mapped[float | None]
    max_score: Mapped[float | None]
    seconds: Mapped[float | None]
    stage_seconds: Mapped[dict[str, Any]] = mapped_column(default=dict)  # stage -> seconds
    sandbox_stops: Mapped[int] = mapped_column(default=0)  # how often a student's process ended
    findings: Mapped[list[str]] = mapped_column(default=list)  # ids that cost points
    criteria: Mapped[dict[str, Any]] = mapped_column(default=dict)  # id -> [points, max points]
    # Criteria that the grader could not judge; None: not looked for yet, by an older version.
    pending: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True), default=list)
    # For staff alone: stage, check, exception and value of each fault of ours.
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    # For staff alone, too: what is to be told of the report that was handed in, as messages.
    report_remarks: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, default=list, server_default="[]"
    )
    report_content: Mapped[str] = mapped_column(SHA256, default="", server_default="", index=True)
    results_sha256: Mapped[str | None] = mapped_column(SHA256)  # the results file
    pdf_sha256: Mapped[str | None] = mapped_column(SHA256)  # the feedback
    submission: Mapped[Submission] = relationship(back_populates="runs")


class ManualScore(Base):
    """
    What a person decided about one criterion.

    Criterion ``""`` is a remark on the whole, ``"+"`` an adjustment of the total and its reason.
    """

    __tablename__ = "manual_scores"

    submission_id: Mapped[str] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True
    )
    criterion: Mapped[str] = mapped_column(primary_key=True)
    points: Mapped[float | None]  # None: only a remark
    remark: Mapped[str] = mapped_column(default="")
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Comment(Base):
    """What a person wrote about a line of a file; *line* 0 is the cell as a whole."""

    __tablename__ = "comments"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    submission_id: Mapped[str] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), index=True
    )
    position: Mapped[int]  # of the file
    cell: Mapped[int]  # counted from 1, markdown cells too; 1 in a script
    line: Mapped[int]
    text: Mapped[str]
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class SavedComment(Base):
    """Words that staff use again and again in one assignment; no student is named in them."""

    __tablename__ = "saved_comments"
    __table_args__ = (UniqueConstraint("edition", "sha256"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    edition: Mapped[str] = mapped_column(ForeignKey("assignments.edition"))
    text: Mapped[str]
    sha256: Mapped[str] = mapped_column(SHA256)  # of the text, which may be too long for an index
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class RegradeRequest(Base):
    """A student's request that a person looks again, and the answer."""

    __tablename__ = "regrade_requests"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    submission_id: Mapped[str] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), index=True
    )
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    answer: Mapped[str] = mapped_column(default="", server_default="")
    answered_at: Mapped[datetime | None] = mapped_column(index=True)
    user_id: Mapped[str | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL")
    )  # who answered


# One run of a submission waits or is being graded at a time; the database itself holds it.
Index(
    "uq_runs_active",
    Run.submission_id,
    unique=True,
    sqlite_where=text("state IN ('waiting', 'grading')"),
    postgresql_where=text("state IN ('waiting', 'grading')"),
)
