"""Numbers are written the way people read them."""

# ruff: noqa: RUF001 - minus signs and multiplication signs are what is printed

import math

import pytest

from report_templates.page import numbers


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (numbers.decimal(-0.6597), "−0.6597"),
        (numbers.decimal(-0.00001), "0.0000"),
        (numbers.decimal(None), "–"),
        (numbers.decimal(math.nan), "–"),
        (numbers.decimal(math.inf), "–"),
        (numbers.decimal(1234.5, 1), "1,234.5"),
        (numbers.scientific(0.000_012_34), "1.23\u00a0×\u00a010⁻⁵"),
        (numbers.scientific(-123.456, 4), "−1.235\u00a0×\u00a010²"),
        (numbers.scientific(None), "–"),
        (numbers.column([0.01, 0.123, None], 2), ("0.010", "0.123", "–")),
        (numbers.column([1234.5, 0.0], 3), ("1,234", "0")),
        (numbers.column([]), ()),
        (numbers.integer(352_800), "352,800"),
        (numbers.percent(52.07), "52.07\u00a0%"),
        (numbers.percent(None), "–"),
        (numbers.signed(0.021), "+0.02"),
        (numbers.signed(-0.04), "−0.04"),
        (numbers.signed(0.001), "0.00"),
        (numbers.points(17.5), "17.5"),
        (numbers.points(100.0), "100"),
        (numbers.points_of(17.5, 20.0), "17.5\u00a0/\u00a020"),
        (numbers.shape([6, 28, 28]), "6\u00a0×\u00a028\u00a0×\u00a028"),
        (numbers.shape([]), "–"),
        (numbers.size_bytes(48_213), "48.2\u00a0kB"),
        (numbers.size_bytes(999), "999\u00a0B"),
        (numbers.size_bytes(2_500_000), "2.5\u00a0MB"),
        (numbers.compact(1_500), "1.5k"),
        (numbers.compact(1_000_000), "1M"),
    ],
)
def test_numbers_are_finished_strings(written: object, expected: object) -> None:
    """Each quantity has one form."""
    assert written == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("-0", "0"),
        ("-0.0", "0.0"),
        ("1e-05", "1\u00a0×\u00a010⁻⁵"),
        ("-2.2792e+08", "−2.2792\u00a0×\u00a010⁸"),
        ("-128", "−128"),
        ("2147482880", "2,147,482,880"),
        ("-1234.5", "−1234.5"),
        ("2 %", "2\u00a0%"),
        ("nan", "nan"),
        ("(6, 3, 5, 5)", "(6, 3, 5, 5)"),
        ("ns[0][1]", "ns[0][1]"),
        ("", ""),
    ],
)
def test_what_a_program_wrote_is_worded(given: str, expected: str) -> None:
    """A number loses its program's form; what is no number stays as it is."""
    assert numbers.worded(given) == expected
