"""The operator's commands, typed: what they print, and how they end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from api.migrations import head


def grader(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Return what a command printed and how it ended."""
    return subprocess.run(
        [sys.executable, "-m", "grader.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | environment,
    )


def test_a_service_is_migrated_saved_checked_and_put_back(tmp_path: Path) -> None:
    """The four commands of docs/operations.md, in their order."""
    old, new, folder = (str(tmp_path / name) for name in ("old", "new", "saved"))
    migrated = grader("migrate", "--store", old)
    assert migrated.stdout == f"the schema is at revision {head()} (was None)\n"
    assert grader("users", "add", "ta", "--role", "ta", "--store", old).returncode == 0

    saved = grader("backup", folder, "--store", old)
    assert (saved.returncode, saved.stdout.splitlines()[-1]) == (0, f"saved in {folder}")
    assert "is whole" in grader("restore", folder, "--check").stdout
    assert grader("restore", folder, GRADER_STORE=new).returncode == 0
    assert "ta" in grader("users", "list", "--store", new).stdout

    again = grader("restore", folder, "--store", new)
    assert again.returncode == 1
    assert again.stderr.startswith("error: the database is not empty")
    assert grader("restore", folder, "--store", new, "--force").returncode == 0


def test_a_database_that_is_away_is_one_line_without_its_password(tmp_path: Path) -> None:
    """No traceback, no credentials."""
    for command in (["migrate"], ["retain"], ["backup", str(tmp_path / "b")]):
        failed = grader(
            *command,
            GRADER_STORE=str(tmp_path),
            GRADER_DATABASE_URL="postgresql+psycopg://grader:hunter2@127.0.0.1:1/grader",
        )
        assert failed.returncode == 1
        assert failed.stderr.startswith("error: the database cannot be used")
        assert "hunter2" not in failed.stderr
        assert "Traceback" not in failed.stderr


def test_retaining_says_what_went(tmp_path: Path) -> None:
    """An operator sees what the nightly sweep would have done."""
    grader("migrate", "--store", str(tmp_path))

    assert grader("retain", "--store", str(tmp_path)).stdout.startswith("submissions: 0, blobs: 0")
