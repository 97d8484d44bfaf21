"""Archives built to do harm, or broken: each has a sentence, and none takes memory or time."""

from __future__ import annotations

import io
import random
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.model import Outcome
from grader.tasks.exported_parameters import members
from grader.tasks.exported_parameters.observe import open_parameters
from grader.tasks.exported_parameters.parsing import most_bytes
from grader.words.message import Message, say
from tests.exported_parameters.made import (
    LAYOUT,
    files,
    handed_in,
    judged,
    lost,
    net,
    right,
    zipped,
)

CONV1, FC6 = "weights/conv1.conv.weight.csv", "weights/fc6.fc.weight.csv"
FLAGS, METHOD, CHECKSUM, SIZE = (
    8,
    10,
    16,
    24,
)  # where they stand in an entry of the table of contents
SIDE = b"PK\x01\x02"


def zip_with(member: str, data: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a right archive in which one member is packed by another method, or is other data."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, own in right().items():
            if name != member:
                archive.writestr(name, own)
        archive.writestr(member, data, method, 9)
    return held.getvalue()


def entry_of(data: bytes, member: str) -> int:
    """Return where a member's entry begins in the table of contents."""
    return data.index(SIDE, data.rindex(member.encode()) - 46 - 10)


def patched(at: int, form: str, value: int) -> bytes:
    """Return a right archive with a field of conv1's weights' entry overwritten."""
    data = bytearray(zipped(right()))
    struct.pack_into(form, data, entry_of(bytes(data), CONV1) + at, value)
    return bytes(data)


def linked() -> bytes:
    """Return an archive in which the weights are a link to somebody's file."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in right().items():
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (stat.S_IFLNK if name == CONV1 else stat.S_IFREG) << 16
            archive.writestr(info, b"/etc/passwd" if name == CONV1 else data)
    return held.getvalue()


def broken_inside() -> bytes:
    """Return a right archive with a few bytes of the weights overwritten."""
    data = bytearray(zipped(right()))
    start = data.index(CONV1.encode()) + len(CONV1) + 60
    data[start : start + 8] = b"\0" * 8
    return bytes(data)


def many() -> bytes:
    return zipped([(f"a{number}", b"") for number in range(members.MOST_ENTRIES + 1)])


NO_ZIP, DAMAGED = say("parameters", "no-zip"), say("parameters", "damaged")
CLOSED: dict[str, tuple[Callable[[], bytes], Message]] = {
    "empty": (lambda: b"", NO_ZIP),
    "text": (lambda: b"conv1,conv3\n1,2\n", NO_ZIP),
    "RAR": (
        lambda: b"Rar!\x1a\x07\x01\x00" + zipped(right()),
        say("parameters", "other-file", found="rar"),
    ),
    "gzip": (
        lambda: b"\x1f\x8b\x08\x00" + b"\0" * 40,
        say("parameters", "other-file", found="gzip"),
    ),
    "only a beginning": (lambda: b"PK\x03\x04", DAMAGED),
    "cut off in the middle": (lambda: zipped(right())[:100_000], DAMAGED),
    "cut off at the end": (lambda: zipped(right())[:-10], DAMAGED),
    "random bytes": (lambda: b"PK\x03\x04" + random.Random(1).randbytes(5000), DAMAGED),
    "a table of contents that lies": (
        lambda: zipped(right())[:-12] + b"\xff" * 8 + b"\0\0\0\0",
        DAMAGED,
    ),
    "too many members": (many, say("parameters", "too-many", most=members.MOST_ENTRIES)),
}
LARGE = say("parameters", "member-too-large", most=most_bytes(150))
ENCRYPTED, OTHERWISE = say("parameters", "encrypted"), say("parameters", "packed-otherwise")
INSIDE_DAMAGED = say("parameters", "member-damaged")
UNREADABLE: dict[str, tuple[Callable[[], bytes], Message]] = {
    "encrypted": (lambda: patched(FLAGS, "<H", 1), ENCRYPTED),
    "packed by bzip2": (lambda: zip_with(CONV1, right()[CONV1], zipfile.ZIP_BZIP2), OTHERWISE),
    "packed by LZMA": (lambda: zip_with(CONV1, right()[CONV1], zipfile.ZIP_LZMA), OTHERWISE),
    "packed by an unknown method": (lambda: patched(METHOD, "<H", 99), OTHERWISE),
    "a bomb": (
        lambda: zip_with(CONV1, b"\0" * 200_000_000),
        say("parameters", "bomb", ratio=1030),
    ),
    "too long": (lambda: zip_with(CONV1, right()[CONV1] + b" " * 7_000), LARGE),
    "longer than it says": (lambda: patched(SIZE, "<I", 100), INSIDE_DAMAGED),
    "of another checksum": (lambda: patched(CHECKSUM, "<I", 1), INSIDE_DAMAGED),
    "broken": (broken_inside, INSIDE_DAMAGED),
    "elsewhere": (lambda: patched(42, "<I", 0x7FFFFFF0), INSIDE_DAMAGED),
}


@pytest.mark.parametrize("name", CLOSED)
def test_archive_that_cannot_be_opened(name: str, tmp_path: Path) -> None:
    """Nothing is judged, and the reason is said."""
    make, problem = CLOSED[name]
    path = tmp_path / "parameter.zip"
    path.write_bytes(make())

    results = judged(path)

    assert results["opens"].reason == problem
    assert [r.outcome for r in results.values()] == [Outcome.FAILED, *[Outcome.SKIPPED] * 14]


def test_archive_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    """Its length is looked at before anything else."""
    path = tmp_path / "parameter.zip"
    path.write_bytes(b"PK\x03\x04" + bytes(members.MOST_PACKED_BYTES + 1_000_000))

    expected = say("parameters", "too-large", size=65, most=64)
    assert judged(path)["opens"].reason == expected


@pytest.mark.parametrize("name", UNREADABLE)
def test_member_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    """It is named with the reason; the other files are judged as ever. What only we cannot read
    waits for staff."""
    make, problem = UNREADABLE[name]
    path = tmp_path / "parameter.zip"
    path.write_bytes(make())

    results = judged(path)

    assert results["members"].reason == say("parameters", "in-file", file=CONV1, problem=problem)
    ours = problem == OTHERWISE
    assert lost(results) == {
        "members": Outcome.PENDING if ours else Outcome.FAILED,
        "weights": Outcome.PENDING if ours else Outcome.SKIPPED,
        "sums": Outcome.PENDING if ours else Outcome.SKIPPED,
    }


def test_link_is_no_file(tmp_path: Path) -> None:
    """A link is not followed, and the file that it stands for is missing."""
    path = tmp_path / "parameter.zip"
    path.write_bytes(linked())

    seen = open_parameters(handed_in(path), LAYOUT)

    assert seen.missing == (CONV1,)
    assert seen.ignored == (say("parameters", "no-file", member=repr(CONV1)),)


def test_reason_names_what_was_ignored_where_files_are_missing(tmp_path: Path) -> None:
    """A link in a file's place, or names that all lead outside, are told in the reason itself."""
    outside = zipped({f"../{name}": data for name, data in right().items()})
    link = say("parameters", "no-file", member=repr(CONV1))
    first = say("parameters", "outside", member=repr(f"../{CONV1}"))
    for data, code, count, ignored in (
        (linked(), "missing-ignored", 1, link),
        (outside, "nothing-inside-ignored", len(right()), first),
    ):
        path = tmp_path / "parameter.zip"
        path.write_bytes(data)

        expected = say("parameters", code, file=CONV1, count=count, ignored=ignored)
        assert judged(path)["members"].reason == expected


def test_archive_of_other_things_says_so(tmp_path: Path) -> None:
    """An empty archive, and one of several archives, hold none of the files."""
    for content in ({}, {"a.zip": zipped(right()), "b.zip": zipped(right())}):
        path = tmp_path / "parameter.zip"
        path.write_bytes(zipped(content))

        expected = say("parameters", "nothing-inside", file=CONV1, count=len(right()))
        assert judged(path)["members"].reason == expected


def test_archives_are_opened_one_in_another_but_no_deeper(tmp_path: Path) -> None:
    """What is packed three times is not unpacked; a broken one inside is named."""
    deep, broken = zipped({"b.zip": zipped({"c.zip": zipped(right())})}), zipped({"a.zip": b"x"})
    path = tmp_path / "parameter.zip"

    path.write_bytes(deep)
    assert judged(path)["members"].outcome is Outcome.FAILED
    path.write_bytes(broken)
    assert judged(path)["opens"].reason == say(
        "parameters", "in-file", file="a.zip", problem=say("parameters", "no-zip")
    )


def test_of_copies_the_last_one_counts(tmp_path: Path) -> None:
    """Right numbers that were there before do not help, as unpacking would not keep them."""
    stale = {name: data for name, data in files(net(seed=5)).items() if name == FC6}
    path = tmp_path / "parameter.zip"
    path.write_bytes(zipped([*right().items(), *stale.items()]))

    assert lost(judged(path)) == {"sums": Outcome.FAILED}


def test_of_two_folders_the_fuller_one_counts(tmp_path: Path) -> None:
    """An unfinished copy beside the files is not read, and does not fill gaps either."""
    old = {f"old/{n}": d for n, d in files(net(seed=5)).items() if n.startswith("weights")}
    content = {f"new/{n}": d for n, d in right().items() if n != CONV1}
    path = tmp_path / "parameter.zip"
    path.write_bytes(zipped({**old, **content}))

    seen = open_parameters(handed_in(path), LAYOUT)

    assert (seen.root, seen.missing) == ("new/", (CONV1,))


def test_memory_is_bounded_whatever_is_inside(tmp_path: Path) -> None:
    """Neither bombs that nobody asks for nor copies of every file are held."""
    path = tmp_path / "parameter.zip"
    bomb = {"bomb.csv": b"0\n" * 50_000_000}
    path.write_bytes(zipped([*bomb.items(), *(3 * [*right().items()])]))

    tracemalloc.start()
    seen = open_parameters(handed_in(path), LAYOUT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert not seen.faulty
    assert peak < 20_000_000  # of which one file of 48,000 numbers takes most, as text and tokens


def test_no_damage_breaks_the_grader(tmp_path: Path) -> None:
    """Whatever bytes are overwritten, there are results, and no fault of ours among them."""
    whole, draw = zipped(right()), random.Random(0)
    contents = whole.index(SIDE)
    for number in range(30):
        data = bytearray(whole)
        first = 0 if number % 2 else contents
        for _ in range(draw.randrange(1, 6)):
            data[draw.randrange(first, len(data))] = draw.randrange(256)
        path = tmp_path / "parameter.zip"
        path.write_bytes(data)

        results = judged(path)

        assert len(results) == 15
        assert not [r for r in results.values() if r.fault or r.outcome is Outcome.PENDING]
