"""What a notebook was written for works in the sandbox, or does nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from grader.sandbox.calls.replies import Observation
from grader.sandbox.policy import Policy
from grader.sandbox.processes import libraries
from grader.sandbox.protocol import Limits, Value
from grader.sandbox.runner import Sandbox
from tests.sandbox.environment import environment_document
from tests.sandbox.environment.environment_rows import SECTIONS
from tests.sandbox.environment.idioms import Row, Section
from tests.sandbox.sandbox_programs import fragments

_SOURCE = """\
import ast, math, sys
import numpy as np
import torch

# torchvision, matplotlib, scipy, pandas: named here, they are there before the start.
def answer(text):
    *before, last = ast.parse(text).body
    names = dict(globals())
    exec(compile(ast.Module(before, []), "row", "exec"), names)
    return str(eval(compile(ast.Expression(last.value), "row", "eval"), names))
"""
_ROWS = [pytest.param(row, id=row.idiom[:60]) for section in SECTIONS for row in section.rows]


@pytest.fixture(scope="module")
def answer(hard_policy: Policy) -> Iterator[Callable[[str], Observation]]:
    """Return a function that runs a row's text in one sandbox that all rows share."""
    limits = Limits(memory_bytes=2 << 30)
    with Sandbox(
        fragments(_SOURCE), networks={}, scaffold={}, limits=limits, policy=hard_policy
    ) as sandbox:
        yield lambda text: sandbox.call(["answer"], [Value.str(text)], limit_seconds=60)


@pytest.mark.parametrize("row", _ROWS)
def test_every_idiom_of_the_table_gives_what_the_table_says(
    answer: Callable[[str], Observation], row: Row
) -> None:
    """Each row runs as a student's code does."""
    seen = answer(row.idiom)

    assert seen.error is None, seen.error
    assert seen.value is not None
    assert seen.value.data == row.gives


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_each_section_has_at_least_three_idioms_and_none_twice(section: Section) -> None:
    """The table is no list of examples of one kind."""
    idioms: list[Any] = [row.idiom for row in section.rows]

    assert len({*idioms}) == len(idioms) >= 3


def test_the_document_says_what_the_rows_say() -> None:
    """It is up to date; else run ``python -m tests.sandbox.environment.environment_document``."""
    written = environment_document.FILE.read_text(encoding="utf-8")

    assert written == environment_document.document() + "\n"


def test_libraries_that_the_operator_names_are_imported_where_code_speaks_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Names stand in one setting, with commas or spaces."""
    monkeypatch.setenv("GRADER_SANDBOX_LIBRARIES", "sympy, einops.layers")

    wanted = libraries.worth_preloading(["from einops import rearrange", "import scipy"])

    assert wanted == ["scipy.stats", "einops.layers"]
