"""Paths and names are printed as they are: brackets and colons in them are no markup."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from grader.cli.app import app
from grader.cli.display import show_grade
from grader.model import Outcome
from reference import datasets
from tests.cli.test_check import run
from tests.results.file.test_results import grade_of, score

PLAYFUL = ["[old]", "a[/b]", ":bug:", "back\\[red]"]


@pytest.mark.parametrize("name", PLAYFUL)
def test_a_backups_folder_is_printed_as_it_is(name: str, tmp_path: Path) -> None:
    """Whoever copies the path from the screen has the right one."""
    store, folder = tmp_path / "store", tmp_path / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    CliRunner().invoke(app, ["migrate", "--store", str(store)])

    saved = CliRunner().invoke(app, ["backup", str(folder), "--store", str(store)])

    assert saved.exit_code == 0, saved.exception
    assert saved.stdout.splitlines()[-1] == f"saved in {folder}"


@pytest.mark.parametrize("name", PLAYFUL)
def test_where_data_was_put_is_printed_as_it_is(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The option to type next names the folder that there is."""
    monkeypatch.setattr(datasets, "download", lambda *_: None)

    fetched = CliRunner().invoke(app, ["data", "fetch", name])

    assert fetched.exit_code == 0, fetched.exception
    assert fetched.stdout.endswith(f"is in {name}; grade with --data {name}\n")


def test_a_persons_name_is_printed_as_it_is(tmp_path: Path) -> None:
    """A name from a roster may have brackets."""
    name = "Wang [/TA] :bug:"
    options = ["--role", "ta", "--name", name, "--store", str(tmp_path)]
    added = CliRunner().invoke(app, ["users", "add", "ta", *options])
    assert added.exit_code == 0, added.exception

    listed = CliRunner().invoke(app, ["users", "list", "--store", str(tmp_path)])

    assert name in listed.stdout


def test_an_error_is_printed_as_it_is(tmp_path: Path) -> None:
    """The one line of a known error has every character of the path that it is about."""
    name = f"{'-'.join(PLAYFUL)}.ipynb"

    failed = run(["check", name], tmp_path)

    assert failed.stderr == f"error: {name}: no such file or folder; check the name\n"


@pytest.mark.parametrize("name", PLAYFUL)
def test_a_written_file_is_printed_as_it_is(name: str) -> None:
    """The last lines of a grading name the files."""
    grade = replace(grade_of(score(Outcome.PASSED, 5.0)), accuracies=())
    console = Console(width=200)

    with console.capture() as printed:
        show_grade(console, grade, [name], edition_was_given=True)

    assert printed.get().splitlines()[-1] == f"  {name}"
