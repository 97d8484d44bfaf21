"""Bodies of requests and answers about accounts: staff, and single students."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.kit.ids import CONTROLS
from api.kit.models import Role
from api.kit.schemas.answer import Answer

LONGEST = 200
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _printable(text: str) -> str:
    """Return a text that a page can show on one line."""
    plain = " ".join(text.split())
    if re.search(CONTROLS, plain):
        msg = "holds characters that control the screen"
        raise ValueError(msg)
    return plain


def _address(text: str) -> str:
    """Return an e-mail address, or nothing."""
    if text and not EMAIL.fullmatch(text):
        msg = "is no e-mail address"
        raise ValueError(msg)
    return text


Line = Annotated[str, Field(max_length=LONGEST), AfterValidator(_printable)]
Email = Annotated[Line, AfterValidator(_address)]


class StudentIn(BaseModel):
    """One more student."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"student_id": "108062010", "name": "Ann", "section": "A"}},
    )

    student_id: Line
    name: Line = ""
    email: Email = ""
    section: Line = ""
    alike: bool = Field(False, description="Also where the id looks like another's.")


class StaffIn(BaseModel):
    """One more member of staff."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"login": "ann", "role": "ta"}}
    )

    login: Line = Field(min_length=1)
    role: Role = Field(description="ta or instructor")
    name: Line = ""
    email: Email = ""


class AccountPatch(BaseModel):
    """What is to be changed; what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"section": "B", "enabled": True}}
    )

    name: Line = ""
    email: Email = ""
    section: Line = ""
    role: Role = Field(Role.TA, description="Of staff alone: ta or instructor.")
    enabled: bool = Field(True, description="Whether they may log in.")

    def named(self) -> dict[str, Any]:
        """Return what was named, and no defaults."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class AccountOut(Answer):
    """An account."""

    id: str
    login: str
    role: Role
    name: str
    email: str
    section: str
    enabled: bool
    has_password: bool


class NewStaffOut(AccountOut):
    """An account that was just made, and how its owner logs in first."""

    link: str = Field(description="Logs in once; a password is chosen then.")


class LoginLinkOut(BaseModel):
    """A link that logs a member of staff in once."""

    link: str
    expires_at: datetime
