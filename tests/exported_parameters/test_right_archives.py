"""Archives that hold the right numbers pass every check, however they were written and packed."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.model import Outcome
from tests.exported_parameters.made import (
    IMAGES,
    LAYOUT,
    LENET,
    Files,
    altered,
    files,
    judged,
    lost,
    net,
    pack,
    right,
    text,
    zipped,
)

ALL = ("parameters-duplicates", "parameters-in-a-folder", "parameters-members-ignored")
DUPLICATES, FOLDER, IGNORED = ALL


def renamed(rename: Callable[[str], str], **others: bytes) -> bytes:
    return zipped({**{rename(name): data for name, data in right().items()}, **others})


def rewritten(rewrite: Callable[[bytes], bytes]) -> bytes:
    return zipped({name: rewrite(data) for name, data in right().items()})


def whole_numbers(form: str) -> Files:
    """Return the files with their integers in another form, pixels as they were."""
    found = right()
    for name, data in found.items():
        if name.endswith(".csv") and "bias" not in name and name.count("/") != 2:
            values = np.array(data.split(), float)
            found[name] = text(values, form=form)
    return found


def with_scales(data: str) -> Files:
    return {**right(), "fixed_scale.json": data.encode()}


def with_stale_copies() -> bytes:
    """Return an archive to which the cells of another run wrote first."""
    return zipped([*files(net(seed=3)).items(), *right().items()])


def with_folders() -> bytes:
    return zipped({"weights/": b"", "activations/": b"", "activations/img0/": b"", **right()})


def with_zip64() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in right().items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(data)
    return held.getvalue()


class Pipe(io.RawIOBase):
    """A stream that cannot go back, so that sizes stand behind the members."""

    def __init__(self) -> None:
        self.written = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self.written += piece
        return len(piece)


def streamed() -> bytes:
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # type: ignore[arg-type]
        for name, data in right().items():
            archive.writestr(name, data)
    return pipe.written


def half_away(pixels: np.ndarray, multiplier: int) -> np.ndarray:
    scaled = pixels * multiplier
    return np.clip(np.trunc(scaled + np.copysign(0.5, scaled)), -128, 127)


def one_line(data: bytes) -> bytes:
    return _joined(data, b",")


def with_semicolons(data: bytes) -> bytes:
    """Return a file as Excel saves it in countries that write 0,5 for a half."""
    return _joined(data, b";")


def _joined(data: bytes, mark: bytes) -> bytes:
    if data.startswith(b"{"):
        return data
    return mark.join(data.replace(b",", b" ").split()) + b"\n"


def by_another_seed() -> bytes:
    return zipped(files(net(seed=1)))


def scaled(scales: dict[str, object]) -> str:
    return json.dumps(scales, indent=4, sort_keys=True)


SCALES = dict(net().scales)
BIAS = b"\n".join(right()["weights/output.fc.bias.csv"].strip().split(b",")) + b"\n"
RIGHT: dict[str, tuple[Callable[[], bytes], tuple[str, ...]]] = {
    "as the sheet writes it": (lambda: zipped(right()), ()),
    "stored, not packed": (lambda: zipped(right(), packed=False), ()),
    "from another training": (by_another_seed, ()),
    "members in another order": (lambda: zipped([*right().items()][::-1]), ()),
    "all in a folder": (lambda: renamed(lambda n: f"parameters/{n}"), (FOLDER,)),
    "all in folders of any name": (lambda: renamed(lambda n: f"a/b c/參數/{n}"), (FOLDER,)),
    "packed twice": (lambda: zipped({"parameter.zip": zipped(right())}), (FOLDER,)),
    "packed twice by macOS": (
        lambda: zipped({"a/parameter.zip": zipped(right()), "__MACOSX/a/._parameter.zip": b"x"}),
        (FOLDER,),
    ),
    "names that begin with ./": (lambda: renamed(lambda n: f"./{n}"), ()),
    "names of Windows": (lambda: renamed(lambda n: n.replace("/", "\\")), ()),
    "entries for folders": (with_folders, ()),
    "files of macOS beside": (
        lambda: renamed(
            str, **{"__MACOSX/weights/._a": b"x", "weights/._b.csv": b"y", ".DS_Store": b""}
        ),
        (),
    ),
    "other files beside": (
        lambda: renamed(
            str,
            **{"README.md": b"hi", "weights/x.csv": b"?", f"activations/img{IMAGES}/a": b""},
        ),
        (),
    ),
    "a copy of some in a folder": (
        lambda: renamed(str, **{"old/fixed_scale.json": b"{}", "old/weights/a.csv": b""}),
        (),
    ),
    "stale copies before": (with_stale_copies, (DUPLICATES,)),
    "members that lead outside": (
        lambda: renamed(str, **{"../../etc/passwd": b"x", "/etc/shadow": b"y", "C:/a.csv": b""}),
        (IGNORED,),
    ),
    "lines of Windows": (lambda: rewritten(lambda d: d.replace(b"\n", b"\r\n")), ()),
    "a mark of UTF-8": (lambda: rewritten(lambda d: b"\xef\xbb\xbf" + d), ()),
    "no end of the last line": (lambda: rewritten(bytes.strip), ()),
    "empty lines": (lambda: rewritten(lambda d: d.replace(b"\n", b"\n\n")), ()),
    "all on one line": (lambda: rewritten(one_line), ()),
    "semicolons between": (lambda: rewritten(with_semicolons), ()),
    "whole numbers": (lambda: zipped(whole_numbers("%d")), ()),
    "numbers with one place": (lambda: zipped(whole_numbers("%.1f")), ()),
    "bias one a line": (lambda: zipped({**right(), "weights/output.fc.bias.csv": BIAS}), ()),
    "scales in another order": (lambda: zipped(with_scales(scaled(SCALES))), ()),
    "scales as 120.0": (
        lambda: zipped(with_scales(scaled({k: float(v) for k, v in SCALES.items()}))),
        (),
    ),
    "a scale more": (lambda: zipped(with_scales(scaled({**SCALES, "images": 4}))), ()),
    "zip64": (with_zip64, ()),
    "sizes behind the members": (streamed, ()),
    "a comment at the end": (lambda: zipped(right())[:-2] + b"\x05\x00hello", ()),
    "negative zeros": (
        lambda: rewritten(
            lambda d: d.replace(b"\n0.000000000000000000e", b"\n-0.000000000000000000e")
        ),
        (),
    ),
    "ties rounded away from zero": (lambda: zipped(files(altered(quantize=half_away))), ()),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_archive_passes(name: str, tmp_path: Path) -> None:
    """Nothing is lost, and what is odd about the archive is said."""
    make, remarks = RIGHT[name]
    path = tmp_path / "parameter.zip"
    path.write_bytes(make())

    results = judged(path)

    assert lost(results) == {}
    assert results["members"].remarks == remarks


def test_all_images_of_the_sheet_pass(tmp_path: Path) -> None:
    """1,607 members with 48 MB of numbers are read, and all of them agree."""
    content = right(100)
    assert (len(content), sum(map(len, content.values())) > 47e6) == (1607, True)

    results = judged(
        pack(tmp_path / "parameters.zip", content), layout=replace(LAYOUT, images=100)
    )

    assert {name: r.outcome for name, r in results.items()} == dict.fromkeys(
        results, Outcome.PASSED
    )


def test_network_without_bias_needs_no_file_of_it(tmp_path: Path) -> None:
    """The first network of the sheet has no bias anywhere."""
    layers = tuple(replace(layer, bias=False) for layer in LENET.layers)
    layout = replace(LAYOUT, network=replace(LENET, layers=layers))
    content = files(altered(bias=np.zeros(10, np.int64)))
    del content["weights/output.fc.bias.csv"]

    assert lost(judged(pack(tmp_path / "parameter.zip", content), layout)) == {}
