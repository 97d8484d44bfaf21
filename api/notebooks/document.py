"""The cells of a file, or of an archive's -> one HTML page for a frame, which loads nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape
from pygments.token import Token

from api.notebooks.archives import ReadArchive
from api.notebooks.cells import Form, Kind, Output, ReadCell, ReadFile
from api.notebooks.changes import Row, compare, is_cut
from api.notebooks.sanitizing import data_url, markdown, safe_html
from api.notebooks.words import load_words
from report_templates.messages import Messages, load_messages
from report_templates.page.listing import highlighted
from report_templates.page.numbers import MINUS
from report_templates.page.text import reveal, shorten

MOST_LINES = 1000  # of a cell's code
LONGEST_LINE = 2000
MOST_PRINTED = 120  # lines of one output
LONGEST_PRINTED = 20_000
LONGEST_HTML = 200_000
LONGEST_MARKDOWN = 50_000
MOST_CHARACTERS = 12_000_000  # of the whole page, images among them
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
EMPTY = Markup()
TAGS = {"en": "en", "zh_TW": "zh-Hant-TW"}
STYLES = (
    (Token.Comment, "comment"),
    (Token.Literal.String, "string"),
    (Token.Literal.Number, "digits"),
    (Token.Keyword, "keyword"),
    (Token.Name.Function, "defined"),
    (Token.Name.Class, "defined"),
)


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What a person wrote about a cell; *line* 0 is the cell as a whole."""

    cell: int
    line: int
    who: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of code and what was written about it."""

    number: int
    code: Markup
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One output as it is shown; *note* says what of it is not."""

    form: str
    html: Markup = EMPTY
    src: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ShownCell:
    """One cell as it is shown."""

    number: int
    kind: str
    run: str
    html: Markup = EMPTY
    lines: tuple[Line, ...] = ()
    outputs: tuple[Shown, ...] = ()
    note: str = ""
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ShownFile:
    """One file as it is shown: its cells, and what of it is not."""

    name: str
    notebook: bool
    cells: tuple[ShownCell, ...] = ()
    note: str = ""
    heading: str = ""  # where it is one of several
    place: str = ""  # before the ids of its cells, then

    @property
    def size(self) -> int:
        """Return its characters."""
        return sum(map(_size, self.cells))


def render(read: ReadFile, *, name: str, language: str, remarks: Sequence[Remark] = ()) -> str:
    """Return the page of a file, with what people wrote beside the lines that it is about."""
    t = load_words(language)
    return _page([_file(read, name, remarks, MOST_CHARACTERS, t)], name, language)


def render_archive(archive: ReadArchive, *, name: str, language: str) -> str:
    """Return the page of an archive: its files one after another, each under its name."""
    t, said = load_words(language), load_messages(language).said
    files: list[ShownFile] = []
    room = MOST_CHARACTERS
    for number, one in enumerate(archive.files, start=1):
        shown = (
            _file(one.read, one.name, (), room, t)
            if isinstance(one.read, ReadFile)
            else ShownFile(name=reveal(one.name), notebook=True, note=said(one.read))
        )
        room -= shown.size
        files.append(replace(shown, heading=shown.name, place=f"file-{number}-"))
    note = "" if files else t("archive.nothing")
    if archive.left_out:
        note = _count(t, "archive.more", archive.left_out)
    return _page(files, name, language, note)


def _page(files: Sequence[ShownFile], name: str, language: str, note: str = "") -> str:
    return _template("notebook.html.j2").render(
        t=load_words(language),
        tag=TAGS[language],
        title=reveal(name),
        style=Markup(style()),
        files=files,
        note=note,
    )


def _file(
    read: ReadFile, name: str, remarks: Sequence[Remark], room: int, t: Messages
) -> ShownFile:
    """Return a file's cells as far as there is *room* for their characters."""
    cells: list[ShownCell] = []
    note = _count(t, "cut.cells", read.left_out) if read.left_out else ""
    for cell in read.cells:
        shown = _cell(cell, [one for one in remarks if one.cell == cell.number], t)
        room -= _size(shown)
        if room < 0:
            note = t("cut.rest")
            break
        cells.append(shown)
    notebook = name.lower().endswith(".ipynb")
    return ShownFile(name=reveal(name), notebook=notebook, cells=tuple(cells), note=note)


@dataclass(frozen=True, kw_only=True)
class ChangedFile:
    """What changed in one file."""

    name: str
    rows: tuple[Row, ...]
    cut: bool


def render_changes(
    files: Sequence[tuple[str, ReadFile | None, ReadFile | None]], *, since: int, language: str
) -> str:
    """Return the page of what changed since an attempt: names, with each file before and after."""
    t = load_words(language)
    return _template("changes.html.j2").render(
        t=t,
        tag=TAGS[language],
        title=t("changes.title", attempt=since),
        style=Markup(style()),
        signs={"same": "", "gone": MINUS, "new": "+"},
        files=[
            ChangedFile(name=reveal(name), rows=compare(old, new), cut=is_cut(old, new))
            for name, old, new in files
        ],
    )


def policy() -> str:
    """Return the page's policy: our own style and typeface, images as data, no more."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; font-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
    )


@cache
def style() -> str:
    """Return the page's style sheet."""
    return (resources.files(__package__) / "notebook.css").read_text("utf-8")


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("api.notebooks", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _size(cell: ShownCell) -> int:
    outputs = sum(len(one.html) + len(one.src) for one in cell.outputs)
    return len(cell.html) + outputs + sum(len(line.code) for line in cell.lines)


def _cell(cell: ReadCell, remarks: Sequence[Remark], t: Messages) -> ShownCell:
    run = t("cell.run", counter=cell.counter) if cell.counter else ""
    if cell.kind is Kind.MARKDOWN:
        html = markdown(cell.source[:LONGEST_MARKDOWN], cell.attachments)
        note = t("cut.html") if len(cell.source) > LONGEST_MARKDOWN else ""
        return ShownCell(
            number=cell.number,
            kind="markdown",
            run="",
            html=html,
            note=note,
            remarks=tuple(remarks),
        )
    lines, left = _lines(cell, remarks)
    numbers = {line.number for line in lines}
    return ShownCell(
        number=cell.number,
        kind=cell.kind.value,
        run=run if cell.kind is Kind.CODE else t("cell.raw"),
        lines=lines,
        outputs=tuple(_output(one, t) for one in cell.outputs),
        note=_count(t, "cut.lines", left) if left else "",
        remarks=tuple(one for one in remarks if one.line not in numbers),
    )


def _lines(cell: ReadCell, remarks: Sequence[Remark]) -> tuple[tuple[Line, ...], int]:
    """Return a cell's lines, and how many more there are."""
    every = cell.source.rstrip("\n").split("\n") if cell.source.strip() else []
    rows = [shorten(reveal(row.expandtabs(4)), LONGEST_LINE) for row in every[:MOST_LINES]]
    runs = highlighted(rows, STYLES if cell.kind is Kind.CODE else ())
    about: dict[int, list[Remark]] = {}
    for one in remarks:
        about.setdefault(one.line, []).append(one)
    lines = tuple(
        Line(
            number=number,
            code=Markup().join(_styled(css, words) for css, words in row),
            remarks=tuple(about.get(number, ())),
        )
        for number, row in enumerate(runs, start=1)
    )
    return (lines if every else ()), max(0, len(every) - MOST_LINES)


def _styled(css: str, words: str) -> Markup:
    if not css or not words.strip():
        return escape(words)
    return Markup('<span class="{}">{}</span>').format(css, words)


def _output(output: Output, t: Messages) -> Shown:
    if output.form is Form.IMAGE:
        src = data_url(output.media_type, output.content)
        return Shown(form="image", src=src, note="" if src else t("cut.image"))
    if output.form is Form.HTML:
        html = safe_html(output.content[:LONGEST_HTML])
        if html.striptags().strip() or "<img" in html:
            cut = len(output.content) > LONGEST_HTML
            return Shown(form="html", html=html, note=t("cut.html") if cut else "")
        return _printed(output.instead, "text", t)
    return _printed(output.content, output.form.value, t)


def _printed(content: str, form: str, t: Messages) -> Shown:
    """Return printed text, its beginning where it is long."""
    lines = _overwritten(ANSI.sub("", content)).rstrip("\n").split("\n")
    kept = lines[:MOST_PRINTED]
    text = "\n".join(shorten(reveal(line.expandtabs(8)), LONGEST_LINE) for line in kept)
    left = len(lines) - len(kept)
    note = _count(t, "cut.lines", left) if left else ""
    if len(text) > LONGEST_PRINTED:
        text, note = text[:LONGEST_PRINTED], t("cut.html")
    return Shown(form=form, html=escape(text), note=note)


def _overwritten(text: str) -> str:
    """Return *text* without backspaces, which old progress bars are full of."""
    return text.replace("\b", "")


def _count(t: Messages, key: str, count: int) -> str:
    return t(f"{key}_{'one' if count == 1 else 'many'}", count=count)
