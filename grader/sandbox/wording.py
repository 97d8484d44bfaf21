"""The sentences a student reads when a call gave no value; nothing here is taken on trust."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from grader.sandbox.frames import FrameError
from grader.sandbox.protocol import ERROR_KINDS, CallError
from grader.sentences import Sentence, say

_SIGKILL, _SIGXCPU = 9, 24
_MAX_TEXT = 20_000
_MAX_SENTENCE = 400
_MAX_NAME = 80
# An absolute path of two or more parts, in front of its last one.
_FOLDERS = re.compile(r"(?<![\w.])/(?:[\w.+@-]+/)+")
# What Python says where a name, something of a module, or a module is not there.
_MISSING: Mapping[str, re.Pattern[str]] = {
    "NameError": re.compile(r"name '(\w+)' is not defined"),
    "AttributeError": re.compile(r"module '[\w.]+' has no attribute '(\w+)'"),
    "ImportError": re.compile(r"cannot import name '(\w+)' from"),
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_OWN_WORDS = ("not_found", "too_large")  # the worker's text is the whole sentence
_CODES: Mapping[str, str] = {
    "raised": "call-raised",
    "out_of_memory": "call-memory",
    "exited": "call-exited",
    "forbidden": "call-forbidden",
}
_STOPPED: Mapping[str, str] = {"time": "time-used-up", "restarts": "too-many-restarts"}


def from_reply(said: object) -> CallError | None:
    """Return the error that a worker reports, with every part of it checked."""
    if said is None:
        return None
    if not isinstance(said, Mapping):
        return CallError(kind="garbled", message=say("reason", "answer-garbled"))
    kind = said.get("kind")
    if not isinstance(kind, str) or kind not in {*_CODES, *_OWN_WORDS}:
        kind = "raised"
    exception = _sentence(said.get("exception"))[:_MAX_NAME]
    text = _sentence(said.get("text"))
    file, cell, line = said.get("file"), said.get("cell"), said.get("line")
    return CallError(
        kind=kind,
        message=text if kind in _OWN_WORDS else _raised(_CODES[kind], exception, text),
        exception=exception if exception and kind != "not_found" else None,
        file=_sentence(file)[:_MAX_NAME] if isinstance(file, str) else None,
        cell=_count(cell),
        line=_count(line),
    )


def for_newer_python(fragment: Mapping[str, Any], here: Sequence[int]) -> CallError:
    """Return the error of a fragment that only a newer Python can parse."""
    needed = fragment["python"]
    cell, file = fragment["cell"], fragment["file"]
    place = say("where", "cell", cell=cell) if cell is not None else file
    message = say(
        "reason",
        "newer-python",
        where=place,
        needed=f"{needed[0]}.{needed[1]}",
        here=f"{here[0]}.{here[1]}",
    )
    return CallError(
        kind="newer_python", message=message, file=file, cell=cell, line=fragment["line"]
    )


def missing_name(error: CallError) -> str | None:
    """Return the name that an error says to be missing, where that is what it says."""
    pattern = _MISSING.get(error.exception or "")
    match = pattern.search(error.message) if pattern else None
    return match[1] if match else None


def module_of(said: object) -> str | None:
    """Return the module whose import failed, where a worker reports such an error."""
    module = said.get("module") if isinstance(said, Mapping) else None
    return module[:_MAX_NAME] if isinstance(module, str) else None


def unreadable(module: str) -> CallError:
    """Return the error of an import that the sandbox keeps from working: it is ours."""
    return CallError(kind="internal", message=say("reason", "module-unreadable", module=module))


def timed_out(seconds: float) -> CallError:
    """Return the error of a call that took longer than it may."""
    return CallError(kind="timed_out", message=say("reason", "call-timed-out", seconds=seconds))


def stopped(why: str) -> CallError:
    """Return the error of a call that was not made any more."""
    kind = "timed_out" if why == "time" else "crashed"
    return CallError(kind=kind, message=say("reason", _STOPPED[why]))


def refused(error: FrameError) -> CallError:
    """Return the error of an answer that was not accepted."""
    kind = error.kind if error.kind in ERROR_KINDS else "garbled"
    return CallError(kind=kind, message=say("reason", "answer-unreadable", detail=error))


def ended(status: int | None) -> CallError:
    """
    Return the error of a call during which the process ended with the wait *status*.

    None stands for a process that lived on without its channel.
    """
    if status is None:
        return CallError(kind="garbled", message=say("reason", "call-closed"))
    number = status & 0x7F
    if not number:
        return CallError(kind="exited", message=say("reason", "call-exited"))
    if number == _SIGKILL:
        return CallError(kind="out_of_memory", message=say("reason", "call-memory"))
    if number == _SIGXCPU:
        return CallError(kind="timed_out", message=say("reason", "time-used-up"))
    name = signal.Signals(number).name if number in {*signal.Signals} else f"signal {number}"
    return CallError(kind="crashed", message=say("reason", "call-crashed", signal=name))


def clean(text: object) -> str:
    """Return *text* bounded, without control characters and without the host's folders."""
    if not isinstance(text, str):
        return ""
    printable = text[:_MAX_TEXT].encode("utf-8", "replace").decode()
    return _FOLDERS.sub("", _CONTROL.sub("", printable))


def _raised(code: str, exception: str, text: str) -> Sentence:
    """Return what an exception comes to; many have no text of their own."""
    has_text = text or code not in {"call-raised", "call-forbidden"}
    return say("reason", code if has_text else f"{code}-silently", exception=exception, text=text)


def _sentence(text: object) -> str:
    return " ".join(clean(text).split())[:_MAX_SENTENCE]


def _count(number: object) -> int | None:
    return number if type(number) is int and 0 <= number < 1_000_000 else None
