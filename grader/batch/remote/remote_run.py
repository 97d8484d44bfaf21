"""
Grade the submissions of a source by a service, and go on where a run before ended.

What the service has already, by student and by the digests of the files, is not handed in again.
"""

from __future__ import annotations

import hashlib
import io
import mimetypes
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.batch.engine import STUDENTS_FOLDER, Graded, clear_documents, named_folders
from grader.batch.late.rule import Lateness
from grader.batch.records import PENDING, REFUSED, Record
from grader.batch.remote.collected import collect
from grader.batch.remote.connection import Connection, RefusedUploadError, ServerError
from grader.batch.sources.submitted import Submitted
from grader.batch.staging import stage
from grader.errors import SubmissionError
from grader.words.message import Message, message

FINAL = frozenset({"graded", "pending", "refused", "ungraded", "replaced"})
STAFF = frozenset({"ta", "instructor"})
SENDERS = 4  # uploads and downloads at once
LOOK_SECONDS = 2.0
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # equal files have equal archives


@dataclass(frozen=True, kw_only=True)
class RemoteBatch:
    """What is handed in to a service, and where its answers go."""

    connection: Connection
    edition: str
    out: Path
    language: str = "en"


@dataclass(frozen=True, kw_only=True)
class RemoteGraded:
    """How one submission ended, and how late it is where the service knows a due date."""

    graded: Graded
    lateness: Lateness | None = None


def check_server(connection: Connection, edition: str) -> Mapping[str, Any]:
    """Return the assignment; raise ServerError where nothing can be handed in to it."""
    me = connection.reach()
    if me.get("role") not in STAFF:
        msg = f"{connection.address}: the token is {me.get('login')}'s, who is not of the staff"
        raise ServerError(msg)
    assignment: Mapping[str, Any] = connection.json(f"/assignments/{edition}")
    if not assignment["open"]:
        msg = (
            f"{connection.address}: the assignment {edition} is closed; open it in its settings,"
            " then the same command hands the class in"
        )
        raise ServerError(msg)
    return assignment


def run_remotely(
    batch: RemoteBatch,
    submitted: Sequence[Submitted],
    *,
    assignment: Mapping[str, Any],
    ended: Callable[[Graded], None],
    handed_in: Callable[[int], None] = lambda _count: None,
) -> list[RemoteGraded]:
    """
    Return how each submission ends, in their order; *ended* is told as soon as each does.

    *handed_in* is told how many the service has. Raise ServerError where it is gone for long.
    """
    named = list(named_folders(submitted))
    with ThreadPoolExecutor(max_workers=SENDERS) as threads:
        try:
            return _Run(batch, assignment, threads).run(named, ended, handed_in)
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


class _Run:
    """One run: what the service had before, and what is still being graded there."""

    def __init__(
        self, batch: RemoteBatch, assignment: Mapping[str, Any], threads: ThreadPoolExecutor
    ) -> None:
        self._batch = batch
        self._assignment = assignment
        self._threads = threads
        self._known: dict[tuple[str, tuple[str, ...]], Mapping[str, Any]] = {}
        for one in batch.connection.submissions(batch.edition):
            self._known.setdefault(_key(one["student_id"], _digests(one)), one)

    def run(
        self,
        named: Sequence[tuple[Submitted, str]],
        ended: Callable[[Graded], None],
        handed_in: Callable[[int], None],
    ) -> list[RemoteGraded]:
        done: dict[int, RemoteGraded] = {}
        waiting: dict[str, list[int]] = {}
        had: set[int] = set()
        sending = {
            self._threads.submit(self._hand_in, one): at for at, (one, _) in enumerate(named)
        }
        for count, future in enumerate(as_completed(sending), start=1):
            at = sending[future]
            told = future.result()
            if isinstance(told, Record):
                done[at] = self._ended(named[at], told, ended)
            else:
                waiting.setdefault(told[0], []).append(at)
                had |= {at} if told[1] else set()
            handed_in(count)
        while waiting:
            final = [name for name in self._final(waiting) if name in waiting]
            fetching: dict[Future[tuple[Record, Lateness | None]], int] = {
                self._threads.submit(self._collect, name, named[at]): at
                for name in final
                for at in waiting.pop(name)
            }
            for got in as_completed(fetching):
                at = fetching[got]
                record, lateness = got.result()
                done[at] = self._ended(named[at], record, ended, lateness, had=at in had)
            if waiting and not final:
                time.sleep(LOOK_SECONDS)
        return [done[at] for at in range(len(named))]

    def _hand_in(self, one: Submitted) -> Record | tuple[str, bool]:
        """Return the submission's id and whether it was there before, or how it ended here."""
        if one.refused is not None:
            return Record(state=REFUSED, reason=one.refused.as_json())
        if one.unclear is not None or not one.student_id:
            reason = one.unclear or message("class.no-id")
            return self._open(message("batch.not-handed-in", reason=reason))
        with tempfile.TemporaryDirectory(prefix="grader-batch-") as folder:
            try:
                stage(one, Path(folder))
            except SubmissionError as error:
                return Record(state=REFUSED, reason=error.reason.as_json())
            files = _files(Path(folder))
        digests = tuple(sorted(hashlib.sha256(content).hexdigest() for _, content in files))
        if before := self._known.get(_key(one.student_id, digests)):
            return str(before["id"]), True
        try:
            return self._send(one, files, digests), False
        except RefusedUploadError as error:  # this one's files; the rest of the class goes on
            reason = message("batch.server-says", told=str(error))
            return Record(state=REFUSED, edition=self._batch.edition, reason=reason.as_json())

    def _send(
        self, one: Submitted, files: Sequence[tuple[str, bytes]], digests: Sequence[str]
    ) -> str:
        fields = {
            "student_id": one.student_id,
            "edition": self._batch.edition,
            "language": self._batch.language,
        }
        if one.received_at is not None:
            fields["received_at"] = one.received_at.isoformat()
        key = hashlib.sha256("\0".join([*fields.values(), *digests]).encode()).hexdigest()
        answer = self._batch.connection.request(
            "POST",
            "/submissions",
            data=fields,
            files=[
                ("file", (name, content, mimetypes.guess_type(name)[0] or "text/plain"))
                for name, content in files
            ],
            headers={"Idempotency-Key": key},
        )
        return str(answer.json()["id"])

    def _final(self, waiting: Iterable[str]) -> list[str]:
        """Return those of the submissions that are graded, or ended in another way."""
        wanted = set(waiting)
        found = []
        for one in self._batch.connection.submissions(self._batch.edition):
            if one["id"] in wanted:
                wanted.discard(one["id"])
                found += [one["id"]] if one["state"] in FINAL else []
            if not wanted:
                return found
        return [*found, *wanted]  # those that were deleted meanwhile are told by their own address

    def _collect(self, name: str, named: tuple[Submitted, str]) -> tuple[Record, Lateness | None]:
        one, folder = named
        out = self._batch.out / STUDENTS_FOLDER / folder
        clear_documents(out, one.key)
        return collect(
            self._batch.connection,
            name,
            out,
            key=one.key,
            language=self._batch.language,
            has_due_date=self._assignment.get("due_at") is not None,
        )

    def _ended(
        self,
        named: tuple[Submitted, str],
        record: Record,
        ended: Callable[[Graded], None],
        lateness: Lateness | None = None,
        *,
        had: bool = False,
    ) -> RemoteGraded:
        one, folder = named
        graded = Graded(submitted=one, folder=folder, record=record, is_cached=had)
        ended(graded)
        return RemoteGraded(graded=graded, lateness=lateness)

    def _open(self, reason: Message) -> Record:
        return Record(
            state=PENDING, edition=self._batch.edition, reason=reason.as_json(), is_final=False
        )


def _key(student_id: str, digests: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    return student_id.lower(), digests


def _digests(one: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(file["sha256"] for file in one["files"]))


def _files(folder: Path) -> list[tuple[str, bytes]]:
    """Return what is sent: the files, or one archive where they lie in folders."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    if all(path.parent == folder for path in found):
        return [(path.name, path.read_bytes()) for path in found]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in found:
            info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes())
    return [("submission.zip", packed.getvalue())]
