"""A guide's Markdown -> HTML, with the addresses that it has on the service."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

GUIDES = ("students", "tas", "instructors", "operators")
PICTURES = "/static/guides/"
LINK = re.compile(r"(?P<guide>[a-z]+)\.md(?P<anchor>#.*)?\Z")


@dataclass(frozen=True, kw_only=True)
class Guide:
    """A guide in one language."""

    name: str
    title: str
    html: Markup


@cache
def read_guide(name: str, language: str) -> Guide:
    """Return one of GUIDES in one of ``grader.words.catalogue.LANGUAGES``."""
    source = (resources.files(__package__) / language / f"{name}.md").read_text("utf-8")
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(source)
    title = next(tokens[at + 1].content for at, one in enumerate(tokens) if one.tag == "h1")
    _name_headings(tokens)
    for token in _all(tokens):
        if "src" in token.attrs:
            token.attrs["src"] = str(token.attrs["src"]).replace("../images/", PICTURES)
        found = LINK.match(str(token.attrs.get("href", "")))
        if found:
            token.attrs["href"] = f"/help/{found['guide']}{found['anchor'] or ''}"
    html = parser.renderer.render(tokens, parser.options, {})
    return Guide(name=name, title=title, html=Markup(html))


def slugs(titles: list[str]) -> list[str]:
    """Return the anchors of headings, as MkDocs makes them: ``the-desk``, ``_1`` for Chinese."""
    found: list[str] = []
    for title in titles:
        plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
        words = re.sub(r"[^\w\s-]", "", plain).strip().lower()
        base, count = re.sub(r"[-\s]+", "-", words), 0
        slug = base
        while slug in found or not slug:
            count += 1
            slug = f"{base}_{count}"
        found.append(slug)
    return found


def _name_headings(tokens: list[Token]) -> None:
    """Give every heading its anchor."""
    places = [at for at, one in enumerate(tokens) if one.type == "heading_open"]
    titles = [tokens[at + 1].content for at in places]
    for at, slug in zip(places, slugs(titles), strict=True):
        tokens[at].attrs["id"] = slug


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()
