"""What is kept of a failure of the grader's own: the exception and the value in it, bounded."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from grader.border.answers import ScaleAnswer
from grader.errors import SandboxError
from grader.faults import MOST_CHARACTERS, attempt, described
from grader.model import Fault
from grader.sandbox.protocol import Value


def fault_of(held: object, message: str = "no") -> Fault:
    """Return the fault of work that raises while it looks at *held*."""

    def look_at(_value: object) -> None:
        raise TypeError(message)

    found = attempt(lambda: look_at(held), "a test")
    assert isinstance(found, Fault)
    return found


def test_work_that_does_not_break_returns_what_it_returns() -> None:
    """An attempt at work that holds is the work."""
    assert attempt(lambda: 3, "a test") == 3


def test_a_sandbox_that_is_gone_is_no_fault_to_go_on_from() -> None:
    """Nothing after it would be found out: it is raised."""
    with pytest.raises(SandboxError):
        attempt(lambda: (_ for _ in ()).throw(SandboxError("gone")), "a test")


def test_the_exception_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Staff see type and message; the log has the traceback under the name of the work."""
    assert fault_of(None).exception == "TypeError: no"
    assert "a test failed" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Value.float(1.7e308), "float 1.7e+308"),
        (Value.float(float("nan")), "float nan"),
        (Value.none(), "NoneType None"),
        (Value.int(3), "int 3"),
        (Value.int(10**5000), "int of 16610 bits"),
        (Value.str("a\ud800b"), "str 'a\\ud800b'"),
        (Value.tuple([Value.int(1), Value.bool(data=True)]), "tuple(int 1, bool True)"),
        (Value.array(np.zeros((2, 1))), "numpy.ndarray float64 (2, 1): 0.0, 0.0"),
        (Value.tensor(np.zeros(0)), "torch.Tensor float64 (0,): "),
        (Value(kind="other", type_name="Thing"), "Thing None"),
    ],
)
def test_a_value_is_described_whatever_it_is(value: Value, said: str) -> None:
    """Numbers, containers, tensors and strings that cannot be encoded are told in a few words."""
    assert described(value) == said


def test_the_value_that_was_looked_at_is_kept() -> None:
    """It is found in the function that raised, by itself or as part of an answer."""
    answer = ScaleAnswer(probe="conv1", largest=1.0, whole=Value.float(0.0))

    assert fault_of(Value.int(7)).value == "int 7"
    assert fault_of(answer).value == "conv1: float 0.0"
    assert fault_of({"conv1": answer, "n": 3}).value == "conv1: float 0.0"
    assert fault_of([3, "words"]).value == ""


def test_what_is_kept_is_bounded_and_clean(caplog: pytest.LogCaptureFixture) -> None:
    """Neither an endless message nor control characters of a student's string get through."""
    caplog.set_level(logging.CRITICAL, "grader.faults")  # test processes talk in UTF-8 only
    long = fault_of(Value.str("x" * 10_000 + "\x1b"), "y\x1b\ud800" * 10_000)

    assert len(long.exception) <= MOST_CHARACTERS
    assert len(long.value) <= MOST_CHARACTERS
    assert (long.exception + long.value).isprintable()
    assert (long.exception + long.value).encode()


def test_a_tensor_is_told_by_its_first_values() -> None:
    """Of a large tensor the shape and eight values are kept."""
    said = described(Value.tensor(np.arange(1e6)))

    assert said.startswith("torch.Tensor float64 (1000000,): 0.0, 1.0, ")
    assert said.endswith("7.0, ...")
