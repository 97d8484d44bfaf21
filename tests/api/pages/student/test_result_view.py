"""What a page says of a result, before any browser is asked."""

# ruff: noqa: RUF001 - Chinese punctuation is what is printed

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from markupsafe import Markup

from api.grades.effective_grades import CriterionGrade, EffectiveGrade
from api.pages.messages import load_words
from api.pages.view.result import Result, build_result
from grader.editions.schema import Localized
from grader.results.file.reading import read
from grader.words.catalogue import LANGUAGES
from grader.words.message import message, say
from report_templates.parts.grading.score import callout, ordered_findings
from report_templates.source import Source
from tests.api.pages.graded import MARKED_LINE, right_results, wrong_results
from tests.report_templates import results_examples as examples


def grade_of(results: dict[str, Any]) -> EffectiveGrade:
    """Return the grade that a run alone makes."""
    criteria = tuple(
        CriterionGrade(
            id=test["extra_data"]["criterion"],
            named=Localized(en=test["name"]),
            task=test["extra_data"]["task"],
            question=test["number"],
            automatic=test["score"],
            manual=None,
            remark="",
            points=test["score"],
            max_points=test["max_score"],
        )
        for test in results["tests"]
    )
    points, most = sum(c.points for c in criteria), sum(c.max_points for c in criteria)
    return EffectiveGrade(
        criteria=criteria,
        remark="",
        raw_points=points,
        max_points=most,
        late_days=0,
        late_percent=0.0,
        points=points,
    )


def shown(results: dict[str, Any], language: str = "en") -> Result:
    return build_result(read(results), grade_of(results), "", load_words(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_praises_nothing_that_was_not_judged(language: str) -> None:
    """A result in which no criterion was judged is not called right."""
    results = right_results()
    for test in results["tests"]:
        test["extra_data"]["outcome"] = "ungraded"

    said = load_words(language).report

    assert shown(right_results(), language).verdict == said("findings.clean")
    assert shown(results, language).verdict == said("findings.unjudged")


def test_what_only_people_grade_is_not_said_to_be_judged() -> None:
    """A criterion that no run has a test of leaves the page's sentence open."""
    results = right_results()
    grade = grade_of(results)
    results["tests"].pop()

    result = build_result(read(results), grade, "", load_words("en"))

    assert result.verdict == load_words("en").report("findings.clean_so_far")
    assert result.tasks[-1].lines[-1].outcome_label == "not graded yet"
    assert result.tasks[-1].outcome_label == "not graded yet"


def test_a_mark_stands_beside_a_line_of_its_own_cell() -> None:
    """What is about another cell stands at the first line, and not at that number's."""
    results = wrong_results()
    mine, helpers = (
        {
            "id": name,
            "task": "weights",
            "title": name,
            **examples.shown("where", say("where", "cell-line", cell=cell, line=3)),
        }
        for name, cell in (("mine", 12), ("helpers", 5))
    )
    results["extra_data"]["findings"] = [mine, helpers]

    (part,) = (p for p in shown(results).parts if p.findings)

    assert part.code is not None
    marked = {line.number: line.marks for line in part.code.lines if line.marks}
    assert marked == {"1": ("2",), "3": ("1",)}
    assert Markup(part.code.lines[2].code).striptags() == MARKED_LINE


def test_problems_are_told_in_the_pages_language() -> None:
    """What intake wrote in English is said in Chinese on a Chinese page."""
    results = right_results()
    problem = message("file.too-large", file="hw1.ipynb", most="5")
    examples.give_problems(results, problem)

    assert shown(results, "zh_TW").problems == (problem.said_in("zh_TW"),)


@pytest.mark.parametrize("language", LANGUAGES)
def test_results_that_have_no_messages_are_told_as_they_were_written(language: str) -> None:
    """Stored results of earlier graders are English alone, and stay whole on every page."""
    results = wrong_results()
    english = [finding["title"] for finding in results["extra_data"]["findings"]]

    page = shown(examples.of_schema_1(results), language)

    titles = [card.title for part in page.parts for card in part.findings]
    assert sorted(titles) == sorted(english)
    assert page.problems == tuple(results["extra_data"]["problems"])


def test_a_finding_is_told_as_in_the_documents() -> None:
    """Page and document share every word; the page says by itself that a place is one."""
    results = wrong_results()
    source = Source(results=read(results), t=load_words("zh_TW").report)
    documents = {
        str(mark): callout(source, finding, str(mark))
        for mark, finding in enumerate(ordered_findings(source), 1)
    }

    cards = [card for part in shown(results, "zh_TW").parts for card in part.findings]

    assert cards
    for card in cards:
        same = replace(documents[card.mark], where=card.where)
        assert card == same
        assert documents[card.mark].where == f"位置：{card.where}"


def test_code_is_missed_only_where_a_task_asks_for_code() -> None:
    """A task that is answered with a file has none, and nobody is told that it was not found."""
    results = wrong_results()
    results["extra_data"]["edition"] = "cs5120-2024"
    results["extra_data"]["code"] = {}
    for finding in results["extra_data"]["findings"]:
        finding["task"] = "parameters" if finding["task"] == "weights" else "forward"

    said = {part.anchor: part.no_code for part in shown(results).parts}

    assert said["task-parameters"] == ""
    assert "No code for" in said["task-forward"]
