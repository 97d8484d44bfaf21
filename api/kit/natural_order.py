"""The order in which people read names with numbers in them: "2" before "10"."""

from __future__ import annotations

import re

DIGITS = re.compile(r"([0-9]+)")


def natural_key(name: str) -> tuple[object, ...]:
    """
    Return what to sort a name by: its runs of digits as numbers, its letters in either case.

    Names that differ only in case or in leading zeros follow each other in one order.
    """
    words = DIGITS.split(name.casefold())
    # Numbers as text of a length, since a run of digits may be longer than an int is read from.
    parts = [
        (len(part.lstrip("0")), part.lstrip("0")) if at % 2 else part
        for at, part in enumerate(words)
    ]
    return (parts, name)
