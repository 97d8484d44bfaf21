"""
The mutation score of the whole set, or of as much of it as there is time for.

``python -m tests.mutation.score cs5120-2024`` grades every mutant of the edition's right solutions
(20 to 40 minutes on one core), in a fixed order drawn once; ``--first N`` ends after N of them.
Printed are the mutants that lose nothing in their own task, and those that cost another one.
"""

from __future__ import annotations

import argparse
import random
import sys

import torch

from tests.grading import tasks_that_lost
from tests.mutation.subjects import Subject, grade_mutant, subjects, survivors


def main() -> int:
    """Return 0 where at least 99 % of the mutants that are no right solutions were noticed."""
    arguments = _arguments()
    torch.set_num_threads(1)
    drawn = [s for s in subjects() if s.case.edition == arguments.edition]
    random.Random(24).shuffle(drawn)
    drawn = drawn[: arguments.first or len(drawn)]
    excused = [subject for subject in drawn if subject.id in survivors()]
    wrong = [subject for subject in drawn if subject.id not in survivors()]
    unnoticed = sum(not _is_noticed(subject) for subject in wrong)
    share = 100 * (1 - unnoticed / len(wrong))
    print(f"{len(drawn)} mutants, {len(excused)} of them right by their reasons;")
    print(f"of {len(wrong)} wrong ones {unnoticed} unnoticed: score {share:.2f} %")
    return int(share < 99)


def _is_noticed(subject: Subject) -> bool:
    """Grade a mutant, and say what is not as it should be."""
    lost = tasks_that_lost(grade_mutant(subject))
    if subject.task not in lost:
        print(f"unnoticed: {subject.id}", flush=True)
    elif others := sorted(lost - {subject.task}):
        print(f"costs {', '.join(others)}, too: {subject.id}", flush=True)
    return subject.task in lost


def _arguments() -> argparse.Namespace:
    formatter = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("edition")
    parser.add_argument("--first", type=int, metavar="N", help="so many of the mutants")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
