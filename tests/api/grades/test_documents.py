"""Documents that are drawn when asked for: one at a time, a few waiting, nobody else disturbed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
from starlette.testclient import TestClient

from api.grades import documents
from api.grades.documents import DRAWN_AT_ONCE, MOST_WAITING
from api.kit.models import Submission
from api.kit.services import Services
from report_templates import render
from tests.api.people import People, finish, hand_in, right

URL = "/api/v1/submissions"
ALIKE = 12  # requests at one moment, more than may wait
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class SlowDrawing:
    """Draws nothing before it is let, and notes how many connections are held meanwhile."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.let = threading.Event()
        self.held: list[int] = []

    def __call__(self, *_: object, **__: object) -> bytes:
        assert self.let.wait(30)
        self.held.append(self.services.engine.pool.checkedout())  # type: ignore[attr-defined]
        return b"%PDF-drawn"


@pytest.fixture
def graded(services: Services, people: People) -> Submission:
    """Return a submission whose result is there."""
    submission = hand_in(services, people.student)
    finish(services, submission, right())
    return submission


@pytest.fixture
def drawing(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDrawing]:
    """Have documents take as long as a test wants."""
    slow = SlowDrawing(services)
    monkeypatch.setattr(render, "pdf_bytes", slow)
    monkeypatch.setattr(render, "pdf_available", lambda: "")
    documents._kept.clear()
    yield slow
    slow.let.set()
    documents._kept.clear()


def test_few_wait_for_a_document_and_the_others_are_told_at_once(
    graded: Submission, ta: TestClient, drawing: SlowDrawing
) -> None:
    """While one is drawn a few wait; whoever comes then hears when to ask again."""
    address = f"{URL}/{graded.id}/report.pdf?kind=report"
    admitted = DRAWN_AT_ONCE + MOST_WAITING
    with ThreadPoolExecutor(ALIKE) as pool:
        asked = [pool.submit(ta.get, address) for _ in range(ALIKE)]
        done = as_completed(asked, timeout=30)
        refused = [next(done).result() for _ in range(ALIKE - admitted)]
        drawing.let.set()
        served = [one.result() for one in done]

    assert [one.status_code for one in refused] == [503] * (ALIKE - admitted)
    assert {one.json()["code"] for one in refused} == {"documents-busy"}
    assert {one.headers["retry-after"] for one in refused} == {"5"}
    assert [one.content for one in served] == [b"%PDF-drawn"] * admitted


def test_no_connection_is_held_while_a_document_is_drawn(
    graded: Submission, ta: TestClient, drawing: SlowDrawing
) -> None:
    """Drawing takes seconds, in which the database serves others."""
    drawing.let.set()

    assert ta.get(f"{URL}/{graded.id}/report.pdf?kind=report").status_code == 200
    assert drawing.held == [0]


def test_a_browser_is_shown_a_page_that_asks_again(
    graded: Submission, ta: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever followed a link reads what is wrong, and the browser tries again by itself."""
    monkeypatch.setattr(documents, "_admitted", threading.Semaphore(0))
    documents._kept.clear()
    address = f"{URL}/{graded.id}/report.pdf?kind=report"

    page = ta.get(address, headers=BROWSER | {"Accept-Language": "zh-TW"})

    assert (page.status_code, page.headers["refresh"]) == (503, "5")
    assert page.headers["x-frame-options"] == "SAMEORIGIN"  # the desk shows documents in a frame
    assert page.headers["content-type"].startswith("text/html")
    assert "請過幾秒再試" in page.text
    assert ">ta<" in page.text  # it knows who reads it
