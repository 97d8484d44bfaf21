# ruff: noqa: RUF001 - Chinese has marks of its own
"""A message is data: what was kept of it is said in every language, and never read back."""

from __future__ import annotations

import json
import math

import pytest

from grader.editions.schema import Localized
from grader.words.message import Message, listed, message, of_json, say, tell


def test_a_value_is_said_in_the_language() -> None:
    """A text that the catalogue has words for is no name."""
    reason = message("zip.not-zip", file="a.zip", found="rar")

    assert str(reason) == "a.zip: not a zip archive but a RAR archive; hand in the notebook itself"
    assert reason.said_in("zh_TW") == "a.zip：不是 zip 壓縮檔，而是 RAR 壓縮檔；請直接繳交筆記本"


def test_words_of_a_value_may_have_values_of_their_own() -> None:
    reason = message("ungraded", why="too-long", seconds=60)

    assert "the grading took longer than 60 s" in str(reason)
    assert "評分超過 60 秒" in reason.said_in("zh_TW")


def test_braces_in_a_name_are_only_a_name() -> None:
    """What a student calls a file is put in, and never read as a sentence of ours."""
    reason = message("file.empty", file="{most}{0}.ipynb")

    assert str(reason).startswith("{most}{0}.ipynb: the file is empty")


def test_what_cannot_be_said_is_not_made() -> None:
    with pytest.raises(KeyError):
        message("file.no-such-code", file="a")
    with pytest.raises(KeyError):
        message("file.empty")


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (math.nan, "the scale is NaN, which", "傳回的倍率是 NaN"),
        (-math.inf, "the scale is minus infinity, which", "傳回的倍率是負無限大"),
    ],
)
def test_a_number_that_is_none_has_words(value: float, english: str, chinese: str) -> None:
    """JSON has no such numbers, and no reader should see Python's."""
    told = say("reason", "scale-not-finite", value=value)

    assert str(told).startswith(english)
    assert told.said_in("zh_TW").startswith(chinese)
    json.dumps(told.as_json(), allow_nan=False)


def test_a_stored_message_is_the_same_message() -> None:
    """Messages within messages, numbers and names survive a file."""
    inner = say("reason", "out-of-bounds", where="conv1", low=-130.0, high=131.5)
    told = say("reason", "not-checked", reason=inner)

    assert of_json(json.loads(json.dumps(told.as_json()))) == told


def test_a_stored_message_is_told_in_the_language_of_who_asks() -> None:
    stored = json.loads(json.dumps(message("file.empty", file="a.ipynb").as_json()))

    assert tell(stored, "zh_TW", "otherwise").startswith("a.ipynb：檔案是空的")
    assert tell(stored, "en", "otherwise").startswith("a.ipynb: the file is empty")


def test_a_reason_that_was_stored_before_messages_is_told() -> None:
    """Rows of older versions call the values parameters."""
    stored = {"code": "file.empty", "parameters": {"file": "a.ipynb"}}

    assert tell(stored, "zh_TW", "otherwise").startswith("a.ipynb：檔案是空的")


@pytest.mark.parametrize(
    "stored",
    [
        None,
        {},
        "text",
        {"code": "of.another-version", "values": {}},
        {"code": "file.empty"},
        {"code": "file.empty", "values": {}},
    ],
)
def test_what_this_version_cannot_say_is_told_as_it_was_written(stored: object) -> None:
    """Rows of older and of newer versions keep the English that was stored beside them."""
    assert tell(stored, "zh_TW", "as it was written") == "as it was written"


def test_a_stored_message_cannot_nest_without_end() -> None:
    """What lies in a file is nobody's to trust: reading it ends."""
    stored: dict[str, object] = {"code": "list.more", "values": {}}
    for _ in range(5000):
        stored = {"code": "list.more", "values": {"first": stored, "rest": stored}}

    assert isinstance(of_json(stored), Message)


def test_titles_within_a_sentence_are_listed_in_every_language() -> None:
    """English loses the capital of a word, not of a name; commas are the language's own."""
    parts = [
        Localized(en="Quantized weights", zh_TW="權重量化").within_a_sentence(),
        Localized(en="LeNet's bias", zh_TW="偏差項量化").within_a_sentence(),
        Localized(en="QAT").within_a_sentence(),
    ]

    assert str(listed(parts)) == "quantized weights, LeNet's bias, QAT"
    assert listed(parts).said_in("zh_TW") == "權重量化、偏差項量化、QAT"
