"""The sentences a student reads when a call gave no value; nothing here is taken on trust."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from grader.sandbox.calls.replies import CallError
from grader.sandbox.frames import FrameError
from grader.sandbox.protocol import ERROR_KINDS
from grader.words.message import Message, named, say
from grader.words.places import cell_named

ANY = "*"  # the name of whatever a star import would have bound
_SIGKILL, _SIGXCPU = 9, 24
_MAX_TEXT = 20_000
_MAX_SENTENCE = 400
_MAX_MODULE = 80
# An absolute path of two or more parts, in front of its last one.
_FOLDERS = re.compile(r"(?<![\w.])/(?:[\w.+@-]+/)+")
# What Python says where a name, something of a module, or a module is not there.
_MISSING: Mapping[str, re.Pattern[str]] = {
    "NameError": re.compile(r"name '(\w+)' is not defined"),
    "AttributeError": re.compile(r"module '[\w.]+' has no attribute '(\w+)'"),
    "ImportError": re.compile(r"cannot import name '(\w+)' from"),
}
# Controls, what turns the direction of writing, line separators and what is no character at all.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
    r"\ufff9-\ufffb\ufffe\uffff]"
)
# A class's name, and what the worker adds to an array's that cannot travel. Any string can be made
# a class's name: as a part of our own sentences it would be words of the student's.
_TYPE = re.compile(
    r"[^\W\d]\w{0,79}(?:\.[^\W\d]\w{0,79})?"
    r"(?: of dtype [\w\[\]]{1,40}(?: \((?:meta|sparse\w{0,20}|strided|jagged|_mkldnn)\))?)?"
)

_MEASURES: Mapping[str, tuple[str, str]] = {
    "bytes": ("value-too-large", "size"),
    "parts": ("value-too-many-parts", "count"),
    "bits": ("integer-too-long", "count"),
}
_MOST = 1 << 62
_NOWHERE: Mapping[str, None] = {"file": None, "cell": None, "line": None}
_CODES: Mapping[str, str] = {
    "raised": "call-raised",
    "out_of_memory": "call-memory",
    "exited": "call-exited",
    "forbidden": "call-forbidden",
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """
    What an answer may speak of: everything else in it is a student's invention.

    ``names`` are those that were looked for, ``is_class`` says that the only one is a class's;
    ``limit_bytes`` is what may come back, and ``places`` are the files and cells of the program,
    with the numbers that Jupyter gave the cells.
    """

    names: tuple[str, ...] = ()
    is_class: bool = False
    limit_bytes: int = 0
    places: Mapping[tuple[str, int | None], int | None] = field(default_factory=dict)


NOTHING_ASKED = Asked()


def from_reply(said: object, asked: Asked = NOTHING_ASKED) -> CallError | None:
    """Return the error that a worker reports, with every part of it checked."""
    if said is None:
        return None
    if not isinstance(said, Mapping):
        return CallError(kind="garbled", message=say("reason", "answer-garbled"))
    place = _place(said, asked)
    kind = said.get("kind")
    if kind == "not_found" and asked.names and place["file"] is None:
        return CallError(kind=kind, message=_missing(asked))
    if kind == "too_large":
        return CallError(kind=kind, message=_too_large(said, asked), **place)
    # An exception of ours that came out of the student's code has no text of its own.
    text = "" if kind == "not_found" else _sentence(said.get("text"))
    kind = kind if isinstance(kind, str) and kind in _CODES else "raised"
    exception = said.get("exception")
    name = clean_type(exception, "Exception") if isinstance(exception, str) else "Exception"
    return CallError(kind=kind, message=_raised(_CODES[kind], name, text), exception=name, **place)


def needs_newer(fragment: Mapping[str, Any], here: tuple[int, ...]) -> CallError | None:
    """Return why a fragment is not run: it is for a newer Python than *here*; None where not."""
    needed = fragment.get("python")
    if not needed or tuple(needed) <= here:
        return None
    cell, file = fragment["cell"], fragment["file"]
    counter = fragment.get("counter")
    place = file if cell is None else cell_named(cell, counter)
    message = say(
        "reason",
        "newer-python",
        where=place,
        needed=f"{needed[0]}.{needed[1]}",
        here=f"{here[0]}.{here[1]}",
    )
    return CallError(
        kind="newer_python",
        message=message,
        file=file,
        cell=cell,
        line=fragment["line"],
        counter=counter,
    )


def missing_name(error: CallError) -> str | None:
    """Return the name that an error says to be missing, where that is what it says."""
    pattern = _MISSING.get(error.exception or "")
    match = pattern.search(str(error.message.values.get("text", ""))) if pattern else None
    return match[1] if match else None


def caused(error: CallError, errors: Mapping[str, CallError]) -> CallError:
    """Return the error behind *error*: a name is missing since the code that defines it failed."""
    name = missing_name(error)
    if name is None:
        return error
    of_modules = (cause for key, cause in errors.items() if key.endswith(f"::{name}"))
    return errors.get(name) or next(of_modules, None) or errors.get(ANY) or error


def module_of(said: object) -> str | None:
    """Return the module whose import failed, where a worker reports such an error."""
    module = said.get("module") if isinstance(said, Mapping) else None
    return module[:_MAX_MODULE] if isinstance(module, str) else None


def not_installed(error: CallError, module: str, *, lacking: str) -> CallError:
    """
    Return the error of an import of what is not on this machine, or not any more.

    *lacking* is the part of *module*'s name that is not here: all of it, what comes below a
    library that is, or nothing where only the name that was wanted of it is not.
    """
    found = _MISSING["ImportError"].search(str(error.message.values.get("text", "")))
    library = module.removesuffix(lacking).rstrip(".")
    name = lacking or (found[1] if found else "")
    if library and name:
        message = say("reason", "library-lacks", library=library, name=name)
    else:
        message = say("reason", "not-installed", module=module.partition(".")[0])
    return replace(error, kind="not_installed", message=message)


def unreadable(module: str) -> CallError:
    """Return the error of an import that the sandbox keeps from working: it is ours."""
    return CallError(kind="internal", message=say("reason", "module-unreadable", module=module))


def timed_out(seconds: float) -> CallError:
    """Return the error of a call that took longer than it may."""
    return CallError(kind="timed_out", message=say("reason", "call-timed-out", seconds=seconds))


def used_up(seconds: float) -> CallError:
    """Return the error of a call for which a submission's *seconds* are not enough any more."""
    return CallError(kind="used_up", message=say("reason", "time-used-up", seconds=seconds))


def worn_out() -> CallError:
    """Return the error of a call that was not made: the code ended too many processes."""
    return CallError(kind="crashed", message=say("reason", "too-many-restarts"))


def refused(error: FrameError) -> CallError:
    """Return the error of an answer that was not accepted."""
    if error.kind == "too_large":
        size = f"{error.size_bytes:,}"
        return CallError(kind=error.kind, message=say("reason", "value-too-large", size=size))
    kind = error.kind if error.kind in ERROR_KINDS else "garbled"
    detail = named("detail", str(error))
    return CallError(kind=kind, message=say("reason", "answer-unreadable", detail=detail))


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
        return CallError(kind="timed_out", message=say("reason", "processor-time"))
    name = signal.Signals(number).name if number in {*signal.Signals} else f"signal {number}"
    return CallError(kind="crashed", message=say("reason", "call-crashed", signal=name))


def clean(text: object) -> str:
    """Return *text* bounded, without control characters and without the host's folders."""
    if not isinstance(text, str):
        return ""
    printable = text[:_MAX_TEXT].encode("utf-8", "replace").decode()
    return _FOLDERS.sub("", _CONTROL.sub("", printable))


def clean_type(name: str, otherwise: str = "object") -> str:
    """Return the name of a type; *otherwise* where no class statement could have given it."""
    return name if _TYPE.fullmatch(name) else otherwise


def _missing(asked: Asked) -> Message:
    names = asked.names
    if asked.is_class:
        return say("reason", "class-missing", name=names[0])
    if len({*names}) == 1:
        return say("reason", "name-missing", name=names[0])
    return say("reason", "either-missing", first=names[0], second=names[1])


def _too_large(said: Mapping[str, object], asked: Asked) -> Message:
    measure, count = said.get("measure"), said.get("count")
    if isinstance(measure, str) and measure in _MEASURES and type(count) is int:
        code, name = _MEASURES[measure]
        if 0 <= count < _MOST:
            return say("reason", code, **{name: f"{count:,}"})
    return say("reason", "value-over-limit", size=f"{asked.limit_bytes:,}")


def _place(said: Mapping[str, object], asked: Asked) -> dict[str, Any]:
    """Return where an error was raised, if that is a place in the program."""
    file, cell = said.get("file"), _count(said.get("cell"))
    if not isinstance(file, str) or (file, cell) not in asked.places:
        return {**_NOWHERE}
    line, counter = _count(said.get("line")), asked.places[file, cell]
    return {"file": file, "cell": cell, "line": line, "counter": counter}


def _raised(code: str, exception: str, text: str) -> Message:
    """Return what an exception comes to; many have no text of their own."""
    has_text = text or code not in {"call-raised", "call-forbidden"}
    return say("reason", code if has_text else f"{code}-silently", exception=exception, text=text)


def _sentence(text: object) -> str:
    return " ".join(clean(text).split())[:_MAX_SENTENCE]


def _count(number: object) -> int | None:
    return number if type(number) is int and 0 <= number < 1_000_000 else None
