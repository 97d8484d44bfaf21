"""
Code that this Python cannot parse, but a newer one can.

Ruff's parser knows the grammars of all Pythons and says which one has brought a syntax. It reads
the text and runs nothing; no comment in the text silences it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any

from ruff import find_ruff_bin

PythonVersion = tuple[int, int]

_SYNTAX_ERROR = "invalid-syntax"
_ADDED = re.compile(r"syntax was added in Python 3\.(\d+)\)")
_NEWEST = "py315"
_SECONDS = 20.0
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_BOUND = re.compile(
    r"^(?P<indent>[ \t]*)(?:(?:async[ \t]+)?(?:def|class)[ \t]+|type[ \t]+)(?P<name>\w+)"
    r"|^(?P<at>[ \t]*)(?P<targets>\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*(?::[^=\n]*)?=(?!=)",
    re.MULTILINE,
)


@dataclass(frozen=True, kw_only=True)
class NewerSyntax:
    """
    A block of code for a newer Python: its text from 1-based *line* of what it stands in.

    ``binds`` are the names bound on its first level; ``words`` all names that it may read.
    """

    source: str
    line: int
    python: PythonVersion
    binds: frozenset[str] = field(default_factory=frozenset)
    words: frozenset[str] = field(default_factory=frozenset)


def newer(text: str) -> NewerSyntax | None:
    """Return *text* as a block for a newer Python, None where no Python can parse it."""
    python = needed_python(text)
    if python is None:
        return None
    lines = text.rstrip().split("\n")
    first = next(i for i, line in enumerate(lines) if line.strip())
    names: set[str] = set()
    for match in _BOUND.finditer(text):
        if not (match["indent"] or match["at"]):
            names.update(re.findall(r"\w+", match["name"] or match["targets"]))
    words = {word for word in _WORD.findall(text) if not iskeyword(word)}
    return NewerSyntax(
        source="\n".join(lines[first:]),
        line=first + 1,
        python=python,
        binds=frozenset(names),
        words=frozenset(words),
    )


def needed_python(text: str) -> PythonVersion | None:
    """Return the oldest Python that can parse *text*, None where not even the newest can."""
    if not text.strip() or _complaints(text, _NEWEST):
        return None
    here = f"py{sys.version_info.major}{sys.version_info.minor}"
    minors = [
        int(match[1])
        for complaint in _complaints(text, here)
        if (match := _ADDED.search(str(complaint.get("message"))))
    ]
    return (3, max(minors)) if minors else None


def _complaints(text: str, target: str) -> Sequence[Mapping[str, Any]]:
    """Return the syntax errors of *text* for a Python; one, of no kind, where it took too long."""
    command = [find_ruff_bin(), "check", "--isolated", "--no-cache", "--quiet"]
    command += ["--target-version", target, "--select", "E902", "--output-format", "json"]
    command += ["--stdin-filename", "cell.py", "-"]
    try:
        done = subprocess.run(
            command,
            input=text.encode("utf-8", "replace"),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        found = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return [{}]
    return [one for one in found if one.get("code") == _SYNTAX_ERROR]
