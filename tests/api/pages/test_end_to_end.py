"""The whole way in a browser: a student's file goes in, a worker grades it, a PDF comes out."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from api.kit.models import Role, User
from api.kit.settings import Settings
from tests.api.jobs.running import EXAMPLE, Program, new_service, running
from tests.api.listening import serving
from tests.api.pages.site import falls_silent, log_in

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
GRADING_MILLISECONDS = 240_000


def test_a_student_hands_in_and_takes_the_pdf_away(tmp_path: Path, browser: Browser) -> None:
    """Upload, live stages, points, and the PDF that the worker drew: nothing is stubbed."""
    settings = Settings(store=tmp_path, workers=1)
    services = new_service(settings)
    user = User(login="108062999", student_id="108062999", name="Ann", role=Role.STUDENT)
    with services.sessions.begin() as session:
        session.add(user)
    worker = Program(settings, "worker", log=tmp_path / "worker.log")
    with serving(services) as address, running(worker):
        context = browser.new_context(base_url=address)
        context.add_cookies(
            [{"name": "grader-session", "value": log_in(services, user), "url": address}]
        )
        page = context.new_page()
        page.goto("/")
        page.locator("input[type=file]").first.set_input_files(EXAMPLE)
        page.locator("form[action='/upload'] button.first").first.click()
        expect(page.locator("#progress")).to_be_visible()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        falls_silent(page, asked)
        expect(page.locator(".score b")).to_be_visible(timeout=GRADING_MILLISECONDS)
        answer = page.request.get(str(page.locator("a.button.first").get_attribute("href")))
        kind, pdf = answer.headers["content-type"], answer.body()
        points = page.inner_text(".score b")
        finding = page.locator(".finding-title").all_inner_texts()
        context.close()

    assert points == "90"
    assert any("The scale of the input is left out" in title for title in finding)
    assert not any(url.endswith("/progress") for url in asked)  # it is told, and need not ask
    assert kind == "application/pdf"
    assert pdf.startswith(b"%PDF-")
