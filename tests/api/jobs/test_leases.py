"""Leases: held as long as a process lives, free as soon as it is dead."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.jobs.leases import FileLeases, Leases, open_leases
from api.kit.database import open_engine
from tests.api.jobs.running import until
from tests.api.servers import PostgreSQL

HOLDER = """\
import sys
from pathlib import Path
from api.kit.database import open_engine
from api.jobs.leases import open_leases
open_leases(open_engine(sys.argv[1]), Path(sys.argv[2])).hold("other")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def leases(engine: Engine, tmp_path: Path) -> Iterator[Leases]:
    opened = open_leases(engine, tmp_path)
    opened.hold("own")
    yield opened
    opened.close()


@pytest.fixture
def other(database_url: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Return another process that holds the lease of "other"."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, database_url, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()


def is_free(leases: Leases, executor: str) -> bool:
    with leases.free(executor) as free:
        return free


def test_a_living_process_keeps_its_lease(leases: Leases, other: subprocess.Popen[bytes]) -> None:
    """Nobody takes the jobs of a worker that lives."""
    assert not is_free(leases, "other")
    assert not is_free(leases, "other")


def test_a_lease_is_free_soon_after_a_kill(leases: Leases, other: subprocess.Popen[bytes]) -> None:
    """Kernel and server drop what a killed process held."""
    other.kill()

    until(lambda: is_free(leases, "other"), 60.0, "the lease is free")


def test_nobody_is_free_twice_at_once(engine: Engine, leases: Leases, tmp_path: Path) -> None:
    """Two workers do not take over the same dead one at the same time."""
    second = open_leases(engine, tmp_path)
    second.hold("second")

    with leases.free("dead") as first_may:
        assert first_may
        assert not is_free(second, "dead")

    second.close()


def test_dead_workers_leave_no_files(tmp_path: Path) -> None:
    """The folder holds the leases of those that live."""
    leases = FileLeases(tmp_path / "leases")
    leases.hold("own")
    (tmp_path / "leases" / "dead").touch()

    leases.sweep()

    assert [path.name for path in (tmp_path / "leases").iterdir()] == ["own"]
    leases.close()


def test_a_lease_is_taken_again_after_an_outage(postgresql: PostgreSQL, tmp_path: Path) -> None:
    """A database that restarts frees every lease; a worker that lives has its own back."""
    engine = open_engine(postgresql.new_database())
    leases = open_leases(engine, tmp_path)
    leases.hold("own")
    watcher = open_leases(engine, tmp_path)
    watcher.hold("watcher")

    postgresql.restart(kill=True)
    leases.check()
    watcher.check()

    assert not is_free(watcher, "own")
    for opened in (leases, watcher):
        opened.close()
    engine.dispose()
