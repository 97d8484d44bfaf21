"""
Grade the corpus with an earlier commit and with this tree, and say where the two differ.

``python tools/compare_grades.py COMMIT --seeds 20``. Every submission is graded by its own
edition; compared are, for every seed, the points, the outcome of every check, the findings, and
all that is said. Nothing in the tree is changed: the earlier commit stands in a worktree of its
own for as long as it is needed. With ``--keep FOLDER`` every grade is kept as it is made, and the
same command goes on where one was stopped; only what is committed is kept for another time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
POLL_SECONDS = 0.5
SAY_SECONDS = 60.0
# Run in either tree, whose modules lie elsewhere: only what both have is used.
GRADE = """
import json, sys, tempfile
from dataclasses import asdict
from pathlib import Path
import torch
from tests.corpus import cases
from tests.grading import edition, small_baseline
from grader.diagnosis.diagnose import diagnose
from grader.grading import read
from grader.pipeline import grade
from grader.sandbox.runner import Sandbox
try:
    from grader.results.summary import score_all
except ImportError:
    from grader.summary import score_all

def words(message):
    languages = ("en", "zh_TW") if hasattr(message, "said_in") else ()
    return [message.said_in(language) for language in languages] or [str(message)]

torch.set_num_threads(1)
asked = json.loads(sys.argv[1])
made = {json.loads(line)[0] for line in open(asked["made"], encoding="utf-8")}
out = open(asked["made"], "a", encoding="utf-8")
chosen = [c for c in cases() if not asked["editions"] or c.edition in asked["editions"]]
for case in chosen[:: asked["every"]][asked["part"] :: asked["parts"]]:
    names = {f"{case.edition}/{case.id}, seed {seed}": seed for seed in range(asked["seeds"])}
    names = {name: seed for name, seed in names.items() if name not in made}
    if not names:
        continue
    lab, baseline = edition(case.edition), small_baseline(name=case.edition)
    with tempfile.TemporaryDirectory() as folder:
        handout = read(lab, [case.write(Path(folder))])
    program, cells = handout.program, handout.submission.cells
    with Sandbox(
        [asdict(fragment) for fragment in program.fragments],
        networks={s.name: asdict(s) for s in (lab.network, lab.bias_network)},
        scaffold=lab.file.scaffold.model_dump(),
        compile_flags=program.compile_flags,
        seed=1,
    ) as sandbox:
        loaded = sandbox.loaded()
        for name, seed in names.items():
            run = grade(
                sandbox, lab, baseline, seed=seed, call_seconds=10.0,
                explain=lambda run: diagnose(run, program, loaded, cells=cells),
            )
            told = score_all(run, run.findings)
            scores = {s.criterion: s.points for s in told}
            said = [words(s.reason) for s in told] + [
                words(part) for f in run.findings for part in (f.title, f.message, f.hint)
            ]
            outcomes = {name: result.outcome.value for name, result in run.results.items()}
            findings = sorted(finding.id for finding in run.findings)
            found = {"scores": scores, "outcomes": outcomes, "findings": findings, "said": said}
            print(json.dumps([name, found]), file=out, flush=True)
"""


@dataclass
class Grades:
    """The grades of one tree, in a file for each *part* of the submissions."""

    tree: Path
    files: list[Path]
    found: dict[str, dict[str, object]] = field(default_factory=dict)
    read: dict[Path, int] = field(default_factory=dict)  # bytes of each file

    def prepare(self) -> None:
        """Make the files, and drop a line that was not written to its end."""
        for path in self.files:
            whole = path.read_bytes() if path.exists() else b""
            path.write_bytes(whole[: whole.rfind(b"\n") + 1])

    def update(self) -> None:
        """Take up what has been written since."""
        for path in self.files:
            with path.open("rb") as stream:
                stream.seek(self.read.get(path, 0))
                new = stream.read()
            whole = new[: new.rfind(b"\n") + 1]
            self.read[path] = self.read.get(path, 0) + len(whole)
            self.found |= dict(map(json.loads, whole.splitlines()))


def main() -> int:
    """Return how many grades differ, at most 1 as an exit status."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="earlier-") as folder:
        earlier = Path(folder) / "tree"
        _git("worktree", "add", "--detach", str(earlier), arguments.commit)
        try:
            differing = _compare(arguments, earlier, Path(folder))
        finally:
            _git("worktree", "remove", "--force", str(earlier))
    return int(differing > 0)


def _arguments() -> argparse.Namespace:
    formatter = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("commit", help="the earlier commit")
    parser.add_argument("--seeds", type=int, default=1, help="seeds of the probes (1)")
    parser.add_argument("--every", type=int, default=1, help="every so many submissions (1: all)")
    parser.add_argument("--edition", action="append", default=[], help="its submissions alone")
    cores = os.cpu_count() or 1
    parser.add_argument("--processes", type=int, default=cores, help=f"at a time ({cores})")
    parser.add_argument("--keep", type=Path, help="a folder for the grades, to go on later")
    return parser.parse_args()


def _compare(arguments: argparse.Namespace, earlier: Path, scratch: Path) -> int:
    old = _grades(arguments, earlier, arguments.keep or scratch)
    is_clean = not _git("status", "--porcelain", "--untracked-files=no")
    new = _grades(arguments, ROOT, arguments.keep if arguments.keep and is_clean else scratch)
    differing: set[str] = set()
    for _ in _work(arguments, (old, new)):
        for name in old.found.keys() & new.found.keys() - differing:
            if old.found[name] != new.found[name]:
                differing.add(name)
                print(f"{name}: {_difference(old.found[name], new.found[name])}", flush=True)
    compared = old.found.keys() & new.found.keys()
    alone = len(old.found.keys() ^ new.found.keys())
    print(f"{len(compared)} grades compared, {len(differing)} differ; {alone} of one tree alone")
    return len(differing)


def _grades(arguments: argparse.Namespace, tree: Path, folder: Path) -> Grades:
    folder.mkdir(parents=True, exist_ok=True)
    commit = _git("-C", str(tree), "rev-parse", "--short", "HEAD")
    chosen = "-".join((*arguments.edition, f"every{arguments.every}"))
    parts = range(arguments.processes)
    names = (f"{commit}-{chosen}-{part}-of-{len(parts)}.jsonl" for part in parts)
    grades = Grades(tree=tree, files=[folder / name for name in names])
    grades.prepare()
    return grades


def _work(arguments: argparse.Namespace, both: tuple[Grades, Grades]) -> Iterator[None]:
    """Grade in *processes* at a time, the same part in both trees; yield when there is news."""
    waiting = [(one, part) for part in range(arguments.processes) for one in both]
    running: list[subprocess.Popen[bytes]] = []
    begun = said = time.monotonic()
    while waiting or running:
        while waiting and len(running) < arguments.processes:
            running.append(_begin(arguments, *waiting.pop(0)))
        time.sleep(POLL_SECONDS)
        ended = [process for process in running if process.poll() is not None]
        running = [process for process in running if process not in ended]
        for one in both:
            one.update()
        if time.monotonic() - said > SAY_SECONDS:
            said = time.monotonic()
            counts = " + ".join(str(len(one.found)) for one in both)
            print(f"{counts} grades in {said - begun:.0f} s", file=sys.stderr, flush=True)
        yield
        if any(process.returncode for process in ended):
            for process in running:
                process.terminate()
            sys.exit(f"a grading ended with status {max(p.returncode for p in ended)}")


def _begin(arguments: argparse.Namespace, grades: Grades, part: int) -> subprocess.Popen[bytes]:
    asked: Mapping[str, object] = {
        "made": str(grades.files[part]),
        "editions": arguments.edition,
        "every": arguments.every,
        "seeds": arguments.seeds,
        "part": part,
        "parts": arguments.processes,
    }
    environment = {**os.environ, "PYTHONPATH": str(grades.tree), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", GRADE, json.dumps(asked)]
    return subprocess.Popen(command, cwd=grades.tree, env=environment)


def _difference(old: dict[str, object], new: dict[str, object]) -> str:
    return "; ".join(f"{key}: {old[key]} -> {new[key]}" for key in old if old[key] != new[key])


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
