"""
The documents' own sentences, one TOML file for each language.

What the grader says comes as messages, which ``grader.words`` has in every language; the titles of
the rubric's criteria and of the sandbox's layers are in ``grader/<language>.toml`` here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from grader.words.message import Message, Value, fill, say_value, sentence
from report_templates.page.numbers import readable, worded


class LanguageError(ValueError):
    """Raised for a language that has no catalogue; says which there are."""


@dataclass(frozen=True)
class Messages:
    """A catalogue of sentences by dotted key, all in one language."""

    sentences: Mapping[str, str]
    language: str = "en"

    def __call__(self, key: str, **values: object) -> str:
        """
        Return the sentence at *key* with *values* put in.

        Raises:
            KeyError: The catalogue has no such key, or the sentence needs another value.

        """
        sentence = self.sentences[key]
        return fill(sentence, values) if values else sentence

    def name(self, group: str, key: str, given: str | None = None) -> str:
        """Return the words for *key* in *group*; *given*, or the key, where there are none."""
        return self.sentences.get(f"{group}.{key}", key if given is None else given)

    def said(self, value: Value) -> str:
        """Return what the grader says in this language, a number as people read it."""
        return say_value(value, self.language, readable)

    def told(self, text: str, message: Value | None) -> str:
        """
        Return a message of a results file in this language, a number as people read it.

        What has no message, or one that this version cannot say, is told by the *text* beside it.
        """
        try:
            return worded(text) if message is None else self.said(message)
        except KeyError:
            return worded(text)

    def sentence(self, text: str, message: Value | None) -> str:
        """Return a message of a results file as a sentence that stands alone, or the *text*."""
        try:
            if isinstance(message, Message):
                return sentence(message, self.language, readable)
        except KeyError:
            pass
        return text


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
    folder = resources.files(__package__)
    own = _read(folder / f"{language}.toml")
    file = folder / "grader" / f"{language}.toml"
    graders = _read(file) if file.is_file() else {}
    return Messages(dict(flat(own) + flat(graders)), language)


def _read(file: Traversable) -> dict[str, object]:
    return tomllib.loads(file.read_text("utf-8"))


def flat(table: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Return the leaves of *table* with dotted keys."""
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            pairs.extend(flat(value, f"{prefix}{key}."))
        else:
            pairs.append((prefix + key, str(value)))
    return pairs
