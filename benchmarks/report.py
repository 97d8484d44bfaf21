"""
Measure the documents: CPU and wall time, pages, bytes, cold and warm.

Run: python benchmarks/report.py [--rounds N].  The figures and the machine that they come from are
kept in benchmarks/report.md.
"""

from __future__ import annotations

import argparse
import io
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pypdf

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "report_templates")]

import full_examples as full  # noqa: E402  found on the path that is set above

from grader.results.file.reading import read  # noqa: E402
from report_templates import render  # noqa: E402

CASES = (
    ("feedback, right", full.full(), "feedback", "en"),
    ("feedback, many findings", full.full("wrong"), "feedback", "en"),
    ("feedback, many findings, Chinese", full.full("wrong"), "feedback", "zh_TW"),
    ("report, cs5120-2021, everything", full.full(), "report", "en"),
    ("report, ee290-2020, everything", full.full(edition="ee290-2020"), "report", "en"),
    ("report, cs5120-2021, Chinese", full.full(), "report", "zh_TW"),
    ("report, 10,000 lines of code", full.huge(), "report", "en"),
)
COLD = (
    "import sys; sys.path[:0] = {path!r}\n"
    "import results_examples as e\n"
    "from grader.results.file.reading import read\n"
    "from report_templates import render\n"
    "render.pdf_bytes(read(e.right()))\n"
)


def main() -> None:
    """Print one line for a cold start and one for each document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"cold process, feedback: {measure_cold(rounds):.2f} s")
    print("| document | CPU, s | least | pages | kB | HTML, CPU ms |")
    print("|---|---|---|---|---|---|")
    for name, contents, kind, language in CASES:
        results = read(contents)
        make_pdf = partial(render.pdf_bytes, results, kind=kind, language=language)
        make_page = partial(render.render_html, results, kind=kind, language=language)
        content = make_pdf()
        # The least is what a machine without other work would take.
        taken = [cpu_seconds(make_pdf) for _ in range(rounds)]
        cpu, least = statistics.median(taken), min(taken)
        page = statistics.median(cpu_seconds(make_page) for _ in range(rounds))
        pages = len(pypdf.PdfReader(io.BytesIO(content)).pages)
        size = len(content) / 1000
        print(f"| {name} | {cpu:.2f} | {least:.2f} | {pages} | {size:.0f} | {1000 * page:.0f} |")


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds of one call of *work*."""
    start = time.process_time()
    work()
    return time.process_time() - start


def measure_cold(rounds: int) -> float:
    """Return the median wall seconds of a new process that makes one PDF."""
    code = COLD.format(path=[str(ROOT), str(ROOT / "tests" / "report_templates")])
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
