"""Ctrl-C, at any moment: the command ends with one line, whatever was being imported or drawn."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

STATUS = 130  # 128 + SIGINT, as shells have it
# C libraries may swallow an exception raised during their import: raise it again.
_AGAIN_SECONDS = 3.0


class InterruptedRun(BaseException):
    """A person pressed Ctrl-C; no library's ``except Exception`` may swallow it."""


class _State:
    """Whether Ctrl-C was pressed; there is one keyboard."""

    pressed = False


def listen() -> None:
    """Raise InterruptedRun in the main thread as soon as somebody presses Ctrl-C."""
    sys.unraisablehook = _quiet
    signal.signal(signal.SIGINT, _interrupt)


def was_pressed() -> bool:
    """Return whether somebody pressed Ctrl-C: what failed after it did not fail by itself."""
    return _State.pressed


def close() -> None:
    """Ignore further interrupts until the process ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    _State.pressed = True
    _raise_again(_AGAIN_SECONDS)
    raise InterruptedRun


def _raise_again(seconds: float) -> None:
    if hasattr(signal, "setitimer"):  # Windows has none
        signal.signal(signal.SIGALRM, _interrupt)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _quiet(lost: UnraisableHookArgs) -> None:
    """Raise an interrupt again that was swallowed, in a destructor for example."""
    if isinstance(lost.exc_value, InterruptedRun):
        _raise_again(0.01)
    else:
        sys.__unraisablehook__(lost)
