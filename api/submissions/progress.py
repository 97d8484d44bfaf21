"""
How far submissions are, told while it happens.

However many browsers watch, the database is asked once in half a second, for all of them.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.kit.models import FINAL_STATES, Run, RunState
from api.kit.queue import place_of, places
from api.kit.services import Services
from api.requests.dependencies import reading

LOOK_EVERY_SECONDS = 0.5

log = logging.getLogger("api.submissions.progress")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a submission's newest run is."""

    state: RunState
    stage: str
    run: int
    place_in_queue: int

    @property
    def final(self) -> bool:
        """Return whether nothing more will come."""
        return self.state in FINAL_STATES

    @property
    def event_id(self) -> str:
        """Return what tells this progress from that before it."""
        return f"{self.run}.{self.state.value}.{self.stage}.{self.place_in_queue}"


def look(services: Services, submission_ids: Sequence[str]) -> dict[str, Progress]:
    """Return :func:`look_in` of a session of its own, for who has none."""
    with reading(services) as session:
        return look_in(session, submission_ids)


def look_in(session: Session, submission_ids: Sequence[str]) -> dict[str, Progress]:
    """Return how far each of these submissions is; one that was deleted is missing."""
    newest = (
        select(Run.submission_id, func.max(Run.number).label("number"))
        .where(Run.submission_id.in_(submission_ids))
        .group_by(Run.submission_id)
        .subquery()
    )
    query = select(Run.submission_id, Run.number, Run.state, Run.stage, Run.id).join(
        newest, (Run.submission_id == newest.c.submission_id) & (Run.number == newest.c.number)
    )
    rows = session.execute(query).all()
    waiting = places(session)
    return {
        submission_id: Progress(
            state=state,
            stage=stage if state is RunState.GRADING else "",
            run=number,
            place_in_queue=place_of(waiting, run_id, state),
        )
        for submission_id, number, state, stage, run_id in rows
    }


@dataclass(eq=False)
class ProgressWatchers:
    """One application's watchers, and the one task that looks for all of them."""

    services: Services
    _watchers: dict[str, set[asyncio.Queue[Progress | None]]] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None

    async def follow(
        self, submission_id: str, *, beat_seconds: float = math.inf
    ) -> AsyncIterator[Progress]:
        """
        Yield a submission's progress, now and whenever it changes, up to its final state.

        Where nothing changes for *beat_seconds* the same is yielded again, as long as the database
        can be looked into.
        """
        with self._watching(submission_id) as news:
            before, told_at = None, 0.0
            while (current := await news.get()) is not None:
                moment = time.monotonic()
                if current != before or moment - told_at >= beat_seconds:
                    told_at = moment
                    yield current
                if current.final:
                    return
                before = current

    @contextmanager
    def _watching(self, submission_id: str) -> Iterator[asyncio.Queue[Progress | None]]:
        news: asyncio.Queue[Progress | None] = asyncio.Queue()
        self._watchers.setdefault(submission_id, set()).add(news)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look_on())
        try:
            yield news
        finally:
            self._watchers[submission_id].discard(news)
            if not self._watchers[submission_id]:
                del self._watchers[submission_id]

    async def _look_on(self) -> None:
        """Look again and again while anybody watches; a database that is away is waited for."""
        while self._watchers:
            watched = list(self._watchers)  # a watcher added meanwhile is notified next time
            try:
                found = await run_in_threadpool(look, self.services, watched)
            except Exception:  # the watchers stay, and so must the one who looks for them
                log.exception("the progress cannot be looked up")
            else:
                self._tell({submission_id: found.get(submission_id) for submission_id in watched})
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    def _tell(self, found: Mapping[str, Progress | None]) -> None:
        for submission_id, progress in found.items():
            for news in self._watchers.get(submission_id, ()):
                news.put_nowait(progress)
