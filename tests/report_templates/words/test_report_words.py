"""What the grader says is said in the document's language."""

# ruff: noqa: RUF001 - Chinese punctuation is what is printed

import re
from typing import Any

import pytest

from grader.diagnosis.checks import CHECKS
from grader.editions.loader import edition_ids, load_edition
from grader.editions.schema import Localized
from grader.results.file.reading import read
from grader.sandbox.calls.error_messages import from_reply
from grader.words.catalogue import claims, step_claims
from grader.words.message import Message, Value, message, say, sentence
from report_templates.messages import languages, load_messages
from report_templates.page.blocks import Callouts, Figures, Overview, Prose, Scores, Table
from report_templates.page.text import LINE
from report_templates.source import Source
from report_templates.view import build_document
from tests.report_templates import results_examples as examples
from tests.report_templates.blocks_of import blocks_of
from tests.report_templates.results_examples import of_schema_1
from tests.report_templates.results_parts import raised, shown, told

HAN = "[\u4e00-\u9fff]"
CHINESE, ENGLISH = load_messages("zh_TW"), load_messages("en")
HOLDS = say(
    "reason",
    "holds",
    check="weights.integers",
    claim="Every quantized weight is an integer.",
)
CAUSE = say("reason", "no-output")


def test_every_check_has_a_chinese_claim() -> None:
    """No check of the pipeline falls back to English, and no claim is of a check long gone."""
    assert claims().keys() == {check.id for check in CHECKS}
    assert step_claims().keys() <= claims().keys()


@pytest.mark.parametrize("edition", edition_ids())
def test_every_title_of_an_edition_has_chinese_words(edition: str) -> None:
    """No edition, criterion, task or rung has a title that only English has."""
    loaded = load_edition(edition)

    for criterion in loaded.rubric.criteria:
        assert re.search(HAN, criterion.title.zh_TW), criterion.id
    for one in (
        loaded.file,
        *loaded.file.tasks,
        *loaded.file.ladder,
        *loaded.file.histograms,
    ):
        assert re.search(HAN, one.title.zh_TW), one.id


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (say("where", "cell-line", cell=22, line=14),
         "cell 22, line 14", "第 22 個儲存格，第 14 行"),
        (say("where", "probe", where="conv1"), "probe: conv1", "測試資料：conv1"),
        (say("value", "at-least", number=say("value", "percent", number=75)),
         "at least 75 %", "至少 75 %"),
        (say("value", "range", low=-128, high=127), "−128 to 127", "−128 至 127"),
        (say("note", "with-references",
             tasks=Localized(en="Scales of the outputs", zh_TW="輸出的倍率").within_a_sentence()),
         "with the reference's scales of the outputs", "其中輸出的倍率採用參考實作"),
        (say("problem", "placed", where=say("where", "cell-line", cell=3, line=1),
             problem=say("problem", "too-early", name="f")),
         "cell 3, line 1: f is read here but only defined further down",
         "第 3 個儲存格，第 1 行：這裡用到 f，但它在後面才定義"),
        (raised("TypeError", "'a'"),
         "the code raised TypeError: 'a'", "你的程式拋出例外 TypeError: 'a'"),
        ("conv1", "conv1", "conv1"),
        (-1e-05, "−1\u00a0×\u00a010⁻⁵", "−1\u00a0×\u00a010⁻⁵"),
        (120103, "120,103", "120,103"),
    ],
)  # fmt: skip
def test_what_the_grader_says_is_said_in_every_language(
    value: Value, english: str, chinese: str
) -> None:
    """A sentence keeps what was filled in, a number is people's, a name stays as it is."""
    message = None if isinstance(value, str) else value

    assert ENGLISH.told(str(value), message) == english
    assert CHINESE.told(str(value), message) == chinese


@pytest.mark.parametrize(
    "stored",
    [Message("of.another-version"), Message("value.range", {"low": -128}), None],
)
def test_a_message_that_cannot_be_said_is_told_in_the_english_beside_it(
    stored: Message | None,
) -> None:
    """A results file of another version of the grader is shown as it was written."""
    assert CHINESE.told("at most -5", stored) == "at most -5"
    assert CHINESE.sentence("at most -5", stored) == "at most -5"


@pytest.mark.parametrize(
    ("outcome", "reason", "says"),
    [
        ("passed", HOLDS, "量化後的權重都是整數。"),
        ("errored", raised("ValueError", "no"), "你的程式拋出例外 ValueError: no。"),
        ("skipped", say("reason", "not-checked", reason=CAUSE), "未檢查：網路沒有傳回輸出。"),
        ("pending", say("reason", "grader-failed"), "評分程式在此出錯；等候助教處理。"),
    ],
)
def test_every_outcome_has_a_chinese_reason(outcome: str, reason: Message, says: str) -> None:
    """Whatever became of a check, its line is Chinese."""
    document = build_document(read(_judged(outcome, reason)), language="zh_TW")

    assert _scores(document)[0].lines[0].reason == says


def test_a_check_is_judged_in_chinese_by_its_claim_and_its_numbers() -> None:
    """The table of what was expected has no word of English, and a claim for a title."""
    reason = say("reason", "not-integers", count=3, total=450, where="conv1", value=-0.5)
    document = build_document(read(_judged("failed", reason)), language="zh_TW")
    line = _scores(document)[0].lines[0]
    table = next(table for table in blocks_of(document, Table) if table.style == "evidence")

    assert line.title == "形狀正確、8 位元以內的整數"
    assert line.reason == "conv1 的 450 個值中有 3 個不是整數，例如 −0.5。"
    assert table.rows[0].cells == ("量化後的權重都是整數", "整數", "−0.5", "2 %")


def test_a_sentence_that_is_too_long_to_print_is_cut_in_the_documents_language() -> None:
    """The words of a long exception take no more than a line, the rest is Chinese."""
    error = from_reply({"kind": "forbidden", "exception": "OSError", "text": "no " * 130})
    assert error is not None
    results = _judged("errored", error.message)

    said = _scores(build_document(read(results), language="zh_TW"))[0].lines[0].reason

    assert said.startswith("程式嘗試了這裡不允許的動作（OSError: no no")
    assert said.endswith("…")
    assert len(said) <= LINE


def test_a_long_problem_is_said_in_the_documents_language() -> None:
    """What intake could not use has words in every language, however long its name is."""
    results = examples.right()
    problem = message("file.too-large", file="a" * 250, most="5")
    examples.give_problems(results, problem)

    assert _problems(results) == (problem.said_in("zh_TW"),)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", ["right", "wrong", "nothing_works", "hostile"])
def test_results_without_messages_have_a_document(name: str, language: str) -> None:
    """A file of a grader that wrote English alone is shown in every language."""
    results = of_schema_1(getattr(examples, name)())

    document = build_document(read(results), language=language)

    assert [s.title for s in document.sections] == [
        s.title
        for s in build_document(read(getattr(examples, name)()), language=language).sections
    ]


@pytest.mark.parametrize("language", languages())
def test_results_without_messages_are_shown_as_they_were_written(language: str) -> None:
    """Reasons, numbers, findings and problems of such a file stand in its own English."""
    results = of_schema_1(_judged("failed", say("reason", "wrong-count", count=3, wanted=2)))
    finding = {"id": "range-clips", "title": "An older title", "message": "It clips.", "hint": "h"}
    results["extra_data"]["findings"] = [{**finding, "where": "cell 3, line 1"}]
    results["extra_data"]["problems"] = ["cell 4 does not parse"]

    document = build_document(read(results), language=language)

    (callouts,) = blocks_of(document, Callouts)
    (callout,) = callouts.callouts
    table = next(table for table in blocks_of(document, Table) if table.style == "evidence")
    assert _scores(document)[0].lines[0].reason == "3 values were returned where 2 are needed."
    assert table.rows[0].cells[1:] == ("integers", "−0.5", "2 %")
    assert (callout.title, callout.message, callout.hint) == ("An older title", "It clips.", "h")
    assert "cell 3, line 1" in callout.where
    assert _problems(results) == ("cell 4 does not parse",)


def test_a_judged_stage_is_explained_below_its_own() -> None:
    """The student's own chain comes first, and a note says what judged means."""
    results = examples.right()
    stages = results["extra_data"]["accuracy_stages"]
    stages.insert(2, {**stages[2], "stage": "activations_judged"})
    tables = blocks_of(build_document(read(results)), Table)
    table = next(t for t in tables if "Accuracy with what" in t.caption.text)
    names = [row.cells[0] for row in table.rows]

    assert names[2:4] == ["Weights and activations", "Weights and activations, judged"]
    assert "one mistake costs once" in table.note


def test_a_chain_with_the_reference_in_it_is_never_called_the_students() -> None:
    """Scales that the reference put in are said to be the judged chain's."""
    results = examples.right()
    own = _captions(build_document(read(results)))
    results["extra_data"]["accuracy_stages"][2]["stage"] = "activations_judged"
    judged = _captions(build_document(read(results)))

    assert any(caption.startswith("What the scales make") for caption in own)
    assert not any(caption.startswith("What the scales make") for caption in judged)
    assert any(caption.startswith("The scales that were judged") for caption in judged)


def test_only_what_the_reference_put_in_is_said_to_be_its_own() -> None:
    """A caption names the tasks whose results were replaced, and no other."""
    results = examples.right()
    results["extra_data"]["substituted"] = ["weights"]
    document = build_document(read(results))
    captions = _captions(document)
    leads = [block.lead for block in blocks_of(document, Figures)]
    titles = [column.title for table in blocks_of(document, Table) for column in table.columns]

    assert sum("in place of “Quantized weights”. " in caption for caption in captions) == 2
    assert "The reference’s weights as integers: the submission’s own did not pass." in leads
    assert "n (submission)" in titles
    assert "n (reference)" not in titles


def test_a_criterion_that_is_not_counted_says_so() -> None:
    """Checks that passed earn nothing where what they rest on did not pass."""
    results = _judged("skipped", say("reason", "not-counted", reason=CAUSE))
    results["tests"][0]["extra_data"]["checks"][0]["outcome"] = "passed"
    line = _scores(build_document(read(results), language="zh_TW"))[0].lines[0]

    assert line.reason == "這一項成立，但因為另一個錯誤而不計分：網路沒有傳回輸出。"


def test_remarks_stand_where_they_belong() -> None:
    """A remark on a task stands beside it; one on the whole stands at the front."""
    results = examples.right()
    results["extra_data"]["remarks"] = [{"text": "On all."}, {"text": "On bias.", "task": "bias"}]
    document = build_document(read(results))
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
    """What is left are names of the field, and the id of a task that the edition has not."""
    (overview,) = blocks_of(
        build_document(read(examples.nothing_works()), language="zh_TW"), Overview
    )
    words = " ".join(line.task.text + line.outcome_label for line in overview.lines)

    assert re.findall("[A-Za-z]+", words) == ["forward", "accuracy"]


def test_source_of_a_report_places_no_judgement() -> None:
    """A report has no judgement, whatever the edition says."""
    assert Source(results=read({}), t=CHINESE, kind="report").placed == frozenset()
    assert blocks_of(build_document(read(examples.wrong()), kind="report"), Scores) == []


def _judged(outcome: str, reason: Message) -> dict[str, Any]:
    """Return results of which the first criterion, and its one check, came out like this."""
    results = examples.right()
    first = results["tests"][0]
    first["output"] = sentence(reason)
    first["extra_data"] |= {
        "criterion": "weights.result",
        "outcome": outcome,
        **told("reason", reason),
        "checks": [
            {
                "check": "weights.integers",
                "outcome": outcome,
                "claim": "Every quantized weight is an integer.",
                **told("reason", reason),
                "evidence": {
                    **shown("expected", say("value", "integers")),
                    **shown("actual", -0.5),
                    **shown("tolerance", say("value", "percent", number=2)),
                    "where": "",
                },
            }
        ],
    }
    return results


def _problems(results: dict[str, Any], language: str = "zh_TW") -> tuple[str, ...]:
    """Return what the document says of reading the submission."""
    document = build_document(read(results), language=language)
    title = load_messages(language)("sections.notes")
    (prose,) = next(s.blocks for s in document.sections if s.title == title)
    assert isinstance(prose, Prose)
    assert prose.style == "bullets"
    return prose.paragraphs


def _captions(document: Any) -> list[str]:
    return [table.caption.text for table in blocks_of(document, Table)]


def _scores(document: Any) -> list[Scores]:
    return blocks_of(document, Scores)


def test_a_students_own_chain_is_told_of_before_the_judged_one() -> None:
    """Sentences come in the order of the table, whatever the order in the file."""
    results = examples.right()
    stages = results["extra_data"]["accuracy_stages"]
    stages.insert(2, {**stages[2], "stage": "activations_judged"})
    prose = blocks_of(build_document(read(results)), Prose)
    said = [words for block in prose for words in block.paragraphs if "activations" in words]
    sentences = [words for words in said if words.startswith("Quantizing weights and activations")]

    assert "with the reference’s" in sentences[1]
    assert "with the reference’s" not in sentences[0]
