"""Documents and screen call things what the edition's files call them."""

# ruff: noqa: RUF001 - Chinese punctuation is what is printed

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grader.cli.translator import Translator
from grader.editions.loader import Edition, load_edition
from grader.editions.schema import Localized
from grader.results.file.reading import read
from report_templates import titles
from report_templates.messages import load_messages
from report_templates.render import render_html
from report_templates.source import Source
from report_templates.view import build_document
from tests.report_templates import full_examples as full

EDITION = "cs5120-2021"
MADE_UP = Localized(en="Whole's numbers", zh_TW="虛構的整數")


def renamed(edition: Edition) -> Edition:
    """Return the edition with every title made up."""
    new = {"title": MADE_UP, "label": None, "change": None}
    file, rubric = edition.file, edition.rubric
    return replace(
        edition,
        file=file.model_copy(
            update={
                "title": MADE_UP,
                "tasks": tuple(task.model_copy(update={"title": MADE_UP}) for task in file.tasks),
                "ladder": tuple(rung.model_copy(update=new) for rung in file.ladder),
            }
        ),
        rubric=rubric.model_copy(
            update={
                "criteria": tuple(
                    one.model_copy(update={"title": MADE_UP}) for one in rubric.criteria
                )
            }
        ),
    )


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the edition call everything something else."""
    edition = renamed(load_edition(EDITION))
    monkeypatch.setattr(titles, "load_edition", lambda _id: edition)


def a_criterion(edition: str = EDITION) -> dict[str, Any]:
    """Return results with one criterion, as its rubric has it."""
    results = full.full(edition=edition)
    results["tests"] = results["tests"][:1]
    results["tests"][0]["extra_data"].update(
        criterion="weights.scale", task="weights", title="In the file", task_title="A task"
    )
    return results


def source_of(results: dict[str, Any], language: str) -> Source:
    return Source(results=read(results), t=load_messages(language))


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(
    ("language", "words", "task", "judged", "change"),
    [
        (
            "en",
            "Whole's numbers",
            "Whole’s numbers",
            "Whole's numbers, judged",
            "Whole's numbers, with the reference’s results for what did not pass,",
        ),
        (
            "zh_TW",
            "虛構的整數",
            "虛構的整數",
            "虛構的整數（評分用）",
            "虛構的整數（未通過的部分採用參考結果）",
        ),
    ],
)
def test_a_document_takes_every_title_from_the_edition(
    language: str, words: str, task: str, judged: str, change: str
) -> None:
    """A title that nobody has ever translated is told in either language."""
    source = source_of(a_criterion(), language)

    assert source.titles.edition("given") == source.titles.criterion("bias.value", "") == words
    assert source.task_title("weights") == task
    assert source.titles.label("weights", "") == words
    assert source.titles.label("weights_judged", "") == judged
    assert source.titles.change("weights_judged", "") == change
    assert build_document(read(a_criterion()), language=language).cover.kicker == words


@pytest.mark.usefixtures("made_up")
def test_a_chinese_report_names_a_criterion_as_the_rubric_does() -> None:
    """The English words of the results file are not what a Chinese reader sees."""
    page = render_html(read(a_criterion()), language="zh_TW")

    assert "虛構的整數" in page
    assert "In the file" not in page


@pytest.mark.usefixtures("made_up")
def test_the_screen_names_the_stages_of_the_work_as_the_edition_does() -> None:
    """Progress is told by the task's title in the language asked for."""
    assert Translator("zh_TW", EDITION).progress("Whole's numbers") == "虛構的整數"
    assert Translator("en", EDITION).progress("Whole's numbers") == "Whole's numbers"


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_results_of_an_edition_that_is_not_here_keep_their_own_words(language: str) -> None:
    """What the file says in English stands where no edition says more."""
    results = a_criterion("somewhere-2030")
    results["extra_data"]["accuracy_stages"] = [{"stage": "qat", "title": "Trained", "percent": 9}]
    source = source_of(results, language)

    assert source.task_title("weights") == "A task"
    assert source.task_title("another") == "another"
    assert source.titles.label("qat", "Trained") == "Trained"
    assert "In the file" in render_html(read(results), language=language)


def test_a_criterion_that_the_rubric_no_longer_has_keeps_its_words() -> None:
    """A file of last year is told with the title that it brings."""
    results = a_criterion()
    results["tests"][0]["extra_data"]["criterion"] = "weights.gone"

    assert "In the file" in render_html(read(results), language="zh_TW")


def test_an_edition_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document says which file is wrong, as it does of its own structure."""

    def broken(_id: str) -> Edition:
        msg = "x/edition.toml: title: Field required"
        raise titles.EditionError(msg)

    monkeypatch.setattr(titles, "load_edition", broken)

    with pytest.raises(titles.StructureError, match=r"x/edition\.toml: title"):
        source_of(a_criterion(), "en").titles.edition("")
