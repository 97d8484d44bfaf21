"""A call's value or its error, and the sandbox after it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.sandbox import policy
from grader.sandbox.calls import error_messages
from grader.sandbox.policy import Policy
from grader.sandbox.processes import launch, pool
from grader.sandbox.protocol import Limits, Value
from grader.sandbox.runner import Sandbox

Make = Callable[..., Sandbox]

SOURCE = """\
import os, sys, ctypes, time
counter = 0

def fine(x=1):
    global counter
    counter += 1
    print("working", x)
    return counter

def raises():
    values = [1, 2]

    return values[7]

def loops():
    while True:
        try:
            time.sleep(1)
        except BaseException:
            pass

def leaves():
    sys.exit(0)

def dies():
    os._exit(0)

def crashes():
    ctypes.string_at(0)

def fills():
    return [bytearray(2**20) for _ in range(10**6)]

def digs():
    return digs()

def forks():
    return os.fork()

def closes():
    os.closerange(3, 64)
    time.sleep(60)

def random():
    return float(torch.rand(1)), float(np.random.rand())

class Shapes:
    @staticmethod
    def static(x): return x
    def plain(x): return x
    def bound(self, x): return x
    @classmethod
    def of_class(cls, x): return x
"""


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("raises", "raised"),
        ("loops", "timed_out"),
        ("leaves", "exited"),
        ("dies", "exited"),
        ("crashes", "crashed"),
        ("fills", "out_of_memory"),
        ("digs", "raised"),
        ("forks", "forbidden"),
        ("closes", "garbled"),
        ("absent", "not_found"),
    ],
)
def test_each_way_to_end_a_call_is_its_own_kind_and_the_next_call_works(
    make: Make, name: str, kind: str
) -> None:
    """A call that raises, hangs, exits or crashes costs itself only."""
    sandbox = make(SOURCE)

    limit_seconds = 1.0 if kind == "timed_out" else 60.0
    error = sandbox.call([name], [], limit_seconds=limit_seconds).error
    after = sandbox.call(["fine"], [], limit_seconds=60)

    assert error is not None
    assert error.kind == kind, error
    assert after.error is None


def test_an_error_names_the_students_own_line(make: Make) -> None:
    """The place of an error is the innermost line of the student's files."""
    error = make(SOURCE).call(["raises"], [], limit_seconds=60).error

    assert error is not None
    assert (error.file, error.cell, error.line) == ("hw1_1.ipynb", 1, 13)
    assert error.exception == "IndexError"
    assert str(error.message) == "the code raised IndexError: list index out of range"


def test_the_lines_around_a_call_can_be_shown(make: Make, hard_policy: Policy) -> None:
    """
    A student's code may print where it stands, and that warns, after others have opened files.

    The frames around it are the sandbox's own, whose archive no worker can read.
    """
    source = """
import os, traceback, warnings
held = [os.open(os.devnull, os.O_RDONLY) for _ in range(40)]

def shown():
    warnings.warn("here", stacklevel=2)
    try:
        return held[40]
    except IndexError:
        traceback.print_exc()
        return "".join(traceback.format_stack())
"""
    observation = make(source, policy=hard_policy).call(["shown"], [], limit_seconds=60)

    assert observation.error is None
    assert "line 11, in shown" in str(observation.value)


def test_prints_are_kept_and_bounded(make: Make) -> None:
    """What a call prints comes back, up to a limit, however it is written."""
    limits = Limits(printed_bytes=50)
    sandbox = make(
        "import os\ndef f(x):\n    os.write(1, b'raw')\n    print(x * 30)", limits=limits
    )

    seen = sandbox.call(["f"], [Value.str("ab")], limit_seconds=60)

    assert seen.printed == ("ab" * 30)[:50]
    assert seen.value is not None
    assert seen.value.kind == "none"


def test_a_fragment_that_fails_costs_only_its_own_names(make: Make) -> None:
    """A failed import, a bad default and a missing name leave the other functions alone."""
    source = """\
import turtle_of_nobody
def good(): return 1
bad = undefined_name
def also(): return bad
"""
    sandbox = make(source)

    report = sandbox.loaded()

    assert set(report.errors) == {"turtle_of_nobody", "bad"}
    assert sandbox.call(["good"], [], limit_seconds=60).error is None
    missing = sandbox.call(["bad"], [], limit_seconds=60).error
    assert missing is not None
    assert "undefined_name" in str(missing.message)


def test_a_fragment_that_kills_the_child_is_left_out(make: Make) -> None:
    """An exit or an endless loop at the top level costs the names of that fragment only."""
    limits = Limits(load_seconds=5.0)
    source = """\
import os
def one(): return 1
dead = os._exit(1)
while True: stuck = 1
def two(): return 2
"""
    sandbox = make(source, limits=limits)

    report = sandbox.loaded()

    kinds = {name: error.kind for name, error in report.errors.items()}
    assert kinds == {"dead": "exited", "stuck": "timed_out"}
    assert sandbox.call(["two"], [], limit_seconds=60).value is not None


@pytest.mark.parametrize("path", ["static", "plain", "bound", "of_class"])
def test_every_form_of_method_is_called_with_the_arguments_alone(make: Make, path: str) -> None:
    """Static, plain, bound and class methods take the same arguments."""
    value = make(SOURCE).call([f"Shapes.{path}"], [Value.int(4)], limit_seconds=60).value

    assert value is not None
    assert value.data == 4


def test_the_first_candidate_that_exists_is_called(make: Make) -> None:
    """A function outside the class answers where the class has none."""
    value = make(SOURCE).call(["Shapes.fine", "fine"], [], limit_seconds=60).value

    assert value is not None
    assert value.data == 1


def test_random_numbers_are_the_same_in_every_call(make: Make) -> None:
    """Every generator is seeded before each call."""
    sandbox = make(SOURCE)

    first, second = (sandbox.call(["random"], [], limit_seconds=60).value for _ in range(2))

    assert [item.data for item in first.items] == [item.data for item in second.items]


def test_a_submission_has_a_time_of_its_own(make: Make) -> None:
    """Once the submission's time is used up, calls end at once."""
    sandbox = make(SOURCE, limits=Limits(total_seconds=1.0))
    sandbox.call(["loops"], [], limit_seconds=30)

    error = sandbox.call(["fine"], [], limit_seconds=30).error

    assert error == error_messages.used_up(1.0)  # nothing was waited for


def test_a_call_that_finds_too_little_time_left_is_told_so(make: Make) -> None:
    """It is the submission's time that was too short, not the call's."""
    sandbox = make(SOURCE, limits=Limits(total_seconds=1.5))

    error = sandbox.call(["loops"], [], limit_seconds=30).error

    assert error == error_messages.used_up(1.5)
    assert str(error.message) == "your code used up its 1.5 s, the time for all calls together"


def test_what_was_loaded_is_known_after_the_time_is_used_up(make: Make) -> None:
    """No process is started any more, and no function is said to be missing for it."""
    sandbox = make(SOURCE, limits=Limits(total_seconds=1.5))
    before = sandbox.loaded()
    sandbox.call(["loops"], [], limit_seconds=30)
    starts = sandbox._starts

    sandbox.call(["fine"], [], limit_seconds=30)

    assert sandbox.loaded() == before
    assert sandbox._starts == starts


def test_loading_takes_from_the_submissions_time(make: Make) -> None:
    """Statements at top level count as calls do, and the time cannot be had again by a crash."""
    limits = Limits(total_seconds=1.5, load_seconds=60.0)
    sandbox = make("while True: stuck = 1\ndef one(): return 1", limits=limits)

    errors = sandbox.loaded().errors

    assert errors == dict.fromkeys(("stuck", "one"), error_messages.used_up(1.5))
    assert sandbox.call(["one"], [], limit_seconds=30).error == error_messages.used_up(1.5)


def test_restarts_are_bounded(make: Make) -> None:
    """A submission that wears out its processes is not started for ever."""
    sandbox = make(SOURCE, limits=Limits(restarts=2))

    errors = [sandbox.call(["dies"], [], limit_seconds=60).error for _ in range(6)]

    assert errors[-1] is not None
    assert errors[-1].kind == "crashed"
    assert "too often" in str(errors[-1].message)


def test_the_constructor_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child starts beside the caller's own work, whatever torch takes to import."""
    never = [sys.executable, "-c", "import time; time.sleep(600)"]
    monkeypatch.setattr(launch, "command", lambda *_: never)
    cold = replace(policy.container(), needed=frozenset())  # nobody else's, so not yet started

    Sandbox([], networks={}, scaffold={}, policy=cold).close()  # else the test's time would end it
    pool.shared(cold).close()


def test_a_warm_start_is_a_fork(
    make: Make, hard_policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second worker starts no process with torch of its own: that would take over a second."""
    make("def f(): return 1", policy=hard_policy).call(["f"], [], limit_seconds=60)
    monkeypatch.setattr(pool, "_Zygote", None)

    for _ in range(3):
        sandbox = make("def f(): return 1", policy=hard_policy)
        assert sandbox.call(["f"], [], limit_seconds=60).error is None


def test_a_pool_that_dies_is_nobodys_answer_and_is_replaced(make: Make) -> None:
    """Where the pool was killed no call fails for it: the grader says so, and starts another."""
    sandbox = make("def f(): return 1")
    sandbox.call(["f"], [], limit_seconds=60)
    pool.shared(policy.full()).close()

    # The kernel ends the pool's workers just after it: until then this one still answers.
    calls = (sandbox.call(["f"], [], limit_seconds=60) for _ in range(1000))
    errors = []
    with pytest.raises(SandboxError, match="ended from outside"):
        errors.extend(call.error for call in calls)
    again = sandbox.call(["f"], [], limit_seconds=60)

    assert errors == [None] * len(errors)
    assert again.error is None


ENDLESS = """
import sys
sys.path[:0] = [{root!r}, {here!r}]
from tests.sandbox.sandbox_programs import fragments
from grader.sandbox import policy
from grader.sandbox.runner import Sandbox
with Sandbox(fragments("def f():\\n    while True: pass"), networks={{}}, scaffold={{}},
             policy=policy.{level}()) as sandbox:
    sandbox.loaded()
    print("running", flush=True)
    sandbox.call(["f"], [], limit_seconds=60)
"""


@pytest.mark.parametrize("level", ["full", "container"])
def test_nothing_outlives_a_grader_that_is_killed(level: str) -> None:
    """Where the grader's process is killed, every process of its sandbox dies with it."""
    here = Path(__file__).parent
    script = ENDLESS.format(root=str(here.parents[1]), here=str(here), level=level)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as grader:
        assert grader.stdout is not None
        assert grader.stdout.readline() == b"running\n"
        below = descendants(grader.pid)
        grader.kill()

    deadline = time.monotonic() + 60
    while (left := [number for number in below if alive(number)]) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert len(below) >= 2
    assert left == []


def descendants(number: int) -> list[int]:
    """Return the processes that descend from one."""
    children: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):  # a thread, or all, may just have ended
        for task in Path(f"/proc/{number}/task").iterdir():
            children += map(int, (task / "children").read_text().split())
    return children + [below for child in children for below in descendants(child)]


def alive(number: int) -> bool:
    """Return whether a process runs; one that only waits to be noticed does not."""
    try:
        return " Z " not in Path(f"/proc/{number}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_submissions_run_beside_each_other(make: Make) -> None:
    """Sandboxes of several threads give each its own answers; one that hangs holds up none."""
    source = "def f(n):\n    if n == 3:\n        while True: pass\n    return n\n"

    def ask(number: int) -> object:
        limit_seconds = 3.0 if number == 3 else 60.0
        seen = make(source).call(["f"], [Value.int(number)], limit_seconds=limit_seconds)
        return seen.error.kind if seen.error else seen.value and seen.value.data

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(ask, range(8)))

    assert found == [0, 1, 2, "timed_out", 4, 5, 6, 7]
