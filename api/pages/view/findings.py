"""What a finding is called, by its id alone: a table of a class has no results at hand."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from report_templates.reading import mapping, text


def finding_title(finding_id: str, language: str) -> str:
    """Return the finding's title in the language, its id where the catalogue has none."""
    entry = mapping(_catalogue(), finding_id)
    words = text(mapping(entry, language), "title") or text(mapping(entry, "en"), "title")
    return words or finding_id


@cache
def _catalogue() -> Mapping[str, object]:
    """Return the grader's catalogue, read as data: its module would bring torch along."""
    file = resources.files("grader") / "diagnosis" / "findings.toml"
    return tomllib.loads(file.read_text("utf-8"))
