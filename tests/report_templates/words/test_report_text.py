"""Text from outside is made safe to look at."""

# ruff: noqa: RUF001 - guillemets are what is printed

import pytest

from report_templates.page import text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain ASCII", "plain ASCII"),
        ("王小明", "王小明"),
        ("a\x00b", "a‹U+0000›b"),
        ("\x1b[31mred", "‹U+001B›[31mred"),
        ("abc\u202edcba", "abc‹U+202E›dcba"),
        ("zero\u200bwidth", "zero‹U+200B›width"),
        ("private \ue000", "private ‹U+E000›"),
        ("lone \ud800 surrogate", "lone ‹U+D800› surrogate"),
    ],
)
def test_what_is_not_seen_is_named(given: str, shown: str) -> None:
    """Control, bidi, zero-width, private and surrogate characters are written as their number."""
    assert text.reveal(given) == shown


def test_a_line_has_no_line_end() -> None:
    """Line ends of every kind become a space."""
    assert text.line("a\nb\r\nc\u2028d\te") == "a b c d e"


def test_a_line_is_bounded_before_it_is_read() -> None:
    """A megabyte becomes as many characters as asked for, the last an ellipsis."""
    assert text.line("x" * 1_000_000, 40) == "x" * 39 + "…"


def test_a_paragraph_keeps_its_lines() -> None:
    """Line ends stay line ends, in one form."""
    assert text.paragraph("a\r\nb\rc\td") == "a\nb\nc   d"


def test_marks_do_not_pile_up() -> None:
    """A letter keeps three combining marks at most."""
    assert text.reveal("e" + "\u0301" * 50) == "e" + "\u0301" * 3


def test_nothing_is_an_empty_line() -> None:
    """None is no text."""
    assert text.line(None) == "" == text.paragraph(None)
