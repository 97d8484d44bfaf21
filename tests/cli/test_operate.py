"""The operator's commands, typed: what they print, and how they end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.kit.models import Assignment, Submission, SubmissionFile, Worker
from api.kit.services import open_services
from api.kit.settings import Settings
from api.migrations import head
from api.operation.backup import BackupError
from grader.cli.app import app


def grader(*arguments: str | Path, store: Path) -> Result:
    """Return what a command printed and how it ended, in this process."""
    return CliRunner().invoke(app, [*map(str, arguments), "--store", str(store)])


def test_a_service_is_migrated_saved_checked_and_put_back(tmp_path: Path) -> None:
    """The commands of docs/operations.md, in their order."""
    old, new, folder = (tmp_path / name for name in ("old", "new", "saved"))
    assert (
        grader("migrate", store=old).stdout == f"the schema is at revision {head()} (was None)\n"
    )
    assert grader("migrate", store=old).stdout == f"the schema is at revision {head()}\n"
    assert grader("users", "add", "ta", "--role", "ta", store=old).exit_code == 0

    saved = grader("backup", folder, store=old)
    assert (saved.exit_code, saved.stdout.splitlines()[-1]) == (0, f"saved in {folder}")
    assert "is whole" in grader("restore", folder, "--check", store=new).stdout
    assert grader("restore", folder, store=new).exit_code == 0
    assert "ta" in grader("users", "list", store=new).stdout

    assert isinstance(grader("restore", folder, store=new).exception, BackupError)
    assert grader("restore", folder, "--force", store=new).exit_code == 0


def test_a_backup_that_lacks_a_file_says_so(tmp_path: Path) -> None:
    """The script that makes the nightly backup sees it in the exit status."""
    store = tmp_path / "store"
    grader("migrate", store=store)
    services = open_services(Settings(store=store))
    with services.sessions.begin() as session:
        session.add(Assignment(edition="e"))
        session.flush()
        lost = SubmissionFile(position=0, name="a.py", sha256="abc", size_bytes=1)
        session.add(Submission(edition="e", student_id="1", attempt=1, files=[lost]))
    saved = grader("backup", tmp_path / "saved", store=store)

    assert saved.exit_code == 1
    assert "lost: abc" in saved.stdout
    assert (tmp_path / "saved").is_dir()


def test_a_health_check_sees_whether_a_worker_of_this_machine_lives(tmp_path: Path) -> None:
    """Exit status 1 without a worker, or with one elsewhere; 0 with one here."""
    grader("migrate", store=tmp_path)
    services = open_services(Settings(store=tmp_path))
    with services.sessions.begin() as session:
        session.add(Worker(id="elsewhere", host="elsewhere"))
    assert grader("alive", store=tmp_path).exit_code == 1

    with services.sessions.begin() as session:
        session.add(Worker(id="here", host=socket.gethostname(), slots=2))
    assert grader("alive", store=tmp_path).exit_code == 0


def test_retaining_says_what_went(tmp_path: Path) -> None:
    """An operator sees what the nightly sweep would have done."""
    grader("migrate", store=tmp_path)

    assert grader("retain", store=tmp_path).stdout.startswith("submissions: 0, blobs: 0")


@pytest.mark.parametrize("command", ["migrate", "retain"])
def test_a_database_that_is_away_is_one_line_without_its_password(
    tmp_path: Path, command: str
) -> None:
    """No traceback, no credentials."""
    failed = subprocess.run(
        [sys.executable, "-m", "grader.cli", command, "--store", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ
        | {"GRADER_DATABASE_URL": "postgresql+psycopg://grader:hunter2@127.0.0.1:1/grader"},
    )

    assert failed.returncode == 1
    assert failed.stderr.startswith("error: the database cannot be used")
    assert "hunter2" not in failed.stderr
    assert "Traceback" not in failed.stderr
