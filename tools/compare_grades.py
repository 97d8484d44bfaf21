"""
Grade the corpus with an earlier commit and with this tree, and say where the two differ.

Every submission in tests/submissions is graded by its own edition, with the seeds 0, 1, ... of
the probes, on the embedded sample. Compared are the points of every criterion, the outcome of
every check and the findings; alike differences stand in one line with the submissions that have
them. Nothing in the tree is changed: a commit stands in a worktree of its own, which is removed.

  python tools/compare_grades.py main --every 10          a first look, a few minutes
  python tools/compare_grades.py v1.2 --edition cs5120-2024 --seeds 3
  python tools/compare_grades.py v1.2 HEAD --seeds 20 --keep /var/tmp/grades --minutes 60

A grade takes about a second on an idle core. With --keep a run goes on where another one was
stopped; with --minutes, or by Ctrl-C, it stops and reports what it has. The status is 0 if nothing
differs, 1 if something does, 2 if grading failed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.corpus import Case, cases, cases_with_archives  # noqa: E402  needs the path above

POLL_SECONDS = 0.5
PROGRESS_SECONDS = 60.0
EXAMPLES = 4  # submissions that are named with a difference

Key = tuple[str, str, int]
"""A submission's name, the hash of its files, and the seed."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A submission, and the seeds that it is graded with."""

    name: str
    edition: str
    files: Sequence[str]
    sha256: str
    seeds: Sequence[int]

    @property
    def keys(self) -> list[Key]:
        """Return what its grades are found by."""
        return [(self.name, self.sha256, seed) for seed in self.seeds]


@dataclass(kw_only=True)
class Grades:
    """The grades that one *tree* gave, as far as they have been written to *path*."""

    tree: Path
    path: Path
    found: dict[Key, dict[str, Any]] = field(default_factory=dict)
    read_bytes: int = 0

    def update(self) -> None:
        """Read the lines that were written since the last call."""
        if not self.path.exists():
            return
        with self.path.open("rb") as stream:
            stream.seek(self.read_bytes)
            new = stream.read()
        whole = new[: new.rfind(b"\n") + 1]
        self.read_bytes += len(whole)
        for name, sha256, seed, found in map(json.loads, whole.splitlines()):
            self.found[name, sha256, seed] = found

    def drop_half_a_line(self) -> None:
        """Cut off what a run that was stopped did not write to its end."""
        if self.path.exists():
            whole = self.path.read_bytes()
            self.path.write_bytes(whole[: whole.rfind(b"\n") + 1])

    def missing(self, asked: Sequence[Asked]) -> list[dict[str, Any]]:
        """Return what is asked and not yet graded, for ``grade_files.py``."""
        left = [(one, [k[-1] for k in one.keys if k not in self.found]) for one in asked]
        return [{**asdict(one), "seeds": seeds} for one, seeds in left if seeds]


def main() -> int:
    """Compare two trees as the command line asks; return the exit status."""
    arguments = _arguments()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="compared-")))
        asked = _asked(arguments, scratch / "submissions")
        trees = [stack.enter_context(_tree(arguments.earlier, scratch / "earlier"))]
        trees += [stack.enter_context(_tree(arguments.present, scratch / "present"))]
        both = [_grades(tree, arguments.keep, scratch) for tree in trees]
        failed = _grade(arguments, both, asked, scratch)
    keys = [key for one in asked for key in one.keys]
    differing = _report(keys, *(one.found for one in both), with_words=arguments.words)
    return 2 if failed else int(differing > 0)


def _arguments() -> argparse.Namespace:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("earlier", help="the commit to compare with")
    parser.add_argument("present", nargs="?", help="a commit; this tree as it is if left out")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds (1)")
    parser.add_argument("--every", type=int, default=1, help="every so many submissions (1: all)")
    parser.add_argument("--edition", action="append", default=[], help="its submissions alone")
    parser.add_argument("--words", action="store_true", help="compare every sentence, too")
    cores = os.cpu_count() or 1
    parser.add_argument("--processes", type=int, default=cores, help=f"at a time ({cores})")
    parser.add_argument("--keep", type=Path, help="folder for grades of commits, to go on later")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long")
    return parser.parse_args()


def _asked(arguments: argparse.Namespace, folder: Path) -> list[Asked]:
    """Write the chosen submissions into *folder*, where both trees read them."""
    corpus = [*cases(), *cases_with_archives()]
    chosen = [c for c in corpus if not arguments.edition or c.edition in arguments.edition]
    seeds = range(arguments.seeds)
    return [_written(case, folder / case.id, seeds) for case in chosen[:: arguments.every]]


def _written(case: Case, folder: Path, seeds: Sequence[int]) -> Asked:
    files = case.hand_in(folder)
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    names = [str(file) for file in files]
    return Asked(
        name=case.id,
        edition=case.edition,
        files=names,
        sha256=digest.hexdigest(),
        seeds=list(seeds),
    )


@contextmanager
def _tree(commit: str | None, folder: Path) -> Iterator[Path]:
    """Lend a worktree of *commit*, or this tree where it is None."""
    if commit is None:
        yield ROOT
        return
    _git("worktree", "add", "--detach", str(folder), commit)
    try:
        yield folder
    finally:
        _git("worktree", "remove", "--force", str(folder))


def _grades(tree: Path, keep: Path | None, scratch: Path) -> Grades:
    """Return the grades of a tree; they are kept if all of the tree is committed."""
    commit = _git("-C", str(tree), "rev-parse", "--short", "HEAD")
    is_clean = not _git("-C", str(tree), "status", "--porcelain", "--untracked-files=no")
    folder = keep if keep and is_clean else scratch
    folder.mkdir(parents=True, exist_ok=True)
    grades = Grades(tree=tree, path=folder / f"{commit}.jsonl")
    grades.drop_half_a_line()
    grades.update()
    return grades


def _grade(
    arguments: argparse.Namespace, both: Sequence[Grades], asked: Sequence[Asked], scratch: Path
) -> bool:
    """Grade what is missing, in *processes* at a time; return whether that failed."""
    parts = [asked[part :: arguments.processes] for part in range(arguments.processes)]
    waiting = [(grades, part) for part in parts for grades in both]
    running: list[subprocess.Popen[bytes]] = []
    begun = told = time.monotonic()
    try:
        while waiting or running:
            while waiting and len(running) < arguments.processes:
                running.append(_begin(*waiting.pop(0), scratch / f"asked-{len(waiting)}.json"))
            time.sleep(POLL_SECONDS)
            if any(process.poll() for process in running):
                return True
            running = [process for process in running if process.poll() is None]
            for grades in both:
                grades.update()
            now = time.monotonic()
            if now - told > PROGRESS_SECONDS:
                told = now
                counts = " + ".join(str(len(grades.found)) for grades in both)
                print(f"{counts} grades after {now - begun:.0f} s", file=sys.stderr, flush=True)
            if now - begun > 60 * arguments.minutes:
                break
    except KeyboardInterrupt:
        print("stopped; what there is:", file=sys.stderr)
    finally:
        for process in running:
            process.terminate()
            process.wait()
    return False


def _begin(grades: Grades, part: Sequence[Asked], asked: Path) -> subprocess.Popen[bytes]:
    asked.write_text(json.dumps(grades.missing(part)), "utf-8")
    command = [sys.executable, str(ROOT / "tools/grade_files.py"), str(asked), str(grades.path)]
    environment = {**os.environ, "PYTHONPATH": str(grades.tree), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=grades.tree, env=environment)


def _report(
    keys: Sequence[Key],
    earlier: Mapping[Key, dict[str, Any]],
    present: Mapping[Key, dict[str, Any]],
    *,
    with_words: bool,
) -> int:
    """Print the differences, alike ones together; return how many grades differ."""
    compared = [key for key in keys if key in earlier and key in present]
    alike: dict[str, list[Key]] = defaultdict(list)
    for key in compared:
        alike["; ".join(_differences(earlier[key], present[key], with_words))].append(key)
    same = len(alike.pop("", ()))
    for text, those in sorted(alike.items(), key=lambda item: (-len(item[1]), item)):
        names = list(dict.fromkeys(name for name, _, _ in those))
        shown = ", ".join(names[:EXAMPLES]) + (", ..." if len(names) > EXAMPLES else "")
        print(f"{text}\n  {len(those)} grades of {len(names)} submissions: {shown}")
    left = f"; {len(keys) - len(compared)} were not graded" if len(keys) > len(compared) else ""
    print(f"{len(compared)} grades compared, {len(compared) - same} differ{left}")
    return len(compared) - same


def _differences(
    earlier: dict[str, Any], present: dict[str, Any], with_words: bool
) -> Iterator[str]:
    for kind in ("points", "outcome", "finding", *(["words"] if with_words else [])):
        for name in {**earlier[kind], **present[kind]}:
            old, new = earlier[kind].get(name, "none"), present[kind].get(name, "none")
            if old != new:
                yield f"{kind} {name}: {old} -> {new}"


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
