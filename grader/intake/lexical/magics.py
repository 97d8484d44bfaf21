"""
IPython's own syntax, replaced line for line by Python that does nothing.

Follows IPython's input transformer: magics stand at the start of a logical line, so what looks
like one inside a string or between brackets is left alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

_FOREIGN_CELLS = frozenset(
    {"!", "bash", "sh", "script", "cmd", "powershell", "shell", "system", "sx", "html", "svg"}
    | {"javascript", "js", "latex", "markdown", "perl", "ruby", "R", "r", "cython", "sql"}
    | {"bigquery", "python", "python2", "python3", "pypy", "writefile", "file"}
)
_CELL_MAGIC = re.compile(r"%%\s*([!\w]+)(.*)")
_WRITES = re.compile(
    r"(?:[^\S\n]*\n|#[^\n]*\n)*[^\S\n]*%%\s*(?:writefile|file)\s+(?P<arguments>[^\n]*)"
)
_LINE_MAGIC = re.compile(r"(\s*)(?:!|%|\?)")
_TIMED = re.compile(r"(\s*)%time\s+(\S.*)")
_PYLAB = re.compile(r"(\s*)%pylab\b")
_RUNS_FILE = re.compile(r"(\s*)%(run|load)\s+(\S.*?)\s*;?\s*$")
_ASKS_HELP = re.compile(r"(\s*)[\w.\[\]%*]+\?{1,2}\s*")
_ASSIGNS = re.compile(r"([^=!%#'\"()]*=\s*)[!%].*")
_AUTOMAGIC = re.compile(
    r"(\s*)(?:(?:pip3?|conda)\s+(?:install|uninstall|list|show)|cd\s+[\w./~-]).*"
)
_OUTSIDE = re.compile(r"#|\"\"\"|'''|[\"']|[(\[{]|[)\]}]")
_INSIDE = {quote: re.compile(rf"\\.|{quote}") for quote in ("'", '"', "'''", '"""')}
# IPython's own: a prompt on the first or second line means that all lines may have one.
_PROMPTS = (
    (re.compile(r">>>( |$)"), re.compile(r"(?:>>>|\.\.\.)(?: |$)")),
    (re.compile(r"In \[\d+\]: ?"), re.compile(r"In \[\d+\]: ?|[ ]*\.{3,}: ?")),
)


@dataclass(frozen=True, kw_only=True)
class _State:
    """Where the scanner is at the end of a line."""

    depth: int = 0
    quote: str = ""
    continued: bool = False

    @property
    def at_start(self) -> bool:
        """Return whether the next line begins a statement."""
        return not (self.depth or self.quote or self.continued)


def unprompted(source: str) -> str:
    """
    Return a cell's *source* without the first line's indentation and without prompts.

    IPython takes the indentation from every line that has it, and the prompts of Python
    (``>>> ``, ``... ``) and of its own (``In [1]: ``, ``   ...: ``) from pasted sessions.
    """
    lines = source.split("\n")
    first = next((line for line in lines if line.strip()), "")
    margin = first[: len(first) - len(first.lstrip(" \t"))]
    if margin:
        lines = [line.removeprefix(margin) for line in lines]
    filled = [line for line in lines if line.strip()][:2]
    for begins, prompt in _PROMPTS:
        if any(begins.match(line) for line in filled):
            lines = [
                prompt.sub("", line, count=1) if prompt.match(line) else line for line in lines
            ]
    return "\n".join(lines)


@dataclass(frozen=True, kw_only=True)
class MagicCall:
    """A magic as ``get_ipython().run_cell_magic(...)`` calls it; no *body* for a line's."""

    name: str
    line: str
    body: str | None = None


def magic_call(node: ast.stmt) -> MagicCall | None:
    """Return the magic that a statement of an exported notebook runs, if it runs one."""
    match node:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=method),
                args=arguments,
            )
        ):
            given = [a.value for a in arguments if isinstance(a, ast.Constant)]
            texts = [text for text in given if isinstance(text, str)]
            return _magic_of(method, texts)
    return None


def _magic_of(method: str, texts: Sequence[str]) -> MagicCall | None:
    match method, texts:
        case "run_cell_magic", [name, line, body]:
            return MagicCall(name=name, line=line, body=body)
        case "run_line_magic", [name, line]:
            return MagicCall(name=name, line=line)
        case (("magic" | "run_line_magic"), [text]):
            name, _, line = text.lstrip("%").partition(" ")
            return MagicCall(name=name, line=line)
    return None


@dataclass(frozen=True, kw_only=True)
class WrittenFile:
    """What a ``%%writefile`` cell writes; the magic's own line is blank in *body*."""

    path: str
    body: str
    append: bool


def written_file(source: str) -> WrittenFile | None:
    """Return the script that a cell writes, ``None`` where it writes none."""
    match = _WRITES.match(source)
    if match is None:
        return None
    words = match["arguments"].split()
    paths = [word for word in words if not word.startswith("-")]
    if not paths or not paths[-1].strip("\"'").endswith(".py"):
        return None
    above = "\n" * source[: match.end()].count("\n")
    append = "-a" in words or "--append" in words
    return WrittenFile(path=paths[-1], body=above + source[match.end() :], append=append)


def neutralise(source: str) -> str:
    """
    Return *source* with every magic replaced by ``pass``, the number of lines unchanged.

    ``x = !ls`` becomes ``x = get_ipython()``, which says that the value comes from a shell. A cell
    in another language becomes blank lines; ``%%time`` and ``%%writefile x.py`` keep their body.
    """
    lines = source.split("\n")
    head = next((i for i, line in enumerate(lines) if line.strip() and line[0] != "#"), None)
    if head is not None and (magic := _CELL_MAGIC.match(lines[head].lstrip())):
        if _is_foreign(magic[1], magic[2]):
            return "\n" * (len(lines) - 1)
        lines[head] = ""
    state, in_magic = _State(), False
    for i, line in enumerate(lines):
        replaced = "" if in_magic else _replacement(line) if state.at_start else None
        in_magic = replaced is not None and line.endswith("\\")
        lines[i] = line if replaced is None else replaced
        state = _advance(state, lines[i])
    return "\n".join(lines)


def _is_foreign(magic: str, arguments: str) -> bool:
    writes_python = magic in {"writefile", "file"} and arguments.strip().endswith(".py")
    return magic in _FOREIGN_CELLS and not writes_python


def _replacement(line: str) -> str | None:
    """Return what stands for a line that is IPython's, ``None`` for a line of Python."""
    if match := _TIMED.match(line):
        return match[1] + match[2]
    if match := _PYLAB.match(line):
        return f"{match[1]}import numpy, matplotlib; from pylab import *"
    if match := _RUNS_FILE.match(line):
        return f"{match[1]}get_ipython().run_line_magic({match[2]!r}, {match[3]!r})"
    shows = _LINE_MAGIC.match(line) or _AUTOMAGIC.match(line) or _ASKS_HELP.fullmatch(line)
    if shows:
        return f"{shows[1]}pass"
    if match := _ASSIGNS.match(line):
        return f"{match[1]}get_ipython()"
    return None


def _advance(state: _State, line: str) -> _State:
    """Return the state after *line*: open brackets, an open string, a backslash at the end."""
    depth, quote, position = state.depth, state.quote, 0
    continued = line.endswith("\\")
    while piece := (_INSIDE[quote] if quote else _OUTSIDE).search(line, position):
        token, position = piece[0], piece.end()
        if quote:
            quote = "" if token == quote else quote
        elif token == "#":
            continued = False
            break
        elif token in _INSIDE:
            quote = token
        else:
            depth = depth + 1 if token in "([{" else max(depth - 1, 0)
    goes_on = len(quote) == 3 or continued
    return _State(depth=depth, quote=quote if goes_on else "", continued=continued)
