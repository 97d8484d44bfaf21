"""Every sentence of the documents' catalogue is said somewhere."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from report_templates.messages import load_messages

ROOT = Path(__file__).parents[3]
KEYS = sorted(load_messages("en").sentences)


@cache
def _sources() -> str:
    """Return all code, templates and structures that may name a sentence, catalogues left out."""
    files = [
        file
        for folder in ("report_templates", "grader", "api")
        for kind in ("*.py", "*.j2", "*.toml")
        for file in sorted((ROOT / folder).rglob(kind))
        if file.parent.name not in {"messages", "grader"} or file.suffix != ".toml"
    ]
    return "\n".join(file.read_text("utf-8") for file in files)


@pytest.mark.parametrize("key", KEYS)
def test_every_sentence_is_said(key: str) -> None:
    """A key stands in the code as it is, or is put together from its group and a name."""
    group, _, name = key.rpartition(".")
    # ``Source.by_whom`` says it in place of the plain one.
    whole = re.escape(key.removesuffix("_judged") if group else name)
    ways = [rf"""["']{whole}["']"""] if group else [rf"""(?:\bt|report)\(["']{whole}["']"""]
    if group:
        ways += [rf"""["']{re.escape(group)}\.\{{""", rf"""name\(["']{re.escape(group)}["']"""]

    assert any(re.search(way, _sources()) for way in ways)
