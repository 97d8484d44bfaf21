"""The corpus's notebooks, scripts and archives are read, and what is taken of them runs."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from grader.intake.extraction import extract
from grader.intake.submission import read_submission
from tests.corpus import Case, cases

EDITIONS = Path(__file__).parents[2] / "grader" / "editions"
RIGHT = [case for case in cases() if case.is_right]


def edition_of(case: Case) -> dict[str, Any]:
    return tomllib.loads((EDITIONS / case.edition / "edition.toml").read_text("utf-8"))


def asked_names(edition: dict[str, Any]) -> list[str]:
    callables = [task["callable"].split(":")[-1] for task in edition["tasks"]]
    return [name.partition(".")[0] for name in callables]


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.id)
def test_right_submissions_define_all_and_run(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every asked name is there once the fragments, and nothing else, have run."""
    if not (EDITIONS / case.edition / "edition.toml").exists():
        pytest.skip(f"no edition {case.edition} here")
    edition = edition_of(case)
    names = asked_names(edition)
    submission = read_submission(
        [case.write(tmp_path)],
        code_patterns=edition["files"]["code"],
        id_pattern=edition["files"]["student_id"],
    )
    program = extract(submission.cells, names)
    module = ModuleType("submission")
    monkeypatch.setitem(sys.modules, "submission", module)  # dataclasses look there

    for fragment in program.fragments:
        code = compile(fragment.source, fragment.file, "exec", flags=program.compile_flags)
        exec(code, vars(module))

    assert program.missing == ()
    assert set(names) <= set(vars(module))
