"""What one person handed in, as the source has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from grader.intake.classes.members import Member, SkippedMember
from grader.words.message import Message

# What a source may know of a person, in the order of the columns.
ABOUT = (
    "name",
    "email",
    "canvas_user_id",
    "moodle_participant",
    "gradescope_submission",
    "github_owner",
    "late",
)


@dataclass(frozen=True, kw_only=True)
class HandedFile:
    """A file of a person: the path that the person gave it, and where it lies in the source."""

    path: tuple[str, ...]
    member: Member
    order: int = 0  # of files with one name the highest is the newest
    unnumbered: str = ""  # its name before the course site put a number behind it, if it does that


@dataclass(frozen=True, kw_only=True)
class PersonPart:
    """One person's part of a source, before it is known who that is."""

    label: str  # what the source calls the person, each another
    files: Sequence[HandedFile] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    student_id: str = ""  # where the source itself says it
    refused: Message | None = None
    unclear: Message | None = None
    is_named: bool = True  # the source tells persons apart by more than the names of files
    received_at: datetime | None = None  # when it was handed in, where the source says it


@dataclass(frozen=True, kw_only=True)
class Split:
    """A source by person, and the members that are nobody's work."""

    parts: Sequence[PersonPart]
    left_out: Sequence[SkippedMember] = ()


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """One person's submission: whose it is, as far as that is known, and the files that count."""

    key: str  # the student id, else what the source calls the person
    student_id: str  # "" where it is not known
    about: Mapping[str, str]
    files: tuple[HandedFile, ...] = ()
    refused: Message | None = None  # why there is nothing to grade
    unclear: Message | None = None  # why a person has to say whose it is
    received_at: datetime | None = None  # when it was handed in, where the source says it


@dataclass(frozen=True, kw_only=True)
class Source:
    """A class's work: every file is in a submission or among what is left out."""

    layout: str
    submitted: tuple[Submitted, ...]
    left_out: tuple[SkippedMember, ...]
