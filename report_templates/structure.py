"""
A document's structure as data: headings, their numbers, and the parts under them.

A structure file is a tree of ``[[sections]]``. Each has a ``title`` (a key of the message
catalogue, or words by language, ``en`` among them) and, if it wants, a ``number`` as the edition
prints it, a list of ``parts`` (see ``parts/``) and ``[[sections.sections]]`` of its own.
``feedback.toml`` here serves every edition; ``report.toml`` in an edition's folder says how that
edition wants its report.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources

from report_templates.messages import Messages
from report_templates.reading import mappings, text, texts


class StructureError(ValueError):
    """Raised for a structure file that cannot be used; says where and what to do."""


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A section: its number as printed, its title by language, its parts, its sections."""

    number: str
    title: str | Mapping[str, str]
    parts: tuple[str, ...] = ()
    sections: tuple[Heading, ...] = field(default=())

    def title_in(self, language: str, t: Messages) -> str:
        """Return the title in *language*; English stands in for a language that is missing."""
        if isinstance(self.title, str):
            return t(self.title)
        return self.title.get(language) or self.title["en"]


def load_structure(kind: str, edition: str) -> tuple[Heading, ...]:
    """
    Return the headings of a document: ``feedback``, or an edition's own ``report``.

    An edition without a ``report.toml`` gets the headings of the feedback, less the score.

    Raises:
        StructureError: The file is not TOML, or a heading lacks its title.

    """
    if kind == "report" and re.fullmatch(r"[a-z0-9][a-z0-9-]*", edition):
        file = resources.files("grader") / "editions" / edition / "report.toml"
        if file.is_file():
            return parse_structure(file.read_text("utf-8"), f"{edition}/report.toml")
    name = f"{kind}.toml"
    return parse_structure((resources.files(__package__) / name).read_text("utf-8"), name)


def parse_structure(toml: str, where: str) -> tuple[Heading, ...]:
    """
    Return the headings that *toml* lays out; *where* names the file in messages.

    Raises:
        StructureError: *toml* is not TOML, or a heading lacks its title.

    """
    try:
        table = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        msg = f"{where}: not TOML ({error})"
        raise StructureError(msg) from None
    return tuple(_heading(section, where) for section in mappings(table, "sections"))


def _heading(section: Mapping[str, object], where: str) -> Heading:
    title = section.get("title")
    if isinstance(title, Mapping):
        title = {str(language): str(words) for language, words in title.items()}
    if (
        not title
        or not isinstance(title, str | dict)
        or (isinstance(title, dict) and "en" not in title)
    ):
        msg = f"{where}: a section needs a title, a message key or words with en: {section}"
        raise StructureError(msg)
    return Heading(
        number=text(section, "number"),
        title=title,
        parts=texts(section, "parts"),
        sections=tuple(_heading(child, where) for child in mappings(section, "sections")),
    )
