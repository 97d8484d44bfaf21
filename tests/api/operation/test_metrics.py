"""What Prometheus reads: the queue, how gradings went, and that nothing is counted twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select
from starlette.testclient import TestClient

from api import migrations
from api.app import create_app
from api.kit.models import Assignment, Run, RunState, Submission, Worker, now
from api.kit.services import Services, open_services
from api.kit.settings import Settings
from api.operation.metrics import SETTLED, ServiceMetrics

EARLIER = timedelta(minutes=5)


@pytest.fixture
def services(tmp_path: Path, database_url: str) -> Iterator[Services]:
    opened = open_services(Settings(store=tmp_path / "store", database_url=database_url))
    migrations.upgrade(opened.engine)
    with opened.sessions.begin() as session:
        session.add(Assignment(edition="cs5120-2021"))
    yield opened
    opened.engine.dispose()


def add_run(services: Services, state: RunState, **fields: Any) -> None:
    with services.sessions.begin() as session:
        submission = Submission(
            edition="cs5120-2021", student_id="108062001", attempt=number_of(services)
        )
        session.add(submission)
        session.flush()
        session.add(
            Run(id=f"{submission.id}-1", submission_id=submission.id, number=1, state=state)
            if not fields
            else Run(
                id=f"{submission.id}-1",
                submission_id=submission.id,
                number=1,
                state=state,
                **fields,
            )
        )


def number_of(services: Services) -> int:
    number = getattr(services, "_test_number", 0) + 1
    object.__setattr__(services, "_test_number", number)
    return number


def values(metrics: ServiceMetrics) -> dict[str, float]:
    """Return each sample by its name and labels, as Prometheus itself reads it."""
    found = {}
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def finished(moment: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "created_at": moment - timedelta(seconds=8),
        "started_at": moment - timedelta(seconds=6),
        "finished_at": moment,
        "seconds": 6.0,
        "attempts": 1,
    } | fields


def test_the_queue_is_measured_by_length_and_age(services: Services) -> None:
    """Two waiting runs, the older for five minutes; one being graded."""
    add_run(services, RunState.WAITING, created_at=now() - EARLIER)
    add_run(services, RunState.WAITING)
    add_run(services, RunState.GRADING, started_at=now() - timedelta(seconds=20))
    seen = values(ServiceMetrics(services))

    assert seen["grader_runs{state=waiting}"] == 2
    assert seen["grader_runs{state=grading}"] == 1
    assert seen["grader_oldest_run_seconds{state=waiting}"] == pytest.approx(300, abs=30)
    assert seen["grader_oldest_run_seconds{state=grading}"] == pytest.approx(20, abs=15)


def test_an_empty_queue_is_zero_not_absent(services: Services) -> None:
    """An alarm on a missing series would never fire."""
    seen = values(ServiceMetrics(services))

    assert seen["grader_runs{state=waiting}"] == 0
    assert seen["grader_oldest_run_seconds{state=waiting}"] == 0
    assert seen["grader_runs_finished_total{state=ungraded}"] == 0
    assert seen["grader_workers"] == 0


def test_gradings_are_counted_by_outcome_stage_and_time(services: Services) -> None:
    """Seconds, stages, stops of the sandbox and second begins of two gradings add up."""
    moment = now() - EARLIER
    add_run(
        services,
        RunState.GRADED,
        **finished(moment, stage_seconds={"weights": 0.2, "Report": 1.8}, sandbox_stops=2),
    )
    add_run(
        services,
        RunState.GRADED,
        **finished(moment, stage_seconds={"weights": 0.4}, attempts=3, seconds=40.0),
    )
    add_run(services, RunState.UNGRADED, **finished(moment, seconds=None))
    seen = values(ServiceMetrics(services))

    assert seen["grader_runs_finished_total{state=graded}"] == 2
    assert seen["grader_runs_finished_total{state=ungraded}"] == 1
    assert seen["grader_sandbox_stops_total"] == 2
    assert seen["grader_runs_taken_up_again_total"] == 2
    assert seen["grader_stage_seconds_count{stage=weights}"] == 2
    assert seen["grader_stage_seconds_sum{stage=weights}"] == pytest.approx(0.6)
    assert seen["grader_stage_seconds_bucket{le=0.25,stage=weights}"] == 1
    assert seen["grader_grading_seconds_bucket{le=10.0}"] == 1
    assert seen["grader_grading_seconds_bucket{le=60.0}"] == 2
    assert seen["grader_grading_seconds_sum"] == 46.0
    assert seen["grader_waiting_seconds_sum"] == pytest.approx(6.0)


def test_a_finished_run_is_counted_once_however_often_it_is_asked(services: Services) -> None:
    """Three readings, and runs that finished at the very same moment, count each run once."""
    metrics, moment = ServiceMetrics(services), now() - EARLIER
    add_run(services, RunState.GRADED, **finished(moment))
    first = values(metrics)
    add_run(services, RunState.GRADED, **finished(moment + timedelta(seconds=1)))
    add_run(services, RunState.GRADED, **finished(moment + timedelta(seconds=1)))
    values(metrics)
    third = values(metrics)

    assert first["grader_runs_finished_total{state=graded}"] == 1
    assert third["grader_runs_finished_total{state=graded}"] == 3


def test_a_run_is_counted_only_once_no_earlier_one_can_appear(services: Services) -> None:
    """An end that was noted this moment may be committed before an earlier one: it waits."""
    metrics = ServiceMetrics(services)
    add_run(services, RunState.GRADED, **finished(now()))
    assert values(metrics)["grader_runs_finished_total{state=graded}"] == 0

    add_run(services, RunState.GRADED, **finished(now() - SETTLED - timedelta(seconds=1)))
    assert values(metrics)["grader_runs_finished_total{state=graded}"] == 1


def test_workers_count_while_they_are_seen(services: Services) -> None:
    """Of three workers one is here, one has died and one has left."""
    with services.sessions.begin() as session:
        session.add(Worker(id="here", slots=2))
        session.add(Worker(id="dead", slots=4, seen_at=now() - EARLIER))
        session.add(Worker(id="left", slots=8, left_at=now()))
    seen = values(ServiceMetrics(services))

    assert (seen["grader_workers"], seen["grader_worker_slots"]) == (1, 2)


def test_requests_are_counted_by_their_routes_pattern(services: Services) -> None:
    """Neither an address nor a method that somebody makes up has a series of its own."""
    app = create_app(services, background=False)
    with TestClient(app, client=("127.0.0.1", 5000)) as client:
        for path in ("/healthz", "/no-such-page-a", "/no-such-page-b"):
            client.get(path)
            client.request("MADE-UP", path)
        text = client.get("/metrics").text

    assert 'grader_http_requests_total{method="GET",route="/healthz",status="200"}' in text
    assert 'route="unknown",status="404"' in text
    assert 'method="other"' in text
    assert "no-such-page" not in text
    assert "MADE-UP" not in text


def test_what_waits_for_staff_is_a_gauge(services: Services) -> None:
    """Pending submissions and the age of the oldest, without regraded ones and self-checks."""
    hour = timedelta(hours=1)
    add_run(services, RunState.PENDING, created_at=now() - hour, finished_at=now() - hour)
    add_run(services, RunState.PENDING, created_at=now(), finished_at=now())
    for _ in range(2):
        add_run(services, RunState.PENDING, created_at=now() - 9 * hour, finished_at=now())
    add_run(services, RunState.GRADED, created_at=now() - 9 * hour, finished_at=now())
    with services.sessions.begin() as session:
        *_, regraded, check, _graded = session.scalars(select(Submission).order_by("attempt"))
        check.anonymous = True
        newer = Run(id=f"{regraded.id}-2", number=2, state=RunState.WAITING)
        regraded.runs.append(newer)

    found = values(ServiceMetrics(services))

    assert found["grader_pending_submissions"] == 2
    assert 3590 < found["grader_oldest_pending_seconds"] < 3690
