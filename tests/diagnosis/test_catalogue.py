"""The findings' words: complete, in two languages, documented, and each of them triggered."""

from __future__ import annotations

import re

import pytest

from grader.diagnosis.catalogue import (
    CatalogueError,
    load_catalogue,
    read_catalogue,
)
from grader.diagnosis.document import DOCUMENT, render
from grader.editions.loader import Edition
from grader.editions.phrasing import phrases
from grader.tasks.hypotheses.factors import MISTAKES
from grader.tasks.integer_pass.mistakes import shifts
from grader.tasks.integer_pass.mistakes.predictions import PREDICTIONS
from grader.words.catalogue import FINDING_PARTS
from grader.words.message import Message
from tests.corpus import cases
from tests.diagnosis import test_reading as reading
from tests.diagnosis import test_wrong_returns as returns
from tests.diagnosis.hypotheses import test_bias_hypotheses as bias
from tests.diagnosis.hypotheses import test_cumulative_hypotheses as cumulative
from tests.diagnosis.hypotheses import test_scale_hypotheses as scales
from tests.diagnosis.hypotheses import test_weight_hypotheses as weights
from tests.editions.notations import MIXED, SHIPPED, STEPS, notation
from tests.exported_parameters import test_right_archives as right_archives
from tests.exported_parameters import wrong_archives
from tests.fixed_point_table import wrong_tables as fixed

ENTRIES = load_catalogue().entries
HAN = re.compile("[\u4e00-\u9fff]")
TASKS = {"input": "initial_input", "activations": "activations", "bias": "bias"}
# Named in the tests of their module one by one.
SINGLE = {
    "activations-factor-powers",
    "activations-min-only",
    "activations-quantized-values-returned",
    "activations-scale-inverted-by-growth",
    "forward-scale-differs",
    "input-quantized-values-returned",
    "static-method-missing",
    "input-scale-inverted-by-growth",
    "name-in-unread-code",
    "other-edition",
    "scale-upside-down-throughout",
    "scales-all-upside-down",
    "scales-either-way",
    "statement-not-run",
    "syntax-error-in-script",
    "value-not-finite",
    "weights-one-bit",
    "weights-ternary",
}


def said(name: str, edition: Edition, language: str) -> list[str]:
    """Return a finding's three texts on its example, in an edition's notation."""
    entry, task = ENTRIES[name], TASKS.get(name.partition("-")[0], "weights")
    words = phrases(notation(edition, task), name)
    # What a student wrote, or what was measured, is the shipped edition's in the example.
    own = {
        key: "x"
        for key in ("powers", "wanted", "message", "name", "meant")
        if key in entry.example
    }
    values = {"function": "f", "question": "6c", **words, **entry.example, **own}
    codes = (f"finding.{name}.{part}" for part in FINDING_PARTS)
    return [Message(code, values).said_in(language) for code in codes]


def _triggered() -> set[str]:
    """Return every finding that a corpus case or a unit test brings about."""
    families = (weights.RANGES, weights.INTEGERS, scales.INPUTS, scales.RANGES, bias.OTHERS)
    names = {name for family in families for name in family}
    names |= {*reading.ERRORS, *returns.RETURNS, *PREDICTIONS, *SINGLE}
    names |= {finding for _, _, finding, _ in reading.ELSEWHERE.values()}
    names |= {f"activations-{name}" for name in MISTAKES}
    names |= {bias.FACTOR_IDS.get(name, f"bias-{name}") for name in MISTAKES}
    names |= cumulative.NAMES
    names |= {*shifts.FINDINGS}
    names |= {*right_archives.ALL}
    names |= {name for _, _, found in wrong_archives.WRONG.values() for name in found}
    names |= {finding for _, finding, _ in (*fixed.WRONG.values(), *fixed.UNREADABLE.values())}
    return names | {name for c in cases() for name in (*c.findings, *c.remarks)}


def test_every_finding_is_triggered_by_a_case_or_a_test() -> None:
    """No finding is in the catalogue that nothing brings about, and none is missing from it."""
    assert set(ENTRIES) == _triggered()


def test_every_finding_is_said_in_each_language_of_each_notation() -> None:
    """Each part says something in its own language, and leaves nothing to be filled in."""
    broken = [
        (name, language, text)
        for edition in (SHIPPED, STEPS, MIXED)
        for language in ("en", "zh_TW")
        for name in ENTRIES
        for text in said(name, edition, language)
        if len(text.strip()) <= 3 or "{" in text or bool(HAN.search(text)) != (language == "zh_TW")
    ]

    assert broken == []


def test_no_word_is_in_another_editions_symbols() -> None:
    """Where a sheet has no n_W and no list ns, nothing that is said has."""
    others = re.compile(r"\bn_\w|\bns\b|\bn =|\bA'|\bA =")

    assert [
        (name, text)
        for edition in (STEPS, MIXED)
        for language in ("en", "zh_TW")
        for name in ENTRIES
        for text in said(name, edition, language)
        if others.search(text)
    ] == []


def test_every_hint_points_to_the_question() -> None:
    """A student reads in the edition's own numbers where to look."""
    hints = {name: (entry.en.hint, entry.zh_TW.hint) for name, entry in ENTRIES.items()}

    assert [n for n, both in hints.items() if not all("{question}" in one for one in both)] == []


def test_document_is_what_the_catalogue_renders() -> None:
    """docs/findings.md is up to date; else run ``python -m grader.diagnosis.document``."""
    assert DOCUMENT.read_text("utf-8") == render(load_catalogue())


def test_document_has_every_finding() -> None:
    """Each finding has its section, with an example in words."""
    text = DOCUMENT.read_text("utf-8")

    assert [name for name in ENTRIES if text.count(f"### `{name}`\n") != 1] == []


def test_unknown_placeholder_is_refused() -> None:
    """A message that prints a number which its hypothesis does not provide is an error of ours."""
    words = {"title": "t", "message": "{nothing}", "hint": "h"}

    with pytest.raises(CatalogueError, match=r"findings.toml: \[a.en\] uses nothing"):
        read_catalogue({"a": {"computed": "c", "example": {}, "en": words, "zh_TW": words}})


def test_missing_language_is_refused() -> None:
    """A finding without its Chinese words cannot be used."""
    words = {"title": "t", "message": "m", "hint": "h"}

    with pytest.raises(CatalogueError, match="zh_TW"):
        read_catalogue({"a": {"computed": "c", "example": {}, "en": words}})
