"""What a submission's function returns once the extracted statements have run in a sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from grader.intake.model import Cell
from grader.intake.program.extraction import extract
from grader.sandbox.calls.replies import Observation
from grader.sandbox.runner import Sandbox
from tests.intake.notebooks import cells_of


def scripts(files: Mapping[str, str]) -> list[Cell]:
    return [Cell(file=file, number=None, index=1, source=text) for file, text in files.items()]


def called(cells: Sequence[str | Cell], beside: Mapping[str, str] | None = None) -> Observation:
    """Call ``f()`` of a notebook, with scripts beside it."""
    given = [
        c if isinstance(c, Cell) else cells_of(*([""] * i), c)[-1] for i, c in enumerate(cells)
    ]
    program = extract(given, ["f"], beside=scripts(beside or {}))
    fragments = [asdict(fragment) for fragment in program.fragments]
    flags = program.compile_flags
    with Sandbox(fragments, networks={}, scaffold={}, compile_flags=flags) as sandbox:
        return sandbox.call(["f"], [], limit_seconds=30.0)


def returned(cells: Sequence[str | Cell], beside: Mapping[str, str] | None = None) -> object:
    """Return the value of ``f()``, or why there is none."""
    seen = called(cells, beside)
    return seen.value.data if seen.value is not None else seen.error
