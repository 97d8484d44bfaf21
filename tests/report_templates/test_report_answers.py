"""What the sheets ask of a report is answered, item by item."""

from __future__ import annotations

import pytest

from report_templates import structure
from report_templates.answers_table import DOCUMENT, render
from report_templates.structure import StructureError, load_asked


def test_the_table_of_answers_is_up_to_date() -> None:
    """docs/report-answers.md is what ``python -m report_templates.answers_table`` writes."""
    assert DOCUMENT.read_text("utf-8") == render()


@pytest.mark.parametrize(
    ("edition", "questions"),
    [
        ("cs5120-2021", {"2", "3a", "3b", "4a", "4b", "5a", "5b", "6a", "6b", "6c", "6d", "6e"}),
        ("cs5120-2021", {"7a", "7b", "7c"}),
        ("ee290-2020", {"1.1", "1.2", "2.1", "2.2", "3.1", "3.2", "4.1a", "4.1b", "4.2", "4.3"}),
        ("ee290-2020", {"4.4", "5.1", "5.2", "5.3", "5"}),
    ],
)
def test_every_question_of_the_sheet_is_there(edition: str, questions: set[str]) -> None:
    """No question of the older sheets is without an answer."""
    assert questions <= {item.question for item in load_asked(edition)}


def test_an_item_without_an_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that no section has answers nothing."""
    monkeypatch.setattr(structure, "parts_of", lambda _headings: iter(()))

    with pytest.raises(StructureError, match="which no section has"):
        load_asked("cs5120-2021")
