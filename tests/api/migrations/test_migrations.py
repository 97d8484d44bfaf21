"""The schema's history: from the first revision on, with data, on both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, inspect, null, select, text

from api import migrations
from api.kit.database import open_engine, open_sessions
from api.kit.models import Assignment, Base, Run, RunState, Submission, User
from api.kit.models.webhooks import WebhookDelivery
from api.kit.queue import create_tables
from api.migrations.dbos import TABLES

FIRST = "0001"
MOMENT = datetime(2026, 9, 1, 12, 30, tzinfo=UTC)
# The rows of one graded submission as the first revision has them, in an order that keys allow.
ROWS: dict[str, dict[str, Any]] = {
    "users": {
        "id": "u1",
        "login": "108062999",
        "name": "王小明",
        "email": "",
        "role": "student",
        "student_id": "108062999",
        "link_version": 1,
        "created_at": MOMENT,
    },
    "assignments": {
        "edition": "cs5120-2021",
        "late_percent_per_day": 0.0,
        "counts": "latest",
        "published": True,
        "anonymous": False,
        "open": True,
    },
    "submissions": {
        "id": "s1",
        "edition": "cs5120-2021",
        "student_id": "108062999",
        "user_id": "u1",
        "anonymous": False,
        "attempt": 1,
        "received_at": MOMENT,
        "language": "en",
    },
    "submission_files": {
        "submission_id": "s1",
        "position": 0,
        "name": "hw1.ipynb",
        "sha256": "a" * 64,
        "size_bytes": 10,
    },
    "runs": {
        "id": "s1-1",
        "submission_id": "s1",
        "number": 1,
        "state": "graded",
        "stage": "",
        "attempts": 1,
        "created_at": MOMENT,
        "worker": "w1",
        "message": "",
        "score": 71.5,
        "max_score": 85.0,
        "findings": ["bias-scale-from-own-range"],
        "criteria": {"weights": [10.0, 10.0]},
        "stage_seconds": {"weights": 0.5},
        "sandbox_stops": 0,
        "results_sha256": "b" * 64,
    },
}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Return a database at the first revision that holds one graded submission."""
    migrations.upgrade(engine, FIRST)
    tables = MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for name, row in ROWS.items():
            connection.execute(tables.tables[name].insert().values(**row))
    return engine


def test_the_last_revision_is_the_models(engine: Engine) -> None:
    """Autogenerate finds nothing to do on an upgraded database, with the job engine's tables."""
    migrations.upgrade(engine)
    create_tables(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: kind != "table" or name not in TABLES},
        )
        assert compare_metadata(context, Base.metadata) == []


def test_the_job_engines_tables_are_all_known(tmp_path: Path) -> None:
    """What the job engine makes on SQLite is what migrations leave alone, no more and no less."""
    engine = open_engine(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    create_tables(engine)

    made = set(inspect(engine).get_table_names())
    assert made <= TABLES
    assert {"workflow_status", "queues"} <= made
    assert not TABLES & set(Base.metadata.tables)


def test_data_of_the_first_revision_is_readable_after_the_last(filled: Engine) -> None:
    """A graded submission written at the first revision reads the same through today's models."""
    migrations.upgrade(filled)

    with open_sessions(filled)() as session:
        submission = session.scalars(select(Submission)).one()
        assert submission.received_at == MOMENT
        assert [file.name for file in submission.files] == ["hw1.ipynb"]
        assert submission.runs[0].score == 71.5
        assert submission.runs[0].criteria == {"weights": [10.0, 10.0]}
        assert (submission.runs[0].reason, submission.named_for) == (None, "")
        assert (submission.runs[0].rank, submission.runs[0].staff) == (1, False)
        assert session.execute(select(User.name, User.section)).all() == [("王小明", "")]
        assignment = session.scalars(select(Assignment)).one()
        assert (assignment.title, assignment.criteria, assignment.members) == ({}, None, {})
        assert assignment.open


def test_runs_of_the_second_revision_are_yet_to_be_looked_through(engine: Engine) -> None:
    """A run from before "pending" has no faults, and what it left open is not known."""
    migrations.upgrade(engine, "0002")
    tables = MetaData()
    tables.reflect(engine)
    later = {"runs": {"rank": 2, "staff": True}, "submissions": {"named_for": "108062001"}}
    with engine.begin() as connection:
        for name, row in ROWS.items():
            values = row | later.get(name, {})
            connection.execute(tables.tables[name].insert().values(**values))

    migrations.upgrade(engine)

    with open_sessions(engine)() as session:
        run = session.scalars(select(Submission)).one().runs[0]
        assert (run.pending, run.faults, run.state) == (None, [], RunState.GRADED)
        assert (run.rank, run.staff, run.score) == (2, True, 71.5)
        unread = select(Run.id).where(Run.pending.is_(null()))
        assert session.scalars(unread).all() == ["s1-1"]


def test_deliveries_of_the_tenth_revision_are_about_their_runs(engine: Engine) -> None:
    """A delivery from before publishing was told keeps its run, and still goes with it."""
    migrations.upgrade(engine, "0010")
    tables = MetaData()
    tables.reflect(engine)
    newer = {
        "runs": {"rank": 1, "staff": False, "pending": [], "faults": []},
        "submissions": {"named_for": ""},
    }
    hook = {"id": "w1", "url": "https://example.edu/", "sealed": "x", "created_at": MOMENT}
    told = {"id": "d1", "webhook_id": "w1", "run_id": "s1-1", "created_at": MOMENT, "tries": 2}
    rows = ROWS | {
        "webhooks": hook,
        "webhook_deliveries": told | {"outcome": "", "error": "it answered 500"},
    }
    with engine.begin() as connection:
        for name, row in rows.items():
            columns = tables.tables[name].columns.keys()
            values = {k: v for k, v in (newer.get(name, {}) | row).items() if k in columns}
            connection.execute(tables.tables[name].insert().values(**values))

    migrations.upgrade(engine)

    with open_sessions(engine).begin() as session:
        delivery = session.scalars(select(WebhookDelivery)).one()
        assert (delivery.run_id, delivery.edition, delivery.tries) == ("s1-1", None, 2)
        session.add(WebhookDelivery(webhook_id="w1", edition="cs5120-2021"))
        session.flush()
        session.execute(text("DELETE FROM submissions"))
        left = session.scalars(select(WebhookDelivery.edition)).all()
        assert left == ["cs5120-2021"]


def test_every_revision_is_reached_one_by_one(engine: Engine) -> None:
    """Each step leads to its own revision, and the last one is the head."""
    for revision in migrations.revisions():
        migrations.upgrade(engine, revision)
        with engine.connect() as connection:
            assert migrations.current(connection) == revision
    assert migrations.revisions()[-1] == migrations.head()


def test_an_upgrade_of_an_upgraded_database_changes_nothing(filled: Engine) -> None:
    """A second start takes no step and loses no row."""
    migrations.upgrade(filled)
    migrations.upgrade(filled)

    with filled.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM runs")) == 1


@pytest.mark.few(1)
def test_processes_that_start_together_do_not_collide(database_url: str, tmp_path: Path) -> None:
    """Four processes of a new service start together on one empty database: all succeed."""
    program = (
        "import sys; from pathlib import Path; from api.serve import prepare\n"
        "from api.course.assignments import ensure_assignments\n"
        "from api.kit.settings import Settings\n"
        "services = prepare(Settings(store=Path(sys.argv[1]), database_url=sys.argv[2]))\n"
        "ensure_assignments(services)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "store"), database_url],
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    errors = [process.communicate(timeout=240)[1] for process in started]

    assert [process.returncode for process in started] == [0] * 4, errors
    with open_engine(database_url).connect() as connection:
        assert migrations.current(connection) == migrations.head()


def test_changing_a_table_that_others_point_to_keeps_their_rows(
    filled: Engine, tmp_path: Path
) -> None:
    """A step that copies ``users`` on SQLite deletes no submission by cascade."""
    versions = _with_step(
        tmp_path,
        "with op.batch_alter_table('users', recreate='auto') as table:\n"
        "        table.alter_column('name', nullable=True)\n"
        "        table.add_column(sa.Column('pronouns', sa.String(), nullable=True))\n",
    )
    migrations.upgrade(filled, versions=versions)

    with filled.begin() as connection:
        assert connection.scalar(text("SELECT user_id FROM submissions")) == "u1"
        assert connection.scalar(text("SELECT count(*) FROM runs")) == 1
        # ... and the keys are on again for whoever uses the connection next.
        connection.execute(text("DELETE FROM submissions"))
        assert connection.scalar(text("SELECT count(*) FROM runs")) == 0


def test_a_step_that_fails_leaves_the_schema_as_it_was(filled: Engine, tmp_path: Path) -> None:
    """What a step did before it failed is undone with it."""
    versions = _with_step(
        tmp_path,
        "op.add_column('users', sa.Column('half', sa.String()))\n"
        "    op.execute('SELECT * FROM no_such_table')\n",
    )
    before = migrations.revisions()[-1]
    migrations.upgrade(filled)
    with pytest.raises(Exception, match="no_such_table"):
        migrations.upgrade(filled, versions=versions)

    assert "half" not in {column["name"] for column in inspect(filled).get_columns("users")}
    with filled.connect() as connection:
        assert migrations.current(connection) == before


def test_a_database_of_a_newer_version_is_refused_with_advice(
    filled: Engine, tmp_path: Path
) -> None:
    """An older program does not touch a newer schema, and says what to start instead."""
    versions = _with_step(tmp_path, "op.add_column('users', sa.Column('later', sa.String()))\n")
    migrations.upgrade(filled, versions=versions)

    with pytest.raises(migrations.MigrationError, match=r"revision 9999.*or a newer one"):
        migrations.upgrade(filled)


def _with_step(folder: Path, body: str) -> Path:
    """Return a copy of the versions with one more step."""
    for script in (migrations.HERE / "versions").glob("[0-9]*.py"):
        (folder / script.name).write_bytes(script.read_bytes())
    (folder / "9999_test.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision, down_revision = '9999', {migrations.head()!r}\n"
        f"def upgrade():\n    {body}"
    )
    return folder
