"""The findings' words, in every language, and whether they may say what they say."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from grader.editions.phrasing import phrase_names
from grader.errors import GraderError
from grader.words.catalogue import LANGUAGES, finding_tables

# What every message may print.
COMMON = frozenset(("function", "question")) | phrase_names()


class CatalogueError(GraderError):
    """The findings cannot be used; the message says where, what and what to do."""


class Words(BaseModel):
    """A finding in one language; braces name the numbers that the hypothesis provides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    message: str
    hint: str

    def filled(self, values: Mapping[str, str]) -> Words:
        """Return the words with every placeholder replaced; a missing one is an error of ours."""
        filled = {name: text.format_map(values) for name, text in self}
        return Words(**filled)

    def placeholders(self) -> frozenset[str]:
        """Return the names in braces."""
        parsed = (string.Formatter().parse(text) for _, text in self)
        return frozenset(name for text in parsed for _, name, _, _ in text if name is not None)


class Entry(BaseModel):
    """One finding: its words, and an example of every number that its hypothesis provides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    computed: str  # what was computed instead of the right value, as a formula where there is one
    costs_points: bool = True
    example: dict[str, str]
    en: Words
    zh_TW: Words  # noqa: N815  a language's code

    def words(self, language: str) -> Words:
        """Return the words in a language; English where there is no other."""
        return self.zh_TW if language == "zh_TW" else self.en


@dataclass(frozen=True)
class Catalogue:
    """Every finding, by id."""

    entries: Mapping[str, Entry]

    def entry(self, finding: str) -> Entry:
        """Return one finding's entry."""
        return self.entries[finding]


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue; raise CatalogueError where a table or a placeholder is wrong."""
    return read_catalogue(finding_tables())


def read_catalogue(tables: Mapping[str, Any]) -> Catalogue:
    """Return the catalogue in findings' tables; raise CatalogueError where one is wrong."""
    try:
        entries = {name: Entry.model_validate(table) for name, table in tables.items()}
    except ValidationError as error:
        msg = f"findings.toml: {error}"
        raise CatalogueError(msg) from None
    for name, entry in entries.items():
        _check_placeholders(name, entry)
    return Catalogue(entries)


def _check_placeholders(name: str, entry: Entry) -> None:
    for language in LANGUAGES:
        unknown = entry.words(language).placeholders() - COMMON - entry.example.keys()
        if unknown:
            wanted = ", ".join(sorted(unknown))
            msg = (
                f"findings.toml: [{name}.{language}] uses {wanted}, which its hypothesis does not"
                f" provide (known: {', '.join(sorted(entry.example))}); correct the text or the"
                " example"
            )
            raise CatalogueError(msg)
