"""The page about similar solutions: what matches is marked, and nothing in it is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.intake.model import Fragment, Program
from grader.similarity.pairs import find_pairs
from grader.similarity.solutions import Solution, solution_of
from report_templates.similarity.render import render_similarity, write_similarity
from report_templates.similarity.reports_view import ReportFindings

COPIED = """\
def unusual(values):
    kept = sorted(values)[3:-3]
    spread = max(kept) - min(kept)
    return (spread / 7.25 + 0.125) ** 1.5 if spread > 0.0625 else -3.5
"""
ALONE = {
    "108000001": COPIED,
    "108000002": COPIED.replace("kept", "inner").replace("spread", "width"),
    "<b>&": "def other(values):\n    return 127 / values.abs().max()\n",
}


def solution(name: str, source: str) -> Solution:
    fragment = Fragment(source=source, file="hw1.ipynb", cell=3, line=1, defines=("unusual",))
    return solution_of(name, Program(fragments=(fragment,)))


@pytest.fixture
def class_of_twenty() -> list[Solution]:
    others = [solution(f"s{i}", ALONE["<b>&"]) for i in range(400)]
    return [*(solution(name, source) for name, source in ALONE.items()), *others]


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_both_sides_are_marked(class_of_twenty: list[Solution], language: str) -> None:
    """The lines that two solutions share stand marked on both sides, under their names."""
    pairs = find_pairs(class_of_twenty)
    page = render_similarity(pairs, compared=len(class_of_twenty), language=language)
    marked = re.findall(r'class="row marked"', page)

    assert len(marked) == 2 * 3
    assert page.count("<h3>10800000") == 2


def test_nothing_similar_is_said() -> None:
    """Where no two are alike, the page says how many were compared."""
    page = render_similarity([], compared=1234)

    assert "1,234 solutions were compared; no two" in page


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_only_the_command_line_names_its_option(tmp_path: Path, language: str) -> None:
    """The service's page has no option for the handout, so it names none."""
    reports, target = ReportFindings(compared=2), tmp_path / "similar.html"
    shown = render_similarity([], compared=2, reports=reports, language=language)
    write_similarity(target, [], compared=2, reports=reports, language=language)

    assert ("--handout" in shown, "--handout" in target.read_text("utf-8")) == (False, True)


def test_names_are_escaped() -> None:
    """A student's name or code is text, whatever it holds."""
    twins = [solution("<script>", COPIED), solution("b", COPIED.replace("3.5", "3.5 # <img>"))]
    others = [solution(f"s{i}", ALONE["<b>&"]) for i in range(400)]
    page = render_similarity(find_pairs([*twins, *others]), compared=402)

    assert "<script>" not in page
    assert "<img>" not in page
    assert "&lt;img&gt;" in page
