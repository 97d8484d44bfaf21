"""The page that takes a whole class in: told once, handed in once."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import IO

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.kit.models import Assignment, Submission, now
from api.kit.services import Services
from api.kit.storage import Blob, LocalBlobs, StorageError
from api.pages.visit import zone_of
from tests.api.people import EDITION, NOTEBOOK
from tests.api.submissions.test_classes import zipped

CLASS = zipped({"108062001/hw1.ipynb": NOTEBOOK, "b.x_1/hw1.ipynb": NOTEBOOK})


def send(client: TestClient, **fields: str) -> str:
    """Return the address that a class's upload leads to."""
    answer = client.post(
        "/staff/upload",
        files={"file": ("class.zip", CLASS)},
        data={"edition": EDITION, **fields},
        follow_redirects=False,
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def received(services: Services) -> list[Submission]:
    with services.sessions() as session:
        return list(session.scalars(select(Submission)))


def test_loading_the_result_again_hands_nothing_in(services: Services, ta: TestClient) -> None:
    """What became of the zip has an address of its own, which tells it again and again."""
    address = send(ta)

    pages = [ta.get(address) for _ in range(2)]

    assert [page.status_code for page in pages] == [200, 200]
    assert all("1 submission was taken in" in page.text for page in pages)
    assert all("b.x_1: no student id" in page.text for page in pages)
    assert len(received(services)) == 1


def test_a_store_that_fails_at_the_end_leaves_the_class_taken_in(
    services: Services, ta: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outcome is stored once the class is safe, and holds no lock while it is."""
    put = LocalBlobs.put

    def failing(self: LocalBlobs, source: IO[bytes]) -> Blob:
        if b'"accepted"' not in source.read():
            source.seek(0)
            return put(self, source)
        with services.sessions.begin():  # waits for nobody
            assert len(received(services)) == 1
        msg = "the store is full"
        raise StorageError(msg)

    monkeypatch.setattr(LocalBlobs, "put", failing)
    address = send(ta)

    assert address == f"/staff/{EDITION}?done=class_taken"
    assert "The class was taken in" in ta.get(address).text
    assert len(received(services)) == 1


def test_no_other_blob_is_told_as_a_result(services: Services, ta: TestClient) -> None:
    """A student's file is not shown there, and a result not under another edition."""
    other = next(one for one in services.editions if one != EDITION)
    result = send(ta).rpartition("/")[2]
    notebook = hashlib.sha256(NOTEBOOK).hexdigest()

    assert ta.get(f"/staff/{EDITION}/upload/{notebook}").status_code == 404
    assert ta.get(f"/staff/{other}/upload/{result}").status_code == 404


def test_students_see_no_result_of_a_class(ta: TestClient, student: TestClient) -> None:
    """Whoever has the address still has to be staff."""
    assert student.get(send(ta)).status_code == 403


@pytest.mark.parametrize(("days", "late"), [(0, False), (1, True)])
def test_staff_say_when_a_class_handed_in(
    services: Services, ta: TestClient, days: int, late: bool
) -> None:
    """An empty field counts as in time; a moment is what the late rule goes by."""
    due = now() - timedelta(days=3)
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).due_at = due
    moment = (due + timedelta(days=days)).astimezone(zone_of(services.settings))

    send(ta, received_at=f"{moment:%Y-%m-%dT%H:%M}" if days else "")

    [submission] = received(services)
    assert (submission.received_at > due) is late
    assert abs(submission.received_at - due - timedelta(days=days)) < timedelta(minutes=1)


def test_a_moment_to_come_is_refused(services: Services, ta: TestClient) -> None:
    """Nobody hands in tomorrow."""
    answer = ta.post(
        "/staff/upload",
        files={"file": ("class.zip", CLASS)},
        data={"edition": EDITION, "received_at": f"{now() + timedelta(days=2):%Y-%m-%dT%H:%M}"},
        headers={"Accept-Language": "zh-TW"},
    )

    assert answer.status_code == 422
    assert "繳交時間必須早於現在" in answer.text
    assert received(services) == []


@pytest.mark.parametrize("typed", ["yesterday", "2026-13-40T25:61"])
def test_a_moment_that_cannot_be_read_is_refused(
    services: Services, ta: TestClient, typed: str
) -> None:
    """It must not count as in time: that would be a wrong grade."""
    answer = ta.post(
        "/staff/upload",
        files={"file": ("class.zip", CLASS)},
        data={"edition": EDITION, "received_at": typed},
    )

    assert answer.status_code == 422
    assert received(services) == []
