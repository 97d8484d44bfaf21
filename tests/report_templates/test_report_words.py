"""What the grader writes in English is said in the document's language."""

# ruff: noqa: RUF001 - Chinese punctuation is what is printed

import re
from typing import Any

import pytest
import results_examples as examples

from grader.checks.catalogue import CHECKS
from grader.diagnosis.catalogue import load_catalogue
from grader.editions.loader import edition_ids, load_edition
from grader.reasons import Reason
from grader.sandbox.wording import from_reply
from grader.sentences import finished
from report_templates.blocks import Figures, Overview, Prose, Scores, Table
from report_templates.findings import in_language
from report_templates.messages import load_messages
from report_templates.source import Source
from report_templates.text import LINE
from report_templates.view import build_document

HAN = "[\u4e00-\u9fff]"
CHINESE, ENGLISH = load_messages("zh_TW"), load_messages("en")


def test_every_check_has_a_chinese_claim() -> None:
    """No check of the pipeline falls back to English, and no claim is of a check long gone."""
    told = {key.removeprefix("claims.") for key in CHINESE.sentences if key.startswith("claims.")}

    assert told == {check.id for check in CHECKS}


@pytest.mark.parametrize("edition", edition_ids())
def test_every_criterion_and_task_has_a_chinese_title(edition: str) -> None:
    """No edition's rubric has a title that only English has."""
    loaded = load_edition(edition)

    for criterion in loaded.rubric.criteria:
        assert f"criteria.{criterion.id}" in CHINESE.sentences
    for task in loaded.file.tasks:
        assert f"tasks.{task.id.value}" in CHINESE.sentences


@pytest.mark.parametrize(
    ("group", "english", "chinese"),
    [
        ("where", "cell 22, line 14", "第 22 個儲存格，第 14 行"),
        ("where", "probe: conv1", "測試資料：conv1"),
        ("value", "at least 75 %", "至少 75\u00a0%"),
        ("value", "-128 to 127", "−128 至 127"),
        ("note", "with the reference's quantized weights, scales of the layers' outputs",
         "其中權重量化、各層輸出的倍率採用參考實作"),
        ("problem", "cell 3, line 1: f is read here but only defined further down",
         "第 3 個儲存格，第 1 行：這裡用到 f，但它在後面才定義"),
        ("reason", "The code raised TypeError: 'a'", "你的程式拋出例外 TypeError: 'a'"),
        ("where", "conv1", "conv1"),
    ],
)  # fmt: skip
def test_forms_are_reworded(group: str, english: str, chinese: str) -> None:
    """A sentence of a known form keeps what was filled in; another stays as it is."""
    assert CHINESE.reword(group, english) == chinese
    assert ENGLISH.reword(group, english) == re.sub(r"-(?=\d)", "−", english).replace(
        " %", "\u00a0%"
    )


def test_unknown_words_make_place_for_the_claim_and_its_numbers() -> None:
    """In place of an unknown reason stand the claim, marked as not met, and the evidence."""
    document = build_document(_failed("failed"), language="zh_TW")
    line = _scores(document)[0].lines[0]

    assert line.title == "形狀正確、8 位元以內的整數"
    assert line.reason == "未符合「量化後的權重都是整數」：期望值整數，實際值 0.5，容許誤差 2 %。"


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        ("passed", "量化後的權重都是整數。"),
        ("errored", "你的程式拋出例外 ValueError: no。"),
        ("skipped", "未檢查：所依據的項目沒有通過。"),
        ("pending", "評分程式在此出錯；等候助教處理。"),
    ],
)
def test_every_outcome_has_a_chinese_reason(outcome: str, says: str) -> None:
    """Whatever became of a check, its line is Chinese."""
    document = build_document(_failed(outcome), language="zh_TW")

    assert _scores(document)[0].lines[0].reason == says


def test_a_sentence_that_is_too_long_to_print_is_known_all_the_same() -> None:
    """The end of a sentence tells which one it is: it is cut only after it is said."""
    results = _failed("errored")
    error = from_reply({"kind": "forbidden", "exception": "OSError", "text": "no " * 130})
    assert error is not None
    results["tests"][0]["output"] = finished(error.message)

    said = _scores(build_document(results, language="zh_TW"))[0].lines[0].reason

    assert said.startswith("程式嘗試了這裡不允許的動作（OSError: no no")
    assert said.endswith("…")
    assert len(said) <= LINE


def test_a_long_problem_is_said_in_the_documents_language() -> None:
    """What intake could not use has words in every language, however long its name is."""
    results = examples.right()
    problem = Reason.of("file.too-large", file="a" * 250, most="5")
    results["extra_data"]["problems"] = [problem.said_in("en")]

    document = build_document(results, language="zh_TW")

    notes = next(s for s in document.sections if s.title == CHINESE("sections.notes"))
    assert notes.blocks == (Prose(paragraphs=(problem.said_in("zh_TW"),), style="bullets"),)


def test_english_prints_unknown_words_as_they_stand() -> None:
    """What another version of the grader wrote is printed in English."""
    assert _scores(build_document(_failed("failed")))[0].lines[0].reason == "the one line"


def test_a_judged_stage_is_explained_below_its_own() -> None:
    """The student's own chain comes first, and a note says what judged means."""
    results = examples.right()
    stages = results["extra_data"]["accuracy_stages"]
    stages.insert(2, {**stages[2], "stage": "activations_judged"})
    tables = _blocks(build_document(results), Table)
    table = next(t for t in tables if "Accuracy with what" in t.caption.text)
    names = [row.cells[0] for row in table.rows]

    assert names[2:4] == ["Weights and activations", "Weights and activations, judged"]
    assert "one mistake costs once" in table.note


def test_a_chain_with_the_reference_in_it_is_never_called_the_students() -> None:
    """Scales that the reference put in are said to be the judged chain's."""
    results = examples.right()
    own = _captions(build_document(results))
    results["extra_data"]["accuracy_stages"][2]["stage"] = "activations_judged"
    judged = _captions(build_document(results))

    assert any(caption.startswith("What the scales make") for caption in own)
    assert not any(caption.startswith("What the scales make") for caption in judged)
    assert any(caption.startswith("The scales that were judged") for caption in judged)


def test_only_what_the_reference_put_in_is_said_to_be_its_own() -> None:
    """A caption names the tasks whose results were replaced, and no other."""
    results = examples.right()
    results["extra_data"]["substituted"] = ["weights"]
    document = build_document(results)
    captions = _captions(document)
    leads = [block.lead for block in _blocks(document, Figures)]
    titles = [column.title for table in _blocks(document, Table) for column in table.columns]

    assert sum("in place of “Quantized weights”. " in caption for caption in captions) == 2
    assert "The reference’s weights as integers: the submission’s own did not pass." in leads
    assert "n (submission)" in titles
    assert "n (reference)" not in titles


def test_a_criterion_that_is_not_counted_says_so() -> None:
    """Checks that passed earn nothing where what they rest on did not pass."""
    results = _failed("skipped")
    results["tests"][0]["extra_data"]["checks"][0]["outcome"] = "passed"
    line = _scores(build_document(results, language="zh_TW"))[0].lines[0]

    assert line.reason == "不計分：所依據的項目沒有通過。"


def test_remarks_stand_where_they_belong() -> None:
    """A remark on a task stands beside it; one on the whole stands at the front."""
    results = examples.right()
    results["extra_data"]["remarks"] = [{"text": "On all."}, {"text": "On bias.", "task": "bias"}]
    document = build_document(results)
    said = {
        section.title: block.paragraphs
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Prose) and block.style == "remark"
    }

    assert said == {
        "Remarks": ("On all.",),
        "Quantized bias (questions 7a, 7b)": ("On bias.",),
    }


def test_overview_speaks_chinese() -> None:
    """No letter of the grader's English is left in the overview but names of the field."""
    (overview,) = _blocks(build_document(examples.nothing_works(), language="zh_TW"), Overview)
    words = " ".join(line.task.text + line.outcome_label for line in overview.lines)

    assert re.findall("[A-Za-z]+", words) == ["forward"]


def test_source_of_a_report_places_no_judgement() -> None:
    """A report has no judgement, whatever the edition says."""
    assert Source(results={}, t=CHINESE, kind="report").placed == frozenset()
    assert _blocks(build_document(examples.wrong(), kind="report"), Scores) == []


def _failed(outcome: str) -> dict[str, Any]:
    results = examples.right()
    first = results["tests"][0]
    first["output"] = "the one line"
    first["extra_data"] |= {
        "criterion": "weights.result",
        "outcome": outcome,
        "checks": [
            {
                "check": "weights.integers",
                "outcome": outcome,
                "claim": "Every quantized weight is an integer.",
                "reason": "The code raised ValueError: no" if outcome == "errored" else "said",
                "evidence": {"expected": "integers", "actual": "0.5", "tolerance": "2 %"},
            }
        ],
    }
    return results


def _blocks(document: Any, kind: type) -> list[Any]:
    return [b for section in document.sections for b in section.blocks if isinstance(b, kind)]


def _captions(document: Any) -> list[str]:
    return [table.caption.text for table in _blocks(document, Table)]


def _scores(document: Any) -> list[Scores]:
    return _blocks(document, Scores)


@pytest.mark.parametrize(("written", "shown"), [("en", "zh_TW"), ("zh_TW", "en"), ("en", "en")])
def test_every_finding_is_said_in_the_documents_language(written: str, shown: str) -> None:
    """Whatever language a run wrote, every word of the catalogue is found in the other."""
    t = load_messages(shown)
    # Values that no language says in other words.
    plain = {"function": "quantized_bias", "question": "4a", "place": "fc3", "cell": "fc3"}
    for name, entry in load_catalogue().entries.items():
        values = {**entry.example, **plain, "message": "KeyError", "actual": "0.5"}
        given = entry.words(written).filled(values).model_dump()
        values = {key: t.reword(key, value) for key, value in values.items()}

        said = in_language({"id": name, "where": "line 1", **given}, t)

        expected = entry.words(shown).filled(values).model_dump()
        # Chinese words stand close to each other.
        expected = {key: re.sub(f"({HAN}) +(?={HAN})", r"\1", v) for key, v in expected.items()}

        assert said == {"id": name, "where": "line 1"} | expected


def test_a_findings_place_is_said_in_the_documents_language() -> None:
    """What the grader fills into a sentence is reworded too."""
    entry = load_catalogue().entry("input-scale-hard-coded")
    values = {"function": "f", "question": "4", **entry.example}
    finding = {"id": "input-scale-hard-coded", **entry.en.filled(values).model_dump()}

    said = in_language(finding, CHINESE)

    assert "probe" not in str(said["message"])
    assert "測試資料" in str(said["message"])


def test_words_of_no_known_finding_stay() -> None:
    """A finding of another version of the grader is printed as it stands."""
    finding = {"id": "of-next-year", "title": "New", "message": "m", "hint": "h"}

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
    given = [
        ("accuracy.float", "51.32 %", "51.99 %"),
        ("range.conv1.weight", "-0.6 ~ 0.5", "-0.5 ~ 0.6"),
        ("range.input", "0 ~ 1", ""),
        ("histograms.weights", "3 of 5 weight histograms (question 3)", "5 tensors"),
        ("mood", "good", "bad"),
    ]
    results["extra_data"]["claims"] = [
        {"what": what, "claimed": claimed, "measured": measured, "where": "cell 1, line 1"}
        for what, claimed, measured in given
    ]
    tables = _blocks(build_document(results, language=language), Table)
    table = next(t for t in tables if t.rows[-1].cells[0] == "mood")

    assert [row.cells[:3] for row in table.rows] == rows


def test_a_students_own_chain_is_told_of_before_the_judged_one() -> None:
    """Sentences come in the order of the table, whatever the order in the file."""
    results = examples.right()
    stages = results["extra_data"]["accuracy_stages"]
    stages.insert(2, {**stages[2], "stage": "activations_judged"})
    prose = _blocks(build_document(results), Prose)
    said = [words for block in prose for words in block.paragraphs if "activations" in words]
    sentences = [words for words in said if words.startswith("Quantizing weights and activations")]

    assert "with the reference’s" in sentences[1]
    assert "with the reference’s" not in sentences[0]
