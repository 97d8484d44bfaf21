"""Hostile files: whatever is handed in is refused with a sentence, or read without harm."""

from __future__ import annotations

import io
import json
import stat
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attack_traps import CANARY, Traps

from grader import grading
from grader.editions.loader import Edition, default_edition_id, load_edition
from grader.errors import SubmissionError

TRAPS = Traps()
LEFT, CANARY_FILE = str(TRAPS.left), str(TRAPS.canary)
GOOD = "def quantized_weights(weights):\n    return weights, 1.0\n"


@pytest.fixture(scope="module")
def edition() -> Edition:
    return load_edition(default_edition_id())


@pytest.fixture(scope="module")
def traps() -> Iterator[Traps]:
    with TRAPS:
        yield TRAPS


def notebook(*sources: str, **extra: Any) -> bytes:
    cells = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}
        for source in sources
    ]
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells} | extra
    ).encode()


def zipped(entries: dict[str, bytes], *, links: dict[str, str] | None = None) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
        for name, target in (links or {}).items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(entry, target)
    return held.getvalue()


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zip slip": (
        "hw1_1.zip",
        lambda: zipped({f"../../../..{LEFT}": b"x", "hw1_1.py": GOOD.encode()}),
    ),
    "absolute path": ("hw1_1.zip", lambda: zipped({LEFT: b"x", "hw1_1.py": GOOD.encode()})),
    "symbolic link": ("hw1_1.zip", lambda: zipped({}, links={"hw1_1.py": CANARY_FILE})),
    "linked folder": (
        "hw1_1.zip",
        lambda: zipped({f"a/{TRAPS.left.name}": b"x"}, links={"a": "/tmp"}),
    ),
    "zip bomb": ("hw1_1.zip", lambda: zipped({"hw1_1.py": bytes(300 << 20)})),
    "zip in zip": ("hw1_1.zip", lambda: zipped({"hw1_1.zip": zipped({"hw1_1.zip": zipped({})})})),
    "many entries": ("hw1_1.zip", lambda: zipped({f"{n}.py": b"" for n in range(20_000)})),
    "json bomb": ("hw1_1.ipynb", lambda: b'{"cells":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
    "wide json": ("hw1_1.ipynb", lambda: b'{"cells":[' + b"{}," * 3_000_000 + b"{}]}"),
    "long integer": ("hw1_1.ipynb", lambda: b'{"nbformat":' + b"9" * 1_000_000 + b"}"),
    "huge output": (
        "hw1_1.ipynb",
        lambda: notebook(GOOD, metadata={"x": "y" * 30_000_000}),
    ),
    "deep code": ("hw1_1.py", lambda: GOOD.encode() + b"x = " + b"(" * 5000 + b")" * 5000),
    "deep unary": ("hw1_1.py", lambda: GOOD.encode() + b"x = " + b"-" * 100_000 + b"1"),
    "null bytes": ("hw1_1.py", lambda: b"\0" * 1000),
    "not utf-8": ("hw1_1.py", lambda: b"# coding: utf-8\nx = '\xff\xfe'\n" + GOOD.encode()),
    "strange coding": ("hw1_1.py", lambda: b"# coding: zip\n" + GOOD.encode()),
    "shell magics": (
        "hw1_1.ipynb",
        lambda: notebook(f"!touch {LEFT}", f"%system touch {LEFT}", f"x = !touch {LEFT}", GOOD),
    ),
    "bash cell": (
        "hw1_1.ipynb",
        lambda: notebook(f"%%bash\ntouch {LEFT}", f"%%writefile {LEFT}\nx", f"%run {LEFT}", GOOD),
    ),
    "top level": (
        "hw1_1.py",
        f"open({LEFT!r}, 'w')\nimport os\nos._exit(0)\n{GOOD}".encode,
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_or_read_without_harm(
    name: str, edition: Edition, traps: Traps, tmp_path: Path
) -> None:
    """Bounded time and memory, nothing written, nothing of the host read."""
    file_name, make = FILES[name]
    target = tmp_path / file_name
    target.write_bytes(make())
    tracemalloc.start()
    begun = time.monotonic()

    try:
        found = grading.read(edition, [target])
        text = "".join(fragment.source for fragment in found.program.fragments)
    except SubmissionError as error:
        text = str(error)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert time.monotonic() - begun < 20
    assert peak < 600 << 20
    assert CANARY not in text
    assert "_exit" not in text
    assert text
    assert traps.sprung() == []
