"""The process tree of ``grader serve``: what it says, keeps running, and takes along."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from pydantic import SecretStr

from api.kit.settings import Settings
from api.operation import public_address
from api.operation.public_address import with_address
from api.serve import ServiceError, as_environment, prepare, settings_of
from tests.api.jobs.running import START_SECONDS, Program, answers, running, until
from tests.api.ports import free_port
from tests.api.processes import lives


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def tree(tmp_path: Path, port: int) -> Iterator[Program]:
    """Return ``grader serve`` without workers, once it answers."""
    settings = Settings(store=tmp_path / "store", workers=0)
    program = Program(settings, "serve", "--port", str(port), log=tmp_path / "log")
    with running(program):
        until(lambda: answers(port), START_SECONDS, "the API answers", program)
        until(lambda: "Log in" in program.said(), START_SECONDS, "it says where", program)
        yield program


def children(program: Program) -> list[psutil.Process]:
    assert program.process is not None
    return psutil.Process(program.process.pid).children(recursive=True)


def test_serve_says_where_and_ends_cleanly(tree: Program, port: int) -> None:
    """Its last words before a person takes over: address, data, and a link that logs in once."""
    said = tree.said()
    family = children(tree)

    assert f"The page: http://127.0.0.1:{port}\n" in said
    assert re.search(rf"Log in as staff \(once\): http://127\.0\.0\.1:{port}/login/link/\S+", said)
    assert tree.stop() == 0
    assert not any(map(lives, family))


def test_a_part_that_dies_is_started_again(tree: Program, port: int) -> None:
    """A killed API is replaced by another, which answers."""
    [api] = children(tree)

    api.kill()

    until(lambda: api.pid not in _pids(tree), START_SECONDS, "it is gone", tree)
    until(lambda: answers(port), START_SECONDS, "the API answers again", tree)


def _pids(tree: Program) -> list[int]:
    return [process.pid for process in children(tree)]


def test_a_tree_that_is_killed_leaves_nothing(tree: Program) -> None:
    """Children die with the one that started them, whatever killed it."""
    family = children(tree)

    tree.kill()

    until(lambda: not any(map(lives, family)), START_SECONDS, "all are gone", tree)


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    """A person is told which port, and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        settings = Settings(store=tmp_path / "store")
        program = Program(settings, "serve", "--port", str(port), log=tmp_path / "log")
        with running(program):
            assert program.process is not None
            assert program.process.wait(START_SECONDS) == 1

    assert f"127.0.0.1:{port}" in program.said()
    assert "choose another --port" in " ".join(program.said().split())
    assert "Traceback" not in program.said()


@pytest.mark.long
def test_a_worker_that_cannot_grade_ends_the_tree(tmp_path: Path, port: int) -> None:
    """Data that is not there is said at once; uploads are not taken for nobody to grade."""
    settings = Settings(store=tmp_path / "store", data=tmp_path / "nothing", workers=1)
    program = Program(settings, "serve", "--port", str(port), log=tmp_path / "log")
    with running(program):
        assert program.process is not None
        assert program.process.wait(START_SECONDS) == 3

    assert "nothing is graded here" in program.said()
    assert str(tmp_path / "nothing") in program.said()


def test_children_find_the_settings_that_were_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flags reach every process; what was not set is left to its default."""
    settings = Settings(
        store=tmp_path, workers=3, data=tmp_path, secret_key=SecretStr("a secret key")
    )
    for name, value in as_environment(settings).items():
        monkeypatch.setenv(name, value)

    found = settings_of()

    assert found == settings
    assert "GRADER_S3_URL" not in as_environment(settings)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:8123"),
        ("::1", "http://[::1]:8123"),
        ("0.0.0.0", "http://192.0.2.77:8123"),
        ("::", "http://192.0.2.77:8123"),
    ],
)
def test_links_lead_to_where_it_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, expected: str
) -> None:
    """Without a public address, links carry one of this machine that others may reach."""

    class Routed(socket.socket):
        def connect(self, address: object) -> None:
            pass

        def getsockname(self) -> tuple[str, int]:
            return ("192.0.2.77", 1)

    monkeypatch.setattr(public_address.socket, "socket", Routed)

    assert with_address(Settings(store=tmp_path), host, 8123).public_url == expected


def test_a_machine_without_a_network_names_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A laptop that is on no network still gets a link that works on it."""

    class Alone(socket.socket):
        def connect(self, address: object) -> None:
            raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(public_address.socket, "socket", Alone)

    found = with_address(Settings(store=tmp_path), "0.0.0.0", 8123)

    assert found.public_url == "http://127.0.0.1:8123"


@pytest.mark.long
def test_serve_on_all_addresses_says_where_links_lead(tmp_path: Path, port: int) -> None:
    """The page and links name the same address, and a person is told to name a better one."""
    settings = Settings(store=tmp_path / "store", workers=0)
    words = ("serve", "--host", "0.0.0.0", "--port", str(port))
    program = Program(settings, *words, log=tmp_path / "log")
    with running(program):
        until(lambda: "GRADER_PUBLIC_URL" in program.said(), START_SECONDS, "it warns", program)
        [page] = re.findall(r"The page: (\S+)", program.said())

        assert (tmp_path / "store" / "public-url").read_text() == f"{page}\n"
        assert f"Links lead to {page}" in program.said()
        forged = httpx.get(
            f"{page}/login", headers={"Host": "evil.example"}, timeout=60, trust_env=False
        )
        assert forged.status_code == 200
        assert "evil.example" not in forged.text


def test_a_public_address_stays(tmp_path: Path) -> None:
    """What students type is what the operator says."""
    settings = Settings(store=tmp_path, public_url="https://lab.example")

    assert with_address(settings, "0.0.0.0", 8123).public_url == "https://lab.example"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRADER_WORKERS", "many"),
        ("GRADER_TIME_ZONE", "Asia/Taibei"),
        ("GRADER_TIME_ZONE", "Asia"),
        ("GRADER_TRUSTED_PROXIES", "172.16.0.0/33"),
        ("GRADER_TRUSTED_PROXIES", "127.0.0.1,proxy"),
        ("GRADER_STUDENT_SECONDS", "0"),
        ("GRADER_STUDENT_SECONDS", "181"),  # the grader's own work no longer fits in beside it
        ("GRADER_GRADING_LIMIT_SECONDS", "239"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The message says at the start which variable it was."""
    monkeypatch.setenv(name, value)

    with pytest.raises(ServiceError, match=name):
        settings_of()


def test_a_new_store_is_its_owners_alone(tmp_path: Path) -> None:
    """Nobody else on the machine reads what students handed in."""
    prepare(Settings(store=tmp_path / "store")).engine.dispose()

    assert (tmp_path / "store").stat().st_mode & 0o777 == 0o700
