"""Grading for tests: the corpus's submissions, by the real pipeline, on the embedded sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import cache

from grader.baseline.networks import Baseline, NetworkBaseline, load_baseline
from grader.editions.loader import Edition, load_edition
from grader.intake.model import Cell, Program
from grader.intake.program.extraction import extract
from grader.locations import cache_folder
from grader.model import Outcome
from grader.pipeline import CALL_SECONDS, grade
from grader.results.summary import score_all
from grader.sandbox.protocol import Limits
from grader.sandbox.runner import Sandbox
from grader.tasks.run import Run
from reference.datasets import open_sample
from tests.corpus import SUBMISSIONS, Section, load_case

EDITION = "cs5120-2021"
RIGHT = f"{EDITION}/max-abs-127"  # a plain right solution


@cache
def edition(name: str = EDITION) -> Edition:
    return load_edition(name)


@cache
def sample_baseline(name: str = EDITION) -> Baseline:
    """Return an edition's baseline on the embedded sample, computed once for all processes."""
    data = open_sample(edition(name).network.input_shape)
    return load_baseline(edition(name), data, cache_folder())


@cache
def small_baseline(images: int = 500, name: str = EDITION) -> Baseline:
    """Return the baseline on the sample's first *images* test images: quicker passes."""
    whole = sample_baseline(name)

    def shortened(network: NetworkBaseline) -> NetworkBaseline:
        return replace(network, predictions=network.predictions[:images])

    return replace(
        whole,
        labels=whole.labels[:images],
        plain=shortened(whole.plain),
        biased=shortened(whole.biased),
    )


def cells_of(case: str) -> list[Section]:
    """Return the cells of the corpus's case ``<edition>/<name>``."""
    return load_case(SUBMISSIONS / case).cells()


def program_of(cells: Sequence[Section], name: str = EDITION) -> Program:
    """Return what intake takes from a notebook of these cells."""
    code = [cell for cell in cells if not cell.is_markdown]
    numbered = [
        Cell(file="hw1_1.ipynb", number=i, index=i, source=cell.source)
        for i, cell in enumerate(code, start=1)
    ]
    asked = (task.callable.partition(".")[0] for task in edition(name).file.tasks)
    return extract(numbered, sorted({*filter(None, asked)}))


def sandbox_of(
    cells: Sequence[Section], limits: Limits | None = None, name: str = EDITION
) -> Sandbox:
    """Return the sandbox in which a notebook of these cells stands, for an edition."""
    program, lab = program_of(cells, name), edition(name)
    return Sandbox(
        [asdict(fragment) for fragment in program.fragments],
        networks={s.name: asdict(s) for s in (lab.network, lab.bias_network)},
        scaffold=lab.file.scaffold.model_dump(),
        limits=limits,
        compile_flags=program.compile_flags,
        seed=1,
    )


def grade_cells(
    cells: Sequence[Section],
    *,
    seed: int = 0,
    call_seconds: float = CALL_SECONDS,
    batch_size: int = 250,
    baseline: Baseline | None = None,
    name: str = EDITION,
) -> Run:
    with sandbox_of(cells, name=name) as sandbox:
        return grade(
            sandbox,
            edition(name),
            baseline or sample_baseline(name),
            seed=seed,
            call_seconds=call_seconds,
            batch_size=batch_size,
        )


def points(run: Run) -> float:
    """Return what a run's criteria earned together."""
    return sum(score.points for score in score_all(run, ()))


def shares(run: Run) -> tuple[float, float, float]:
    """Return the points of a run that are earned, lost and pending."""
    scores = score_all(run, ())
    pending = [score for score in scores if score.outcome is Outcome.PENDING]
    judged = [score for score in scores if score.outcome is not Outcome.PENDING]
    lost = sum(score.max_points - score.points for score in judged)
    return points(run), lost, sum(score.max_points for score in pending)


def tasks_that_lost(run: Run) -> set[str]:
    """Return the tasks that lost points."""
    unlost = (Outcome.PASSED, Outcome.PENDING)
    return {result.task for result in run.results.values() if result.outcome not in unlost}
