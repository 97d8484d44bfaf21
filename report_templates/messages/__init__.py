"""The documents' own sentences, one TOML file for each language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


class LanguageError(ValueError):
    """Raised for a language that has no catalogue; says which there are."""


@dataclass(frozen=True)
class Messages:
    """A catalogue of sentences by dotted key, all in one language."""

    sentences: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """
        Return the sentence at *key* with *values* put in.

        Raises:
            KeyError: The catalogue has no such key, or the sentence needs another value.

        """
        sentence = self.sentences[key]
        return sentence.format_map(values) if values else sentence

    def name(self, group: str, key: str) -> str:
        """Return the word for *key* in *group*, or *key* itself where the catalogue has none."""
        return self.sentences.get(f"{group}.{key}", key)


def languages() -> tuple[str, ...]:
    """Return the languages that have a catalogue."""
    folder = resources.files(__package__)
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml")))


@cache
def load_messages(language: str) -> Messages:
    """
    Return the catalogue of *language* (``en``).

    Raises:
        LanguageError: There is no such catalogue.

    """
    if language not in languages():
        msg = f"no catalogue for language {language!r}; there are {', '.join(languages())}"
        raise LanguageError(msg)
    text = (resources.files(__package__) / f"{language}.toml").read_text("utf-8")
    return Messages(dict(_flat(tomllib.loads(text))))


def _flat(table: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Return the leaves of *table* with dotted keys."""
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            pairs.extend(_flat(value, f"{prefix}{key}."))
        else:
            pairs.append((prefix + key, str(value)))
    return pairs
