"""
Hostile submissions graded from end to end: an attack earns no point more than its wrong answer.

What ``cases/baseline`` gets is what the wrong answer under most attacks honestly earns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from attack_traps import CANARY, Traps
from test_attacks import expected_of

from grader.results.file.reading import read
from grader import grading, locations
from grader.baseline.networks import Baseline
from grader.editions.loader import Edition, default_edition_id, load_edition
from grader.errors import SubmissionError
from grader.model import Grade, Outcome
from grader.results.file.written import to_json, write_results
from grader.sandbox.protocol import Limits
from grader.sandbox.runner import Sandbox
from report_templates.render import render_html

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").iterdir())
HONEST = HERE / "honest" / "hw1_honest.py"
HONEST_LIMITS = Limits(memory_bytes=1 << 30)
# Little for the attacks that never end.
LIMITS = Limits(memory_bytes=1 << 30, load_seconds=2.0, total_seconds=4.0)

LabelledImages = Callable[[Path, Limits], Grade]


@pytest.fixture(scope="module")
def edition() -> Edition:
    return load_edition(default_edition_id())


@pytest.fixture(scope="module")
def yardstick(edition: Edition) -> Baseline:
    return locations.open_baseline(edition, None, lambda _stage: None)


@pytest.fixture(scope="module")
def judge(edition: Edition, yardstick: Baseline) -> LabelledImages:
    """Return the function that grades one file, as the command line does but for the limits."""

    def grade(path: Path, limits: Limits) -> Grade:
        handout = grading.read(edition, [path])
        sandbox = Sandbox(
            [asdict(fragment) for fragment in handout.program.fragments],
            networks={s.name: asdict(s) for s in (edition.network, edition.bias_network)},
            scaffold=edition.file.scaffold.model_dump(),
            limits=limits,
            compile_flags=handout.program.compile_flags,
            seed=0,
        )
        with sandbox:
            return grading.grade(sandbox, edition, handout, yardstick, seed=7)

    return grade


@pytest.fixture(scope="module")
def wrong_points(judge: LabelledImages) -> float:
    """Return what the wrong answer earns without any attack."""
    return judge(HERE / "cases" / "baseline" / "hw1_attack.py", HONEST_LIMITS).points


@pytest.fixture(scope="module")
def honest(judge: LabelledImages) -> Grade:
    return judge(HONEST, HONEST_LIMITS)


@pytest.fixture(scope="module")
def traps() -> Iterator[Traps]:
    with Traps() as armed:
        yield armed


def timeless(grade: Grade, folder: Path) -> str:
    """Return the results file of a grade without its times."""
    same = replace(grade, seconds=0.0, graded_at="")
    write_results(same, folder / "results.json")
    return (folder / "results.json").read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_attack_earns_no_point(
    case: Path, judge: LabelledImages, wrong_points: float, traps: Traps, tmp_path: Path
) -> None:
    """No attack earns more than its right parts do, or passes as the grader's own fault."""
    honest_points = expected_of(case).points
    armed = tmp_path / "hw1_attack.py"
    armed.write_text(traps.aimed((case / "hw1_attack.py").read_text()))
    try:
        grade = judge(armed, LIMITS if honest_points is None else HONEST_LIMITS)
    except SubmissionError:
        return  # nothing of it runs, nothing is earned

    assert grade.points <= (wrong_points if honest_points is None else honest_points)
    assert not [score for score in grade.scores if score.outcome is Outcome.PENDING]
    text = timeless(replace(grade, code={}, appendix=()), tmp_path)  # all but their own source
    assert CANARY not in text
    assert "FOUND-" not in text
    assert "/work/" not in text
    assert "\x1b" not in json.loads(text)["output"]
    assert traps.sprung() == []


@pytest.mark.parametrize("name", ["markup-in-message", "markup-in-class-name"])
def test_what_students_write_reaches_the_report_as_text(name: str, judge: LabelledImages) -> None:
    """Markup, templates and links in messages and prints are shown, not obeyed."""
    results = to_json(judge(HERE / "cases" / name / "hw1_attack.py", LIMITS))
    page = render_html(read(results), language="en")

    assert "<script>alert" not in page
    assert "<b>bold" not in page
    assert "<img src=x" not in page
    assert "<link rel=stylesheet href=file" not in page
    assert "root:x:0" not in page


def test_the_honest_submission_is_graded_the_same_after_all_of_them(
    judge: LabelledImages, honest: Grade, tmp_path: Path
) -> None:
    """The same file gives the same results file, and full points, after every attack."""
    before = timeless(honest, tmp_path)
    for name in ("gc-patch-worker", "os-exit", "patched-module", "torch-global-state"):
        judge(HERE / "cases" / name / "hw1_attack.py", LIMITS)

    after = judge(HONEST, HONEST_LIMITS)

    assert timeless(after, tmp_path) == before
    assert after.points == after.max_points
