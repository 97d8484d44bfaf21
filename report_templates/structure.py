"""
A document's structure as data: headings, their numbers, and the parts under them.

A structure file is a tree of ``[[sections]]``. Each has a ``title`` (English words, or words by
language, ``en`` among them; in our own files a ``key`` of the message catalogue instead) and, if
it wants, a ``number`` as the edition prints it, a list of ``parts`` (see ``parts/``) and
``[[sections.sections]]`` of its own.
``report.toml`` in an edition's folder says how that edition wants its report. ``feedback.toml``
here serves every edition: where it has a section with ``report = true``, that report's own
sections stand; ``[beside]`` names the parts that go before some of its parts, ``without`` those
that are left out. The equations of an edition's report are those of the edition which it extends,
unless it has its own of the same id.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources

from pydantic import Field, ValidationError

from grader.editions.loader import explained
from grader.editions.schema import Localized
from grader.editions.strict import Strict
from report_templates.formulas import Formula, Worked
from report_templates.messages import languages, load_messages

# What stands on every document's first page.
COVER = frozenset({"cover"})


class StructureError(ValueError):
    """Raised for a structure file that cannot be used; says where and what to do."""


class _Section(Strict):
    """A section as a structure file has it."""

    title: Localized | None = None
    key: str = ""
    number: str = ""
    parts: tuple[str, ...] = ()
    report: bool = False
    sections: tuple[_Section, ...] = ()


class Asked(Strict):
    """One thing that the sheet asks of a report, and the parts that answer it."""

    question: str
    what: str
    parts: tuple[str, ...]


class _File(Strict):
    """A structure file."""

    asked: tuple[Asked, ...] = ()

    beside: dict[str, str] = Field(default_factory=dict)
    without: tuple[str, ...] = ()
    sections: tuple[_Section, ...] = ()
    equations: tuple[Formula, ...] = ()
    worked: Worked | None = None


@dataclass(frozen=True, kw_only=True)
class Formulas:
    """An edition's equations by id, and the table of their numbers."""

    equations: Mapping[str, Formula]
    worked: Worked | None


@dataclass(frozen=True, kw_only=True)
class Heading:
    """
    A section: its number as printed, its title by language, its parts, its sections.

    It is *front* where it stands on the first page, before the contents.
    """

    number: str
    title: Localized
    parts: tuple[str, ...] = ()
    sections: tuple[Heading, ...] = field(default=())
    front: bool = False


def load_structure(kind: str, edition: str) -> tuple[Heading, ...]:
    """
    Return the headings of a document of *kind*, ``report`` or ``feedback``, for *edition*.

    An edition without a ``report.toml`` gets the general one.

    Raises:
        StructureError: The file is not TOML, a heading lacks its title, or there is no such
            equation as a part of it names.

    """
    own = _load_report(edition)
    if kind == "report":
        return own
    name = f"{kind}.toml"
    file = _parse((resources.files(__package__) / name).read_text("utf-8"), name)
    judged = _beside(own, file.beside, file.without)
    headings: list[Heading] = []
    front = True
    for section in file.sections:
        front = front and not section.report
        own_heading = () if section.report else (replace(_heading(section, name), front=front),)
        headings += own_heading or judged
    return tuple(headings)


def load_formulas(edition: str) -> Formulas:
    """
    Return the equations of *edition*, its own before those of the edition that it extends.

    Raises:
        StructureError: A file with equations cannot be used.

    """
    files = [_report_file(one)[0] for one in _lineage(edition)]
    equations = {one.id: one for file in reversed(files) for one in file.equations}
    return Formulas(
        equations=equations, worked=next((file.worked for file in files if file.worked), None)
    )


def load_asked(edition: str) -> tuple[Asked, ...]:
    """
    Return what an edition's sheet asks of a report, item by item.

    Raises:
        StructureError: The file cannot be used, or a part that answers an item is in no section.

    """
    file, where = _report_file(edition)
    placed = {*parts_of(load_structure("report", edition))}
    for item in file.asked:
        for part in item.parts:
            if part not in placed | COVER:
                msg = f"{where}: {item.question} is answered by {part!r}, which no section has"
                raise StructureError(msg)
    return file.asked


def parts_of(headings: Iterable[Heading]) -> Iterator[str]:
    """Yield the names of all parts under *headings*, in order."""
    for heading in headings:
        yield from heading.parts
        yield from parts_of(heading.sections)


def _load_report(edition: str) -> tuple[Heading, ...]:
    file, where = _report_file(edition)
    headings = tuple(_heading(section, where) for section in file.sections)
    _check_equations(headings, load_formulas(edition), where)
    return headings


def _check_equations(headings: Iterable[Heading], formulas: Formulas, where: str) -> None:
    """Raise StructureError for a part whose equations there are not."""
    known = [f"equation:{name}" for name in formulas.equations]
    known += ["scales_worked"] if formulas.worked else []
    for part in parts_of(headings):
        if part not in known and part.startswith(("equation:", "scales_worked")):
            table = "[worked]" if part == "scales_worked" else "[[equations]] of that id"
            msg = (
                f"{where}: the part {part!r} needs {table} (there are"
                f" {', '.join(known) or 'none'}); see docs/adding-an-edition.md"
            )
            raise StructureError(msg)


def _lineage(edition: str) -> tuple[str, ...]:
    """Return an edition and those that it extends, itself first."""
    line: list[str] = []
    while edition and edition not in line:
        line.append(edition)
        text = _text_of(edition, "edition.toml")
        edition = "" if text is None else str(tomllib.loads(text).get("extends", ""))
    return tuple(line)


def _text_of(edition: str, name: str) -> str | None:
    """Return what a file of an edition says, None where there is none."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", edition):
        return None
    file = resources.files("grader") / "editions" / edition / name
    return file.read_text("utf-8") if file.is_file() else None


def _report_file(edition: str) -> tuple[_File, str]:
    """Return the report file of *edition*, or the general one, and its name."""
    own = _text_of(edition, "report.toml")
    if own is not None:
        where = f"{edition}/report.toml"
        return _parse(own, where), where
    general = resources.files(__package__) / "report.toml"
    return _parse(general.read_text("utf-8"), "report.toml"), "report.toml"


def _beside(
    headings: Iterable[Heading], beside: Mapping[str, str], without: Sequence[str]
) -> tuple[Heading, ...]:
    """Return *headings* with the parts of *beside* put in and those of *without* left out."""
    return tuple(
        replace(
            heading,
            parts=tuple(
                name
                for part in heading.parts
                if part not in without
                for name in (*_before(part, beside), part)
            ),
            sections=_beside(heading.sections, beside, without),
        )
        for heading in headings
    )


def _before(part: str, beside: Mapping[str, str]) -> tuple[str, ...]:
    """Return what goes before *part*, with the same argument: ``judgement_of:weights``."""
    name, colon, argument = part.partition(":")
    return (f"{beside[name]}{colon}{argument}",) if name in beside else ()


def _parse(toml: str, where: str) -> _File:
    try:
        return _File.model_validate(tomllib.loads(toml))
    except tomllib.TOMLDecodeError as error:
        msg = f"{where}: not TOML ({error})"
        raise StructureError(msg) from None
    except ValidationError as error:
        raise StructureError(explained(where, error)) from None


def _heading(section: _Section, where: str) -> Heading:
    return Heading(
        number=section.number,
        title=section.title or _of_catalogue(section, where),
        parts=section.parts,
        sections=tuple(_heading(child, where) for child in section.sections),
    )


def _of_catalogue(section: _Section, where: str) -> Localized:
    """Return the title of a section that has none of its own."""
    if not section.key:
        told = section.number or ", ".join(section.parts) or "without a number"
        msg = (
            f"{where}: the section {told} has no title:"
            ' title = { en = "...", zh_TW = "..." }; see docs/adding-an-edition.md'
        )
        raise StructureError(msg)
    words = {language: load_messages(language)(section.key) for language in languages()}
    return Localized.model_validate(words)
