"""Uploads: what is taken, what is refused, and that nothing is half there afterwards."""

from __future__ import annotations

import errno
import io
import os
import zipfile

import pytest
from sqlalchemy import event
from sqlalchemy import select as query
from starlette.testclient import TestClient

from api.kit.models import Assignment, IdempotencyKey, Submission
from api.kit.services import Services
from tests.api.people import EDITION, NOTEBOOK, counts, upload_of

URL = "/api/v1/submissions"
PDF = b"%PDF-1.7\n1 0 obj\n"


def zipped(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_an_upload_is_stored_and_queued_before_it_is_answered(
    services: Services, student: TestClient
) -> None:
    """A 202 means: the bytes are in the store, the row and the job are in the database."""
    answer = student.post(URL, files=upload_of(), data={"edition": EDITION})

    assert answer.status_code == 202
    told = answer.json()
    assert answer.headers["location"] == f"{URL}/{told['id']}"
    assert (told["state"], told["place_in_queue"], told["attempt"]) == ("waiting", 1, 1)
    assert services.blobs.read(told["files"][0]["sha256"]) == NOTEBOOK
    with services.engine.connect() as connection:
        jobs = connection.exec_driver_sql(
            "SELECT workflow_uuid, queue_name FROM workflow_status"
        ).all()
    assert [tuple(job) for job in jobs] == [(f"{told['id']}-1", "uploads")]


def test_a_row_of_ours_that_no_table_takes_is_our_fault(student: TestClient) -> None:
    """Nobody is told to try again later where the next try would break as this one did."""

    def spoil(_mapper: object, _connection: object, row: Submission) -> None:
        row.attempt = None  # type: ignore[assignment]

    event.listen(Submission, "before_insert", spoil)
    try:
        answer = student.post(URL, files=upload_of(), data={"edition": EDITION})
    finally:
        event.remove(Submission, "before_insert", spoil)

    assert (answer.status_code, answer.json()["code"]) == (500, "our-fault")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("hw1.ipynb", b"\xef\xbb\xbf" + NOTEBOOK),
        ("hw1.ipynb", NOTEBOOK.decode().encode("utf-16")),
        ("quantutils.py", b"def quantized_weights(weights):\n    return weights, 1\n"),
        ("all.zip", zipped(a=b"1")),
        ("王小明.py", "x = 1  # 註解\n".encode("big5")),
    ],
)
def test_what_a_student_hands_in_is_taken(student: TestClient, name: str, content: bytes) -> None:
    """Notebooks, scripts, archives and PDFs are taken, in the encodings that editors write."""
    answer = student.post(URL, files=upload_of(content, name))

    assert answer.status_code == 202, answer.text
    assert [file["name"] for file in answer.json()["files"]] == [name]


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("hw1.ipynb", b"", 422, "empty-file"),
        ("hw1.ipynb", b" \n", 422, "empty-file"),
        ("hw1.ipynb", b"hello", 415, "unsupported-file"),
        ("hw1.ipynb", zipped(a=b"1"), 415, "unsupported-file"),
        ("hw1.ipynb", b"<!DOCTYPE html><html>", 415, "unsupported-file"),
        ("hw1.py", b"MZ\x90\x00\x03", 415, "unsupported-file"),
        ("hw1.pdf", NOTEBOOK, 415, "unsupported-file"),
        ("hw1.zip", b"Rar!\x1a\x07", 415, "unsupported-file"),
        (
            "hw1.docx",
            zipped(**{"[Content_Types].xml": b"", "word/a": b""}),
            415,
            "unsupported-file",
        ),
        ("...", NOTEBOOK, 422, "no-file-name"),
    ],
)
def test_what_the_content_belies_is_refused(  # noqa: PLR0917  a table's columns
    services: Services, student: TestClient, name: str, content: bytes, status: int, code: str
) -> None:
    """A file is what it holds, not what it is called; nothing of a refused one is kept."""
    answer = student.post(URL, files=upload_of(content, name))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert counts(services) == (0, 0)


@pytest.mark.parametrize(
    "files",
    [
        {"hw1_108062001.pdf": PDF},
        {"all.zip": zipped(**{"hw1/report.pdf": PDF, "__MACOSX/._hw1.ipynb": b"1"})},
        {"report.pdf": PDF, "notes.txt": b"see the PDF"},
    ],
)
def test_what_cannot_hold_code_is_refused_at_once(
    services: Services, student: TestClient, files: dict[str, bytes]
) -> None:
    """A report without its notebook costs no attempt, replaces nothing, and is not kept."""
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).max_attempts = 1

    answer = student.post(URL, files=[("file", file) for file in files.items()])

    assert (answer.status_code, answer.json()["code"]) == (422, "no-code")
    assert "together with the report" in answer.json()["detail"]
    assert counts(services) == (0, 0)
    assert student.post(URL, files=upload_of()).status_code == 202


@pytest.mark.parametrize(
    "files",
    [
        {"REPORT.PDF": PDF, "hw1.ipynb": NOTEBOOK},
        {"all.zip": zipped(**{"a/hw1.IPYNB": b"1", "a/report.pdf": PDF})},
        {"all.zip": zipped(**{"inner.zip": b"1", "report.pdf": PDF})},
        {"all.zip": b"PK\x03\x04 damaged: what is wrong is said where it is read"},
        {"hw1.txt": b"x = 1"},
    ],
)
def test_what_may_hold_code_is_taken(student: TestClient, files: dict[str, bytes]) -> None:
    """Whatever the grader might find code in is left to the grader."""
    answer = student.post(URL, files=[("file", file) for file in files.items()])

    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.py", "passwd.py"),
        ("C:\\Users\\me\\hw1.py", "hw1.py"),
        ("hw\x00\x1b1.py", "hw__1.py"),
        ("a" * 500 + ".py", "a" * 120 + ".py"),
    ],
)
def test_a_file_name_is_only_a_name(student: TestClient, given: str, kept: str) -> None:
    """Folders, control characters and lengths beyond reason are taken off a name."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
        + given.replace("\\", "\\\\").encode()
        + b'"\r\n\r\nx = 1\r\n--b--\r\n'
    )
    answer = student.post(
        URL, content=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
    )

    assert [file["name"] for file in answer.json()["files"]] == [kept]


def test_the_same_name_twice_is_refused(student: TestClient) -> None:
    """Two files of one name are refused rather than one of them lost."""
    answer = student.post(URL, files=[*upload_of(), *upload_of()])

    assert (answer.status_code, answer.json()["code"]) == (422, "same-name")


def test_too_many_files_are_refused(services: Services, student: TestClient) -> None:
    """More files than the limit are refused as a whole."""
    many = [("file", (f"{n}.py", b"x")) for n in range(services.settings.max_files + 1)]

    answer = student.post(URL, files=many)

    assert (answer.status_code, answer.json()["code"]) == (413, "too-many-files")
    assert counts(services) == (0, 0)


def test_a_broken_form_is_the_senders_fault(student: TestClient) -> None:
    """A multipart body without boundary or in pieces is a 400, and no form is a 415."""
    no_boundary = student.post(URL, content=b"x", headers={"Content-Type": "multipart/form-data"})
    no_form = student.post(URL, json={"file": "x"})
    no_file = student.post(URL, files={"other": b"x"})

    assert (no_boundary.status_code, no_form.status_code) == (400, 415)
    assert (no_file.status_code, no_file.json()["code"]) == (422, "no-file")


def test_a_repeated_key_answers_as_before(services: Services, student: TestClient) -> None:
    """A request sent again under its key makes no second submission."""
    first = student.post(URL, files=upload_of(), headers={"Idempotency-Key": "k-1"})
    again = student.post(URL, files=upload_of(), headers={"Idempotency-Key": "k-1"})

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert (first.json()["repeated"], again.json()["repeated"]) == (False, True)
    assert counts(services)[0] == 1


def test_a_used_key_takes_no_other_content(services: Services, student: TestClient) -> None:
    """Another file, or another language, under a used key is refused."""
    student.post(URL, files=upload_of(), headers={"Idempotency-Key": "k-1"})

    other_file = student.post(
        URL, files=upload_of(b"x = 1", "a.py"), headers={"Idempotency-Key": "k-1"}
    )
    other_language = student.post(
        URL, files=upload_of(), data={"language": "zh_TW"}, headers={"Idempotency-Key": "k-1"}
    )

    for answer in (other_file, other_language):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert counts(services)[0] == 1


def test_a_key_is_its_owners_own(
    services: Services, student: TestClient, other_student: TestClient
) -> None:
    """Two students may use the same key; neither gets the other's submission."""
    ids = {
        client.post(URL, files=upload_of(), headers={"Idempotency-Key": "k"}).json()["id"]
        for client in (student, other_student)
    }

    assert len(ids) == 2


def test_a_refused_upload_uses_no_key(services: Services, student: TestClient) -> None:
    """What was refused may be sent again, mended, under the same key."""
    student.post(URL, files=upload_of(b""), headers={"Idempotency-Key": "k"})

    mended = student.post(URL, files=upload_of(), headers={"Idempotency-Key": "k"})

    assert mended.status_code == 202
    with services.sessions() as session:
        assert len(session.scalars(query(IdempotencyKey)).all()) == 1


def test_a_student_hands_in_for_nobody_else(student: TestClient) -> None:
    """A student's own id may be given or left out; another's is refused."""
    own = student.post(URL, files=upload_of(), data={"student_id": "108062001"})
    other = student.post(URL, files=upload_of(), data={"student_id": "108062002"})

    assert own.status_code == 202
    assert (other.status_code, other.json()["code"]) == (403, "not-your-id")


def test_staff_hand_in_for_a_student(ta: TestClient) -> None:
    """A TA names the student, and may say when the work came."""
    answer = ta.post(
        URL,
        files=upload_of(),
        data={"student_id": "108062002", "received_at": "2026-01-02T08:00:00+08:00"},
    )
    nobody = ta.post(URL, files=upload_of())

    assert answer.json()["received_at"] == "2026-01-02T00:00:00Z"
    assert answer.json()["student_id"] == "108062002"
    assert (nobody.status_code, nobody.json()["code"]) == (422, "bad-student-id")


@pytest.mark.parametrize(
    "given", ["yesterday", "2026-01-02T08:00:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_moment_that_makes_no_sense_is_refused(ta: TestClient, given: str) -> None:
    """A moment needs a zone and a possible year."""
    answer = ta.post(
        URL, files=upload_of(), data={"student_id": "108062002", "received_at": given}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "bad-received-at")


def test_a_self_check_needs_the_instructors_leave(services: Services, client: TestClient) -> None:
    """Without a login nothing is taken until the assignment allows it; then a key opens it."""
    refused = client.post(URL, files=upload_of())
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).anonymous = True
    taken = client.post(URL, files=upload_of(), headers={"Idempotency-Key": "k"})
    again = client.post(URL, files=upload_of(), headers={"Idempotency-Key": "k"})

    assert (refused.status_code, taken.status_code) == (401, 202)
    told = taken.json()
    assert told["student_id"].startswith("anonymous-")
    assert len(told["key"]) >= 43
    assert again.json()["key"] == told["key"]
    address = f"{URL}/{told['id']}"
    assert client.get(address).status_code == 401
    assert client.get(address, headers={"X-Result-Key": told["key"]}).status_code == 200
    assert client.get(address, headers={"X-Result-Key": "x" * 43}).status_code == 404


def test_a_full_disk_refuses_the_upload_whole(
    services: Services, student: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the disk has no space left the answer is 503, and neither row nor blob is there."""
    monkeypatch.setattr("os.fsync", _no_space)

    answer = student.post(URL, files=upload_of())

    assert (answer.status_code, answer.json()["code"]) == (503, "storage-unavailable")
    assert answer.headers["retry-after"] == "30"
    assert "/" not in answer.json()["detail"]
    monkeypatch.undo()
    assert counts(services) == (0, 0)
    assert list((services.settings.store / "blobs" / "incoming").iterdir()) == []


def _no_space(_descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
