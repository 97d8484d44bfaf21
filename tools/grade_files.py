"""
Grade what ``compare_grades.py`` asks for, with the modules of the tree on PYTHONPATH.

``python tools/grade_files.py ASKED.json GRADES.jsonl``. The first file lists submissions; the
second one gets a line for each grade. Earlier trees run this, too: it uses only what they have.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from grader.grading import grade, open_sandbox, read
from grader.model import Grade
from grader.words.message import Message
from tests.grading import edition, small_baseline

LANGUAGES = ("en", "zh_TW")


def main() -> None:
    """Grade every submission of the first file with each of its seeds."""
    torch.set_num_threads(1)
    asked, grades = map(Path, sys.argv[1:])
    with grades.open("a", encoding="utf-8") as out:
        for submission in json.loads(asked.read_text("utf-8")):
            lab = edition(submission["edition"])
            baseline = small_baseline(name=lab.id)
            handout = read(lab, [Path(file) for file in submission["files"]])
            with open_sandbox(lab, handout.program) as sandbox:
                for seed in submission["seeds"]:
                    given = grade(sandbox, lab, handout, baseline, seed=seed)
                    line = [submission["name"], submission["sha256"], seed, _compared(given)]
                    print(json.dumps(line), file=out, flush=True)


def _compared(given: Grade) -> dict[str, Any]:
    checks = (check for score in given.scores for check in score.checks)
    findings = sorted(given.findings, key=lambda finding: (finding.task, finding.id))
    return {
        "points": {score.criterion: score.points for score in given.scores},
        "outcome": {check.check: check.outcome.value for check in checks},
        "finding": {
            f"{finding.task}/{finding.id}": "costs points" if finding.costs_points else "a remark"
            for finding in findings
        },
        "words": dict(
            enumerate(
                (
                    *_texts(score.reason for score in given.scores),
                    *_texts(part for f in findings for part in (f.title, f.message, f.hint)),
                )
            )
        ),
    }


def _texts(messages: Iterable[Message]) -> list[str]:
    return [message.said_in(language) for message in messages for language in LANGUAGES]


if __name__ == "__main__":
    main()
