"""An archive of parameters, read into arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.border.conventions import Floats
from grader.intake.model import Artifact
from grader.tasks.exported_parameters.layout import Layout, weighted_in
from grader.tasks.exported_parameters.members import Members, open_members
from grader.tasks.exported_parameters.parsing import (
    SCALES_BYTES,
    most_bytes,
    parse_numbers,
    parse_scales,
)
from grader.tasks.exported_parameters.seen import Exported, Miscounted
from grader.words.message import Message


def open_parameters(artifact: Artifact | None, layout: Layout) -> Exported:
    """
    Return what the archive handed in holds; None stands for one that was not.

    Whatever is in it, memory is bounded: by the arrays of the numbers that the layout asks for,
    the text of one file, and the archive's table of contents.
    """
    if artifact is None:
        return Exported(layout=layout)
    if artifact.problem is not None:
        return Exported(layout=layout, file=artifact.file.name, unread=artifact.problem)
    members = open_members(artifact.data, layout.files.keys())
    if isinstance(members, Message):
        return Exported(layout=layout, file=artifact.file.name, problem=members)
    with members.opened:
        return _Reader(members=members, layout=layout).read_all(artifact.file.name)


@dataclass(kw_only=True)
class _Reader:
    """Reads file after file, and keeps what was wrong with each."""

    members: Members
    layout: Layout
    missing: list[str] = field(default_factory=list)
    unreadable: dict[str, Message] = field(default_factory=dict)
    miscounted: dict[str, Miscounted] = field(default_factory=dict)
    no_numbers: dict[str, Message] = field(default_factory=dict)

    def read_all(self, name: str) -> Exported:
        """Return the whole archive, *name* being that of its file."""
        parameters = {
            path: numbers
            for path, count in self.layout.parameter_files.items()
            if (numbers := self._numbers(path, count)) is not None
        }
        scales = self._scales()
        recorded = self._recorded()
        copies = self.members.copies
        return Exported(
            layout=self.layout,
            file=name,
            parameters=parameters,
            scales=scales,
            recorded=recorded,
            earlier=self._earlier(),
            copies={path: len(infos) for path, infos in copies.items() if len(infos) > 1},
            root=self.members.root,
            weighted=weighted_in(self.members.every),
            ignored=self.members.ignored,
            **self._problems(),
        )

    def _problems(self) -> dict[str, Any]:
        return {
            "missing": tuple(self.missing),
            "unreadable": self.unreadable,
            "miscounted": self.miscounted,
            "no_numbers": self.no_numbers,
        }

    def _recorded(self) -> Mapping[str, Floats]:
        """Return a row for every image, not numbers where its file gave none."""
        arrays = {
            name: np.full((self.layout.images, count), np.nan)
            for name, count in self.layout.recordings.items()
        }
        for image, name, path in self.layout.recording_files():
            numbers = self._numbers(path, self.layout.recordings[name])
            if numbers is not None:
                arrays[name][image] = numbers
        return arrays

    def _numbers(self, path: str, count: int) -> Floats | None:
        """Return a file's numbers, None where it has not as many or is not to be read."""
        text = self._text(path, most_bytes(count))
        if text is None:
            return None
        numbers = parse_numbers(text)
        if isinstance(numbers, Message):
            self.no_numbers[path] = numbers
        elif len(numbers) != count:
            self.miscounted[path] = Miscounted(expected=count, actual=len(numbers))
        else:
            return numbers
        return None

    def _text(self, path: str, most: int) -> bytes | None:
        if path not in self.members:
            self.missing.append(path)
            return None
        text = self.members.read(path, most)
        if isinstance(text, Message):
            self.unreadable[path] = text
            return None
        return text

    def _scales(self) -> Mapping[str, float]:
        text = self._text(self.layout.scales_file, SCALES_BYTES)
        if text is None:
            return {}
        scales = parse_scales(text, self.layout.scales)
        if isinstance(scales, Message):
            self.no_numbers[self.layout.scales_file] = scales
            return {}
        return scales

    def _earlier(self) -> Mapping[str, list[Floats]]:
        """Return the earlier copies of the layers' files, where they hold what they should."""
        found = {}
        for path, count in self.layout.parameter_files.items():
            texts = self.members.earlier(path, most_bytes(count))
            numbers = [parse_numbers(text) for text in texts]
            fit = [n for n in numbers if not isinstance(n, Message) and len(n) == count]
            if fit:
                found[path] = fit
        return found
