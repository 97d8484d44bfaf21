"""
A student's markdown and HTML -> HTML that can do nothing: no scripts, styles, forms or requests.

Images are data or nothing; an SVG stands in an ``<img>``, where browsers run and load nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*\Z")
LINK = re.compile(r"https?://", re.IGNORECASE)
LONGEST_IMAGE = 4_000_000  # characters of base64
TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col"),
    *("colgroup", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5"),
    *("h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp"),
    *("small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th"),
    *("thead", "tr", "u", "ul", "var"),
}
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
}
GONE = {"script", "style", "template", "noscript", "title", "textarea", "select", "iframe", "svg"}


class _Parser(MarkdownIt):
    """Takes every address: which of them may be shown is decided in safe_html, in one place."""

    def validateLink(self, url: str) -> bool:  # noqa: N802  the library's name
        """Return that any link is a link."""
        return True


def safe_html(html: str) -> Markup:
    """Return what of *html* may be shown; the rest is left out, its text kept."""
    cleaned = nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=GONE,
        attributes=ATTRIBUTES,
        attribute_filter=_keep,
        url_schemes={"http", "https", "data"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(cleaned)


def _keep(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value, None for one that would fetch or lead to what it must not."""
    if (tag, name) == ("img", "src"):
        kept = len(value) <= LONGEST_IMAGE and IMAGE.match(value) is not None
        return re.sub(r"\s", "", value) if kept else None
    if name == "href":
        return value if LINK.match(value) or value.startswith("#") else None
    return value


def markdown(source: str, attachments: Mapping[str, tuple[str, str]]) -> Markup:
    """Return a markdown cell as HTML; its *attachments* are images by name."""
    parser = _Parser("commonmark", {"html": True, "linkify": False})
    parser.enable(["table", "strikethrough"])
    tokens = parser.parse(source)
    for token in tokens:
        for child in token.children or ():
            address = str(child.attrs.get("src", ""))
            name = unquote(address.removeprefix("attachment:"))
            if address.startswith("attachment:") and name in attachments:
                child.attrs["src"] = data_url(*attachments[name])
    return safe_html(parser.renderer.render(tokens, parser.options, {}))


def data_url(media_type: str, content: str) -> str:
    """Return an image's address; ``""`` where *content* is none, or too large."""
    if len(content) > LONGEST_IMAGE:
        return ""
    if media_type == "image/svg+xml" and content.lstrip().startswith("<"):
        content = base64.b64encode(content.encode()).decode()
    packed = re.sub(r"\s", "", content)
    try:
        base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return f"data:{quote(media_type, safe='/+')};base64,{packed}"
