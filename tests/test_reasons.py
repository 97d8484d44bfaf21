# ruff: noqa: RUF001 - Chinese has marks of its own
"""Why something is not taken is said in every language, from what was kept of it."""

from __future__ import annotations

import json
import re
from string import Formatter

import pytest

from grader.reasons import LANGUAGES, Reason, forms, sentences, tell, words
from report_templates.messages import load_messages

HAN = re.compile(r"[\u4e00-\u9fff]")


def names_in(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("code", sentences())
def test_every_reason_has_the_same_names_in_every_language(code: str) -> None:
    """A parameter that one language says and another keeps to itself would be a mistake."""
    said = sentences()[code]

    assert set(said) == set(LANGUAGES)
    assert names_in(said["en"]) == names_in(said["zh_TW"])
    assert HAN.search(said["zh_TW"])
    assert not HAN.search(said["en"])


def test_words_of_parameters_are_in_every_language_and_used() -> None:
    """Words of a parameter that no sentence has would never be said."""
    used = set().union(*(names_in(said["en"]) for said in sentences().values()))

    assert set(words()) - used == set()
    for table in words().values():
        for said in table.values():
            assert set(said) == set(LANGUAGES)
            assert names_in(said["en"]) == names_in(said["zh_TW"])


def test_a_parameter_is_said_in_the_language() -> None:
    reason = Reason.of("zip.not-zip", file="a.zip", found="rar")

    assert str(reason) == "a.zip: not a zip archive but a RAR archive; hand in the notebook itself"
    assert reason.said_in("zh_TW") == "a.zip：不是 zip 壓縮檔，而是 RAR 壓縮檔；請直接繳交筆記本"


def test_braces_in_a_name_are_only_a_name() -> None:
    """What a student calls a file is put in, and never read as a sentence of ours."""
    reason = Reason.of("file.empty", file="{most}{0}.ipynb")

    assert str(reason).startswith("{most}{0}.ipynb: the file is empty")


def test_what_cannot_be_said_is_not_made() -> None:
    with pytest.raises(KeyError):
        Reason.of("file.no-such-code", file="a")
    with pytest.raises(KeyError):
        Reason.of("file.empty")


def test_a_stored_reason_is_told_in_the_language_of_who_asks() -> None:
    stored = json.loads(json.dumps(Reason.of("file.empty", file="a.ipynb").as_json()))

    assert tell(stored, "zh_TW", "otherwise").startswith("a.ipynb：檔案是空的")
    assert tell(stored, "en", "otherwise").startswith("a.ipynb: the file is empty")


@pytest.mark.parametrize(
    "stored", [None, {}, {"code": "of.another-version", "parameters": {}}, {"code": "file.empty"}]
)
def test_what_this_version_cannot_say_is_told_as_it_was_written(stored: dict[str, str]) -> None:
    """Rows of older and of newer versions keep the English that was stored beside them."""
    assert tell(stored, "zh_TW", "as it was written") == "as it was written"


@pytest.mark.parametrize(
    "reason",
    [
        Reason.of("code.chosen", file="a (1).ipynb", others="a.ipynb"),
        Reason.of("code.named-for", file="a.ipynb", named="108062998", student="108062999"),
        Reason.of("report.not-pdf", file="a.pdf"),
        Reason.of("zip.member-damaged", file="a.zip", member="'a.pdf'"),
        Reason.of("file.too-large", file="a.pdf", most="50"),
    ],
    ids=lambda reason: reason.code,
)
def test_documents_say_what_the_grader_wrote_of_a_file(reason: Reason) -> None:
    """Results are written in English; a report in Chinese says the same sentence in Chinese."""
    said = load_messages("zh_TW").reword("problem", str(reason))

    assert said.replace(" ", "") == reason.said_in("zh_TW").replace(" ", "")


def test_forms_put_the_words_of_parameters_in() -> None:
    pairs = dict(forms("zh_TW"))

    english = "{file}: not a zip archive but an XML document; hand in the notebook itself"
    assert pairs[english] == "{file}：不是 zip 壓縮檔，而是 XML 文件；請直接繳交筆記本"
