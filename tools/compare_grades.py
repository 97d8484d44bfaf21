"""
Grade the corpus with an earlier commit and with this tree, and say where the two differ.

``python tools/compare_grades.py COMMIT --seeds 20``. Every submission is graded by its own
edition; compared are, for every seed, the points, the outcome of every check, the findings, and
all that is said. Nothing in the tree is
changed: the earlier commit stands in a worktree of its own for as long as it is needed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
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
seeds, every = int(sys.argv[1]), int(sys.argv[2])
for case in cases()[::every]:
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
        for seed in range(seeds):
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
            print(json.dumps([f"{case.edition}/{case.id}, seed {seed}", found]), flush=True)
"""


def main() -> int:
    """Return how many grades differ, at most 1 as an exit status."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="earlier-") as folder:
        earlier = Path(folder) / "tree"
        _git("worktree", "add", "--detach", str(earlier), arguments.commit)
        try:
            differing = _compare(earlier, arguments.seeds, arguments.every)
        finally:
            _git("worktree", "remove", "--force", str(earlier))
    return int(differing > 0)


def _arguments() -> argparse.Namespace:
    formatter = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("commit", help="the earlier commit")
    parser.add_argument("--seeds", type=int, default=1, help="seeds of the probes (1)")
    parser.add_argument("--every", type=int, default=1, help="every so many submissions (1: all)")
    return parser.parse_args()


def _compare(earlier: Path, seeds: int, every: int) -> int:
    both = [_graded(tree, seeds, every) for tree in (earlier, ROOT)]
    grades = [[*map(json.loads, process.stdout or ())] for process in both]
    pairs = zip(*grades, strict=False)
    differing = [(name, old, new) for (name, old), (_, new) in pairs if old != new]
    for name, old, new in differing:
        print(f"{name}: {_difference(old, new)}", flush=True)
    ended = [process.wait() for process in both]
    if any(ended):
        sys.exit(f"a grading ended with status {max(ended)}")
    print(f"{len(grades[0])} grades compared, {len(differing)} differ")
    return len(differing)


def _graded(tree: Path, seeds: int, every: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", GRADE, str(seeds), str(every)]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    return subprocess.Popen(command, cwd=tree, env=environment, text=True, stdout=subprocess.PIPE)


def _difference(old: dict[str, object], new: dict[str, object]) -> str:
    return "; ".join(f"{key}: {old[key]} -> {new[key]}" for key in old if old[key] != new[key])


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
