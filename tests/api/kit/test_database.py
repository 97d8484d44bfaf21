"""The engine on both databases: durable, isolated, quick to notice that it was cut off."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from api.kit.database import DatabaseEncodingError, is_conflict, open_engine, open_sessions
from api.kit.models import Assignment, AuditEntry, Base, Run, RunState, Submission, User, Worker
from api.kit.settings import Settings
from api.serve import prepare
from tests.api.servers import PostgreSQL


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def submission(engine: Engine) -> str:
    """Return the id of a submission without a run."""
    with open_sessions(engine).begin() as session:
        session.add(Assignment(edition="cs5120-2021"))
        session.flush()
        row = Submission(edition="cs5120-2021", student_id="108062001", attempt=1)
        session.add(row)
        session.flush()
        return row.id


def run_of(submission_id: str, number: int, state: RunState = RunState.WAITING) -> Run:
    return Run(
        id=f"{submission_id}-{number}", submission_id=submission_id, number=number, state=state
    )


def test_sqlite_promises_what_a_202_promises(tmp_path: Path) -> None:
    """Every connection of the pool is in WAL mode, syncs fully, waits for locks, checks keys."""
    engine = open_engine(f"sqlite:///{tmp_path / 'new' / 'grader.sqlite'}")
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            found = [
                connection.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
            ]
            assert found == ["wal", 2, 30_000, 1]
            connection.rollback()


def test_sqlite_tells_the_moment_with_its_fraction(tmp_path: Path) -> None:
    """DBOS asks for it on Python 3.12 and newer; an SQLite before 3.42 alone answers NULL."""
    engine = open_engine(f"sqlite:///{tmp_path / 'grader.sqlite'}")
    before = time.time()
    with engine.connect() as connection:
        told = connection.scalar(text("SELECT unixepoch('subsec')"))
    assert before - 1 <= told <= time.time() + 1
    assert isinstance(told, float)


def test_a_commit_survives_kill_9(database_url: str) -> None:
    """What a process committed is there after it was killed in its next transaction."""
    program = (
        "import os, signal, sys; from sqlalchemy import text\n"
        "from api.kit.database import open_engine\n"
        "engine = open_engine(sys.argv[1])\n"
        "with engine.begin() as c: c.execute(text('CREATE TABLE kept (n int)'))\n"
        "with engine.begin() as c: c.execute(text('INSERT INTO kept VALUES (1)'))\n"
        "with engine.begin() as c:\n"
        "    c.execute(text('INSERT INTO kept VALUES (2)'))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, database_url], check=False)
    assert killed.returncode == -9

    with open_engine(database_url).connect() as connection:
        assert connection.scalars(text("SELECT n FROM kept")).all() == [1]


def test_writers_at_once_lose_no_update(engine: Engine) -> None:
    """Eight threads raise one number twenty times each: it ends at 160, without errors."""
    with engine.begin() as connection:
        connection.execute(User.__table__.insert().values(login="a", role="ta", link_version=0))

    def raise_it(_thread: int) -> None:
        for _ in range(20):
            with open_sessions(engine).begin() as session:
                user = session.scalars(select(User).with_for_update()).one()
                user.link_version += 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(raise_it, range(8)))

    with engine.connect() as connection:
        assert connection.scalar(select(User.link_version)) == 160


def test_a_reader_does_not_wait_for_a_writer(engine: Engine, submission: str) -> None:
    """A read-only session answers while another holds an open write."""
    with open_sessions(engine).begin() as writer:
        writer.add(run_of(submission, 1))
        writer.flush()
        begun = time.monotonic()
        reading = engine.execution_options(read_only=True)
        with open_sessions(reading)() as reader:
            assert reader.scalar(select(func.count(Run.id))) == 0
        assert time.monotonic() - begun < 25  # of the 30 for which a lock is waited


def test_sqlite_takes_the_write_lock_when_a_transaction_begins(tmp_path: Path) -> None:
    """A transaction that reads first and writes later never fails half-way: it waits to begin."""
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    done: list[str] = []
    first_has_it = threading.Event()

    def first() -> None:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE t (n int)"))
            first_has_it.set()
            time.sleep(0.5)
            done.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    first_has_it.wait()
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
        done.append("second")
    thread.join()

    assert done == ["first", "second"]


def test_only_one_run_of_a_submission_is_active(engine: Engine, submission: str) -> None:
    """The database refuses a second waiting run; finished ones do not count."""
    sessions = open_sessions(engine)
    with sessions.begin() as session:
        session.add_all(
            [run_of(submission, 1, RunState.GRADED), run_of(submission, 2, RunState.REPLACED)]
        )
        session.add(run_of(submission, 3))
    with pytest.raises(IntegrityError) as refused, sessions.begin() as session:
        session.add(run_of(submission, 4, RunState.GRADING))
    assert is_conflict(refused.value)


def test_what_no_column_takes_is_no_conflict(engine: Engine) -> None:
    """Another try would break on it, too, so nobody is told that others were faster."""
    with engine.connect() as connection, pytest.raises(IntegrityError) as refused:
        connection.execute(Submission.__table__.insert().values(id="s", edition=None))
    assert not is_conflict(refused.value)


def test_deleting_a_submission_deletes_its_runs(engine: Engine, submission: str) -> None:
    """The database itself follows the keys, also where no Python object is loaded."""
    with engine.begin() as connection:
        connection.execute(
            Run.__table__.insert().values(id="r", submission_id=submission, number=1)
        )
        connection.execute(Submission.__table__.delete())
        assert connection.scalar(select(func.count()).select_from(Run)) == 0


def test_a_submission_of_no_assignment_is_refused(engine: Engine) -> None:
    """Foreign keys hold."""
    with pytest.raises(IntegrityError), open_sessions(engine).begin() as session:
        session.add(Submission(edition="no-such", student_id="1", attempt=1))


def test_moments_come_back_in_utc(engine: Engine) -> None:
    """A moment of Taipei is stored and read as the same moment, in UTC, on both databases."""
    taipei = timezone(timedelta(hours=8))
    with open_sessions(engine).begin() as session:
        session.add(Assignment(edition="e", due_at=datetime(2026, 9, 30, 23, 59, tzinfo=taipei)))
    with open_sessions(engine)() as session:
        due = session.scalars(select(Assignment.due_at)).one()

    assert due == datetime(2026, 9, 30, 15, 59, tzinfo=UTC)
    assert due.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(engine: Engine) -> None:
    """Nobody's clock is guessed."""
    with pytest.raises(StatementError, match="no time zone"), open_sessions(engine).begin() as s:
        s.add(Worker(id="w", seen_at=datetime(2026, 9, 30)))  # noqa: DTZ001


def test_states_are_stored_as_words(engine: Engine, submission: str) -> None:
    """Another program reads the states without our enumeration."""
    with open_sessions(engine).begin() as session:
        session.add(run_of(submission, 1, RunState.UNGRADED))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT state FROM runs")) == "ungraded"


def test_numbers_of_the_audit_log_rise(engine: Engine) -> None:
    """Entries can be read in the order in which they were made."""
    for action in ("first", "second", "third"):
        with open_sessions(engine).begin() as session:
            session.add(AuditEntry(actor="system", action=action, target="t"))
    with open_sessions(engine)() as session:
        query = select(AuditEntry.action).order_by(AuditEntry.id)
        assert session.scalars(query).all() == ["first", "second", "third"]


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_name_is_refused_at_the_start(
    encoding: str, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    """One sentence says what it is in, and how to make it anew."""
    settings = Settings(store=tmp_path, database_url=postgresql.new_database(encoding))

    with pytest.raises(DatabaseEncodingError, match=f"in {encoding}, .* createdb --encoding UTF8"):
        prepare(settings)


def test_a_restart_of_the_database_costs_no_request_after_it() -> None:
    """Connections that a restart cut are replaced unseen; while it is down there is an error."""
    with PostgreSQL(durable=True) as server:
        engine = open_engine(server.new_database())
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept (n int)"))
        server.restart(kill=True)
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO kept VALUES (1)"))

        with server.down(), pytest.raises(OperationalError), engine.connect():
            pass
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT n FROM kept")) == 1
        engine.dispose()


@pytest.mark.long
def test_a_database_that_hangs_refuses_new_connections_in_time() -> None:
    """A machine that takes connections and says nothing costs some seconds, not minutes."""
    with PostgreSQL() as server:
        engine = open_engine(server.new_database())
        begun = time.monotonic()
        with server.hanging(), pytest.raises(OperationalError), engine.connect():
            pass
        assert time.monotonic() - begun < 60
        engine.dispose()
