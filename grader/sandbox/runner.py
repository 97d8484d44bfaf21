"""One submission's sandbox, as the rest of the grader sees it."""

from __future__ import annotations

import functools
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from grader.errors import SandboxError
from grader.sandbox.calls import error_messages, requests
from grader.sandbox.calls.replies import CallError, LoadReport, Observation
from grader.sandbox.calls.requests import Request
from grader.sandbox.frames import (
    MAX_PADDING,
    ChannelClosedError,
    ChannelTimeoutError,
    Frame,
    FrameError,
)
from grader.sandbox.policy import Policy, full
from grader.sandbox.processes import libraries, pool
from grader.sandbox.processes.interpreter import interpreter
from grader.sandbox.processes.process import Process
from grader.sandbox.protocol import LayerState, Limits, SharedImages, Value
from grader.words.message import say

# How long a child that has closed its channel is given to end by itself: on a machine that has
# no memory left it may take its time, and "it closed the connection" would be said of a crash.
_EXIT_SECONDS = 2.0
_IMPORT_SECONDS = 30.0
_IMPORTS = """\
def imports(name, load=__import__):
    try:
        load(name)
    except Exception:
        return False
    return True
"""


class Sandbox:
    """
    Where one submission's code runs; a context manager.

    The constructor returns at once, and the child starts beside the caller's own work.  A call
    that kills the child costs only itself: the next one finds a fresh child with the same
    program.  No method raises for anything that the student's code does.
    """

    def __init__(  # noqa: PLR0913  keyword-only, one per part of a submission
        self,
        program: Sequence[Mapping[str, Any]],
        *,
        networks: Mapping[str, Mapping[str, Any]],
        scaffold: Mapping[str, Any],
        limits: Limits | None = None,
        policy: Policy | None = None,
        compile_flags: int = 0,
        seed: int | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.policy = policy or full()
        self._pool = pool.shared(self.policy)
        self._fragments = [dict(fragment) | {"flags": compile_flags} for fragment in program]
        self._places = {(f["file"], f["cell"]): f.get("counter") for f in self._fragments}
        self._imported = libraries.Imported.of(self._fragments)
        self._networks, self._scaffold = dict(networks), dict(scaffold)
        self._imports = libraries.worth_preloading(f["source"] for f in self._fragments)
        self._seed = secrets.randbits(31) if seed is None else seed
        self._process: Process | None = None
        self._sequence = 0
        self._starts = 0
        self.stops = 0  # how often the child was killed for what it did, or ended itself
        self._left = self.limits.total_seconds
        self._failed: dict[int, CallError] = {}
        self._loaded: LoadReport | None = None
        self._builds: dict[str, tuple[Request, float]] = {}
        self._ready: set[str] = set()
        self._images: SharedImages | None = None

    def __enter__(self) -> Sandbox:
        """Return the sandbox."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the child."""
        self.close()

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the names of the layers that hold."""
        self._start()
        return self._process.layers if self._process else ()

    def close(self) -> None:
        """End the child; nothing of it is left."""
        with suppress(SandboxError):  # what forked it is gone, and the child with it
            self._end()

    def loaded(self) -> LoadReport:
        """Return the load report: what each of the student's fragments defined, or its error."""
        stopped = None if self._loaded else self._start()
        if self._loaded is not None:
            return self._loaded
        names = [name for fragment in self._fragments for name in fragment["defines"]]
        return LoadReport(errors=dict.fromkeys(names, stopped) if stopped else {})

    def call(
        self,
        candidates: Sequence[str],
        arguments: Sequence[Value],
        *,
        limit_seconds: float,
        return_arguments: bool = True,
        other_seed: bool = False,
    ) -> Observation:
        """
        Call the first of the *candidates* (dotted paths) that the student defined.

        The arguments travel by value: the call gets fresh copies.  ``arguments_after`` is what
        became of them; an argument that did not change is the very value that was given.
        Every call starts from the same random state, unless *other_seed* asks for another.
        """
        request = requests.call(
            candidates,
            arguments,
            return_arguments=return_arguments,
            seed=self._seed ^ other_seed,
        )
        seen = self._observe(request, limit_seconds=limit_seconds)
        return self._explained(seen, candidates)

    def build(  # noqa: PLR0913  keyword-only, what the template hands to a constructor
        self,
        name: str,
        *,
        network: str,
        class_name: str,
        layers: Sequence[LayerState],
        input_activations: Value | None = None,
        replace: Mapping[str, Sequence[Value]] | None = None,
        limit_seconds: float,
    ) -> Observation:
        """
        Build the student's *class_name* on the neutral *network*, and keep it as *name*.

        The calls of the functions named in *replace* are answered with the given values, in
        order.  The value is a dict of what the constructor left: ``input_scale`` and, for each
        layer, ``<layer>.weight``, ``.weight_scale``, ``.output_scale`` and ``.bias``, as far as
        they are there.
        """
        request = requests.build(
            {"name": name, "network": network, "class_name": class_name},
            layers=layers,
            input_activations=input_activations,
            replace=replace or {},
        )
        seen = self._observe(request, limit_seconds=limit_seconds)
        if seen.error is None:
            self._builds[name] = (request, limit_seconds)
            self._ready.add(name)
        return self._explained(seen, [class_name])

    def forward(
        self,
        name: str,
        images: SharedImages,
        *,
        indices: Sequence[int],
        batch_size: int,
        limit_seconds: float,
    ) -> Observation:
        """
        Run the network built as *name* on the images at *indices*, *batch_size* at a time.

        The value is a dict of ``logits``, ``images`` as the pass has left them and, for each
        weighted layer, ``<layer>.input``; or whatever else the forward pass returned. Where the
        pass raises, the trace up to there comes beside the error.
        """
        missing = self._prepare_forward(name, images)
        if missing is not None:
            return Observation(error=missing)
        built, _ = self._builds[name]
        request = requests.forward(
            name,
            requests.spec_of(self._networks[built.meta["network"]]),
            indices=indices,
            batch_size=batch_size,
        )
        return self._observe(request, limit_seconds=limit_seconds)

    def _prepare_forward(self, name: str, images: SharedImages) -> CallError | None:
        """See to it that the child has the images and the network; return why it has not."""
        if name not in self._builds:
            return CallError(kind="internal", message=say("detail", "no-such-network", name=name))
        stopped = self._start()
        if stopped is not None:
            return stopped
        if name not in self._ready:
            request, limit_seconds = self._builds[name]
            seen = self._observe(request, limit_seconds=limit_seconds)
            if seen.error is not None:
                return seen.error
            self._ready.add(name)
        return None if images == self._images else self._share(images)

    def _share(self, images: SharedImages) -> CallError | None:
        limit = self.limits.load_seconds
        with Path(images.path).open("rb") as file:
            request = requests.images(images, file.fileno())
            seen = self._observe(request, limit_seconds=limit)
        self._images = images if seen.error is None else None
        return seen.error

    def _start(self) -> CallError | None:
        """Start the child and load the program, if that is not done; return why it cannot be."""
        while self._process is None:
            if self._left <= 0:
                return error_messages.used_up(self.limits.total_seconds)
            if self._starts > self.limits.restarts:
                return error_messages.worn_out()
            self._starts += 1
            self._process = self._pool.fork(
                networks=self._networks,
                scaffold=self._scaffold,
                limits=self.limits,
                imports=self._imports,
            )
            self._load()
        return None

    def _load(self) -> None:
        """Run the fragments one by one; one that kills the child is left out from then on."""
        defined: list[str] = []
        errors: dict[str, CallError] = {}
        printed = []
        for number, fragment in enumerate(self._fragments):
            error = self._failed.get(number) or error_messages.needs_newer(
                fragment, interpreter().version
            )
            if error is None:
                meta = {"operation": "load", "fragment": fragment}
                frame, error = self._ask(Request(meta=meta), self.limits.load_seconds)
                defined += requests.defined(frame, fragment["defines"])
                printed.append(requests.printed(frame))
            if error is not None:
                error = error_messages.caused(error, errors)
                self._failed[number] = error
                errors |= dict.fromkeys(fragment["defines"], error)
                if error.kind == "not_installed" and "*" in fragment["source"]:
                    errors.setdefault(error_messages.ANY, error)
            if self._process is None:
                return
        good = {*defined}
        self._loaded = LoadReport(
            defined=tuple(sorted(good)),
            errors={name: error for name, error in errors.items() if name not in good},
            fragment_errors=tuple(self._failed.values()),
            printed="".join(printed)[: self.limits.printed_bytes],
        )

    def _observe(
        self,
        request: Request,
        *,
        limit_seconds: float,
    ) -> Observation:
        stopped = self._start()
        if stopped is not None:
            return Observation(error=stopped)
        begun = time.monotonic()
        frame, error = self._ask(request, limit_seconds)
        seconds = time.monotonic() - begun
        if frame is None:
            return Observation(error=error, seconds=seconds)
        try:
            seen = requests.observation(frame, request)
        except FrameError as broken:
            self.stops += 1
            self._end()
            return Observation(error=error_messages.refused(broken), seconds=seconds)
        if error is not None and self._loaded is not None:
            error = error_messages.caused(error, self._loaded.errors)
        return replace(seen, error=error, seconds=seconds)

    # long: each way in which a call can end is a case of its own
    def _ask(
        self, request: Request, limit_seconds: float
    ) -> tuple[Frame | None, CallError | None]:
        """Send one request; return its answer and its error.  Ends the child where none comes."""
        assert self._process is not None
        if self._left <= 0:
            return None, error_messages.used_up(self.limits.total_seconds)
        allowed = min(limit_seconds, self._left)
        limit_bytes = min(request.reply_bytes, self.limits.message_bytes)
        channel = self._process.channel
        begun = time.monotonic()
        self._sequence += 1
        try:
            if channel.pending():
                raise FrameError("an answer came before its question")  # noqa: EM101
            asked = {"seed": self._seed, "reply_bytes": limit_bytes} | dict(request.meta)
            deadline = begun + allowed
            channel.send(
                self._sequence,
                asked,
                request.buffers,
                descriptors=request.descriptors,
                deadline=deadline,
            )
            frame = channel.receive(limit=limit_bytes + MAX_PADDING, deadline=deadline)
            if frame.sequence != self._sequence:
                raise FrameError("an answer is to another question")  # noqa: EM101
            return frame, self._error_of(request, frame)
        except ChannelTimeoutError:
            self.stops += 1
            self._end()
            if allowed < limit_seconds:
                return None, error_messages.used_up(self.limits.total_seconds)
            return None, error_messages.timed_out(limit_seconds)
        except ChannelClosedError:
            self.stops += 1
            return None, error_messages.ended(self._end(patience_seconds=_EXIT_SECONDS))
        except FrameError as broken:
            self.stops += 1
            self._end()
            return None, error_messages.refused(broken)
        finally:
            self._left -= time.monotonic() - begun

    def _error_of(self, request: Request, frame: Frame) -> CallError | None:
        """Return the error in an answer; an import that fails for everybody here is ours."""
        said = frame.meta.get("error")
        error = error_messages.from_reply(said, self._asked(request))
        if error is None:
            return None
        named = error_messages.module_of(said)
        for module in [named] if named else libraries.imported_by(request.source):
            if libraries.is_installed(module) and not can_import(module, self.policy):
                return error_messages.unreadable(module)
        if named and self._imported.lacks(named, error):
            return error_messages.not_installed(error, named, lacking=libraries.lacking(named))
        return error

    def _asked(self, request: Request) -> error_messages.Asked:
        """Return what an answer to *request* may speak of."""
        return error_messages.Asked(
            names=request.names,
            is_class=request.is_class,
            limit_bytes=min(request.reply_bytes, self.limits.message_bytes),
            places=self._places,
        )

    def _end(self, *, patience_seconds: float = 0.0) -> int | None:
        """
        End the child; return its wait status, or None if it had not ended by itself.

        Raises ``SandboxError`` where what forked it is gone: then no answer says anything about
        the student's code.
        """
        if self._process is None:
            return None
        process, self._process = self._process, None
        process.channel.close()
        self._ready.clear()
        self._images = None
        return self._pool.reap(process.number, patience_seconds)

    def _explained(self, seen: Observation, candidates: Sequence[str]) -> Observation:
        """Name what kept a function from being defined, where it is known."""
        if seen.error is None or seen.error.kind != "not_found":
            return seen
        errors = self.loaded().errors
        for path in candidates:
            cause = errors.get(path.partition(".")[0])
            if cause is not None:
                return replace(seen, error=cause)
        return seen


@functools.lru_cache(maxsize=256)
def can_import(module: str, policy: Policy) -> bool:
    """Return whether a worker of our own can import *module*: a student's is not believed."""
    fragment = {"file": "", "cell": None, "line": 1, "source": _IMPORTS, "defines": ("imports",)}
    with Sandbox([fragment], networks={}, scaffold={}, policy=policy) as sandbox:
        seen = sandbox.call(["imports"], [Value.str(module)], limit_seconds=_IMPORT_SECONDS)
    return seen.value is None or seen.value.data is not False
