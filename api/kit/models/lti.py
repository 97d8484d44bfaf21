"""The tables of LTI 1.3: learning platforms, their courses, links, people and grades."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.kit.models.base import ID, Base, new_id, now
from api.kit.models.people import User


class LtiKey(Base):
    """A key of ours; its private half is sealed with the service's secret key."""

    __tablename__ = "lti_keys"

    id: Mapped[str] = mapped_column(String(43), primary_key=True)  # RFC 7638 thumbprint
    public: Mapped[dict[str, Any]]
    sealed: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class LtiPlatform(Base):
    """A learning platform that the operator registered."""

    __tablename__ = "lti_platforms"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    issuer: Mapped[str]
    client_id: Mapped[str]
    authorize_url: Mapped[str]
    token_url: Mapped[str]
    jwks_url: Mapped[str]
    deployments: Mapped[list[str]]  # whose launches are taken
    student_id_from: Mapped[str]  # of api.lti.claims.STUDENT_ID_FROM
    created_at: Mapped[datetime] = mapped_column(default=now)


class LtiContext(Base):
    """A course on a platform; until an instructor accepts it nobody is let in from there."""

    __tablename__ = "lti_contexts"
    __table_args__ = (UniqueConstraint("platform_id", "context_id"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    platform_id: Mapped[str] = mapped_column(ForeignKey("lti_platforms.id", ondelete="CASCADE"))
    context_id: Mapped[str]  # the platform's
    title: Mapped[str] = mapped_column(default="")
    memberships_url: Mapped[str] = mapped_column(default="")  # of names and roles
    created_at: Mapped[datetime] = mapped_column(default=now)
    accepted_at: Mapped[datetime | None]
    sync_asked_at: Mapped[datetime | None]
    synced_at: Mapped[datetime | None]
    sync_counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sync_error: Mapped[str] = mapped_column(default="")
    platform: Mapped[LtiPlatform] = relationship()


class LtiLink(Base):
    """A link in a course on a platform, to one of our assignments."""

    __tablename__ = "lti_links"
    __table_args__ = (UniqueConstraint("course_id", "resource_link_id"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    course_id: Mapped[str] = mapped_column(ForeignKey("lti_contexts.id", ondelete="CASCADE"))
    resource_link_id: Mapped[str]  # the platform's
    edition: Mapped[str] = mapped_column(ForeignKey("assignments.edition"))
    line_item_url: Mapped[str] = mapped_column(default="")  # "": the platform takes no grades
    created_at: Mapped[datetime] = mapped_column(default=now)
    course: Mapped[LtiContext] = relationship()


class LtiUser(Base):
    """Who somebody on a platform is here."""

    __tablename__ = "lti_users"
    __table_args__ = (UniqueConstraint("platform_id", "user_id"),)

    platform_id: Mapped[str] = mapped_column(
        ForeignKey("lti_platforms.id", ondelete="CASCADE"), primary_key=True
    )
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    user: Mapped[User] = relationship()


class LtiScore(Base):
    """One student's grade at one link: what the platform has, and what is on its way."""

    __tablename__ = "lti_scores"
    __table_args__ = (UniqueConstraint("link_id", "user_id"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    link_id: Mapped[str] = mapped_column(ForeignKey("lti_links.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(16))  # of api.lti.services.scores.ScoreState
    version: Mapped[int] = mapped_column(default=1)  # raised with every grade that is sent anew
    tries: Mapped[int] = mapped_column(default=0)  # of this version
    wanted: Mapped[list[float] | None] = mapped_column(JSON(none_as_null=True))  # points, maximum
    had: Mapped[list[float] | None] = mapped_column(JSON(none_as_null=True))  # by the platform
    asked_at: Mapped[datetime] = mapped_column(default=now)  # when this version began
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    link: Mapped[LtiLink] = relationship()
    user: Mapped[User] = relationship()


class LtiNonce(Base):
    """A launch that was taken already: its message is not taken again."""

    __tablename__ = "lti_nonces"

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
