"""The corpus's notebooks, scripts and archives are read, and what is taken of them runs."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from grader import grading
from grader.editions.loader import load_edition
from tests.corpus import Case, cases

RIGHT = [case for case in cases() if case.is_right and not case.environment]


@pytest.mark.few(12)
@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.id)
def test_right_submissions_define_all_and_run(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every asked name is there once the fragments, and nothing else, have run."""
    edition = load_edition(case.edition)
    names = [task.callable.partition(".")[0] for task in edition.file.tasks if task.callable]
    program = grading.read(edition, [case.write(tmp_path)]).program
    module = ModuleType("submission")
    monkeypatch.setitem(sys.modules, "submission", module)  # dataclasses look there

    for fragment in program.fragments:
        code = compile(fragment.source, fragment.file, "exec", flags=program.compile_flags)
        exec(code, vars(module))

    assert program.missing == ()
    assert set(names) <= set(vars(module))
