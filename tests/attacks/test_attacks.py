"""
Hostile submissions: none gets out, none looks right, and the next honest one is unharmed.

Each folder of ``cases`` holds a student's file and the outcomes that it may have: ``wrong`` for a
value that is not the right answer, or the kind of the error that ends the call.
"""

from __future__ import annotations

import platform
import socket
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attack_traps import CANARY, Traps, text_of
from tests.sandbox.sandbox_programs import fragments

from grader.sandbox import policy
from grader.sandbox.policy import Policy
from grader.sandbox.protocol import Limits, Value, identical
from grader.sandbox.calls.replies import Observation
from grader.sandbox.runner import Sandbox

pytestmark = pytest.mark.long

CASES = sorted((Path(__file__).parent / "cases").iterdir())
LIMITS = Limits(memory_bytes=1 << 30, message_bytes=64 << 20, load_seconds=2.0, total_seconds=30.0)
HONEST = """\
def quantized_weights(weights):
    scale = 127 / weights.abs().max()
    return (weights * scale).round().clamp(-128, 127), scale.item()
"""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """
    What a hostile submission may come to, and on which machines it means anything.

    ``points`` is what it honestly earns, graded as a whole: those of its right parts. Where it is
    not given, that is what the wrong answer in ``baseline`` earns.
    """

    about: str
    outcomes: tuple[str, ...]
    points: float | None = None
    only: str | None = None
    markup: bool = False


def expected_of(case: Path) -> Expected:
    fields: dict[str, Any] = tomllib.loads((case / "expected.toml").read_text())
    return Expected(**fields | {"outcomes": tuple(fields["outcomes"])})


@pytest.fixture(scope="module", params=["every layer", "container"])
def hard(request: pytest.FixtureRequest) -> Policy:
    return policy.full() if request.param == "every layer" else policy.container()


@pytest.fixture(scope="module")
def traps() -> Iterator[Traps]:
    with Traps() as armed:
        yield armed


@pytest.fixture(scope="module")
def weights() -> Value:
    """Return weights from a seed that no submission knows."""
    return Value.tensor(np.random.default_rng().normal(size=(6, 3, 5, 5)).astype(np.float32))


def ask(
    source: str, weights: Value, used: Policy, limit_seconds: float = 30.0
) -> list[Observation]:
    """Return what three calls of ``quantized_weights`` come to."""
    program = fragments(source)
    with Sandbox(program, networks={}, scaffold={}, limits=LIMITS, policy=used, seed=1) as sandbox:
        return [
            sandbox.call(["quantized_weights"], [weights], limit_seconds=limit_seconds)
            for _ in range(3)
        ]


def outcome(seen: Observation, weights: Value) -> str:
    """Return the kind of the error, or whether the value is the right answer."""
    if seen.error is not None:
        return seen.error.kind
    value = seen.value
    if value is None or value.kind != "tuple" or len(value.items) != 2:
        return "wrong"
    integers, scale = value.items
    if integers.kind != "tensor" or integers.shape != weights.shape or scale.number is None:
        return "wrong"
    wanted = weights.data * scale.number
    level = float(np.abs(wanted).max())
    right = 63 <= level <= 128 and float(np.abs(integers.data - wanted).max()) <= 0.51
    return "right" if right else "wrong"


@pytest.fixture(scope="module")
def honest(weights: Value, hard: Policy) -> Value:
    """Return what the honest submission gives before any attack."""
    seen = ask(HONEST, weights, hard)[0]
    assert outcome(seen, weights) == "right"
    assert seen.value is not None
    return seen.value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_attack_neither_escapes_nor_looks_right_nor_harms_the_next(
    case: Path, weights: Value, hard: Policy, honest: Value, traps: Traps
) -> None:
    """Every attack ends in one of its outcomes, and the honest submission after it is right."""
    expected = expected_of(case)
    if expected.only not in (None, platform.machine()):
        pytest.skip(f"a system call of {expected.only}")

    source = traps.aimed((case / "hw1_attack.py").read_text())
    attacked = ask(source, weights, hard, 1.0 if "timed_out" in expected.outcomes else 30.0)
    after = ask(HONEST, weights, hard)[0]

    outcomes = [outcome(seen, weights) for seen in attacked]
    assert set(outcomes) <= set(expected.outcomes), attacked[0]
    assert traps.sprung() == []
    said = "".join(text_of(seen) for seen in attacked)
    assert "FOUND-" not in said
    assert CANARY not in said
    assert after.value is not None, after.error
    assert identical(after.value, honest)


def test_there_are_enough_attacks() -> None:
    """The corpus is as large as it is meant to be, and every case says what it is."""
    assert len(CASES) >= 60
    assert all(expected_of(case).about and expected_of(case).outcomes for case in CASES)


def test_the_traps_work() -> None:
    """Each trap springs when it is touched, so that silence means something."""
    with Traps() as armed:
        socket.create_connection(("127.0.0.1", armed.port)).close()
        armed.left.write_text("x")
        deadline = time.monotonic() + 60
        while not armed.heard and time.monotonic() < deadline:
            time.sleep(0.05)

        assert len(armed.heard) == len(armed.left_files()) == 1
        assert len(armed.sprung()) == 2
