"""Nothing that the grader can say stands in English, or in a program's numbers, in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from grader import grading
from grader.diagnosis.catalogue import load_catalogue
from grader.diagnosis.checks import CHECKS
from grader.editions.loader import edition_ids, load_edition
from grader.editions.phrasing import phrases
from grader.editions.rubric import Criterion
from grader.editions.schema import Localized
from grader.results.file.reading import read
from grader.results.file.written import to_json
from grader.words.catalogue import FINDING_PARTS, sentences
from grader.words.message import Message, Value, as_json, named, say, sentence
from report_templates.render import render_html
from tests.corpus import SUBMISSIONS, load_case
from tests.editions.notations import SHIPPED, notation
from tests.grading import EDITION, edition, small_baseline
from tests.report_templates.full_examples import full, huge
from tests.report_templates.results_examples import give_problems
from tests.report_templates.results_parts import shown, told

# Three words and more, whatever stands between them.
ENGLISH = re.compile(r"[A-Za-z][a-z'’]*(?:[ ,;:.]+[a-z][a-z'’]*){2,}")  # noqa: RUF001
SAME = re.compile(r"[\w/.]+\.csv|Quantization lab grader")  # names, in every language
RAW_NUMBERS = re.compile(r"(?<![\w.])-0(?![.\w])|\de[-+]\d|(?<![\w.\[(])-\d")


class Words(HTMLParser):
    """The text of a page without code, drawings, formulas and what the student wrote."""

    OTHER = ("pre", "code", "style", "script", "svg", "math", "title", "blockquote")

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


# What the grader gives for the words in an example, by the name in braces.
GIVEN: Mapping[str, Value] = {
    "actual": say("value", "tensor", dtype="float32", shape="(10,)"),
    "argument": named("argument", "bias"),
    "cell": say("where", "cell-line", cell=9, line=4),
    "change": say("change", "none"),
    "detail": named("detail", "a value has too many parts"),
    "effect": named("effect", "loading data"),
    "factor": say("factor", "bias"),
    "first": Localized(en="Weights", zh_TW="權重").within_a_sentence(),
    "message": say("reason", "call-timed-out", seconds=30),
    "nearest": say("value", "nearest-name", name="quantize_weights"),
    "needed": say("change", "multiplied", number=4),
    "place": say("where", "inputs-and-output", names="conv1, conv2"),
    "problem": say("problem", "too-early", name="f"),
    "reason": say("reason", "weights-differ"),
    "rest": Localized(en="Bias", zh_TW="偏差項").within_a_sentence(),
    "share": say("value", "percent", number=0.001),
    "tasks": Localized(en="Weights", zh_TW="權重").within_a_sentence(),
    "value": say("value", "array", dtype="float64", shape="(6, 3, 5, 5)"),
    "what": say("where", "sum-of", layer="conv2"),
    "where": say("where", "layer-input", layer="fc1"),
    "yardstick": say("yardstick", "float"),
}


def given(example: Mapping[str, str]) -> dict[str, Value]:
    """Return an example's values as the grader gives them: numbers, messages and names."""
    return {name: _given(name, text) for name, text in example.items()}


def _given(name: str, text: str) -> Value:
    try:
        return float(text)
    except ValueError:
        return GIVEN.get(name, text)


def spoken(group: str) -> list[Message]:
    """Return every sentence of a group of the grader's."""
    return [
        Message(code, given(wording.example))
        for code, wording in sentences().items()
        if code.partition(".")[0] == group
    ]


def everything_said(edition_id: str) -> dict[str, Any]:
    """Return results in which each sentence of the grader occurs, about each check in turn."""
    results = full(edition=edition_id)
    extra = results["extra_data"]
    del extra["remarks"]  # a person's own words
    criteria = load_edition(edition_id).rubric.criteria
    evidence, places = cycle(spoken("value")), cycle(spoken("where"))
    results["tests"] = [
        judged(
            criterion,
            outcome,
            reason,
            check={"check": check.id, "claim": check.claim},
            evidence={
                **shown("expected", next(evidence)),
                **(shown("actual", next(evidence)) if outcome == "failed" else {}),
                **shown("tolerance", next(evidence)),
                **shown("where", next(places)),
            },
        )
        for reason, criterion, check, outcome in zip(
            spoken("reason") * 4,
            cycle([c for c in criteria if c.graded_by != "people"]),
            cycle(CHECKS),
            cycle(("failed", "errored", "skipped", "pending", "passed")),
            strict=False,
        )
    ]
    give_problems(results, *spoken("problem"))
    for stage, note in zip(extra["accuracy_stages"], cycle(spoken("note")), strict=False):
        stage.update(shown("note", note))
    extra["claims"] = [
        {"what": "histograms.weights", **shown("claimed", one), **shown("measured", one)}
        for one in spoken("claim")
    ]
    extra["data"].update(shown("set", say("data", "sample")))
    extra["findings"] = [*findings()]
    extra["sandbox"] = {"layers": ["unprivileged user", "namespaces", "no new privileges"]}
    return results


def judged(
    criterion: Criterion,
    outcome: str,
    reason: Message,
    *,
    check: dict[str, Any],
    evidence: dict[str, Any],
) -> dict[str, Any]:
    """Return the results of a criterion with a single check, as a results file has them."""
    why = {"outcome": outcome, **told("reason", reason)}
    return {
        "score": 0.0,
        "max_score": 1.0,
        "status": "failed",
        "number": "1",
        "output": sentence(reason),
        "extra_data": {
            "criterion": criterion.id,
            "task": criterion.task,
            **why,
            "checks": [{**check, **why, "evidence": evidence}],
        },
    }


def findings() -> Iterator[dict[str, Any]]:
    """Yield every finding of the catalogue, with the numbers of its example."""
    where = shown("where", say("where", "cell-line", cell=12, line=3))
    for name, entry in load_catalogue().entries.items():
        words = phrases(notation(SHIPPED, "bias"), name)
        values = {"question": "2.1", "function": "f", **words, **given(entry.example)}
        words = {part: str(Message(f"finding.{name}.{part}", values)) for part in FINDING_PARTS}
        kept = {key: as_json(value) for key, value in values.items()}
        yield {"id": name, "task": "weights", **where, **words, "values": kept}


@pytest.mark.parametrize("kind", ["feedback", "report"])
@pytest.mark.parametrize("edition_id", edition_ids())
def test_no_english_is_left_in_chinese(
    edition_id: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside of code there are no three English words in a row, and no raw number."""
    monkeypatch.setattr("report_templates.parts.grading.score.MOST_FINDINGS", 1_000)
    text = Words.of(render_html(read(everything_said(edition_id)), language="zh_TW", kind=kind))

    assert len(text) > 3_000
    assert sorted(set(ENGLISH.findall(SAME.sub("", text)))) == []
    assert [line for line in text.splitlines() if RAW_NUMBERS.search(line)] == []


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "case", ["forward-scale-of-another-layer", "activations-changed-in-place"]
)
def test_no_english_is_left_of_a_real_grading(case: str, tmp_path: Path) -> None:
    """What a run finds wrong is made of messages throughout, not of words put in by the way."""
    paths = [load_case(SUBMISSIONS / EDITION / case).write(tmp_path)]
    handout = grading.read(edition(), paths)
    with grading.open_sandbox(edition(), handout.program) as sandbox:
        grade = grading.grade(sandbox, edition(), handout, small_baseline(200), seed=0)

    results = to_json(grade)
    results["extra_data"].pop("own_text")  # the student's own words stay as they are
    text = Words.of(render_html(read(results), language="zh_TW"))

    assert grade.findings
    assert sorted(set(ENGLISH.findall(SAME.sub("", text)))) == []
    assert [line for line in text.splitlines() if RAW_NUMBERS.search(line)] == []


def test_cells_that_the_results_do_not_hold_are_counted_as_left_out() -> None:
    """What the results file had no room for is told of with what the page has none for."""
    results = huge()
    results["extra_data"]["appendix_left_out"] = 1_000

    page = render_html(read(results), language="zh_TW", kind="report")

    assert "另有 1,088 個儲存格" in page


def test_english_would_be_found() -> None:
    """The same results in English are full of what the other test looks for."""
    text = Words.of(render_html(read(everything_said("cs5120-2021")), language="en"))

    assert len(ENGLISH.findall(text)) > 200
