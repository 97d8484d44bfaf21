"""``python -m tests.similarity.write``: write the features that the corpus's solutions share."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import grader.similarity
from grader.similarity.solutions import solution_of
from tests.corpus import Case, cases
from tests.grading import program_of

FILE = Path(grader.similarity.__file__).with_name("usual_answers.json")
LEAST = 2  # a feature of one solution alone is not usual


def usual() -> Iterator[dict[str, object]]:
    """Yield, by template, how many of its editions' right solutions have each feature."""
    right = sorted((case for case in cases() if case.is_right), key=lambda case: case.template)
    for _, group in groupby(right, key=lambda case: case.template):
        yield _of_a_template([*group])


def _of_a_template(right: Sequence[Case]) -> dict[str, object]:
    found = [solution_of(case.id, program_of(case.cells(), case.edition)) for case in right]
    counts = Counter(feature for solution in found for feature in solution.features)
    return {
        "editions": sorted({case.edition for case in right}),
        "solutions": len(found),
        "counts": {f"{f:016x}": n for f, n in sorted(counts.items()) if n >= LEAST},
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps([*usual()], indent=0) + "\n", "utf-8")
