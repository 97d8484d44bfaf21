"""Every sentence of the documents' catalogue is said somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from report_templates.messages import load_messages

ROOT = Path(__file__).parents[3]


def sources() -> str:
    """Return all code, templates and structures that may name a sentence, catalogues left out."""
    files = [
        file
        for folder in ("report_templates", "grader", "api")
        for kind in ("*.py", "*.j2", "*.toml")
        for file in sorted((ROOT / folder).rglob(kind))
        if file.parent.name not in {"messages", "grader"} or file.suffix != ".toml"
    ]
    return "\n".join(file.read_text("utf-8") for file in files)


def unsaid(keys: Iterable[str], text: str) -> list[str]:
    """Return the keys that *text* neither has nor puts together from a group and a name."""
    whole = set(re.findall(r"""["']([\w.]+)["']""", text))
    alone = set(re.findall(r"""(?:\bt|report)\(["'](\w+)["']""", text))
    groups = set(re.findall(r"""["']([\w.]+)\.\{""", text))
    groups |= set(re.findall(r"""name\(["']([\w.]+)["']""", text))

    def is_said(key: str) -> bool:
        group = key.rpartition(".")[0]
        # ``Source.by_whom`` says one that ends so in place of the plain one.
        return group in groups or key.removesuffix("_judged") in whole if group else key in alone

    return [key for key in keys if not is_said(key)]


def test_no_sentence_is_left_that_nothing_says() -> None:
    """What is in the catalogue is used: a sentence goes with the code that said it."""
    assert unsaid(load_messages("en").sentences, sources()) == []


def test_a_sentence_is_said_by_its_whole_key_or_its_group() -> None:
    """A key that only looks like one that is named has nobody who says it."""
    text = "t('title'); told(\"part.whole\"); t(f'group.{name}')"
    keys = ["title", "part.whole", "part.whole_judged", "group.any", "part", "part.hole", "whole"]

    assert unsaid(keys, text) == ["part", "part.hole", "whole"]
