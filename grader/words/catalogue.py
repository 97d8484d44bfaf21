"""
Every sentence in every language, by code, from the TOML files beside this module.

A file is a topic; what one kind of task says stands in its own folder: ``findings.toml``,
``claims.toml`` and, for its own reasons, ``words.toml``. What findings of several tasks say alike
is in ``shared.toml`` of ``grader/tasks/hypotheses``. A table that has every language is a
sentence, and its dotted name the code; braces name what is filled in. ``words.<value>.<text>``
says the texts that a value of that name may have.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent
ROOMS = (
    FOLDER.parent / "challenge",
    *sorted((FOLDER.parent / "tasks").glob("*/")),
)
TOPICS = ("grading", "refusals", "notation", "batch", "reports")
LANGUAGES = ("en", "zh_TW")
FINDING_PARTS = ("title", "message", "hint")


class Wording(BaseModel):
    """One sentence in every language, and an example of what its braces stand for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str
    zh_TW: str  # noqa: N815  a language's code
    example: dict[str, str] = {}

    def in_language(self, language: str) -> str:
        """Return the sentence in a language; English where there is no other."""
        return self.zh_TW if language == "zh_TW" else self.en


class StepClaim(Wording):
    """What a check claims where the scale of *role* is a step, as the edition writes it."""

    role: str


@cache
def sentences() -> Mapping[str, Wording]:
    """Return every sentence by its code."""
    tables = [_from_rooms("words.toml")]
    tables += [tomllib.loads((FOLDER / f"{topic}.toml").read_text("utf-8")) for topic in TOPICS]
    said = {code: wording for table in tables for code, wording in _sentences(table, "")}
    said |= {f"words.check.{check}": wording for check, wording in claims().items()}
    said |= {f"words.check.{check}.step": wording for check, wording in step_claims().items()}
    said |= {f"words.check.{one}.chained": words for one, words in chained_claims().items()}
    return said | dict(_findings())


@cache
def finding_tables() -> Mapping[str, Any]:
    """Return every finding's table by its id, with the words that it shares with others."""
    shared = _from_rooms("shared.toml")
    return {
        name: _with_shared_words(table, [shared[one] for one in table.get("like", ())])
        for name, table in _from_rooms("findings.toml").items()
    }


def _with_shared_words(
    table: Mapping[str, Any], like: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a finding's table with the parts of its words that those it is *like* have for it."""
    words: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for one in (*like, table):
        for language in LANGUAGES:
            words[language] |= one.get(language, {})
    return {name: value for name, value in table.items() if name != "like"} | words


def _from_rooms(name: str) -> dict[str, Any]:
    """Return the tables of all files of a name: the general ones, then room by room."""
    tables: dict[str, Any] = {}
    for path in (folder / name for folder in (FOLDER, *ROOMS)):
        if path.exists():
            tables |= tomllib.loads(path.read_text("utf-8"))
    return tables


def _findings() -> Iterator[tuple[str, Wording]]:
    """Yield the words of findings: their titles, messages and hints."""
    for name, table in finding_tables().items():
        for part in FINDING_PARTS:
            said = {language: table[language][part] for language in LANGUAGES}
            yield f"finding.{name}.{part}", Wording(**said, example=table["example"])


@cache
def claims() -> Mapping[str, Wording]:
    """Return what every check claims, by its id; English is what the check's docstring says."""
    said = {check: words for file in _claims() for check, words in file["zh_TW"].items()}
    return {check: Wording(en="{claim}", zh_TW=words) for check, words in said.items()}


@cache
def step_claims() -> Mapping[str, StepClaim]:
    """Return what checks claim of a scale that is a step, where that is another thing."""
    tables = {check: table for file in _claims() for check, table in file.get("step", {}).items()}
    return {check: StepClaim.model_validate(table) for check, table in tables.items()}


@cache
def chained_claims() -> Mapping[str, Wording]:
    """Return what checks claim where the scale of the layer before holds all that came before."""
    tables = {one: words for file in _claims() for one, words in file.get("chained", {}).items()}
    return {check: Wording.model_validate(table) for check, table in tables.items()}


def _claims() -> Iterator[dict[str, Any]]:
    paths = (room / "claims.toml" for room in ROOMS)
    return (tomllib.loads(path.read_text("utf-8")) for path in paths if path.exists())


def _sentences(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Wording]]:
    for name, value in table.items():
        if set(LANGUAGES) <= value.keys():
            yield prefix + name, Wording.model_validate(value)
        else:
            yield from _sentences(value, f"{prefix}{name}.")
