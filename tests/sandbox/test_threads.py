"""A worker's threads are bounded, also where the kernel counts them with other processes'."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator

import pytest

from grader.errors import SandboxError
from grader.sandbox import policy
from grader.sandbox.frames import Channel
from grader.sandbox.inside import zygote
from grader.sandbox.policy import UNPRIVILEGED, Policy
from grader.sandbox.processes import pool
from grader.sandbox.protocol import Limits, Value
from grader.sandbox.runner import Sandbox

Make = Callable[..., Sandbox]

SOURCE = """\
import threading, time
from concurrent.futures import ThreadPoolExecutor

def bomb(count):
    threading.stack_size(65536)  # a newer C library takes no less
    for started in range(count):
        try:
            threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
        except RuntimeError:
            return started
    return count

def squares():
    with ThreadPoolExecutor(8) as several:
        return sum(several.map(lambda x: x * x, range(100)))

def one_after_another(count):
    for _ in range(count):
        thread = threading.Thread(target=len, args=("",))
        thread.start()
        thread.join()
    return count

def raises():
    while True:
        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
"""


@pytest.fixture(scope="module", params=["every layer", "container", "shared user"])
def level(request: pytest.FixtureRequest) -> Iterator[Policy]:
    """The last one shares its user with the grader, whoever runs the tests."""
    if request.param == "every layer":
        yield policy.full()
    elif request.param == "container":
        yield policy.container()
    else:
        shared = policy.container().without(UNPRIVILEGED)
        yield shared
        pool.shared(shared).close()


def test_a_worker_starts_as_many_threads_as_it_may_and_no_more(make: Make, level: Policy) -> None:
    """A bomb gets its allowance beside the main thread; the next worker gets as many."""
    limits = Limits(memory_bytes=1 << 30, extra_threads=5)

    for _ in range(2):
        seen = make(SOURCE, policy=level, limits=limits).call(
            ["bomb"], [Value.int(2000)], limit_seconds=60
        )
        assert seen.value is not None, seen.error
        assert seen.value.data == 1 + 5


def test_honest_threads_run_as_anywhere(make: Make, level: Policy) -> None:
    """A pool of eight computes, and a thread that has ended makes room for another."""
    sandbox = make(SOURCE, policy=level)

    pooled = sandbox.call(["squares"], [], limit_seconds=60)
    in_turn = sandbox.call(["one_after_another"], [Value.int(100)], limit_seconds=60)

    assert pooled.value is not None, pooled.error
    assert pooled.value.data == 328_350
    assert in_turn.value is not None, in_turn.error
    assert in_turn.value.data == 100


def test_a_refused_thread_is_the_students_error_and_ends_nothing(
    make: Make, level: Policy
) -> None:
    """Threads without end come to an error of the call; a worker beside it goes on."""
    beside, bomb = (make(SOURCE, policy=level) for _ in range(2))
    beside.loaded()

    error = bomb.call(["raises"], [], limit_seconds=60).error
    after = beside.call(["squares"], [], limit_seconds=60)

    assert error is not None
    assert error.kind == "forbidden"
    assert after.error is None


def test_a_fork_that_fails_is_answered_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that forks says that there is no process to be had, and lives on."""

    def none_left() -> int:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(zygote.os, "fork", none_left)
    ours, theirs = socket.socketpair()
    control = Channel(ours)
    control.descriptors.append(os.dup(theirs.fileno()))
    request = {"operation": "fork", "imports": [], "setup": {}}

    with ours, theirs:
        answer = zygote._answer(control, request, set())

    assert answer["pid"] is None
    assert "temporarily unavailable" in answer["reason"]
    assert control.descriptors == []


def test_no_process_for_a_worker_is_our_error_and_passes(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where none comes free in time grading stops with what to do; one that comes free is used."""
    make(SOURCE).loaded()
    started = pool.shared(policy.full())
    asked = started._started.ask
    answers = [{"pid": None, "reason": "none left"}] * 2

    def busy(meta: dict[str, object], descriptors: tuple[int, ...] = ()) -> object:
        if meta["operation"] == "fork" and answers:
            return answers.pop()
        return asked(meta, descriptors)

    monkeypatch.setattr(started._started, "ask", busy)
    assert make(SOURCE).call(["squares"], [], limit_seconds=60).error is None
    assert answers == []

    answers += [{"pid": None, "reason": "none left"}]
    monkeypatch.setattr(pool, "_NO_PROCESS_SECONDS", 0.0)
    with pytest.raises(SandboxError, match=r"none left.*pids_limit"):
        make(SOURCE).loaded()
