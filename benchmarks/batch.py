"""
A whole class graded at once: submissions per second, memory, and where the time goes.

    python -m benchmarks.batch [--data DIR | --sample] [--class N] [--workers N] [--write]
                               [--similarity [N]] [--simulate [MACHINES]] [--peers]

The class is the tests' corpus: right, wrong, slow and broken submissions of ``cs5120-2021``, all
different. It is graded by ``grader batch`` with PDFs, twice: with an empty cache, whose data set
is opened and whose baseline is computed first, and with a filled one, as every later run finds it.
Beside it stand what arithmetic allows on this machine and what the notebook itself costs; with
``--peers`` otter-grader and nbgrader on a notebook of one line, with ``--similarity`` a class
compared, with ``--simulate`` how the rate of the service grows with its workers.

It prints what ``--write`` writes into ``benchmarks/batch.md``.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import own_way, peers, simulation, stages
from benchmarks.process_tree import Taken, measure
from benchmarks.students import EDITION, write_class

REPORT = Path(__file__).with_suffix(".md")
PASS_GIGAFLOP = 13.0  # one pass of the network over 10,000 images
WANTED_RATE, WANTED_MEMORY_MB, WANTED_SIMILARITY_SECONDS = 0.9, 4096, 30.0


def main() -> None:
    """Print the figures, and write them where that was asked for."""
    options = _options()
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for line in _report(options, Path(folder)):
            print(line, flush=True)
            lines.append(line)
    if options.write:
        REPORT.write_text("\n".join(lines) + "\n", "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--data", type=Path, help="the CIFAR-10 images, as for 'grader check'")
    where.add_argument("--sample", action="store_true", help="the embedded sample instead")
    parser.add_argument("--class", dest="count", type=int, default=200, metavar="N")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--similarity", type=int, nargs="?", const=800, default=0, metavar="N")
    parser.add_argument("--simulate", type=int, nargs="?", const=16, default=0, metavar="MACHINES")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--write", action="store_true", help=f"write {REPORT.name}")
    return parser.parse_args()


def _report(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    yield "# A whole class at once\n"
    yield f"`python -m benchmarks.batch {' '.join(sys.argv[1:])}`, {_machine()}.\n"
    source = folder / "class"
    write_class(source, options.count)
    environment = os.environ | {"GRADER_CACHE": str(folder / "cache")}
    first = _grade(options, source, folder / "first", environment)
    warm = _grade(options, source, folder / "warm", environment)
    yield from _rates(options, first, warm)
    yield from stages.lines(source, options.data, environment)
    yield from _bounds(options)
    if options.peers:
        yield from peers.lines(folder / "peers")
    if options.similarity:
        yield from _similarity(options, folder / "compared")
    if options.simulate:
        yield from simulation.lines(folder / "simulated", options.simulate)


def _machine() -> str:
    day = datetime.now(UTC).strftime("%-d %B %Y")
    load = os.getloadavg()[0]
    return f"{day}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}"


def _grade(
    options: argparse.Namespace, source: Path, out: Path, environment: dict[str, str]
) -> Taken:
    command = [sys.executable, "-m", "grader.cli", "batch", str(source), "--out", str(out)]
    command += ["--edition", EDITION, "--workers", str(options.workers), "--quiet"]
    command += [] if options.sample else ["--data", str(options.data)]
    taken = measure(command, environment)
    if not (out / "class.pdf").is_file():
        sys.exit(f"the batch ended with status {taken.status}: {taken.said}")
    return taken


def _rates(options: argparse.Namespace, first: Taken, warm: Taken) -> Iterator[str]:
    data = "the embedded sample" if options.sample else "all of CIFAR-10"
    yield f"{options.count} submissions on {data}, {options.workers} processes, with PDFs.\n"
    yield f"| | first run | later run | asked |\n|{'---|' * 4}"
    for name, asked, first_of, warm_of in (
        ("seconds", "", f"{first.seconds:.0f}", f"{warm.seconds:.0f}"),
        (
            "submissions a second",
            f"at least {WANTED_RATE}",
            f"{options.count / first.seconds:.2f}",
            f"{options.count / warm.seconds:.2f}",
        ),
        (
            "CPU seconds a submission",
            "",
            f"{first.cpu_seconds / options.count:.2f}",
            f"{warm.cpu_seconds / options.count:.2f}",
        ),
        (
            "peak memory, shared pages once, MB",
            f"under {WANTED_MEMORY_MB}",
            f"{first.shared_once_mb:,.0f}",
            f"{warm.shared_once_mb:,.0f}",
        ),
        (
            "peak of the sum of resident memory, MB",
            "",
            f"{first.resident_mb:,.0f}",
            f"{warm.resident_mb:,.0f}",
        ),
    ):
        yield f"| {name} | {first_of} | {warm_of} | {asked} |"
    yield ""


def _bounds(options: argparse.Namespace) -> Iterator[str]:
    """Yield what arithmetic allows, and what the notebook itself costs."""
    reached = statistics.median(own_way.gigaflops() for _ in range(3))
    floor = PASS_GIGAFLOP / reached
    training, test = own_way.seconds_of_training(), own_way.seconds_of_a_test()
    whole = own_way.TRAININGS * training + own_way.TESTS * test
    yield "## What bounds it\n"
    yield (
        f"One thread multiplies matrices at {reached:.0f} GFLOP/s, so a pass of the network over"
        f" 10,000 images ({PASS_GIGAFLOP:g} GFLOP) takes at least {floor:.2f} s. Were a submission"
        f" one such pass and nothing else, {options.workers} processes would grade"
        f" {options.workers / floor:.1f} a second.\n"
    )
    yield (
        f"The notebook's own way, scaled from {own_way.STEPS} steps in one thread: two epochs of"
        f" training in batches of {own_way.BATCH} {training:.0f} s, a test of 10,000 images in"
        f" such batches {test:.1f} s; with its {own_way.TRAININGS} trainings and {own_way.TESTS}"
        f" tests {whole:.0f} s a submission, without reading images.\n"
    )


def _similarity(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    write_class(folder / "class", options.similarity)
    command = [sys.executable, "-m", "grader.cli", "similarity", str(folder / "class")]
    command += ["--edition", EDITION, "--out", str(folder / "similar.html")]
    taken = measure([*command, "--workers", str(options.workers), "--quiet"])
    if taken.status:
        sys.exit(f"the comparison ended with status {taken.status}: {taken.said}")
    yield "## Similarity\n"
    yield (
        f"{options.similarity} submissions compared in {taken.seconds:.1f} s (asked: 800 in under"
        f" {WANTED_SIMILARITY_SECONDS:g} s), {taken.cpu_seconds:.0f} s of CPU, at most"
        f" {taken.shared_once_mb:,.0f} MB.\n"
    )


if __name__ == "__main__":
    main()
