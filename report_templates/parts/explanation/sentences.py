"""From rules to sentences: what the facts bear out is said, in the order of the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from report_templates.page.blocks import Block, Prose
from report_templates.source import Source

Facts = TypeVar("Facts")


def said(
    source: Source,
    rules: Mapping[str, Callable[[Source, Facts], Mapping[str, str] | None]],
    facts: Facts,
) -> Iterator[str]:
    """Yield the sentences, by the keys of *rules*, that *facts* bear out."""
    for key, rule in rules.items():
        values = rule(source, facts)
        if values is not None:
            yield source.t(key, **values)


def bullets(
    source: Source,
    rules: Mapping[str, Callable[[Source, Facts], Mapping[str, str] | None]],
    facts: Facts,
) -> tuple[Block, ...]:
    """Return the same as a list; nothing where nothing is said."""
    return listed(tuple(said(source, rules, facts)))


def listed(sentences: tuple[str, ...]) -> tuple[Block, ...]:
    """Return sentences as a list, one of them as a paragraph."""
    style = "bullets" if len(sentences) > 1 else ""
    return (Prose(paragraphs=sentences, style=style),) if sentences else ()
