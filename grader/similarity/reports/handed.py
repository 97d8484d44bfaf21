"""A PDF that was handed in, as far as it could be read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from grader.similarity.reports.words import words_of
from grader.words.message import Message, message

# Why a PDF, or a part of it, is not read: the codes of ``similar-reports.toml``.
ENCRYPTED, BROKEN, TOO_MUCH, EMPTY, PARTLY = "encrypted", "broken", "too-much", "empty", "partly"
CODES = frozenset(("", ENCRYPTED, BROKEN, TOO_MUCH, PARTLY))
MOST_PAGES = 300
MOST_CHARACTERS = 400_000
MOST_PICTURES = 1_000
LEAST_WORDS = 40  # less, and no picture, says nothing of who wrote it


@dataclass(frozen=True, kw_only=True)
class HandedReport:
    """
    A student's report: its pages' texts, digests of its pictures, what it says of itself.

    ``images`` are digests of the pictures' pixels and ``scans`` of pages without text, as drawn.
    ``problem`` says why it could not be read, or not to its end.
    """

    file: str = ""
    sha256: str = ""
    pages: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @cached_property
    def text(self) -> str:
        """Return the text of all pages."""
        return "\n".join(self.pages)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Return the words in normal form."""
        return tuple(words_of(self.text))

    @property
    def says_something(self) -> bool:
        """Return whether there is enough in it to compare."""
        return len(self.words) >= LEAST_WORDS or bool(self.images or self.scans)

    @cached_property
    def content(self) -> str:
        """
        Return a digest of what it shows, ``""`` where that is too little to compare.

        Saved again, or with other metadata, a PDF keeps it.
        """
        if not self.says_something:
            return ""
        shown = [*self.words, *sorted(self.images), *sorted(self.scans)]
        return hashlib.sha256("\n".join(shown).encode()).hexdigest()

    @property
    def told_problem(self) -> Message | None:
        """Return why it could not be read, or not to its end."""
        code = self.problem or ("" if self.says_something else EMPTY)
        if not code:
            return None
        return message(f"similar-report.{code}", file=self.file, most=str(MOST_PAGES))


def handed_report(file: str, data: bytes, read: Mapping[str, Any]) -> HandedReport:
    """
    Return the report in a *file* from what the process that read it answers.

    A PDF may have made that process say anything: what has another shape is nothing.
    """
    metadata = read.get("metadata")
    problem = read.get("problem", "")
    return HandedReport(
        file=file,
        sha256=hashlib.sha256(data).hexdigest(),
        pages=_pages(_texts(read.get("pages"))[:MOST_PAGES]),
        images=_texts(read.get("images"))[:MOST_PICTURES],
        scans=_texts(read.get("scans"))[:MOST_PICTURES],
        metadata=metadata if isinstance(metadata, dict) and _texts([*metadata.values()]) else {},
        problem=problem if isinstance(problem, str) and problem in CODES else BROKEN,
    )


def _texts(found: object) -> tuple[str, ...]:
    """Return a list of texts, nothing where it is no such list."""
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        return ()
    return tuple(found)


def _pages(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the pages up to MOST_CHARACTERS."""
    left = MOST_CHARACTERS
    pages = []
    for text in texts:
        pages.append(text[:left])
        left -= len(pages[-1])
    return tuple(pages)
