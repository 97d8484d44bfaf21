"""Names inside zips, in every encoding that Windows writes: no letter is a folder."""

from __future__ import annotations

import io
import os
import struct
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.intake.files.archive import names_inside
from grader.intake.files.encoding_guess import decode_all
from tests.intake.notebooks import notebook, read, write

NOTEBOOK = notebook("x = 1")
NAMES = {
    # 許功蓋: the second byte of each is a backslash in Big5; 育 ends in one, 泉 and 游 near "|".
    "cp950": ["王小明", "許功蓋", "陳大文", "黃育珊", "蔡依林", "游閔傑", "期末作業_最終版"],
    "gbk": ["王小明", "李娜", "张伟", "赵鑫磊", "欧阳娜娜", "许仙", "实验报告_修正版"],
    "cp932": ["田中太郎", "表能十", "鈴木一郎", "高橋ソフィア", "さくら", "小林健"],
    "cp949": ["김민준", "이서연", "박지훈", "최수빈", "정하은", "과제_최종"],
    "cp437": ["José", "Müller", "Señor", "Zoë", "Françoise"],
    "cp850": ["José", "João", "São", "Jürgen"],
    "cp1252": ["José", "Müller", "Françoise"],
    "cp866": ["Иван Петров", "Анна"],
    "utf-8": ["王小明", "許功蓋", "José", "김민준", "さくら", "Zoë", "𮯰明"],
}


def raw_zip(files: Sequence[tuple[bytes, bytes]], extra: Sequence[bytes] = ()) -> bytes:
    """Return a zip whose names are these bytes, as tools write them that set no flag."""
    stream, places = io.BytesIO(), []
    extras = [*extra, *[b""] * len(files)]
    for (name, data), more in zip(files, extras, strict=False):
        places.append(stream.tell())
        sizes = (zlib.crc32(data), len(data), len(data), len(name), len(more))
        stream.write(struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, *sizes) + name + more)
        stream.write(data)
    begin = stream.tell()
    for (name, data), more, at in zip(files, extras, places, strict=False):
        sizes = (zlib.crc32(data), len(data), len(data), len(name), len(more))
        rest = (0, 0, 0, 0, at)
        head = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, *sizes, *rest)
        stream.write(head + name + more)
    size = stream.tell() - begin
    count = len(files)
    stream.write(struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, size, begin, 0))
    return stream.getvalue()


def inside(data: bytes) -> tuple[str, ...]:
    return names_inside(io.BytesIO(data))


@pytest.mark.parametrize("codec", NAMES)
def test_a_classes_names_are_read_together(codec: str) -> None:
    """All names of an archive are of one encoding, and every one is read right."""
    names = [f"hw1_10000000{at}_{name}.ipynb" for at, name in enumerate(NAMES[codec])]

    assert inside(raw_zip([(name.encode(codec), b"x") for name in names])) == tuple(names)


@pytest.mark.parametrize(
    ("codec", "name"), [(codec, one) for codec, names in NAMES.items() for one in names]
)
def test_a_single_name_is_read(codec: str, name: str) -> None:
    told = f"hw1_100000001_{name}.ipynb"

    assert inside(raw_zip([(told.encode(codec), b"x")])) == (told,)


def test_a_letters_second_byte_is_no_folder(tmp_path: Path) -> None:
    """One student's work in a zip of Windows' own is found."""
    name = "hw1_100000001_許.ipynb".encode("cp950")
    assert b"\\" in name

    submission = read(write(tmp_path / "a.zip", raw_zip([(name, NOTEBOOK)])))

    assert submission.files[0].name == "hw1_100000001_許.ipynb"
    assert submission.student_id == "100000001"


def test_folders_beside_such_letters_are_folders() -> None:
    r"""A whole ``\`` or ``/`` separates, in any encoding."""
    names = ["許功蓋\\作業/hw1_表.ipynb", "陳大文\\hw1.ipynb"]

    assert inside(raw_zip([(one.encode("cp950"), b"x") for one in names])) == (
        "許功蓋/作業/hw1_表.ipynb",
        "陳大文/hw1.ipynb",
    )


def test_the_utf8_field_goes_before_the_name() -> None:
    """Info-ZIP keeps the name in UTF-8 beside the old one; of another name it is out of date."""
    old, name = b"hw1_?.ipynb", "hw1_𮯰.ipynb"

    def field(of: bytes) -> bytes:
        body = struct.pack("<BL", 1, zlib.crc32(of)) + name.encode()
        return struct.pack("<HH", 0x7075, len(body)) + body

    stamp = struct.pack("<HHBL", 0x5455, 5, 1, 0)
    assert inside(raw_zip([(old, b"x")], [stamp + field(old)])) == (name,)
    assert inside(raw_zip([(old, b"x")], [stamp + field(b"other")])) == ("hw1_?.ipynb",)


def test_names_of_two_encodings_in_one_archive_are_each_read() -> None:
    names = ["hw1_王小明.ipynb".encode("cp950"), "hw1_田中さくら太郎.ipynb".encode("cp932")]

    assert decode_all(names) == ["hw1_王小明.ipynb", "hw1_田中さくら太郎.ipynb"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_on_the_disk_is_read_too(tmp_path: Path) -> None:
    """Unpacked by a tool that knows no encodings, a name is no UTF-8."""
    name = os.fsdecode("hw1_100000001_許.ipynb".encode("cp950"))

    submission = read(write(tmp_path / "in" / name, NOTEBOOK).parent)

    assert submission.files[0].name == "hw1_100000001_許.ipynb"
    assert submission.student_id == "100000001"


def test_any_bytes_are_some_name() -> None:
    """What no language writes is read letter by letter; nothing is lost."""
    names = [bytes([65, one, two]) for one in range(128, 256, 9) for two in range(1, 256, 7)]

    assert len(set(inside(raw_zip([(one, b"x") for one in names])))) > 0.9 * len(names)
    assert len(decode_all(names)) == len(names)
