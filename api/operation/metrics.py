"""
What Prometheus reads from ``/metrics``.

Requests are counted in the process that answers them. All else is read from the tables when it is
asked for, so it outlives every process and includes every worker machine; it is the same in all
API processes: take the maximum over them, not the sum.
"""

from __future__ import annotations

import shutil
import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client import Counter as RequestCounter
from prometheus_client import Histogram as RequestHistogram
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from sqlalchemy import func, select, tuple_
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.grades.pending import waiting_since
from api.kit.models import ACTIVE_STATES, FINAL_STATES, Run, RunState, Worker, now
from api.kit.services import Services
from api.requests.dependencies import reading

REQUEST_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
GRADING_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 1800.0)
WORKER_SEEN = timedelta(seconds=30)  # a worker says that it is there every few seconds
# A run's end is noted a moment before it is committed; later than this none appears any more.
SETTLED = timedelta(seconds=10)
AT_ONCE = 5000  # finished runs read with one query
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_registry = CollectorRegistry()
ProcessCollector(registry=_registry)
_REQUESTS = RequestCounter(
    "grader_http_requests", "Requests answered.", ["method", "route", "status"], registry=_registry
)
_REQUEST_SECONDS = RequestHistogram(
    "grader_http_request_seconds",
    "Time from the request to the start of its answer.",
    ["method", "route"],
    buckets=REQUEST_BUCKETS,
    registry=_registry,
)


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request; *seconds* is the time until its answer began."""
    method = method if method in METHODS else "other"  # each label is kept for ever
    _REQUESTS.labels(method, route, str(status)).inc()
    _REQUEST_SECONDS.labels(method, route).observe(seconds)


def workers_alive(session: Session, host: str = "") -> tuple[int, int]:
    """Return how many workers, of one *host* if given, were seen just now, and their slots."""
    query = select(Worker.slots).where(
        Worker.seen_at > now() - WORKER_SEEN, Worker.left_at.is_(None)
    )
    slots = session.scalars(query.where(Worker.host == host) if host else query).all()
    return len(slots), sum(slots)


class Histogram:
    """Counts of values by bucket, and their sum."""

    def __init__(self) -> None:
        self._counts = [0] * (len(GRADING_BUCKETS) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        """Count one value."""
        self._counts[bisect_left(GRADING_BUCKETS, seconds)] += 1
        self._sum += seconds

    def write(self, metric: HistogramMetricFamily, labels: Sequence[str]) -> None:
        """Write the counts into a metric."""
        edges = [*map(str, GRADING_BUCKETS), "+Inf"]
        buckets = list(zip(edges, accumulate(self._counts), strict=True))
        metric.add_metric(labels, buckets=buckets, sum_value=self._sum)


class Finished:
    """All finished runs, folded in as they finish, so that each is read once a process."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter()
        self.waited, self.graded = Histogram(), Histogram()
        self.stages: defaultdict[str, Histogram] = defaultdict(Histogram)
        self.sandbox_stops = 0
        self.taken_up_again = 0
        self._last = (datetime(2000, 1, 1, tzinfo=UTC), "")

    def read(self, session: Session, moment: datetime) -> None:
        """Fold in what has finished since the last call."""
        query = (
            select(Run)
            .where(Run.state.in_(FINAL_STATES), Run.finished_at < moment - SETTLED)
            .order_by(Run.finished_at, Run.id)
            .limit(AT_ONCE)
        )
        while runs := session.scalars(
            query.where(tuple_(Run.finished_at, Run.id) > self._last)
        ).all():
            for run in runs:
                self._add(run)
            assert runs[-1].finished_at is not None
            self._last = (runs[-1].finished_at, runs[-1].id)

    def _add(self, run: Run) -> None:
        self.states[run.state.value] += 1
        self.sandbox_stops += run.sandbox_stops
        self.taken_up_again += max(run.attempts - 1, 0)
        if run.started_at is not None:
            self.waited.add(max((run.started_at - run.created_at).total_seconds(), 0.0))
        if run.seconds is not None and run.state in {RunState.GRADED, RunState.PENDING}:
            self.graded.add(run.seconds)
        for stage, seconds in run.stage_seconds.items():
            self.stages[stage].add(seconds)


class ServiceMetrics(Collector):
    """The metrics of one service, served at ``/metrics``."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._finished = Finished()
        self._lock = threading.Lock()
        self._all = CollectorRegistry()
        self._all.register(self)

    def render(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(_registry) + generate_latest(self._all)

    def describe(self) -> list[Metric]:
        """Return nothing: to be registered must not cost a query."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield what the tables and the disk say."""
        yield from self._disk()
        try:
            with self._lock, reading(self._services) as session:
                metrics = [
                    *self._queue(session),
                    *self._workers(session),
                    *self._runs(session),
                    *self._pending(session),
                ]
        except SQLAlchemyError:
            yield _gauge("grader_database_up", "Whether the database answers.", 0)
        else:
            yield _gauge("grader_database_up", "Whether the database answers.", 1)
            yield from metrics

    def _disk(self) -> Iterator[Metric]:
        with suppress(OSError):
            free = shutil.disk_usage(self._services.settings.store).free
            yield _gauge("grader_store_free_bytes", "Free bytes where the store is.", free)

    def _queue(self, session: Session) -> Iterator[Metric]:
        found = session.execute(
            select(Run.state, func.count(), func.min(Run.created_at), func.min(Run.started_at))
            .where(Run.state.in_(ACTIVE_STATES))
            .group_by(Run.state)
        ).all()
        counts = {state: count for state, count, _, _ in found}
        runs = GaugeMetricFamily("grader_runs", "Runs that are not finished.", labels=["state"])
        for state in ACTIVE_STATES:
            runs.add_metric([state.value], counts.get(state, 0))
        yield runs
        oldest = GaugeMetricFamily(
            "grader_oldest_run_seconds", "Age of the oldest run in a state.", labels=["state"]
        )
        since = {
            state: begun if state is RunState.GRADING and begun else created
            for state, _, created, begun in found
        }
        for state in ACTIVE_STATES:
            age = (now() - since[state]).total_seconds() if state in since else 0.0
            oldest.add_metric([state.value], max(age, 0.0))
        yield oldest

    def _workers(self, session: Session) -> Iterator[Metric]:
        count, slots = workers_alive(session)
        yield _gauge("grader_workers", "Workers seen in the last 30 seconds.", count)
        yield _gauge("grader_worker_slots", "Submissions they can grade at once.", slots)

    def _runs(self, session: Session) -> Iterator[Metric]:
        finished = self._finished
        finished.read(session, now())
        states = CounterMetricFamily(
            "grader_runs_finished", "Finished runs by outcome.", labels=["state"]
        )
        for state in FINAL_STATES:
            states.add_metric([state.value], finished.states[state.value])
        yield states
        yield _counter(
            "grader_sandbox_stops",
            "Students' processes that were killed or ended themselves.",
            finished.sandbox_stops,
        )
        yield _counter(
            "grader_runs_taken_up_again",
            "Times that a run was begun again: worker or process had ended, or it took too long.",
            finished.taken_up_again,
        )
        yield _histogram("grader_waiting_seconds", "From upload to a worker.", finished.waited)
        yield _histogram("grader_grading_seconds", "Time of one grading.", finished.graded)
        stages = HistogramMetricFamily(
            "grader_stage_seconds", "Time of one stage of a grading.", labels=["stage"]
        )
        for stage, histogram in sorted(finished.stages.items()):
            histogram.write(stages, [stage])
        yield stages

    def _pending(self, session: Session) -> Iterator[Metric]:
        ages = waiting_since(session)
        yield _gauge("grader_pending_submissions", "Submissions that wait for staff.", len(ages))
        oldest = max(((now() - since).total_seconds() for since in ages), default=0.0)
        yield _gauge(
            "grader_oldest_pending_seconds", "For how long the oldest has.", max(oldest, 0.0)
        )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value=value)


def _histogram(name: str, text: str, histogram: Histogram) -> Metric:
    metric = HistogramMetricFamily(name, text)
    histogram.write(metric, [])
    return metric
