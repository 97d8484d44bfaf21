"""
Files as they arrive: read in pieces under a limit, looked into, and stored before any row is.

A name is the student's data: it is kept to be shown, and never becomes a path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from api.kit.ids import CONTROLS
from api.kit.problems import Problem
from api.kit.services import Services
from api.kit.storage import Blob
from grader.editions.loader import Edition, default_edition_id
from grader.intake.files.archive import names_inside
from grader.intake.files.candidates import may_hold_code
from grader.intake.files.entries import is_ignored
from grader.intake.files.file_names import suffix_of
from grader.intake.files.signatures import describe
from grader.words.message import message

FIELD_BYTES = 16 << 10
MAX_FIELDS = 20
HEAD_BYTES = 64 << 10
NAME_CHARACTERS = 120
UNPRINTABLE = re.compile(CONTROLS)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, kw_only=True)
class Received:
    """A file that was uploaded: what the student called it, and where its bytes are safe."""

    name: str
    blob: Blob
    inside: tuple[str, ...] = ()  # names of the files in a .zip


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form that was sent: its text fields, and its files in order, stored."""

    fields: Mapping[str, str]
    files: tuple[Received, ...]

    def get(self, field: str) -> str:
        """Return a text field without the spaces around it, ``""`` where it is missing."""
        return self.fields.get(field, "").strip()


async def receive(
    request: Request,
    services: Services,
    refuse: Callable[[Mapping[str, str]], None] = lambda _fields: None,
) -> Form:
    """
    Read a multipart form and store its ``file`` fields, unless *refuse* raises at the others.

    Raises:
        Problem: The body is no form, a file is empty, unsupported or one too many, or there is
            none that may hold code.
        StorageError: The files cannot be stored; nothing of them is kept.

    """
    form = await read_form(request, max_files=services.settings.max_files)
    try:
        fields = text_fields(form)
        refuse(fields)
        edition = services.editions.get(fields.get("edition", "").strip() or default_edition_id())
        files = await run_in_threadpool(store, services, uploaded_files(form), edition)
    finally:
        await form.close()
    return Form(fields=fields, files=tuple(files))


async def read_form(request: Request, *, max_files: int) -> FormData:
    """Return the request's multipart form, whose large files lie in temporary ones."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise Problem(
            415, "not-multipart", "send the files as multipart/form-data, each in a field 'file'"
        )
    try:
        return await request.form(
            max_files=max_files, max_fields=MAX_FIELDS, max_part_size=FIELD_BYTES
        )
    except HTTPException as error:
        if error.detail.startswith("Too many files"):
            reason = message("upload.many", most=max_files)
            raise Problem(413, "too-many-files", reason) from None
        raise


def uploaded_files(form: FormData) -> list[UploadFile]:
    """Return the form's files, in order; raise Problem 422 where there is none."""
    files = [one for one in form.getlist("file") if isinstance(one, UploadFile)]
    files = [one for one in files if one.filename or one.size]  # a browser's empty field
    if not files:
        raise Problem(422, "no-file", message("upload.none"))
    return files


def text_fields(form: FormData) -> dict[str, str]:
    """Return the form's text fields; of a repeated one the last."""
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


def store(
    services: Services, files: Sequence[UploadFile], edition: Edition | None
) -> list[Received]:
    """Check every file and then store them all; of an unknown *edition* any names will do."""
    named = [(clean_name(one.filename or ""), one.file) for one in files]
    _refuse_same_names([name for name, _ in named])
    for name, file in named:
        check_file(name, file)
    inside = {name: names_in(name, file) for name, file in named}
    if edition is not None:
        refuse_without_code(list(inside.items()), edition)
    return [
        Received(name=name, inside=inside[name], blob=services.blobs.put(file))
        for name, file in named
    ]


def refuse_without_code(files: Sequence[tuple[str, Sequence[str]]], edition: Edition) -> None:
    """
    Raise Problem 422 unless the files, each a name and the names inside, may hold code.

    An archive that tells no names may: what is wrong with it is said where it is read.
    """
    names = [one for name, inside in files for one in ([*inside] or [name])]
    names = [name for name in names if not is_ignored(name)]
    if not may_hold_code(names, edition.file.files.code):
        raise Problem(422, "no-code", message("upload.no-code"))


def names_in(name: str, file: IO[bytes]) -> tuple[str, ...]:
    """Return the names of the files in a .zip; of anything else, none."""
    return names_inside(file) if name.lower().endswith(".zip") else ()


def clean_name(name: str) -> str:
    """Return the last part of a file's name, printable and not too long."""
    base = re.split(r"[/\\]", name)[-1]
    printable = UNPRINTABLE.sub("_", base).strip()
    stem, suffix = printable[: -len(s)] if (s := PurePosixPath(printable).suffix) else printable, s
    kept = f"{stem[:NAME_CHARACTERS]}{suffix[:10]}"
    if kept.strip(". ") == "":
        raise Problem(422, "no-file-name", message("upload.no-name"))
    return kept


def _refuse_same_names(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Problem(422, "same-name", message("upload.same-name", file=twice[0]))


def check_file(name: str, file: IO[bytes]) -> None:
    """Raise Problem unless the file holds what its name says, which is something we take."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    if not head.strip():
        raise Problem(422, "empty-file", message("upload.empty", file=name))
    found = describe(head) or ("text" if _is_text(head) else "unknown")
    suffix = suffix_of(name)
    wanted = {".pdf": "pdf", ".zip": "zip"}.get(suffix, "text")
    if found != wanted and suffix not in {".ipynb", ".py", ".pdf", ".zip"}:
        raise Problem(415, "unsupported-file", message("upload.other-kind", file=name))
    if found != wanted:
        expected = {".ipynb": "notebook", ".py": "script"}.get(suffix, wanted)
        reason = message("upload.other-content", file=name, found=found, expected=expected)
        raise Problem(415, "unsupported-file", reason)
    if suffix == ".ipynb" and not _is_json_object(head):
        raise Problem(415, "unsupported-file", message("upload.no-notebook", file=name))


def _is_text(head: bytes) -> bool:
    return head.startswith(_UTF_16) or b"\0" not in head


def _is_json_object(head: bytes) -> bool:
    return head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"{")
