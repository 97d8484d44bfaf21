"""The options of a field that is one of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Option:
    """One value of a field, and the words for it."""

    value: str
    text: str
    selected: bool


def options_of(choices: Sequence[tuple[str, str]], chosen: str) -> tuple[Option, ...]:
    """Return the options of a field from values and words; the *chosen* one is selected."""
    return tuple(
        Option(value=value, text=text, selected=value == chosen) for value, text in choices
    )
