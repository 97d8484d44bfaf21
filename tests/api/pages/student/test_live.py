"""Progress in a browser: told as it happens, and asked for wherever telling fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from api.kit.models import RunState, Submission
from api.kit.services import open_services
from api.kit.settings import Settings
from tests.api.listening import serving
from tests.api.pages.graded import wrong_results
from tests.api.pages.site import KEY, Site, falls_silent
from tests.api.people import add_people, finish, hand_in
from tests.api.ports import free_port

STAGES = ("Quantized weights", "Accuracy")


@pytest.fixture
def context(site: Site, browser: Browser) -> Iterator[BrowserContext]:
    """Return the first student's browser."""
    opened = site.visitor(browser, site.people.student)
    yield opened
    opened.close()


@pytest.fixture
def asked(context: BrowserContext) -> list[str]:
    """Return the paths that the browser has asked for, as they come."""
    paths: list[str] = []

    def note(request: Request) -> None:
        paths.append(urlsplit(request.url).path)

    context.on("request", note)
    return paths


def is_poll(request: Request) -> bool:
    """Return whether a request asks for what is not told."""
    return request.url.endswith("/progress")


def grade_before_its_eyes(site: Site, page: Page, submission: Submission) -> None:
    """Grade a submission stage by stage; the open page has to follow up to the score."""
    for stage in STAGES:
        site.run_of(submission.id, state=RunState.GRADING, stage=stage)
        expect(page.locator("li[aria-current=step]")).to_contain_text(stage)
    finish(site.services, submission, wrong_results())
    expect(page.locator(".score b")).to_be_visible()


def be_slow(route: Route) -> None:
    """Answer after more than one of the polls that there would be."""
    route.request.frame.page.wait_for_timeout(2500)
    route.continue_()


def test_what_is_told_is_not_asked_for(
    site: Site, context: BrowserContext, asked: list[str]
) -> None:
    """While the server is heard, the page sends no request at all; the end loads it anew, once."""
    submission = hand_in(site.services, site.people.student)
    page = context.new_page()
    with page.expect_response("**/events"):
        page.goto(f"/s/{submission.id}")

    falls_silent(page, asked)
    context.route(f"**/s/{submission.id}", be_slow)
    grade_before_its_eyes(site, page, submission)

    assert f"/s/{submission.id}/progress" not in asked
    assert asked.count(f"/s/{submission.id}") == 1


def test_a_self_check_is_told_by_its_key(site: Site, browser: Browser, asked: list[str]) -> None:
    """Whoever has the address watches without a login."""
    context = site.visitor(browser, None)
    page = context.new_page()
    with site.services.sessions() as session:
        submission = session.get_one(Submission, site.submissions["self_check"])
    site.run_of(submission.id, state=RunState.GRADING, stage="", results_sha256=None)

    page.goto(f"/r/{KEY}")
    with page.expect_response(f"**/r/{KEY}/events") as told:
        page.reload()
    assert told.value.status == 200
    assert told.value.headers["content-type"].startswith("text/event-stream")
    site.run_of(submission.id, state=RunState.GRADING, stage="Accuracy")
    expect(page.locator("li[aria-current=step]")).to_contain_text("Accuracy")
    context.close()


def hold_back(route: Route) -> None:
    """Keep the request for ever, as a proxy does that buffers what it is answered."""


def refuse(route: Route) -> None:
    """Answer as a proxy does that cannot reach us."""
    route.fulfill(status=502, body="Bad Gateway")


def close_early(route: Route) -> None:
    """End the stream at once, with nothing said."""
    route.fulfill(status=200, headers={"Content-Type": "text/event-stream"}, body="")


@pytest.mark.few(1)
@pytest.mark.parametrize("proxy", [hold_back, refuse, close_early], ids=lambda one: one.__name__)
def test_where_events_fail_the_page_asks(
    site: Site, context: BrowserContext, asked: list[str], proxy: Callable[[Route], None]
) -> None:
    """A proxy that buffers, refuses or cuts the stream off costs nothing but some requests."""
    context.route("**/events", proxy)
    submission = hand_in(site.services, site.people.student)
    page = context.new_page()
    page.goto(f"/s/{submission.id}")
    context.route(f"**/s/{submission.id}", be_slow)

    grade_before_its_eyes(site, page, submission)

    assert f"/s/{submission.id}/events" in asked
    assert f"/s/{submission.id}/progress" in asked
    assert asked.count(f"/s/{submission.id}") == 2  # opened, and loaded anew at the end, once


@pytest.mark.long
def test_a_browser_without_events_asks(site: Site, context: BrowserContext) -> None:
    """The script that hears events may fail altogether."""
    context.add_init_script("delete window.EventSource")
    submission = hand_in(site.services, site.people.student)
    page = context.new_page()
    page.goto(f"/s/{submission.id}")

    grade_before_its_eyes(site, page, submission)


def test_a_page_that_nobody_sees_holds_no_connection(site: Site, context: BrowserContext) -> None:
    """Browsers have few connections to one host: ten open pages must not use them all up."""
    submission = hand_in(site.services, site.people.student)
    page = context.new_page()
    with page.expect_response("**/events"):
        page.goto(f"/s/{submission.id}")
    hide = """hidden => { Object.defineProperty(document, "hidden", {value: hidden,
        configurable: true}); document.dispatchEvent(new Event("visibilitychange")); }"""

    with page.expect_request("**/progress"):  # it asks, as browsers let it
        page.evaluate(hide, True)
    with page.expect_response("**/events") as told:
        page.evaluate(hide, False)

    assert told.value.status == 200


@pytest.mark.long
def test_a_page_outlives_a_restart_of_the_api(
    browser: Browser, tmp_path: Path, empty_database: Path
) -> None:
    """It is told again by the new one, and misses nothing that happened meanwhile."""
    store = tmp_path / "store"
    store.mkdir()
    (store / "grader.sqlite").write_bytes(empty_database.read_bytes())
    services = open_services(Settings(store=store, uploads_per_minute=1000))
    people = add_people(services)
    submission = hand_in(services, people.student)
    port = free_port()
    with ExitStack() as before:
        address = before.enter_context(serving(services, port))
        site = Site(address=address, services=services, people=people, submissions={}, link="")
        context = site.visitor(browser, people.student)
        page = context.new_page()
        with page.expect_response("**/events"):
            page.goto(f"/s/{submission.id}")
        expect(page.locator("#progress-title")).to_have_text("Received, waiting to be graded")
        with page.expect_event("requestfailed", is_poll, timeout=60_000):
            before.close()

    with ExitStack() as stack:
        with page.expect_response("**/events", timeout=60_000) as told:
            stack.enter_context(serving(services, port))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(urlsplit(request.url).path))
        falls_silent(page, asked)  # it is heard again
        grade_before_its_eyes(site, page, submission)
        context.close()
    assert told.value.status == 200
    services.engine.dispose()
