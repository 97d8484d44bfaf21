"""
Where the time goes when one submission is graded from a cold process, PDF included.

    python -m benchmarks.grading [--data DIR] [--repeat N] [FILE]

Each repetition is a fresh process. The first one starts with an empty cache (images are decoded,
the baseline is computed); the others find it filled, as every submission but the first does.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / "examples" / "hw1_108062999.ipynb"
STARTED = time.monotonic()


def main() -> None:
    """Print one row a stage: seconds with an empty cache, and the median with a filled one."""
    options = _options()
    if options.once:
        print(json.dumps(_grade_once(options.file, options.data)))
        return
    with tempfile.TemporaryDirectory() as cache:
        runs = [_in_new_process(options, cache) for _ in range(options.repeat + 1)]
    first, others = runs[0], runs[1:]
    print(f"{first['data']}; {os.cpu_count()} cores; median of {len(others)} runs")
    print(f"{'stage':34}{'first run':>11}{'warm cache':>12}")
    for stage in first["stages"]:
        warm = statistics.median(run["stages"][stage] for run in others)
        print(f"{stage:34}{first['stages'][stage]:>9.2f} s{warm:>10.2f} s")
    for name, unit in (("total", "s"), ("cpu", "s"), ("memory", "MB")):
        warm = statistics.median(run[name] for run in others)
        print(f"{name.replace('_', ' '):34}{first[name]:>9.2f} {unit}{warm:>10.2f} {unit}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=EXAMPLE)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_new_process(options: argparse.Namespace, cache: str) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.grading", "--once", str(options.file)]
    command += ["--data", str(options.data)] if options.data else []
    environment = os.environ | {"GRADER_CACHE": cache}
    begun = time.monotonic()
    done = subprocess.run(command, check=True, capture_output=True, env=environment)
    return json.loads(done.stdout) | {"total": time.monotonic() - begun}


def _grade_once(file: Path, data: Path | None) -> dict[str, object]:
    """Do what ``grader check`` does, and note when each stage begins."""
    from grader import grading, locations
    from grader.editions.loader import default_edition_id, load_edition
    from grader.results.file.written import results_of
    from report_templates.render import render_pdf

    begins: dict[str, float] = {"Start, reading the submission": STARTED}

    def notify(stage: str) -> None:
        begins.setdefault(stage.partition(":")[0], time.monotonic())

    edition = load_edition(default_edition_id())
    handout = grading.read(edition, [file])
    with (
        grading.open_sandbox(edition, handout.program) as sandbox,
        tempfile.TemporaryDirectory() as out,
    ):
        notify("Data")
        baseline = locations.open_baseline(edition, data)
        grade = grading.grade(sandbox, edition, handout, baseline, seed=0, notify=notify)
        notify("Report")
        render_pdf(results_of(grade), Path(out) / "report.pdf")
        begins["end"] = time.monotonic()
    names = [*begins]
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "data": str(baseline.title),
        "stages": {a: begins[b] - begins[a] for a, b in pairwise(names)},
        "cpu": sum(u.ru_utime + u.ru_stime for u in usage),
        "memory": usage[0].ru_maxrss / 1024,
    }


if __name__ == "__main__":
    main()
