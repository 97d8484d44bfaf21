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
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from grader.batch.engine import STUDENTS_FOLDER, Graded, clear_documents, named_folders
from grader.batch.late.moments import Moments
from grader.batch.late.rule import Lateness
from grader.batch.records import PENDING, REFUSED, Record, digest_of
from grader.batch.remote.collected import collect
from grader.batch.remote.connection import Connection, RefusedUploadError, ServerError
from grader.batch.remote.moments import counted_moment, known_moment, lateness_told
from grader.batch.sources.submitted import Submitted
from grader.batch.staging import stage
from grader.errors import SubmissionError
from grader.words.message import Message, message

FINAL = frozenset({"graded", "pending", "refused", "ungraded", "replaced"})
STAFF = frozenset({"ta", "instructor"})
SENDERS = 4  # uploads and downloads at once
LOOK_SECONDS, MOST_SECONDS = 1.0, 10.0
LOOKED_AT = 100  # submissions in a second: a large class asks less often
_SAME_MOMENT = timedelta(seconds=1)
_Named = tuple[Submitted, str]  # with the name of the folder of its results
_Content = tuple[str, tuple[str, ...]]  # whose it is, and the digests of its files
_File = tuple[str, bytes]
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # equal files have equal archives


@dataclass(frozen=True, kw_only=True)
class RemoteBatch:
    """What is handed in to a service, and where its answers go."""

    connection: Connection
    assignment: Mapping[str, Any]  # as the service tells it
    out: Path
    language: str = "en"
    zone: tzinfo = UTC
    moments: Moments = field(default_factory=Moments)

    @property
    def edition(self) -> str:
        """Return the edition that is handed in to."""
        return str(self.assignment["edition"])


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
    handed_in: Callable[[], None] = lambda: None,
    ended: Callable[[Graded], None] = lambda _graded: None,
) -> list[RemoteGraded]:
    """
    Return how each submission ends, in their order; *ended* is told as soon as each does.

    *handed_in* is told of each that the service has. Raise ServerError where it is gone for long.
    """
    named = list(named_folders(submitted))
    with ThreadPoolExecutor(max_workers=SENDERS) as threads:
        try:
            return _Run(batch, threads).run(named, handed_in, ended)
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            batch.connection.close()
            raise


@dataclass(frozen=True, kw_only=True)
class _HandedIn:
    """A submission at the service, and whether it was there before."""

    id: str
    was_there: bool = False


class _Run:
    """One run: what the service had before, and what is still being graded there."""

    def __init__(self, batch: RemoteBatch, threads: ThreadPoolExecutor) -> None:
        self._batch = batch
        self._threads = threads
        self._known: dict[_Content, list[Mapping[str, Any]]] = {}
        for one in batch.connection.submissions(batch.edition):
            key = (one["student_id"].lower(), _digests(one))
            self._known.setdefault(key, []).append(one)

    def run(
        self,
        named: Sequence[_Named],
        handed_in: Callable[[], None],
        ended: Callable[[Graded], None],
    ) -> list[RemoteGraded]:
        """Return how each submission ends, once all have."""
        done: dict[int, RemoteGraded] = {}
        waiting: dict[int, _HandedIn] = {}
        for at, told in self._each(self._hand_in, dict(enumerate(named))):
            if isinstance(told, _HandedIn):
                waiting[at] = told
                handed_in()
            else:
                done[at] = self._ended(named[at], told, ended)
        while waiting:
            final = self._final({one.id for one in waiting.values()})
            over = {at: (named[at], one) for at, one in waiting.items() if one.id in final}
            for at, (record, lateness) in self._each(self._collect, over):
                cached = waiting.pop(at).was_there
                done[at] = self._ended(named[at], record, ended, lateness, is_cached=cached)
            if waiting and not over:
                time.sleep(min(LOOK_SECONDS + len(waiting) / LOOKED_AT, MOST_SECONDS))
        return [done[at] for at in range(len(named))]

    def _each(self, work: Callable[[Any], Any], given: Mapping[int, Any]) -> Iterator[Any]:
        """Yield what *work* makes of each thing, with its number, as soon as it is done."""
        futures: dict[Future[Any], int] = {
            self._threads.submit(work, one): at for at, one in given.items()
        }
        for future in as_completed(futures):
            yield futures[future], future.result()

    def _hand_in(self, named: _Named) -> Record | _HandedIn:
        """Return what the service has; a record where the work stays here."""
        one = named[0]
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
        try:
            return self._there(one, files) or self._send(one, files)
        except RefusedUploadError as error:  # this one's files; the rest of the class goes on
            reason = message("batch.server-says", told=str(error))
            return Record(state=REFUSED, edition=self._batch.edition, reason=reason.as_json())

    def _there(self, one: Submitted, files: Sequence[_File]) -> _HandedIn | None:
        """Return the same files at the service, handed in at that moment if it is known."""
        digests = tuple(sorted(hashlib.sha256(content).hexdigest() for _, content in files))
        moment = known_moment(one, self._batch.moments)
        for before in self._known.get((one.student_id.lower(), digests), ()):
            received_at = datetime.fromisoformat(before["received_at"])
            if moment is None or abs(received_at - moment) < _SAME_MOMENT:
                return _HandedIn(id=str(before["id"]), was_there=True)
        return None

    def _send(self, one: Submitted, files: Sequence[_File]) -> _HandedIn:
        moment = known_moment(one, self._batch.moments)
        counted = counted_moment(moment, self._batch.assignment["due_at"])
        fields = {
            "student_id": one.student_id,
            "edition": self._batch.edition,
            "language": self._batch.language,
            **({} if counted is None else {"received_at": counted.isoformat()}),
        }
        answer = self._batch.connection.request(
            "POST",
            "/submissions",
            data=fields,
            files=[
                ("file", (name, content, mimetypes.guess_type(name)[0] or "text/plain"))
                for name, content in files
            ],
            headers={"Idempotency-Key": _digest_of(fields, files)},
        )
        return _HandedIn(id=str(answer.json()["id"]))

    def _final(self, wanted: set[str]) -> set[str]:
        """Return those of the submissions that are graded, or ended in another way."""
        left, final = set(wanted), set()
        for one in self._batch.connection.submissions(self._batch.edition):
            if one["id"] in left:
                left.discard(one["id"])
                final |= {one["id"]} if one["state"] in FINAL else set()
            if not left:
                return final
        return final | left  # of those that were deleted meanwhile their own address tells

    def _collect(self, over: tuple[_Named, _HandedIn]) -> tuple[Record, Lateness | None]:
        """Return how a submission ended; its documents are in its folder by then."""
        (one, folder), there = over
        batch = self._batch
        out = batch.out / STUDENTS_FOLDER / folder
        told = batch.connection.json(f"/submissions/{there.id}")
        clear_documents(out, one.key)
        record = collect(batch.connection, told, out, key=one.key, language=batch.language)
        moment = known_moment(one, batch.moments)
        return record, lateness_told(one, moment, told, batch.assignment, batch.zone)

    def _ended(
        self,
        named: _Named,
        record: Record,
        ended: Callable[[Graded], None],
        lateness: Lateness | None = None,
        *,
        is_cached: bool = False,
    ) -> RemoteGraded:
        graded = Graded(submitted=named[0], folder=named[1], record=record, is_cached=is_cached)
        ended(graded)
        return RemoteGraded(graded=graded, lateness=lateness)

    def _open(self, reason: Message) -> Record:
        return Record(
            state=PENDING, edition=self._batch.edition, reason=reason.as_json(), is_final=False
        )


def _digest_of(fields: Mapping[str, str], files: Sequence[_File]) -> str:
    """Return one digest of all that an upload says: sent again, it is the same upload."""
    contents = [(name, hashlib.sha256(content).hexdigest()) for name, content in files]
    return digest_of(*fields.values(), *contents)


def _digests(one: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(file["sha256"] for file in one["files"]))


def _files(folder: Path) -> list[_File]:
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
