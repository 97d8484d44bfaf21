"""What cannot be read is refused with what was found and what to hand in."""

from __future__ import annotations

import json
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from grader.errors import GraderError, SubmissionError
from grader.intake.model import IntakeLimits
from tests.intake.notebooks import code_cell, markdown_cell, notebook, read, write, zipped

NOTEBOOK = notebook("x = 1")


def refusal(*paths: Path, limits: IntakeLimits | None = None) -> str:
    with pytest.raises(SubmissionError) as caught:
        read(*paths, **({"limits": limits} if limits else {}))
    return str(caught.value)


DOCX = zipped({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"})
NOT_NOTEBOOKS = {
    "PDF": (b"%PDF-1.7 ...", "not a notebook but a PDF"),
    "web page": (b"<!DOCTYPE html>\n<html>", "a web page (HTML)"),
    "Word": (DOCX, "a Word document"),
    "zip": (zipped({"a.ipynb": NOTEBOOK}), "a zip archive"),
    "git-LFS": (b"version https://git-lfs.github.com/spec/v1\noid", "a git-LFS pointer"),
    "git conflict": (b"<<<<<<< HEAD\n{", "unresolved git conflicts"),
    "image": (b"\x89PNG\r\n", "a PNG image"),
    "RAR": (b"Rar!\x1a\x07", "a RAR archive"),
    "empty": (b"", "the file is empty"),
    "blank": (b" \n\n", "the file is empty"),
    "Python": (b"import torch\n", "not a notebook but other text"),
    "cut off": (NOTEBOOK[:-30], "the upload or download was cut off"),
    "cut off in code": (NOTEBOOK[: NOTEBOOK.index(b"x = 1") + 2], "was cut off"),
    "broken": (b'{"cells": [\n}, "more": 1}', "its JSON is broken at line 2"),
    "other JSON": (b'{"a": 1}', "JSON, but not a notebook (no cells in it)"),
    "not UTF-8": (b'{"cells": ["\xa4\xa4"]}', "not UTF-8 text"),
    "deep JSON": (b'{"cells": ' + b"[" * 200_000, "nested too deeply"),
    "no cells": (notebook(), "no code cells with anything in them"),
    "markdown only": (notebook(markdown_cell("# 1")), "no code cells with anything in them"),
    "blank code": (notebook("", " \n"), "no code cells with anything in them"),
}


@pytest.mark.parametrize(("data", "message"), NOT_NOTEBOOKS.values(), ids=NOT_NOTEBOOKS.keys())
def test_what_is_no_notebook_is_named(data: bytes, message: str, tmp_path: Path) -> None:
    """The message names the file and what it really is."""
    text = refusal(write(tmp_path / "hw1_b01.ipynb", data))

    assert text.startswith("hw1_b01.ipynb: ")
    assert message in text


@pytest.mark.parametrize("data", [value[0] for value in NOT_NOTEBOOKS.values()])
def test_every_refusal_says_what_to_do(data: bytes, tmp_path: Path) -> None:
    """After the semicolon stands what to do; a traceback stands nowhere."""
    text = refusal(write(tmp_path / "hw1_b01.ipynb", data))

    assert any(verb in text for verb in ("; hand in", "; open it", "; save"))
    assert "Traceback" not in text


@pytest.mark.parametrize(
    "data",
    [
        "x = '量'".encode("big5"),
        b"# coding: no-such-codec\n",
        b"# coding: rot13\n",
        b"# coding: unicode_escape\n",
        b"# coding: idna\n",
    ],
)
def test_script_in_unknown_encoding_is_refused(data: bytes, tmp_path: Path) -> None:
    """A script that is neither UTF-8 nor a named character set is refused."""
    assert "not UTF-8 text" in refusal(write(tmp_path / "a.py", data))


LIMITS = {
    "file": (IntakeLimits(file_bytes=100), "larger than 0.0001 MB"),
    "cells": (IntakeLimits(cells=2), "3 cells, more than 2"),
    "code": (IntakeLimits(code_characters=10), "15 characters of code, more than 10"),
    "values": (IntakeLimits(json_tokens=5), "too many values for a notebook"),
}


@pytest.mark.parametrize(("limits", "message"), LIMITS.values(), ids=LIMITS.keys())
def test_what_exceeds_a_limit_is_refused(
    limits: IntakeLimits, message: str, tmp_path: Path
) -> None:
    """Each limit has a message with the number in it."""
    path = write(tmp_path / "hw1_b01.ipynb", notebook("x = 1", "y = 2", "z = 3"))

    assert message in refusal(path, limits=limits)


def test_missing_file_is_named(tmp_path: Path) -> None:
    """A path that does not exist is a message, not a traceback."""
    assert "no such file or folder" in refusal(tmp_path / "hw1_b01.ipynb")


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied")])
def test_unreadable_file_is_named(
    error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that may not be read says so; root may read all, so the system call is replaced."""
    path = write(tmp_path / "hw1_b01.ipynb", NOTEBOOK)

    def denied(*_: object) -> int:
        raise error

    monkeypatch.setattr(os, "open", denied)

    assert "permission denied" in refusal(path)


def test_impossible_path_is_refused() -> None:
    """A null byte in a path is no crash."""
    assert "cannot be read" in refusal(Path("a\0b.ipynb"))


@pytest.mark.timeout(10)
def test_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    """A named pipe would keep a reader waiting for ever."""
    os.mkfifo(tmp_path / "hw1_b01.ipynb")

    assert "a pipe or device" in refusal(tmp_path / "hw1_b01.ipynb")


@pytest.mark.timeout(10)
def test_pipe_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    """A pipe among the files is not read."""
    os.mkfifo(tmp_path / "hw1_b01.ipynb")

    assert "no notebook or script" in refusal(tmp_path)


def test_device_is_refused() -> None:
    """An endless device is not read."""
    assert "a pipe or device" in refusal(Path("/dev/zero"))


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    """The message says that nothing was found, and the name that is asked for."""
    text = refusal(tmp_path)

    assert "found no files" in text
    assert "hand in hw1_<StudentID>.ipynb" in text


def test_folder_without_code_lists_what_is_there(tmp_path: Path) -> None:
    """Someone who handed in the report only sees just that."""
    write(tmp_path / "hw1_b01.pdf", b"%PDF")

    assert "found only hw1_b01.pdf" in refusal(tmp_path)


def test_lone_report_is_refused(tmp_path: Path) -> None:
    """A PDF by itself is no submission."""
    path = write(tmp_path / "hw1_b01.pdf", b"%PDF")

    assert "found only hw1_b01.pdf" in refusal(path)


def test_several_candidates_are_listed(tmp_path: Path) -> None:
    """Two notebooks of different names leave no telling which is meant."""
    write(tmp_path / "first.ipynb", NOTEBOOK)
    write(tmp_path / "second.ipynb", NOTEBOOK)

    text = refusal(tmp_path)

    assert "2 files could be the code (first.ipynb, second.ipynb)" in text
    assert "hand in one, named hw1_<StudentID>.ipynb" in text


def with_mode(mode: int) -> bytes:
    info = zipfile.ZipInfo("hw1_b01.ipynb")
    info.create_system = 3
    info.external_attr = mode << 16
    return zipped({info: "/etc/passwd"})


def encrypted() -> bytes:
    data = bytearray(zipped({"hw1_b01.ipynb": NOTEBOOK}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def lying_bomb() -> bytes:
    """The headers claim 1,000 bytes; 30 million come out."""
    data = bytearray(zipped({"hw1_b01.ipynb": b"0" * 30_000_000}))
    data[22:26] = struct.pack("<I", 1000)
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 1000)
    return bytes(data)


def unknown_compression() -> bytes:
    data = bytearray(zipped({"hw1_b01.ipynb": NOTEBOOK}))
    data[8] = 97
    data[data.index(b"PK\x01\x02") + 10] = 97
    return bytes(data)


ARCHIVES = {
    "climbs out": (zipped({"../../hw1_b01.ipynb": NOTEBOOK}), "a path that leaves the archive"),
    "climbs, backslashes": (zipped({"..\\hw1_b01.ipynb": NOTEBOOK}), "leaves the archive"),
    "absolute": (zipped({"/etc/hw1_b01.ipynb": NOTEBOOK}), "leaves the archive"),
    "drive": (zipped({"C:\\hw1_b01.ipynb": NOTEBOOK}), "leaves the archive"),
    "link": (with_mode(stat.S_IFLNK | 0o777), "a symbolic link"),
    "device": (with_mode(stat.S_IFCHR | 0o666), "a device or pipe"),
    "pipe": (with_mode(stat.S_IFIFO | 0o666), "a device or pipe"),
    "encrypted": (encrypted(), "asks for a password"),
    "bomb": (zipped({"hw1_b01.ipynb": b"0" * 30_000_000}), "a zip bomb?"),
    "bomb beside": (zipped({"hw1_b01.ipynb": NOTEBOOK, "x": b"0" * 30_000_000}), "a zip bomb?"),
    "bomb with lying headers": (lying_bomb(), "cannot be unpacked"),
    "unknown compression": (unknown_compression(), "cannot be unpacked"),
    "many files": (zipped({f"{i}.txt": "" for i in range(2001)}), "more than 2000 files"),
    "cut off": (zipped({"hw1_b01.ipynb": NOTEBOOK})[:-30], "damaged or incomplete"),
    "nothing in it": (zipped({}), "found no files"),
    "a zip in a zip": (zipped({"a.zip": zipped({"hw1_b01.ipynb": NOTEBOOK})}), "only a.zip"),
    "not a zip": (b"Rar!\x1a\x07", "not a zip archive but a RAR archive"),
    "empty": (b"", "not a zip archive but an empty file"),
    "something": (b"abc", "not a zip archive but something else"),
    "office": (DOCX, "not a zip archive but a Word document"),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("data", "message"), ARCHIVES.values(), ids=ARCHIVES.keys())
def test_harmful_and_broken_archives_are_refused(
    data: bytes, message: str, tmp_path: Path
) -> None:
    """An archive is refused with the reason, before anything harmful is read."""
    assert message in refusal(write(tmp_path / "b01.zip", data))


def test_damaged_member_is_refused(tmp_path: Path) -> None:
    """A wrong checksum is noticed."""
    data = bytearray(zipped({"hw1_b01.ipynb": NOTEBOOK}))
    data[60] ^= 0xFF

    assert "cannot be unpacked" in refusal(write(tmp_path / "b01.zip", bytes(data)))


def test_large_member_is_refused_while_reading(tmp_path: Path) -> None:
    """A member over the file limit stops the reading, whatever its ratio."""
    data = zipped({"hw1_b01.ipynb": os.urandom(5000)})
    text = refusal(write(tmp_path / "b.zip", data), limits=IntakeLimits(file_bytes=2000))

    assert "larger than 0.002 MB" in text


def test_archive_over_the_total_is_refused(tmp_path: Path) -> None:
    """The archive itself is bounded too."""
    data = zipped({"hw1_b01.ipynb": os.urandom(5000)})
    text = refusal(write(tmp_path / "b.zip", data), limits=IntakeLimits(total_bytes=2000))

    assert "b.zip: larger than 0.002 MB" in text


def test_refusals_are_the_students_to_mend() -> None:
    """A command line ends with code 2 after one."""
    assert SubmissionError.exit_code == 2
    assert issubclass(SubmissionError, GraderError)


def test_many_values_inside_outputs_are_refused(tmp_path: Path) -> None:
    """Millions of empty lists would fill the memory, so they are counted before parsing."""
    data = json.dumps({"cells": [code_cell("x = 1", [[]] * 3000)]}).encode()
    text = refusal(write(tmp_path / "hw1_1.ipynb", data), limits=IntakeLimits(json_tokens=2000))

    assert "too many values" in text


EVERY_FILE = [
    *(("hw1_b01.ipynb", data) for data, _ in NOT_NOTEBOOKS.values()),
    *(("b01.zip", data) for data, _ in ARCHIVES.values()),
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("name", "data"), EVERY_FILE, ids=[*NOT_NOTEBOOKS, *(f"zip {key}" for key in ARCHIVES)]
)
def test_every_refusal_is_said_in_chinese(name: str, data: bytes, tmp_path: Path) -> None:
    """It has a code, and in Chinese names the same file and says what to do."""
    with pytest.raises(SubmissionError) as caught:
        read(write(tmp_path / name, data))

    reason = caught.value.reason
    chinese = reason.said_in("zh_TW")
    assert str(caught.value) == reason.said_in("en")
    assert "請" in chinese
    assert chinese.startswith(f"{name}\uff1a") or reason.code in {"code.none", "code.none-among"}
    assert str(SubmissionError(reason, "zh_TW")) == chinese
