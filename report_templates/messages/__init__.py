"""
The documents' own sentences, one TOML file for each language.

The grader writes English. Its own ``sentences.toml`` and ``grader/<language>.toml`` here say its
words in another language: the rubric's criteria and the checks' claims by their ids, and what else
it writes by *forms*, sentences with names in braces. English has forms, too: in every language,
numbers are written the way people read them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from grader import reasons
from grader.sentences import load_sentences
from report_templates.numbers import worded

# What the grader fills in under these names is said by the forms of other groups.
_GROUPS = {
    **dict.fromkeys(("place", "cell", "probe", "layer", "what"), ("where",)),
    **dict.fromkeys(("actual", "other", "nearest"), ("value",)),
    "needed": ("change",),
    "message": ("reason", "problem"),
}
# Where a number in braces was measured, and is no student's or line's.
_MEASURED = ("reason", "value", "change")
# A student's own words and id, and numbers that count nothing: quoted, not reworded.
_QUOTED = frozenset({"exception", "text", "line", "question", "file", "named", "student"})
_HAN, _LATIN = "[\u4e00-\u9fff]", "[A-Za-z0-9\u2212]"
_CHINESE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"  # with its punctuation
_ENDS_CHINESE = re.compile(f"{_CHINESE} *$")
_BEGINS_CHINESE = re.compile(f" *{_CHINESE}")
_MEETS = re.compile(f"{_HAN}{_LATIN}|{_LATIN}{_HAN}")


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
        return fill(sentence, values) if values else sentence

    def name(self, group: str, key: str, given: str | None = None) -> str:
        """Return the words for *key* in *group*; *given*, or the key, where there are none."""
        return self.sentences.get(f"{group}.{key}", key if given is None else given)

    def reword(self, group: str, given: str) -> str:
        """
        Return what the grader wrote in this language, *given* itself where no form fits it.

        What stands for a name in braces is itself reworded if there are forms of that name; a
        number is written as people read it.
        """
        if group in _QUOTED:
            return given
        said = self.said(group, given)
        return worded(given) if said is None else said

    def said(self, group: str, given: str) -> str | None:
        """Return what the grader wrote in this language, None where no form fits it."""
        groups = _GROUPS.get(group, (group,))
        known = [(name, form) for name in groups for form in self.forms.get(name, ())]
        for name, form in known:
            found = form.pattern.fullmatch(given)
            if found:
                say = self.reword if name in _MEASURED else self._named
                values = {key: say(key, value) for key, value in found.groupdict().items()}
                said = fill(form.sentence, values)
                # Only English begins a sentence with a capital.
                capital = self.language == "en" and given[:1].isupper()
                return said[:1].upper() + said[1:] if capital else said
        return None

    def _named(self, group: str, given: str) -> str:
        """Return what the grader wrote in this language; a number may be a name, and stays."""
        said = None if group in _QUOTED else self.said(group, given)
        return given if said is None else said


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
    written = graders.pop("forms", {})
    assert isinstance(written, dict)
    forms = {
        group: [form(words.en, words.in_language(language)) for words in sentences.values()]
        for group, sentences in load_sentences().items()
    }
    forms |= {group: [form(*pair) for pair in pairs] for group, pairs in written.items()}
    of_files = [form(*pair) for pair in reasons.forms(language)]
    forms["problem"] = [*of_files, *forms.get("problem", ())]  # the last ones fit any sentence
    return Messages(dict(flat(own) + flat(graders)), forms, language)


def _read(file: Traversable) -> dict[str, object]:
    return tomllib.loads(file.read_text("utf-8"))


def form(given: str, sentence: str) -> Form:
    """
    Return a form; ``{name}`` in *given* stands for any words, the same wherever it stands.

    Its first letter may be a capital or not.
    """
    pieces = re.split(r"\{(\w+)\}", given)
    first, pieces[0] = pieces[0][:1], pieces[0][1:]
    pattern = f"(?i:{re.escape(first)})"
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            pattern += re.escape(piece)
        elif piece in pieces[1:place:2]:
            pattern += f"(?P={piece})"
        else:
            pattern += f"(?P<{piece}>.*?)"
    return Form(re.compile(pattern, re.DOTALL), sentence)


def fill(sentence: str, values: Mapping[str, object]) -> str:
    """
    Return *sentence* with *values* in its braces.

    Chinese words stand close to each other, and apart from letters and digits.
    """
    said = ""
    for place, piece in enumerate(re.split(r"\{(\w+)\}", sentence)):
        given = str(values[piece]) if place % 2 else piece
        if _ENDS_CHINESE.search(said) and _BEGINS_CHINESE.match(given):
            said, given = said.rstrip(" "), given.lstrip(" ")
        elif _MEETS.fullmatch(said[-1:] + given[:1]):
            said += " "
        said += given
    return said


def flat(table: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Return the leaves of *table* with dotted keys."""
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            pairs.extend(flat(value, f"{prefix}{key}."))
        else:
            pairs.append((prefix + key, str(value)))
    return pairs
