"""
A slot: the process that grades one submission after the other for its worker.

    python -m api.jobs.slot_process <descriptor> <worker's process id> [prove]

It imports torch and loads each edition's baseline once. It knows no database. Whatever goes wrong
in it ends with it: the worker kills it, starts another, and grades again.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from api.jobs.job_and_outcome import Job, ungraded
from api.kit.settings import load_settings
from api.operation.logs import configure
from grader.workers.serving import Answering, serve
from grader.workers.slots import our_fault

_log = logging.getLogger(__name__)


def main(descriptor: int, worker: int, *, prove: bool) -> None:
    """Grade what comes over the descriptor until it closes."""
    configure(load_settings())
    serve(descriptor, worker, lambda _telling: _open(prove=prove))


def _open(*, prove: bool) -> tuple[dict[str, Any], Answering]:
    proof = _prove() if prove else {}
    grader = Grader()
    return {"unusable": grader.warm(), **proof}, lambda order, notify: _serve(
        grader, order, notify
    )


def _prove() -> dict[str, Any]:
    """Return what the sandbox is made of; raise SandboxError where it does not hold."""
    from grader.sandbox.policy import full
    from grader.sandbox.proof import prove

    proof = prove(full())
    return {"layers": [*proof.layers], "missing": dict(proof.remedies)}


def _serve(
    grader: Grader, order: Mapping[str, Any], notify: Callable[[str], None]
) -> dict[str, Any]:
    """Return the answer to one order."""
    from api.kit.storage import BlobMissingError, StorageError

    try:
        return {"outcome": grader.grade(order, notify)}
    except BlobMissingError:  # trying again would not bring it back
        _log.exception("a file is gone")
        return {"outcome": ungraded(our_fault("file-missing")).as_json()}
    except StorageError as error:
        return {"storage": str(error)}


class Grader:
    """The editions, their baselines on this machine's data, and the blobs."""

    def __init__(self) -> None:
        from api.kit.storage import open_blobs
        from grader.editions.loader import edition_ids, load_edition

        self._settings = load_settings()
        self._blobs = open_blobs(self._settings)
        self._editions = {name: load_edition(name) for name in edition_ids()}
        self._baselines: dict[str, Any] = {}
        self._secret = probe_secret(self._settings.signing_key)

    def warm(self) -> dict[str, str]:
        """
        Load what every grading needs; return why which editions cannot be graded here.

        Raise DataUnusableError where none can.
        """
        from grader.locations import DataUnusableError
        from grader.sandbox.policy import full
        from grader.sandbox.processes import pool
        from report_templates.render import pdf_available

        pool.shared(full())
        unusable: dict[str, str] = {}
        for name in self._editions:
            try:
                self._baseline(name)
            except DataUnusableError as error:
                unusable[name] = str(error)
        if len(unusable) == len(self._editions):
            raise DataUnusableError(next(iter(unusable.values()), "there is no edition"))
        if reason := pdf_available():
            _log.warning(reason)
        return unusable

    def grade(self, order: Mapping[str, Any], notify: Any) -> dict[str, Any]:
        """Return the outcome of one job as JSON's types."""
        from api.jobs import grading

        job = Job.of_json(order["job"])
        setup = grading.GradingSetup(
            edition=self._editions[job.edition],
            baseline=self._baseline(job.edition),
            secret=self._secret,
            student_seconds=self._settings.student_seconds,
        )
        folder = Path(order["folder"])
        outcome = grading.grade(job, folder, setup=setup, blobs=self._blobs, notify=notify)
        return outcome.as_json()

    def _baseline(self, name: str) -> Any:
        if name not in self._baselines:
            from grader.locations import open_baseline

            edition = self._editions[name]
            self._baselines[name] = open_baseline(edition, self._settings.data)
        return self._baselines[name]


def probe_secret(signing_key: str) -> str:
    """Return the key of the probes, the same on all machines of one service."""
    return hmac.new(signing_key.encode(), b"probes", hashlib.sha256).hexdigest()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), prove=sys.argv[3:] == ["prove"])
