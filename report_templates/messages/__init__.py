"""
The documents' own sentences, one TOML file for each language.

The grader speaks English. ``grader/<language>.toml`` says its words in another language: the
rubric's criteria and the checks' claims by their ids, and what else it writes by *forms*,
sentences with names in braces. English needs no such file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable


class LanguageError(ValueError):
    """Raised for a language that has no catalogue; says which there are."""


@dataclass(frozen=True)
class Form:
    """A sentence of the grader's, as a pattern, and the same sentence in another language."""

    pattern: re.Pattern[str]
    sentence: str


@dataclass(frozen=True)
class Messages:
    """A catalogue of sentences by dotted key, all in one language."""

    sentences: Mapping[str, str]
    forms: Mapping[str, Sequence[Form]] = field(default_factory=dict)
    language: str = "en"

    def __call__(self, key: str, **values: object) -> str:
        """
        Return the sentence at *key* with *values* put in.

        Raises:
            KeyError: The catalogue has no such key, or the sentence needs another value.

        """
        sentence = self.sentences[key]
        return sentence.format_map(values) if values else sentence

    def name(self, group: str, key: str, given: str | None = None) -> str:
        """Return the words for *key* in *group*; *given*, or the key, where there are none."""
        return self.sentences.get(f"{group}.{key}", key if given is None else given)

    def reword(self, group: str, given: str) -> str:
        """
        Return what the grader wrote in this language, *given* itself where no form fits it.

        What stands for a name in braces is itself reworded if there are forms of that name.
        """
        for form in self.forms.get(group, ()):
            found = form.pattern.fullmatch(given)
            if found:
                values = {key: self.reword(key, value) for key, value in found.groupdict().items()}
                return form.sentence.format_map(values)
        return given


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
    forms = graders.pop("forms", {})
    assert isinstance(forms, dict)
    return Messages(
        dict(flat(own) + flat(graders)),
        {group: [form(*pair) for pair in pairs] for group, pairs in forms.items()},
        language,
    )


def _read(file: Traversable) -> dict[str, object]:
    return tomllib.loads(file.read_text("utf-8"))


def form(given: str, sentence: str) -> Form:
    """Return a form; ``{name}`` in *given* stands for any words, the same wherever it stands."""
    pieces = re.split(r"\{(\w+)\}", given)
    pattern = ""
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            pattern += re.escape(piece)
        elif piece in pieces[1:place:2]:
            pattern += f"(?P={piece})"
        else:
            pattern += f"(?P<{piece}>.*?)"
    return Form(re.compile(pattern, re.DOTALL), sentence)


def flat(table: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Return the leaves of *table* with dotted keys."""
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            pairs.extend(flat(value, f"{prefix}{key}."))
        else:
            pairs.append((prefix + key, str(value)))
    return pairs
