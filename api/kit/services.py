"""What every part of the service is handed: settings, database, blobs, jobs and editions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from api.kit.database import open_engine, open_sessions
from api.kit.queue import Queue
from api.kit.settings import Settings
from api.kit.storage import Blobs, open_blobs
from grader.editions.loader import Edition, edition_ids, load_edition, with_written


@dataclass(frozen=True, kw_only=True)
class Services:
    """The parts of one running service; built once per process."""

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    blobs: Blobs
    queue: Queue
    editions: Mapping[str, Edition]


def open_services(settings: Settings) -> Services:
    """Return the service's parts as the settings name them."""
    engine = open_engine(settings.resolved_database_url)
    return Services(
        settings=settings,
        engine=engine,
        sessions=open_sessions(engine, ZoneInfo(settings.time_zone)),
        blobs=open_blobs(settings),
        queue=Queue(engine),
        editions={name: with_written(load_edition(name)) for name in edition_ids()},
    )
