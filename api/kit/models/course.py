"""The course: its assignments, extensions and groups."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    ForeignKey,
    event,
)
from sqlalchemy.orm import (
    Mapped,
    QueryContext,
    attribute_keyed_dict,
    mapped_column,
    relationship,
)

from api.kit.models.base import Base, now


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
