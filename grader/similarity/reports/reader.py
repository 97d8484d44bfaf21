"""Reads reports in a process of its own, which is restarted where it ends."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grader
from grader.similarity.reports.blocks import WALL_SECONDS, receive, send
from grader.similarity.reports.handed import TOO_MUCH, HandedReport, handed_report

PATIENCE_SECONDS = WALL_SECONDS + 30  # the process itself keeps time
MODULE = "grader.similarity.reports.process"
FAILED: Mapping[str, Any] = {"problem": TOO_MUCH}


class ReportReader:
    """Reads one PDF after the other; the same bytes only once."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._known: dict[str, Mapping[str, Any]] = {}

    def __enter__(self) -> Self:
        """Start nothing: most submissions have no report."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self.close()

    def read(self, file: str, data: bytes) -> HandedReport:
        """Return the report in *data*; one that cannot be read says why."""
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self._known:
            self._known[digest] = self._ask(data)
        return handed_report(file, data, self._known[digest])

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _ask(self, data: bytes) -> Mapping[str, Any]:
        """Return what the process answers; whatever becomes of it, an answer."""
        try:
            process = self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            send(process.stdin, data)
            ready, _, _ = select.select([process.stdout], [], [], PATIENCE_SECONDS)
            answer = receive(process.stdout) if ready else None
            read = None if answer is None else json.loads(answer)
        except (OSError, ValueError, RecursionError):
            read = None
        if not isinstance(read, dict):
            self.close()
            return FAILED
        return read

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            ours = str(Path(grader.__file__).parents[1])
            paths = [ours, *filter(None, [os.environ.get("PYTHONPATH")])]
            single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
            self._process = subprocess.Popen(
                [sys.executable, "-m", MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **single, "PYTHONPATH": os.pathsep.join(paths)},
            )
        return self._process
