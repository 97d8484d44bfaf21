"""
What can go wrong in the grader, as exceptions; a student's wrong answer is never one of them.

::

    GraderError            anything the grader raises on purpose
    ├── SubmissionError    what was handed in cannot be read: the student can mend it
    ├── EditionError       an edition's files contradict themselves: the teacher can mend it
    └── SandboxError       the sandbox cannot start or breaks its protocol: our fault

The reference package has an exception of its own for missing data and checkpoints.
"""

from __future__ import annotations

from typing import ClassVar

from grader.words.message import Message


class GraderError(Exception):
    """Something the grader raises on purpose; its message is meant for a person."""

    exit_code: ClassVar[int] = 1


class SubmissionError(GraderError):
    """The files handed in cannot be read; the reason says what was found and what to hand in."""

    exit_code: ClassVar[int] = 2

    def __init__(self, reason: Message, language: str = "en") -> None:
        super().__init__(reason.said_in(language))
        self.reason = reason


class EditionError(GraderError):
    """An edition's files are missing, malformed or contradict each other."""

    exit_code: ClassVar[int] = 3


class SandboxError(GraderError):
    """The sandbox did not start, or what came out of it does not follow the protocol."""

    exit_code: ClassVar[int] = 4
