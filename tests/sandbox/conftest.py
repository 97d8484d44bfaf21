"""Real child processes, shared where a test does not kill its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.sandbox import policy
from grader.sandbox.calls.replies import Observation
from grader.sandbox.policy import Policy
from grader.sandbox.processes import pool
from grader.sandbox.protocol import Limits, SharedImages, Value
from grader.sandbox.runner import Sandbox
from tests.sandbox.sandbox_programs import SCAFFOLD, SMALL, fragments

Make = Callable[..., Sandbox]


@pytest.fixture(scope="session", params=["every layer", "container"])
def hard_policy(request: pytest.FixtureRequest) -> Policy:
    return policy.full() if request.param == "every layer" else policy.container()


@pytest.fixture(scope="session", autouse=True)
def _pools() -> Iterator[None]:
    pool.shared(policy.full())
    yield
    pool.close_all()


@pytest.fixture
def make() -> Iterator[Make]:
    """Return a function that opens a sandbox on some source; it is closed after the test."""
    opened: list[Sandbox] = []

    def start(source: str, **given: Any) -> Sandbox:
        defaults: dict[str, Any] = {
            "networks": {"Net": asdict(SMALL)},
            "scaffold": SCAFFOLD,
            "limits": Limits(memory_bytes=1 << 30),
        }
        sandbox = Sandbox(fragments(source), **defaults | given)
        opened.append(sandbox)
        return sandbox

    yield start
    for sandbox in opened:
        sandbox.close()


@pytest.fixture(scope="session")
def evaluate() -> Iterator[Callable[..., Observation]]:
    """Return a function that evaluates an expression as a student's code, in one sandbox."""
    source = "import torch, os, sys\ndef evaluate(text, x=None):\n    return eval(text)"
    with Sandbox(fragments(source), networks={}, scaffold={}) as sandbox:

        def run(text: str, *arguments: Value, limit_seconds: float = 60.0) -> Observation:
            given = [Value.str(text), *arguments]
            return sandbox.call(["evaluate"], given, limit_seconds=limit_seconds)

        yield run


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> SharedImages:
    path = tmp_path_factory.mktemp("images") / "images.npy"
    pixels = np.random.default_rng(1).integers(0, 256, (20, 3, 8, 8), dtype=np.uint8)
    np.save(path, pixels)
    return SharedImages(path=str(path), mean=(0.5, 0.5, 0.5), std=(0.5, 0.25, 1.0))


@pytest.fixture(scope="session")
def pixels(images: SharedImages) -> np.ndarray[Any, Any]:
    return np.load(Path(images.path))
