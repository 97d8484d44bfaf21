"""The words around a student's cells, one TOML file for each language."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from report_templates.messages import Messages, flat


@cache
def load_words(language: str) -> Messages:
    """Return the catalogue of one of ``grader.words.catalogue.LANGUAGES``."""
    file = resources.files(__package__) / f"{language}.toml"
    return Messages(dict(flat(tomllib.loads(file.read_text("utf-8")))), language)
