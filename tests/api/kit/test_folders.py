"""The store's folder: its owner's alone whatever makes it, and made by nothing that only reads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.course.assignments import ensure_assignments
from api.kit.settings import Settings, StoreMissingError
from api.serve import prepare
from grader.cli.app import app
from tests.api.people import add_people, hand_in

READING = [
    ["users", "list"],
    ["users", "link", "staff"],
    ["users", "password", "staff"],
    ["users", "role", "staff", "ta"],
    ["users", "disable", "staff"],
    ["users", "enable", "staff"],
    ["users", "unlink", "staff"],
    ["backup", "saved"],
    ["retain"],
    ["alive"],
]
MAKING = [["users", "add", "prof", "--role", "instructor"], ["migrate"], ["restore", "saved"]]


@pytest.fixture(autouse=True)
def usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the process make files as most do: readable by everybody."""
    for name in ("GRADER_STORE", "GRADER_DATABASE_URL", "GRADER_S3_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    before = os.umask(0o022)
    yield
    os.umask(before)


def run(words: list[str], store: Path) -> None:
    result = CliRunner().invoke(app, [*words, "--store", str(store)], input="long enough\n" * 2)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output


def open_to_others(folder: Path) -> set[str]:
    """Return what others on the machine could open, were they let into the folder."""
    found = [folder, *(path for path in folder.rglob("*") if path.is_file())]
    return {str(path) for path in found if path.stat().st_mode & 0o077}


def filled(store: Path) -> None:
    """Make a service with a submission in it."""
    services = prepare(Settings(store=store))
    ensure_assignments(services)
    hand_in(services, add_people(services).student)
    assert services.settings.signing_key
    services.engine.dispose()


def makers() -> dict[str, Callable[[Path], None]]:
    return {"serve": filled} | {" ".join(words): partial(run, words) for words in MAKING}


@pytest.mark.parametrize("make", makers().values(), ids=makers())
def test_whatever_makes_a_store_makes_it_private(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    """The database and the files of students are nobody else's, nor is the folder above them."""
    filled(tmp_path / "first")
    run(["backup", "saved"], tmp_path / "first")
    store = tmp_path / "above" / "store"

    make(store)

    assert (store / "grader.sqlite").is_file()
    assert open_to_others(store) == set()
    assert (tmp_path / "above").stat().st_mode & 0o777 == 0o700


def test_a_backup_is_private(tmp_path: Path) -> None:
    filled(tmp_path / "store")

    run(["backup", str(tmp_path / "day" / "saved")], tmp_path / "store")

    assert (tmp_path / "day" / "saved" / "secret-key").is_file()
    assert open_to_others(tmp_path / "day" / "saved") == set()


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_what_reads_a_store_makes_none(tmp_path: Path, words: list[str]) -> None:
    """A misspelt folder is an error with status 2, not an empty service."""
    with pytest.raises(StoreMissingError, match=r"typo holds no service; .* --store") as refused:
        run(words, tmp_path / "typo")

    assert refused.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_every_command_with_a_store_is_one_or_the_other() -> None:
    """A new command has to be put into one of the lists above."""
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    assert groups["users"] is not None
    found = {("users", str(one.name)) for one in groups["users"].registered_commands}
    found |= {
        (str(one.name),)
        for one in app.registered_commands
        if one.callback is not None and "store" in one.callback.__annotations__
    }
    listed = {tuple(words[: 2 if words[0] == "users" else 1]) for words in READING + MAKING}

    assert found == listed | {("serve",), ("api",), ("worker",), ("mail",)}  # which call prepare()


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    """An operator may share it with a group on purpose."""
    store = tmp_path / "shared"
    store.mkdir(mode=0o750)

    filled(store)

    assert store.stat().st_mode & 0o777 == 0o750
