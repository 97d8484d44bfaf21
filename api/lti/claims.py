"""What a platform says in a launch, by the names of the 1EdTech specifications."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from api.kit.database import NO_NUL
from api.kit.models import Role

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
MEMBERS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
RESOURCE_LINK = "LtiResourceLinkRequest"
DEEP_LINK = "LtiDeepLinkingRequest"
DEEP_LINK_RESPONSE = "LtiDeepLinkingResponse"
VERSION = "1.3.0"
# Where a student's id may stand; an operator names one that people cannot set themselves.
STUDENT_ID_FROM = ("lis.person_sourcedid", "custom.student_id", "ext.user_username")
ASSIGNMENT = "assignment"  # our custom parameter: which assignment a link is to
LONGEST = 255  # of a subject or deployment, by the specification
LONGEST_URL = 2000

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_ROLES = {
    f"{_MEMBERSHIP}/Instructor#TeachingAssistant": Role.TA,
    f"{_MEMBERSHIP}#TeachingAssistant": Role.TA,
    f"{_MEMBERSHIP}#Instructor": Role.INSTRUCTOR,
    f"{_MEMBERSHIP}#Administrator": Role.INSTRUCTOR,
    "Instructor": Role.INSTRUCTOR,  # the short names are allowed for these alone
    "Learner": Role.STUDENT,
    f"{_MEMBERSHIP}#Learner": Role.STUDENT,
}

Identifier = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=NO_NUL)]
Text = Annotated[str, Field(max_length=LONGEST, pattern=NO_NUL)]
Url = Annotated[str, Field(max_length=LONGEST_URL, pattern=r"^https?://[!-~]+$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Context(_Part):
    """The platform's course."""

    id: Identifier
    title: Text = ""
    label: Text = ""


class ResourceLink(_Part):
    """The link in the course that was followed."""

    id: Identifier
    title: Text = ""


class LineItem(_Part):
    """Where grades of a link go, and what for its token may be used."""

    scope: list[str] = []
    lineitem: Url | None = None


class NamesAndRoles(_Part):
    """Where the members of the course are listed."""

    context_memberships_url: Url


class DeepLinkingSettings(_Part):
    """Where the chosen content is sent, and what the platform takes."""

    deep_link_return_url: Url
    accept_types: list[str]
    data: str | None = None


class LaunchClaims(_Part):
    """A launch's claims; pydantic refuses what the specification does not allow."""

    subject: Identifier = Field(alias="sub")
    name: Text = ""
    email: Text = ""
    version: Literal["1.3.0"] = Field(validation_alias=f"{LTI}version")
    message_type: Literal["LtiResourceLinkRequest", "LtiDeepLinkingRequest"] = Field(
        validation_alias=f"{LTI}message_type"
    )
    deployment: Identifier = Field(validation_alias=f"{LTI}deployment_id")
    roles: list[str] = Field(validation_alias=f"{LTI}roles")
    target: Url | None = Field(None, validation_alias=f"{LTI}target_link_uri")
    context: Context | None = Field(None, validation_alias=f"{LTI}context")
    resource_link: ResourceLink | None = Field(None, validation_alias=f"{LTI}resource_link")
    lis: dict[str, Any] = Field({}, validation_alias=f"{LTI}lis")
    custom: dict[str, Any] = Field({}, validation_alias=f"{LTI}custom")
    ext: dict[str, Any] = Field({}, validation_alias=f"{LTI}ext")
    line_item: LineItem | None = Field(None, validation_alias=AGS)
    members: NamesAndRoles | None = Field(None, validation_alias=NRPS)
    deep_linking: DeepLinkingSettings | None = Field(
        None, validation_alias=f"{DEEP_LINKING}deep_linking_settings"
    )

    @field_validator("lis", "custom", "ext", mode="before")
    @classmethod
    def _none_is_empty(cls, given: object) -> object:
        """Return the object; some platforms send null where there is nothing."""
        return {} if given is None or given == [] else given

    @property
    def assignment(self) -> str:
        """Return the assignment that the link names."""
        named = self.custom.get(ASSIGNMENT, "")
        return named if isinstance(named, str) else ""

    @property
    def line_item_url(self) -> str:
        """Return where grades of this link go; empty where the platform takes none."""
        if self.line_item is None or SCORE_SCOPE not in self.line_item.scope:
            return ""
        return self.line_item.lineitem or ""


def role_of(roles: list[str]) -> Role | None:
    """
    Return what somebody with these roles of a course is here; None for nobody.

    A teaching assistant is one although platforms call them an instructor as well. Roles in the
    whole institution are none in a course.
    """
    found = {_ROLES[role] for role in roles if role in _ROLES}
    for role in (Role.TA, Role.INSTRUCTOR, Role.STUDENT):
        if role in found:
            return role
    return None


def student_id_in(source: str, **parts: dict[str, Any]) -> str:
    """Return the student's id at *source*, one of STUDENT_ID_FROM; empty where there is none."""
    part, _, name = source.partition(".")
    value = parts[part].get(name, "")
    return value.strip() if isinstance(value, str) else ""
