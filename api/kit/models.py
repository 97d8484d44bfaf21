"""
The tables.

Files and results are in the blob store under their sha256; the tables say what they mean. A row of
``runs`` is one grading of one submission and never changes once it is finished, but for the state
of a pending one, which follows what people decide; that stands in ``manual_scores`` and is never
touched by a run.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    String,
    UniqueConstraint,
    event,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    QueryContext,
    attribute_keyed_dict,
    mapped_column,
    relationship,
)
from sqlalchemy.types import TypeDecorator

ID = String(32)
SHA256 = String(64)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return *value* in UTC; a moment without zone is refused, not guessed."""
        if value is not None and value.tzinfo is None:
            msg = f"{value!r} has no time zone"
            raise ValueError(msg)
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return *value* with its zone."""
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


class Role(StrEnum):
    """Who somebody is; each may do all that the one before may."""

    STUDENT = "student"
    TA = "ta"
    INSTRUCTOR = "instructor"


class RunState(StrEnum):
    """Where a run is; the last five are final."""

    WAITING = "waiting"
    GRADING = "grading"
    GRADED = "graded"
    PENDING = "pending"  # graded but for some criteria, which a person has to look at
    REFUSED = "refused"  # the files cannot be graded, and the message says why
    UNGRADED = "ungraded"  # our fault: a human must look; api.submissions.attempts says the cost
    REPLACED = "replaced"  # a newer upload of the same student came while it waited


class ComparisonState(StrEnum):
    """Where a comparison of a class is; the last two are final."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"  # our fault: staff may ask again


ACTIVE_STATES = (RunState.WAITING, RunState.GRADING)
FINAL_STATES = (
    RunState.GRADED,
    RunState.PENDING,
    RunState.REFUSED,
    RunState.UNGRADED,
    RunState.REPLACED,
)


def _values(enum: type[StrEnum]) -> Enum:
    """Return the column type that stores an enum's values as text, which outlives renamings."""
    return Enum(
        enum,
        native_enum=False,
        create_constraint=False,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


def new_id() -> str:
    """Return a new random id, 32 hexadecimal digits."""
    return uuid.uuid4().hex


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """What all tables share: names of constraints, so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy's own way
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        Role: _values(Role),
        RunState: _values(RunState),
        ComparisonState: _values(ComparisonState),
    }


class User(Base):
    """Somebody who logs in: a student of the roster, a TA or an instructor."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(unique=True)  # a student's is the student id
    name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    section: Mapped[str] = mapped_column(default="", server_default="")  # a student's, by its name
    role: Mapped[Role]
    student_id: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    oidc_subject: Mapped[str | None] = mapped_column(unique=True)
    link_version: Mapped[int] = mapped_column(default=1)  # raised to revoke personal links
    created_at: Mapped[datetime] = mapped_column(default=now)
    disabled_at: Mapped[datetime | None]


class LoginSession(Base):
    """A browser that is logged in; the cookie holds a token, this table its sha256 alone."""

    __tablename__ = "login_sessions"

    id: Mapped[str] = mapped_column(SHA256, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(default="")
    browser: Mapped[str] = mapped_column(default="")
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class LoginLink(Base):
    """A link that logs somebody in once; the address holds a token, this table its sha256."""

    __tablename__ = "login_links"

    id: Mapped[str] = mapped_column(SHA256, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """A script's key; scopes are ``submit``, ``read``, ``grade`` and ``admin``."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(SHA256, unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class Assignment(Base):
    """How this course runs one edition: due date, late rule, attempts, what students see."""

    __tablename__ = "assignments"
    zone: ClassVar[tzinfo] = UTC  # of the course, by the session that loaded it; no column

    edition: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime | None]
    late_percent_per_day: Mapped[float] = mapped_column(default=0.0)  # of the maximum, begun days
    late_days: Mapped[int | None]  # after so many begun days nothing is accepted
    max_attempts: Mapped[int | None]
    counts: Mapped[str] = mapped_column(default="latest")  # or "best": the attempt that counts
    published: Mapped[bool] = mapped_column(default=True)  # whether students see their results
    anonymous: Mapped[bool] = mapped_column(default=False)  # self-check without a login
    open: Mapped[bool] = mapped_column(default=True)  # whether uploads are taken
    opens_at: Mapped[datetime | None]  # before it no uploads are taken
    grace_minutes: Mapped[int] = mapped_column(default=0, server_default="0")  # still in time
    publish_at: Mapped[datetime | None]  # from then on as if published
    # By document, when students see it; those left out: api.course.release.
    release: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    # Its own title by language; empty: the edition's.
    title: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    # The criteria that people grade, as api.course.criteria reads them; None: the edition's.
    criteria: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    extensions: Mapped[dict[str, Extension]] = relationship(
        collection_class=attribute_keyed_dict("student_id"),
        cascade="all, delete-orphan",
        lazy="selectin",
    )
    members: Mapped[dict[str, GroupMember]] = relationship(
        collection_class=attribute_keyed_dict("student_id"),
        cascade="all, delete-orphan",
        lazy="selectin",
    )

    def group_of(self, student_id: str) -> tuple[str, ...]:
        """Return who hands in together with a student, the lead first; most are alone."""
        mine = self.members.get(student_id)
        if mine is None:
            return (student_id,)
        others = [one.student_id for one in self.members.values() if one.lead == mine.lead]
        return (mine.lead, *sorted(set(others) - {mine.lead}))

    def is_published(self, at: datetime) -> bool:
        """Return whether students see what is published, at a moment."""
        return self.published or (self.publish_at is not None and self.publish_at <= at)


@event.listens_for(Assignment, "load")
def _tell_the_zone(assignment: Assignment, context: QueryContext) -> None:
    """Set the course's time zone on a row that was read: late days are counted in it."""
    vars(assignment)["zone"] = context.session.info.get("zone", UTC)


class Extension(Base):
    """Other terms for one student: what is set here stands in place of the assignment's."""

    __tablename__ = "extensions"

    edition: Mapped[str] = mapped_column(ForeignKey("assignments.edition"), primary_key=True)
    student_id: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime | None]
    max_attempts: Mapped[int | None]
    late_percent_per_day: Mapped[float | None]
    late_days: Mapped[int | None]
    reason: Mapped[str] = mapped_column(default="")  # for staff alone
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class GroupMember(Base):
    """A student who hands in together with others: their work is filed under the lead."""

    __tablename__ = "group_members"

    edition: Mapped[str] = mapped_column(ForeignKey("assignments.edition"), primary_key=True)
    student_id: Mapped[str] = mapped_column(primary_key=True, index=True)
    lead: Mapped[str]  # a member's student id, the own one for the lead


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


class Comparison(Base):
    """One comparison of a class's code: who asked for it, how it ended, and its pages."""

    __tablename__ = "comparisons"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    edition: Mapped[str] = mapped_column(ForeignKey("assignments.edition"), index=True)
    state: Mapped[ComparisonState] = mapped_column(default=ComparisonState.WAITING)
    asked_by: Mapped[str] = mapped_column(default="")  # a login
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
    compared: Mapped[int] = mapped_column(default=0)  # attempts whose code could be read
    unread: Mapped[int] = mapped_column(default=0)  # attempts whose code could not
    pairs: Mapped[int] = mapped_column(default=0)
    reports: Mapped[int] = mapped_column(default=0)  # those that several hold, and our own
    pages_sha256: Mapped[str | None] = mapped_column(SHA256)  # JSON: the page by language


class Mail(Base):
    """A message to somebody; its id is its Message-ID, so that one sent twice is known as one."""

    __tablename__ = "mails"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(16))  # of api.kit.outbox.MailKind
    user_id: Mapped[str | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )  # None: asked for by somebody whom nobody knows; nothing is sent
    submission_id: Mapped[str | None] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), index=True
    )
    language: Mapped[str] = mapped_column(default="en")
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    tries: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]  # sent, or given up
    outcome: Mapped[str] = mapped_column(String(16), default="")  # "sent", "dropped", "refused"


class Worker(Base):
    """A process that grades; it says every few seconds that it is there, and when it leaves."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)  # new with every start
    host: Mapped[str] = mapped_column(default="")
    slots: Mapped[int] = mapped_column(default=1)  # submissions at once
    started_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now, index=True)
    left_at: Mapped[datetime | None]  # it was stopped, and did not die


class IdempotencyKey(Base):
    """An upload that was answered already, so that a repeated request makes no second one."""

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(primary_key=True)  # user id, or address of an anonymous one
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(SHA256)  # another body under a used key is refused
    submission_id: Mapped[str] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now)


class RateWindow(Base):
    """How often somebody did something in one minute."""

    __tablename__ = "rate_windows"

    key: Mapped[str] = mapped_column(primary_key=True)  # "upload:user:<id>", "login:address:<ip>"
    minute: Mapped[int] = mapped_column(primary_key=True)  # since the epoch
    count: Mapped[int] = mapped_column(default=0)


class AuditEntry(Base):
    """One change that somebody made: who, when, what, before and after. Rows are only added."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    user_id: Mapped[str | None] = mapped_column(ID)  # no key: the entry outlives the user
    actor: Mapped[str]  # the login at that time, "system" or "operator"
    action: Mapped[str]  # "grade.manual", "assignment.publish", "student.delete", ...
    target: Mapped[str] = mapped_column(index=True)  # "submission:<id>", "student:<id>", ...
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    request_id: Mapped[str] = mapped_column(default="")


# One run of a submission waits or is being graded at a time; the database itself holds it.
Index(
    "uq_runs_active",
    Run.submission_id,
    unique=True,
    sqlite_where=text("state IN ('waiting', 'grading')"),
    postgresql_where=text("state IN ('waiting', 'grading')"),
)
