"""A class for benchmarks: the tests' corpus in turn, and files that are no submission."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from grader.editions.loader import default_edition_id
from tests.corpus import Case, cases

EDITION = default_edition_id()
BROKEN = (b"{", b"", b"def quantized_weights(:\n", b'{"cells": 1}')
BROKEN_EVERY = 40
SLOW = "weights-never-ends"  # stopped after 30 s, whatever else is slow
WITH_SLOW = 50  # submissions: in a smaller class it would be all that is measured


def write_class(folder: Path, count: int) -> None:
    """Write *count* different submissions, a folder each: right, wrong, slow and broken."""
    chosen = _chosen(count)
    for at in range(count):
        student = f"109{at:06d}"
        if at % BROKEN_EVERY == BROKEN_EVERY - 1:
            path = folder / student / "hw1.ipynb"
            path.parent.mkdir(parents=True)
            path.write_bytes(BROKEN[at // BROKEN_EVERY % len(BROKEN)])
            continue
        case, again = next(chosen)
        for path in case.hand_in(folder / student):
            named = path.rename(path.with_name(path.name.replace(case.student_id, student)))
            if again:
                _make_different(named, student)


def _chosen(count: int) -> Iterator[tuple[Case, bool]]:
    """Yield cases in a fixed mixed order; those that come again, as notebooks, are marked."""
    known = [case for case in cases(EDITION) if count >= WITH_SLOW or case.name != SLOW]
    random.Random(0).shuffle(known)
    yield from ((case, False) for case in known)
    yield from (
        (case, True) for case in cycle(known) if case.form == "ipynb" and case.name != SLOW
    )


def _make_different(path: Path, student: str) -> None:
    """Add a cell that no other notebook has."""
    if path.suffix != ".ipynb":
        return
    notebook = json.loads(path.read_bytes())
    cell = {"cell_type": "markdown", "metadata": {}, "source": f"Handed in by {student}."}
    notebook["cells"].append(cell)
    path.write_text(json.dumps(notebook))
