"""
The pages' own sentences, one TOML file for each language.

What the grader and the documents say is said in the words of :mod:`report_templates.messages`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from markupsafe import Markup, escape

from grader.words.catalogue import LANGUAGES
from report_templates.messages import Messages, flat
from report_templates.messages import load_messages as load_report_messages

DEFAULT = LANGUAGES[0]
_PLACE = "\x00"  # stands in no sentence


@dataclass(frozen=True, kw_only=True)
class Words:
    """Everything that is said in one language: *own* by the pages, *report* by documents."""

    language: str
    own: Messages
    report: Messages

    def __call__(self, key: str, **values: object) -> str:
        """Return the pages' sentence at *key* with *values* put in; HTML if one of them is."""
        html = {name: value for name, value in values.items() if isinstance(value, Markup)}
        if not html:
            return self.own(key, **values)
        places = {name: f"{_PLACE}{at}{_PLACE}" for at, name in enumerate(html)}
        said = str(escape(self.own(key, **{**values, **places})))
        for name, place in places.items():
            said = said.replace(place, html[name])
        return Markup(said)

    def count(self, key: str, number: int, **values: object) -> str:
        """Return the sentence for one or for several: at ``key_one`` or ``key_many``."""
        form = "one" if number == 1 else "many"
        return self.own(f"{key}_{form}", count=f"{number:,}", **values)


@cache
def load_words(language: str) -> Words:
    """Return the catalogue of one of ``LANGUAGES``."""
    file = resources.files(__package__) / f"{language}.toml"
    table = tomllib.loads(file.read_text("utf-8"))
    return Words(
        language=language,
        own=Messages(dict(flat(table))),
        report=load_report_messages(language),
    )


def preferred(cookie: str | None, accept_language: str) -> str:
    """
    Return the language to speak: what was chosen, else what the browser asks for first.

    Any Chinese is answered in the one Chinese there is.
    """
    if cookie in LANGUAGES:
        return cookie
    for tag, _weight in sorted(_accepted(accept_language), key=lambda pair: -pair[1]):
        if tag.startswith("zh"):
            return "zh_TW"
        if tag.startswith("en"):
            return "en"
    return DEFAULT


def _accepted(header: str) -> list[tuple[str, float]]:
    """Return the tags of an Accept-Language header with their weights; nonsense weighs nothing."""
    accepted = []
    for part in header.lower().split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = parameter.strip().removeprefix("q=")
        try:
            accepted.append((tag.strip(), float(weight) if weight else 1.0))
        except ValueError:
            accepted.append((tag.strip(), 0.0))
    return [(tag, weight) for tag, weight in accepted if weight > 0]
