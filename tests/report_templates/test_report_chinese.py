"""Nothing that the grader can say stands in English, or in a program's numbers, in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import cycle
from typing import Any

import pytest
from full_examples import full, huge

from grader.checks.catalogue import CHECKS
from grader.diagnosis.catalogue import load_catalogue
from grader.editions.loader import edition_ids, load_edition
from grader.sentences import load_sentences, say
from report_templates.render import render_html

# Three words and more, whatever stands between them.
ENGLISH = re.compile(r"[A-Za-z][a-z'’]*(?:[ ,;:.]+[a-z][a-z'’]*){2,}")  # noqa: RUF001
RAW_NUMBERS = re.compile(r"(?<![\w.])-0(?![.\w])|\de[-+]\d|(?<![\w.\[(])-\d")


class Words(HTMLParser):
    """The text of a page without code, drawings and formulas."""

    OTHER = ("pre", "code", "style", "script", "svg", "math", "title")

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.depth += tag in self.OTHER
        self.said.append("\n" if tag not in {"b", "i", "span", "a", "sub", "sup"} else "")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag in self.OTHER

    def handle_data(self, data: str) -> None:
        self.said.append("" if self.depth else data)

    @classmethod
    def of(cls, page: str) -> str:
        words = cls()
        words.feed(page)
        return "".join(words.said)


def everything_said(edition: str) -> dict[str, Any]:
    """Return results in which each sentence of the grader occurs, about each check in turn."""
    results = full(edition=edition)
    extra = results["extra_data"]
    del extra["remarks"]  # a person's own words
    criteria = load_edition(edition).rubric.criteria
    sentences = load_sentences()
    evidence = cycle([say("value", c, **w.example) for c, w in sentences["value"].items()])
    places = cycle([say("where", c, **w.example) for c, w in sentences["where"].items()])
    results["tests"] = [
        {
            "score": 0.0,
            "max_score": 1.0,
            "status": "failed",
            "number": "1",
            "output": f"{reason}.",
            "extra_data": {
                "criterion": criterion.id,
                "task": criterion.task,
                "outcome": outcome,
                "checks": [
                    {
                        "check": check.id,
                        "outcome": outcome,
                        "claim": check.claim,
                        "reason": f"{reason}.",
                        "evidence": {
                            "expected": next(evidence),
                            "actual": next(evidence) if outcome == "failed" else "",
                            "tolerance": next(evidence),
                            "where": next(places),
                        },
                    }
                ],
            },
        }
        for reason, criterion, check, outcome in zip(
            [say("reason", c, **w.example) for c, w in sentences["reason"].items()] * 4,
            cycle([c for c in criteria if c.graded_by != "people"]),
            cycle(CHECKS),
            cycle(("failed", "errored", "skipped", "pending", "passed")),
            strict=False,
        )
    ]
    extra["problems"] = [say("problem", c, **w.example) for c, w in sentences["problem"].items()]
    extra["findings"] = [*findings()]
    extra["sandbox"] = {"layers": ["unprivileged user", "namespaces", "no new privileges"]}
    return results


def findings() -> Iterator[dict[str, Any]]:
    """Yield every finding of the catalogue in English, with the numbers of its example."""
    for name, entry in load_catalogue().entries.items():
        quoted = {"message": "The code raised KeyError"} if "message" in entry.example else {}
        values = {"question": "2.1", "function": "f", **entry.example, **quoted}
        words = entry.en.filled(values)
        where = "cell 12, line 3"
        yield {"id": name, "task": "weights", "where": where, **words.model_dump()}


@pytest.mark.parametrize("kind", ["feedback", "report"])
@pytest.mark.parametrize("edition", edition_ids())
def test_no_english_is_left_in_chinese(
    edition: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside of code there are no three English words in a row, and no raw number."""
    monkeypatch.setattr("report_templates.parts.score.MOST_FINDINGS", 1_000)
    text = Words.of(render_html(everything_said(edition), language="zh_TW", kind=kind))

    assert len(text) > 3_000
    assert sorted(set(ENGLISH.findall(text))) == []
    assert [line for line in text.splitlines() if RAW_NUMBERS.search(line)] == []


def test_cells_that_the_results_do_not_hold_are_counted_as_left_out() -> None:
    """What the results file had no room for is told of with what the page has none for."""
    results = huge()
    results["extra_data"]["appendix_left_out"] = 1_000

    page = render_html(results, language="zh_TW", kind="report")

    assert "另有 1,088 個儲存格" in page


def test_english_would_be_found() -> None:
    """The same results in English are full of what the other test looks for."""
    text = Words.of(render_html(everything_said("cs5120-2021"), language="en"))

    assert len(ENGLISH.findall(text)) > 200
