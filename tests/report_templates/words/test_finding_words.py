"""Findings and claims are said in the document's language, with their place and numbers."""

# ruff: noqa: RUF001 - Chinese punctuation is what is printed

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from grader.diagnosis.catalogue import load_catalogue
from grader.editions.phrasing import phrases
from grader.results.file.reading import read
from grader.results.file.schema import Finding
from grader.tasks.hypotheses.fit import fit, place_of
from grader.words.catalogue import sentences
from grader.words.message import Message, Value, say, say_value
from report_templates.messages import languages, load_messages
from report_templates.page.blocks import Table
from report_templates.page.numbers import worded
from report_templates.parts.grading.score import in_language
from report_templates.view import build_document
from tests.editions.notations import SHIPPED, notation
from tests.report_templates import results_examples as examples
from tests.report_templates.blocks_of import blocks_of
from tests.report_templates.results_parts import shown

HAN = "[\u4e00-\u9fff]"
CHINESE = load_messages("zh_TW")


def _of_form(name: str, values: Mapping[str, Any], language: str) -> str:
    """Return the words of a phrase that has one for each way up of a scale."""
    words = sentences()[f"words.{name}.{values[name]}"].in_language(language)
    return words.format_map(values)


@pytest.mark.parametrize("language", languages())
def test_every_finding_is_said_in_the_documents_language(language: str) -> None:
    """Whatever a run found, every word of the catalogue is said in the document's language."""
    t = load_messages(language)
    for name, entry in load_catalogue().entries.items():
        words = phrases(notation(SHIPPED, "bias"), name)
        values = {"function": "quantized_bias", "question": "4a", **words, **entry.example}
        written = entry.en.filled(values).model_dump()

        said = in_language(Finding(id=name, where="line 1", **written, values=values), t)

        told = values | {k: worded(v) for k, v in values.items() if k in ("actual", "real")}
        told |= {k: _of_form(k, told, language) for k, v in words.items() if v == "multiplier"}
        told |= {k: say_value(v, language) for k, v in words.items() if isinstance(v, Message)}
        told |= {k: _of_form(k, told, language) for k in ("powered", "misplaced") if k in words}
        expected = entry.words(language).filled(told).model_dump()
        # Chinese words stand close to each other.
        expected = {key: re.sub(f"({HAN}) +(?={HAN})", r"\1", v) for key, v in expected.items()}
        assert said == Finding(id=name, where="line 1", **expected, values=values)


def test_a_findings_place_and_numbers_are_said_in_the_documents_language() -> None:
    """What the grader fills into a sentence is said as well, and its numbers are people's."""
    place = place_of("rescaled", own=())
    found = fit("input-scale-hard-coded", c=127, place=place, expected=-1e-05, largest=12345.0)
    words = phrases(notation(SHIPPED, "initial_input"), found.finding)
    values = {"function": "f", "question": "4", **words, **found.values}

    said = in_language(Finding(id=found.finding, values=values), CHINESE).message

    assert said == (
        "不論像素為何都傳回 127。測試資料「放大四倍」的最大絕對值為 12,345，"
        "n = 127 / max|I| 應為 −1\u00a0×\u00a010⁻⁵。"
    )


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("of-next-year", {}),
        ("input-scale-hard-coded", {"function": "f"}),
        ("input-scale-hard-coded", {}),
    ],
)
def test_words_of_no_known_finding_stay(name: str, values: dict[str, Value]) -> None:
    """A finding of another version of the grader is printed as it stands, in one language."""
    finding = Finding(id=name, values=values, title="New", message="m", hint="h")

    assert in_language(finding, CHINESE) == finding


@pytest.mark.parametrize(
    ("language", "rows"),
    [
        (
            "en",
            [
                ("Accuracy: Float network", "51.32 %", "51.99 %"),
                ("Range of the weights of conv1", "\u22120.6 to 0.5", "\u22120.5 to 0.6"),
                ("Range of the input", "0 to 1", "–"),
                ("Histograms: weights", "3 of 5 weight histograms (question 3)", "5 tensors"),
                ("mood", "good", "bad"),
            ],
        ),
        (
            "zh_TW",
            [
                ("準確率：浮點網路", "51.32 %", "51.99 %"),
                ("conv1 權重的範圍", "\u22120.6 至 0.5", "\u22120.5 至 0.6"),
                ("輸入的範圍", "0 至 1", "–"),
                ("直方圖：權重", "5 張中的 3 張（第 3 題）", "5 個張量"),
                ("mood", "good", "bad"),
            ],
        ),
    ],
)
def test_claims_are_named_in_words(language: str, rows: list[tuple[str, ...]]) -> None:
    """No key of the results file stands in the table; what is not known is printed as it is."""
    results = examples.right()
    named = {"name": "weight histograms", "question": "3"}
    shown_of_five = say("claim", "shown", count=3, wanted=5, **named)
    given: list[tuple[str, Value, Value]] = [
        ("accuracy.float", "51.32 %", "51.99 %"),
        ("range.conv1.weight", "-0.6 ~ 0.5", "-0.5 ~ 0.6"),
        ("range.input", "0 ~ 1", ""),
        ("histograms.weights", shown_of_five, say("claim", "tensors", count=5)),
        ("mood", "good", "bad"),
    ]
    results["extra_data"]["claims"] = [
        {"what": what, **shown("claimed", claimed), **shown("measured", measured), "where": ""}
        for what, claimed, measured in given
    ]
    tables = blocks_of(build_document(read(results), language=language), Table)
    table = next(t for t in tables if t.rows[-1].cells[0] == "mood")

    assert [row.cells[:3] for row in table.rows] == rows
