"""Sources as course sites give them out, made for tests."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from grader.batch.roster import ClassRoster
from grader.batch.sources.reading import read_source
from grader.batch.sources.submitted import Source, Submitted
from grader.batch.sources.tree import open_tree
from grader.editions.loader import default_edition_id, load_edition

NOTEBOOK = b'{"cells": []}'


class Big5Info(zipfile.ZipInfo):
    """A member as Windows in Taiwan writes it: no flag, and the name in Big5."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  zipfile's own name
        return self.filename.encode("cp950"), self.flag_bits & ~0x800


def zipped(path: Path, files: Mapping[str, bytes], *, big5: bool = False) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(Big5Info(name) if big5 else zipfile.ZipInfo(name), content)
    return path


def folder(path: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return path


def read(path: Path, roster: ClassRoster | None = None, layout: str = "") -> Source:
    edition = load_edition(default_edition_id())
    with open_tree(path) as members:
        return read_source(members, edition, roster or ClassRoster(), layout=layout)


def by_key(source: Source) -> dict[str, Submitted]:
    return {one.key: one for one in source.submitted}


def names_of(one: Submitted) -> list[str]:
    return ["/".join(file.path) for file in one.files]


def left_out(source: Source) -> set[str]:
    return {one.path for one in source.left_out}
