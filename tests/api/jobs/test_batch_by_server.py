"""``grader batch --server``: the class goes to the service, and its results come back."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.auth.tokens import add_token
from api.kit.models import Assignment, Role, Run, RunState, Submission, User, now
from api.kit.services import Services
from api.kit.settings import Settings
from tests.api.jobs.running import (
    EXAMPLE,
    START_SECONDS,
    Program,
    answers,
    new_service,
    running,
    until,
)
from tests.api.listening import serving
from tests.api.people import EDITION, People, finish, principal_of, right
from tests.api.ports import free_port
from tests.batch.classes import NOTEBOOK, folder

METADATA = b"""---
submission_101:
  :submitters:
  - :name: Mei Wang
    :sid: '108062001'
  :created_at: %s
submission_102:
  :submitters:
  - :name: "Lin, O'Brien"
    :sid: '108062002'
  :created_at: %s
"""
CLASS = {
    "108062001/hw1.ipynb": EXAMPLE.read_bytes(),
    "108062002 王小明/code/hw1.ipynb": EXAMPLE.read_bytes() + b"\n",
    "108062002 王小明/code/notes/helper.py": b"x = 1\n",
    "108062003/hw1.ipynb": b"{",
    "somebody/hw1.ipynb": EXAMPLE.read_bytes(),
}


def token_of(services: Services, user: User, scopes: tuple[str, ...] = ("submit", "read")) -> str:
    with services.sessions.begin() as session:
        return add_token(session, principal_of(user), "batch", scopes, 1)[1]


def command(source: Path, out: Path, server: str, *options: str) -> list[str]:
    grader = [sys.executable, "-m", "grader.cli", "batch", str(source), "--out", str(out)]
    return [*grader, "--edition", EDITION, "--server", server, *options]


def run(
    source: Path, out: Path, server: str, *options: str, token: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(source, out, server, *options),
        env=os.environ | {"GRADER_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )


def rows_in(out: Path) -> dict[str, dict[str, str]]:
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def count(services: Services) -> int:
    with services.sessions() as session:
        return session.scalar(select(func.count()).select_from(Submission)) or 0


@pytest.fixture
def address(services: Services, people: People) -> Iterator[str]:
    assert people
    with serving(services) as listening:
        yield listening


def test_a_student_hands_no_class_in(
    services: Services, people: People, address: str, tmp_path: Path
) -> None:
    """One line says who the token is; nothing is handed in."""
    source = folder(tmp_path / "class", {"108062001/hw1.ipynb": NOTEBOOK})
    finished = run(source, tmp_path / "out", address, token=token_of(services, people.student))

    assert (finished.returncode, count(services)) == (1, 0)
    assert finished.stderr.count("\n") == 1
    assert "108062001's, who is not of the staff" in finished.stderr


@pytest.mark.parametrize(
    ("server", "options", "told"),
    [
        ("{address}", (), "the token is unknown, revoked or has expired"),
        ("{address}/elsewhere", (), "answers, but is no grader's service"),
        ("http://127.0.0.1:{free}", (), "cannot be reached"),
        ("grader.example.edu", (), "an address such as https://"),
        ("{address}", ("--due", "2026-11-21T23:59"), "the service says it"),
        ("{address}", ("--token-file", "nowhere"), "the token cannot be read"),
    ],
)
@pytest.mark.few(2)
def test_what_is_wrong_is_told_before_anything_is_sent(
    server: str, options: tuple[str, ...], told: str, address: str, tmp_path: Path
) -> None:
    """A wrong token, address or option ends with what to do, without a traceback."""
    source = folder(tmp_path / "class", {"108062001/hw1.ipynb": NOTEBOOK})
    given = server.format(address=address, free=free_port())
    finished = run(source, tmp_path / "out", given, *options, token="x" * 43)
    said = " ".join(finished.stderr.replace("│", " ").split())

    assert finished.returncode in {1, 2}
    assert told in said
    assert "Traceback" not in said


def test_the_late_rule_is_the_services_by_the_sources_moment(
    services: Services, people: People, address: str, tmp_path: Path
) -> None:
    """Who was a day late when Gradescope took the work is a day late; points are the service's."""
    due = now() - timedelta(days=9)
    with services.sessions.begin() as session:
        assignment = session.get_one(Assignment, EDITION)
        assignment.due_at, assignment.late_percent_per_day = due, 10
    moments = (due - timedelta(hours=1), due + timedelta(hours=1))
    told = METADATA % tuple(one.strftime("%Y-%m-%d %H:%M:%S Z").encode() for one in moments)
    source = folder(
        tmp_path / "class",
        {
            "submission_metadata.yml": told,
            "submission_101/hw1.ipynb": NOTEBOOK,
            "submission_102/hw1.ipynb": NOTEBOOK,
        },
    )
    token = token_of(services, people.ta)
    with subprocess.Popen(
        command(source, tmp_path / "out", address),
        env=os.environ | {"GRADER_TOKEN": token},
    ) as process:
        until(lambda: count(services) == 2, START_SECONDS, "both are handed in")
        with services.sessions() as session:
            handed_in = session.scalars(select(Submission)).all()
        for one in handed_in:
            finish(services, one, right())
        assert process.wait(START_SECONDS) == 0
    rows = rows_in(tmp_path / "out")

    assert {one: (row["score"], row["late_days"]) for one, row in rows.items()} == {
        "108062001": ("100.0", "0"),
        "108062002": ("90.0", "1"),
    }


@pytest.mark.long
@pytest.mark.timeout(900)
# long: each process that dies is another step of the same story
def test_a_batch_that_is_killed_goes_on_and_hands_nothing_in_twice(
    postgresql: object, tmp_path: Path
) -> None:
    """
    The API and a worker on PostgreSQL grade a class; command, API and worker die on the way.

    Documents lie where a batch on this machine has them; what no one can own stays here.
    """
    settings = Settings(
        store=tmp_path / "store",
        database_url=postgresql.new_database(),  # type: ignore[attr-defined]
        workers=1,
    )
    services, port = new_service(settings), free_port()
    ta = User(login="ta", role=Role.TA)
    with services.sessions.begin() as session:
        session.add(ta)
    environment = os.environ | {"GRADER_TOKEN": token_of(services, ta)}
    source = folder(tmp_path / "class", CLASS)
    api = Program(settings, "api", "--port", str(port), log=tmp_path / "api.log")
    worker = Program(settings, "worker", log=tmp_path / "worker.log")
    server, out = f"http://127.0.0.1:{port}", tmp_path / "out"
    with running(api, worker):
        until(lambda: answers(port), START_SECONDS, "the API answers", api)
        process = subprocess.Popen(command(source, out, server), env=environment)
        until(lambda: count(services) == 3, START_SECONDS, "three are handed in", api)
        process.kill()
        process.wait()
        worker.kill()
        worker.start()
        again = subprocess.Popen(
            command(source, out, server), env=environment, stdout=subprocess.PIPE, text=True
        )
        asked = "/api/v1/assignments/{edition}"
        until(lambda: api.said().count(asked) == 2, START_SECONDS, "the second one asked", api)
        api.kill()
        api.start()
        said, _ = again.communicate(timeout=600)
    rows = rows_in(out)

    assert again.returncode == 5, said
    assert count(services) == 3
    assert scores(rows) == {"108062001": "90.0", "108062002": "90.0", "108062003": "", "": ""}
    assert (rows["108062003"]["state"], rows[""]["state"]) == ("refused", "pending")
    assert "not handed in to the service" in rows[""]["reason"]
    for student, name in (("108062001", "108062001"), ("108062002", "108062002")):
        found = {path.suffix for path in (out / "students" / name).iterdir()}
        assert found == {".json", ".pdf", ".html"}, student
    with services.sessions() as session:
        states = session.scalars(select(Run.state)).all()
    assert sorted(states) == [RunState.GRADED, RunState.GRADED, RunState.REFUSED]
    services.engine.dispose()


def scores(rows: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {student: row["score"] for student, row in rows.items()}
