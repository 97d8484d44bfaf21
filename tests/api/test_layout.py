"""
The layout of docker-compose.yml by hand: API, two workers, PostgreSQL and S3, each a process.

Each of ours has a store of its own, as on machines of their own: what they share is the database,
the bucket and the secret key. No test needs another to have run before it: parallel test processes
take some each.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.kit.models import RunState, Worker
from api.kit.services import Services
from api.kit.settings import Settings
from api.operation.backup import back_up
from tests.api.jobs.running import (
    EXAMPLE,
    Program,
    add_students,
    all_final,
    answers,
    new_service,
    running,
    runs,
    until,
    upload,
)
from tests.api.ports import free_port
from tests.api.servers import S3, PostgreSQL, programs

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

TOKEN = "sesame-of-the-metrics"
SECONDS = 240.0


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The running processes and how to reach them."""

    services: Services
    api: Program
    workers: list[Program]
    database: PostgreSQL
    client: httpx.Client
    tokens: dict[str, str]
    accepted: dict[str, httpx.Response] = field(default_factory=dict)  # by student
    killed: list[Program] = field(default_factory=list)

    @property
    def all(self) -> list[Program]:
        """Return our own processes."""
        return [self.api, *self.workers]


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    programs()
    with ExitStack() as stack:
        database = stack.enter_context(PostgreSQL(durable=True))
        s3 = stack.enter_context(S3())
        made = start(stack, tmp_path_factory.mktemp("layout"), database, s3.new_bucket())
        wait_until_ready(made)
        students = [*made.tokens][:4]
        made.accepted.update(zip(students, hand_in(made, students), strict=True))
        wait(made)
        yield made
        made.services.engine.dispose()


def start(
    stack: ExitStack, folder: Path, database: PostgreSQL, bucket: Mapping[str, Any]
) -> Layout:
    """Start the API and two workers, each with a store of its own; *stack* ends them."""
    shared: dict[str, Any] = {
        "database_url": database.new_database(),
        "secret_key": "the same on every machine",
        "metrics_token": TOKEN,
        "workers": 1,
        "log_format": "json",
        **bucket,
    }
    port = str(free_port())

    def program(name: str, *command: str) -> Program:
        settings = Settings(store=folder / name, **shared)
        return Program(settings, *command, log=folder / f"{name}.log")

    services = new_service(Settings(store=folder / "operator", **shared))
    api = program("api", "api", "--host", "127.0.0.1", "--port", port)
    workers = [program("worker-1", "worker"), program("worker-2", "worker")]
    stack.enter_context(running(api, *workers))
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60.0, trust_env=False)
    return Layout(
        services=services,
        api=api,
        workers=workers,
        database=database,
        client=stack.enter_context(client),
        tokens=add_students(services, [f"10806{number:04d}" for number in range(6)]),
    )


def wait_until_ready(layout: Layout) -> None:
    port = layout.client.base_url.port
    assert port is not None
    until(lambda: answers(port), SECONDS, "the API answers", *layout.all)
    until(
        lambda: all("grades 1 at once" in worker.said() for worker in layout.workers),
        SECONDS,
        "both workers grade",
        *layout.all,
    )
    until(
        lambda: layout.client.get("/readyz").json()["warnings"] == {},
        SECONDS,
        "a worker is seen",
        *layout.all,
    )


def metrics(layout: Layout) -> dict[str, float]:
    answer = layout.client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    answer.raise_for_status()
    return {
        sample.name + "".join(sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def hand_in(layout: Layout, student_ids: list[str]) -> list[httpx.Response]:
    content = EXAMPLE.read_bytes()
    return [upload(layout.client, layout.tokens[name], content) for name in student_ids]


def wait(layout: Layout) -> None:
    until(lambda: all_final(layout.services), SECONDS, "all are graded", *layout.all)


def log_lines(layout: Layout) -> list[dict[str, Any]]:
    """Return the whole lines of all logs; the last may be half written."""
    texts = (program.said().rpartition("\n")[0] for program in layout.all)
    return [json.loads(line) for text in texts for line in text.splitlines() if line]


def ended(layout: Layout) -> list[dict[str, Any]]:
    return [line for line in log_lines(layout) if line["event"] == "run ended"]


def test_uploads_become_results_and_pdfs(layout: Layout) -> None:
    """Four students hand in, both workers grade, each reads results and PDF from the bucket."""
    assert [answer.status_code for answer in layout.accepted.values()] == [202] * 4
    own = {answer.json()["id"] for answer in layout.accepted.values()}
    found = [run for run in runs(layout.services) if run.submission_id in own]
    assert [run.state for run in found] == [RunState.GRADED] * 4
    assert len({run.worker for run in found}) == 2
    assert {run.score for run in found} == {found[0].score}
    for student, answer in layout.accepted.items():
        headers = {"Authorization": f"Bearer {layout.tokens[student]}"}
        place = answer.headers["Location"]
        results = layout.client.get(f"{place}/results", headers=headers)
        report = layout.client.get(f"{place}/report.pdf", headers=headers)
        assert results.json()["score"] == found[0].score
        assert report.content.startswith(b"%PDF-")


def test_a_killed_workers_run_is_taken_up_by_the_other(layout: Layout) -> None:
    """One of two workers dies while it grades: its student waits a little, and gets a result."""
    hand_in(layout, list(layout.tokens)[4:])
    victim, survivor = layout.workers
    until(
        lambda: any(run.state is RunState.GRADING for run in runs(layout.services)),
        SECONDS,
        "one is being graded",
        *layout.all,
    )
    victim.kill()
    layout.killed.append(victim)
    wait(layout)

    assert all(run.state is RunState.GRADED for run in runs(layout.services))
    assert survivor.process is not None
    assert survivor.process.poll() is None
    victim.start()
    until(lambda: victim.said().count("grades 1 at once") == 2, SECONDS, "it is back", *layout.all)


def test_the_metrics_tell_of_both_machines(layout: Layout) -> None:
    """Whoever has the token reads what the workers did, from the API alone."""
    until(
        lambda: metrics(layout)["grader_runs_finished_totalgraded"] == len(runs(layout.services)),
        SECONDS,
        "all runs are counted",
        *layout.all,
    )
    seen = metrics(layout)

    assert layout.client.get("/metrics").status_code == 403
    assert seen["grader_runswaiting"] == seen["grader_runsgrading"] == 0
    assert seen["grader_stage_seconds_countReport"] == len(runs(layout.services))
    assert seen["grader_grading_seconds_sum"] > 0
    assert seen["grader_database_up"] == 1


def test_a_restart_of_the_database_is_survived_by_all(layout: Layout) -> None:
    """After kill -9 of PostgreSQL no process of ours needs a restart."""
    layout.database.restart(kill=True, seconds_down=1.0)
    until(
        lambda: (
            layout.client.get("/readyz").json()
            == {
                "ready": True,
                "parts": {"database": "ok", "blobs": "ok"},
                "warnings": {},
            }
        ),
        SECONDS,
        "ready again",
        *layout.all,
    )
    [answer] = hand_in(layout, list(layout.tokens)[:1])
    assert answer.status_code == 202
    wait(layout)


def test_the_log_is_one_object_a_line_and_tells_no_secret(layout: Layout) -> None:
    """
    Every line is JSON; those of an upload and of the end of its run name the submission.

    A run is stored before its line is written: that may still come; a killed worker's never does.
    """
    found = {run.submission_id for run in runs(layout.services)}
    until(
        lambda: len(found - {one["submission_id"] for one in ended(layout)}) <= len(layout.killed),
        SECONDS,
        "every end is in the log",
        *layout.all,
    )
    uploads = [
        line
        for line in log_lines(layout)
        if line.get("route") == "/api/v1/submissions" and line.get("status") == 202
    ]

    assert found == {line["submission_id"] for line in uploads}
    assert {line["submission_id"] for line in ended(layout)} <= found
    assert {line["state"] for line in ended(layout)} == {"graded"}
    assert all(line["request_id"] for line in uploads)
    said = "".join(program.said() for program in layout.all)
    for secret in (TOKEN, "the same on every machine", *layout.tokens.values()):
        assert secret not in said


def test_a_backup_is_made_while_all_run(layout: Layout, tmp_path: Path) -> None:
    """Nothing is missing from a backup of a service in use."""
    manifest = back_up(layout.services, tmp_path / "saved")

    assert manifest.is_whole
    assert manifest.rows["runs"] == len(runs(layout.services))
    assert manifest.blobs > 0


def test_all_end_when_they_are_told(layout: Layout) -> None:
    """SIGTERM drains the workers, which say good-bye, and ends the API."""
    assert [program.stop() for program in layout.workers] == [0, 0]
    assert layout.api.stop() in {0, -signal.SIGTERM}  # uvicorn ends itself as it was told to

    with layout.services.sessions() as session:
        left = [worker.left_at for worker in session.query(Worker)]
    assert sum(moment is not None for moment in left) == 2
    assert len(left) == 2 + len(layout.killed)
