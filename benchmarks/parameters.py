"""
Measure the check of a handed-in archive of parameters: the sheet's 1,607 members, 48 MB of text.

Run: python benchmarks/parameters.py [--rounds N].  The figures and the machine that they come from
are kept in benchmarks/parameters.md.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch

from grader.model import Outcome
from grader.tasks.exported_parameters.checks import judge
from grader.tasks.exported_parameters.hypotheses import explain
from grader.tasks.exported_parameters.observe import open_parameters
from tests.exported_parameters.made import (
    LAYOUT,
    Files,
    files,
    handed_in,
    net,
    pack,
    right,
)

IMAGES = 100
WHOLE = replace(LAYOUT, images=IMAGES)
COLUMNS = ("opened", "judged", "explained", "all")


def main() -> None:
    """Print a line for each archive, then the memory that the process took at most."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)  # as the grader does
    print(f"| archive | {', s | '.join(COLUMNS)}, s |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, content in archives():
            path = pack(Path(folder) / "parameter.zip", content)
            taken = [measure(path) for _ in range(rounds)]
            middle = [statistics.median(column) for column in zip(*taken, strict=True)]
            print(f"| {name} | {' | '.join(f'{seconds:.2f}' for seconds in middle)} |")
    print(f"peak: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB")


def archives() -> Iterator[tuple[str, Files | list[tuple[str, bytes]]]]:
    """Yield archives by name: right, written twice, and with mistakes to be explained."""
    yield "right", right(IMAGES)
    yield "right, written twice", [*right(IMAGES).items(), *right(IMAGES).items()]
    other = files(net(IMAGES, seed=5)).items()
    yield "weights of another run", right(IMAGES) | {n: d for n, d in other if "weight" in n}
    wrong = replace(net(IMAGES), shift=lambda sums, m: np.asarray((sums * m) >> 15, float))
    yield "shift by 15", files(wrong)


def measure(path: Path) -> tuple[float, ...]:
    """Return the CPU seconds of each part, and of all of them."""
    begun = time.process_time()
    seen = open_parameters(handed_in(path), WHOLE)
    opened = time.process_time()
    results = judge(seen)
    judged = time.process_time()
    failed = [r.check.partition(".")[2] for r in results if r.outcome is Outcome.FAILED]
    explain(seen, frozenset(failed))
    done = time.process_time()
    return opened - begun, judged - opened, done - judged, done - begun


if __name__ == "__main__":
    main()
