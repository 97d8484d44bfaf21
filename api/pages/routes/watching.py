"""How far a submission is, sent to its open page as it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.kit.models import Submission
from api.kit.services import Services
from api.pages.frame import words_for
from api.pages.messages import Words
from api.pages.parts.addresses import events_address, progress_address
from api.pages.render import markup_of
from api.pages.routes.student import Key, find_self_check
from api.pages.view.progress import Progress, build_progress
from api.pages.visit import refuse_scripts
from api.requests.dependencies import ServicesDep, reading
from api.routes.submissions import watch_of, watched
from api.submissions.progress import ProgressWatchers
from grader.editions.loader import Edition

router = APIRouter(
    include_in_schema=False,
    default_response_class=EventSourceResponse,
    dependencies=[Depends(refuse_scripts)],
)
WatchDep = Annotated[ProgressWatchers, Depends(watch_of)]
BEAT_SECONDS = 10.0  # so often is a page told that it is still heard
STILL_HERE = "."  # browsers pass no event on that has no data


@dataclass(frozen=True, kw_only=True)
class Watched:
    """An open page: its address, and the submission that it is about."""

    home: str
    submission: str
    services: Services

    def edition(self) -> Edition:
        """Return the submission's edition; no session stays open."""
        with reading(self.services) as session:
            found = session.get_one(Submission, self.submission)
            return self.services.editions[found.edition]


@dataclass(frozen=True, kw_only=True)
class ProgressPiece:
    """The piece of a page that says how far a run is."""

    home: str
    progress: Progress

    @property
    def progress_href(self) -> str:
        """Return where the piece is asked for."""
        return progress_address(self.home)

    @property
    def events_href(self) -> str:
        """Return where it is sent from."""
        return events_address(self.home)


def watched_self_check(key: Key, services: ServicesDep) -> str:
    """Return the id of the self-check that *key* opens; nothing stays open."""
    with reading(services) as session:
        return find_self_check(session, key).id


@router.get("/s/{submission_id}/events")
async def watch_submission(
    request: Request,
    submission_id: Annotated[str, Depends(watched)],
    watch: WatchDep,
    services: ServicesDep,
) -> AsyncIterator[ServerSentEvent]:
    """Send the piece of a submission's page whenever it changes, and that it is over."""
    page = Watched(home=f"/s/{submission_id}", submission=submission_id, services=services)
    async for event in _pieces(watch, page, words_for(request)):
        yield event


@router.get("/r/{key}/events")
async def watch_self_check(
    request: Request,
    key: Key,
    submission_id: Annotated[str, Depends(watched_self_check)],
    watch: WatchDep,
    services: ServicesDep,
) -> AsyncIterator[ServerSentEvent]:
    """Send the piece of a self-check's page whenever it changes, and that it is over."""
    page = Watched(home=f"/r/{key}", submission=submission_id, services=services)
    async for event in _pieces(watch, page, words_for(request)):
        yield event


async def _pieces(
    watch: ProgressWatchers, page: Watched, t: Words
) -> AsyncIterator[ServerSentEvent]:
    """Yield ``piece``, ``alive`` where long nothing changes, and at the end ``final``."""
    before = None
    edition = await run_in_threadpool(page.edition)
    async for progress in watch.follow(page.submission, beat_seconds=BEAT_SECONDS):
        if progress.final:
            yield ServerSentEvent(event="final", raw_data=STILL_HERE)
        elif progress == before:
            yield ServerSentEvent(event="alive", raw_data=STILL_HERE)
        else:
            said = build_progress(progress, edition, t)
            piece = ProgressPiece(home=page.home, progress=said)
            yield ServerSentEvent(event="piece", raw_data=markup_of("progress", piece, t=t))
        before = progress
