"""
A file's bytes -> the cells that a person reads: markdown, code, and what the code printed or drew.

Whatever has cells is read, as intake does, versions 3 and 4 of
https://nbformat.readthedocs.io/en/latest/format_description.html. Nothing in it is trusted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grader.intake.files.decoding import clean, decode_script
from grader.intake.model import IntakeLimits
from grader.intake.notebook import read_raw_cells

LIMITS = IntakeLimits()
MOST_CELLS = 1000
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")
FORMER_IMAGES = {"png": "image/png", "jpeg": "image/jpeg", "svg": "image/svg+xml"}


class Kind(StrEnum):
    """What a cell is."""

    MARKDOWN = "markdown"
    CODE = "code"
    RAW = "raw"


class Form(StrEnum):
    """What an output is, best first where it is several."""

    IMAGE = "image"
    HTML = "html"
    TEXT = "text"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output: text or HTML in *content*, or an image's base64 (SVG: its XML)."""

    form: Form
    content: str
    media_type: str = ""
    instead: str = ""  # plain text, for where nothing is left of the HTML


@dataclass(frozen=True, kw_only=True)
class ReadCell:
    """One cell; *number* counts all cells from 1, *counter* is Jupyter's ``In [counter]``."""

    number: int
    kind: Kind
    source: str
    counter: int | None = None
    outputs: tuple[Output, ...] = ()
    attachments: Mapping[str, tuple[str, str]]  # name -> media type, base64


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """A file's cells; a script is one cell. *left_out* is how many more there are."""

    cells: tuple[ReadCell, ...]
    left_out: int = 0


def is_readable(name: str) -> bool:
    """Return whether a file of that name can be shown by cells."""
    return name.lower().endswith((".ipynb", ".py"))


def read_file(name: str, data: bytes) -> ReadFile:
    """Return the cells of a notebook or script; raise SubmissionError where it has none."""
    if name.lower().endswith(".py"):
        source = decode_script(name, data)
        return ReadFile(cells=(ReadCell(number=1, kind=Kind.CODE, source=source, attachments={}),))
    raw = read_raw_cells(name, data, LIMITS)
    shown = [item for item in raw[:MOST_CELLS] if isinstance(item, dict)]
    return ReadFile(
        cells=tuple(_cell(number, item) for number, item in enumerate(shown, start=1)),
        left_out=max(0, len(raw) - MOST_CELLS),
    )


def _cell(number: int, item: Mapping[str, Any]) -> ReadCell:
    told = item.get("cell_type")
    source = clean(_text(item["source"] if "source" in item else item.get("input")))
    if told == "heading":  # a kind of its own in version 3
        level = item.get("level")
        source = "#" * (level if type(level) is int and 1 <= level <= 6 else 1) + " " + source
    kind = {"code": Kind.CODE, "raw": Kind.RAW}.get(str(told), Kind.MARKDOWN)
    counter = item.get("execution_count", item.get("prompt_number"))
    raw = item.get("outputs")
    outputs = raw if kind is Kind.CODE and isinstance(raw, list) else []
    return ReadCell(
        number=number,
        kind=kind,
        source=source,
        counter=counter if type(counter) is int and 0 < counter < 1_000_000 else None,
        outputs=tuple(_outputs(one for one in outputs if isinstance(one, dict))),
        attachments=dict(_attachments(item.get("attachments"))),
    )


def _outputs(raw: Iterator[Mapping[str, Any]]) -> Iterator[Output]:
    for one in raw:
        if "ename" in one:
            lines = [clean(_text(line)) for line in _list(one.get("traceback"))]
            words = "\n".join(lines) or f"{one.get('ename')}: {one.get('evalue')}"
            yield Output(form=Form.ERROR, content=words)
            continue
        data = one.get("data")
        yield from _shown(data if isinstance(data, dict) else _former(one))


def _former(output: Mapping[str, Any]) -> dict[str, Any]:
    """Return an output of version 3, or a stream's text, as version 4 writes data."""
    data = {media: output[name] for name, media in FORMER_IMAGES.items() if name in output}
    if "html" in output:
        data["text/html"] = output["html"]
    return data | {"text/plain": output.get("text")}


def _shown(data: Mapping[str, Any]) -> Iterator[Output]:
    """Yield what a person saw of an output: its image, else its HTML, else its text."""
    plain = clean(_text(data.get("text/plain")))
    for media in IMAGES:
        if content := _text(data.get(media)).strip():
            yield Output(form=Form.IMAGE, content=content, media_type=media)
            return
    if html := clean(_text(data.get("text/html"))).strip():
        yield Output(form=Form.HTML, content=html, instead=plain)
    elif plain.strip():
        yield Output(form=Form.TEXT, content=plain)


def _attachments(raw: Any) -> Iterator[tuple[str, tuple[str, str]]]:
    for name, forms in raw.items() if isinstance(raw, dict) else ():
        if not isinstance(forms, dict):
            continue
        media = next((one for one in IMAGES if one in forms), None)
        if media is not None:
            yield name, (media, _text(forms[media]).strip())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    """Return multi-line text, which notebooks keep as a string or as a list of lines."""
    if isinstance(value, str):
        return value
    return "".join(line for line in _list(value) if isinstance(line, str))
