"""A student in a browser: handing in, watching, reading; with JavaScript and without."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from sqlalchemy import func, select

from api.kit.models import Assignment, RunState, Submission, User
from tests.api.pages.graded import MARKED_LINE, wrong_results
from tests.api.pages.site import KEY, Site, add_student
from tests.api.people import EDITION, finish

NOTEBOOK: FilePayload = {
    "name": "hw1_作業.ipynb",
    "mimeType": "application/json",
    "buffer": json.dumps({"cells": [], "nbformat": 4}).encode(),
}
NUMBERS = itertools.count(1)
FORM = f"#{EDITION} form[action='/upload']"


@pytest.fixture
def newcomer(site: Site) -> User:
    """Return a student who has handed in nothing."""
    return add_student(site.services, f"9{next(NUMBERS):06}", "New")


@pytest.fixture
def page(site: Site, browser: Browser, newcomer: User) -> Iterator[Page]:
    """Return the newcomer's browser."""
    context = site.visitor(browser, newcomer)
    yield context.new_page()
    context.close()


def test_progress_is_live_and_ends_in_the_result(site: Site, page: Page) -> None:
    """A page that was opened while its work waited shows each stage, and at last the points."""
    page.goto("/")
    page.set_input_files(f"{FORM} input[type=file]", NOTEBOOK)
    expect(page.locator(f"{FORM} .chosen")).to_contain_text("hw1_作業.ipynb")
    page.click(f"{FORM} button.first")
    expect(page.locator("#progress-title")).to_have_text("Received, waiting to be graded")
    expect(page.locator("#progress")).to_contain_text("in the queue")
    submission_id = page.url.rsplit("/", 1)[1]

    site.run_of(submission_id, state=RunState.GRADING, stage="Quantized forward pass")
    expect(page.locator("li[aria-current=step]")).to_contain_text("Quantized forward pass")
    finish(site.services, site_submission(site, submission_id), wrong_results())

    expect(page.locator(".score b")).to_be_visible()
    assert page.locator("#progress").count() == 0


def test_what_is_too_large_together_cannot_be_sent(page: Page, tmp_path: Path) -> None:
    """Files are added up: what the server would refuse is told at once, and not sent."""
    page.goto("/")
    files = [tmp_path / "a.py", tmp_path / "b.py"]
    for file in files:
        file.write_bytes(bytes(15 << 20))
    page.set_input_files(f"{FORM} input[type=file]", files)
    expect(page.locator(f"{FORM} .chosen li").last).to_have_text("Together31.5 MB: too large")
    expect(page.locator(f"{FORM} button.first")).to_be_disabled()

    page.set_input_files(f"{FORM} input[type=file]", files[:1])

    expect(page.locator(f"{FORM} .chosen li")).to_have_count(1)
    expect(page.locator(f"{FORM} button.first")).to_be_enabled()


def test_no_javascript_is_needed_to_hand_in_and_to_read(
    site: Site, browser: Browser, newcomer: User
) -> None:
    """Without JavaScript the form leads to the same page, which tells how to look again."""
    context = site.visitor(browser, newcomer, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.set_input_files(f"{FORM} input[type=file]", NOTEBOOK)
    page.click(f"{FORM} button.first")
    expect(page.locator("h1")).to_have_text("Attempt 1")
    submission_id = page.url.rsplit("/", 1)[1]

    finish(site.services, site_submission(site, submission_id), wrong_results())
    page.get_by_text("Look again").click()

    expect(page.locator(".score b")).to_be_visible()
    context.close()


def test_findings_stand_beside_the_line_they_are_about(site: Site, browser: Browser) -> None:
    """The line that a finding names carries its mark, which leads to the finding."""
    context = site.visitor(browser, site.people.student)
    page = context.new_page()
    page.goto(f"/s/{site.submissions['graded']}")
    marked = page.locator("#task-weights .line.found")

    expect(marked).to_have_count(1)
    expect(marked).to_contain_text(MARKED_LINE)
    marked.locator("a.mark").first.click()
    expect(page.locator(".finding:target .finding-title")).to_have_count(1)
    context.close()


def test_what_was_dropped_beside_the_button_is_listed_too(page: Page) -> None:
    """Files may be dropped anywhere in the zone; each is listed with its size."""
    page.goto("/")
    data = page.evaluate_handle(
        """() => { const data = new DataTransfer();
        data.items.add(new File(["x".repeat(2048)], "report.pdf")); return data; }"""
    )
    page.dispatch_event(f"#{EDITION} .drop .hint", "drop", {"dataTransfer": data})

    expect(page.locator(f"#{EDITION} .chosen li")).to_have_text("report.pdf2.0 kB")


def test_what_cannot_be_taken_is_told_on_a_page(site: Site, page: Page) -> None:
    """A file that is empty gives a page that says so, and nothing is handed in."""
    before = count(site)
    page.goto("/")
    page.set_input_files(f"{FORM} input[type=file]", {**NOTEBOOK, "buffer": b" "})
    page.click(f"{FORM} button.first")

    expect(page.locator("[role=alert]")).to_contain_text("is empty")
    expect(page.get_by_role("link", name="Back")).to_have_attribute("href", "/")
    assert count(site) == before


def test_a_form_that_is_sent_twice_hands_in_once(site: Site, page: Page) -> None:
    """Going back and sending the same form again leads to the same submission."""
    page.goto("/")
    key = page.input_value(f"{FORM} input[name=idempotency_key]")
    page.set_input_files(f"{FORM} input[type=file]", NOTEBOOK)
    page.click(f"{FORM} button.first")
    page.wait_for_url("**/s/*")
    first = page.url
    page.goto("/")
    page.eval_on_selector(
        f"{FORM} input[name=idempotency_key]", "(field, key) => { field.value = key; }", key
    )
    page.set_input_files(f"{FORM} input[type=file]", NOTEBOOK)
    page.click(f"{FORM} button.first")

    expect(page).to_have_url(first)


def test_anybody_checks_their_own_work_under_an_address_to_keep(
    site: Site, browser: Browser
) -> None:
    """Without a login there is a self-check, whose address is shown to be kept."""
    context = site.visitor(browser, None)
    page = context.new_page()
    page.goto("/")
    page.set_input_files(f"{FORM} input[type=file]", NOTEBOOK)
    page.click(f"{FORM} button.first")
    expect(page.locator(".secret code")).to_contain_text("/r/")
    kept = page.inner_text(".secret code").partition("/r/")[2]
    context.close()

    other = site.visitor(browser, None)
    again = other.new_page()
    again.goto(f"/r/{kept}")
    expect(again.locator("h1")).to_have_text("Self-check")
    files = again.locator(".ranking a").first
    assert again.request.get(str(files.get_attribute("href"))).status == 200
    assert again.goto(f"/r/{'x' * 43}").status == 404  # type: ignore[union-attr]
    other.close()


def test_unpublished_results_are_not_on_the_page(site: Site, browser: Browser) -> None:
    """Until results are published a student sees that the work was graded, and no more."""
    publish(site, published=False)
    context = site.visitor(browser, site.people.student)
    page = context.new_page()
    try:
        page.goto(f"/s/{site.submissions['graded']}")
        expect(page.locator(".notice.good")).to_contain_text("published later")
        assert page.locator(".score, .finding").count() == 0
        page.goto("/")
        expect(page.locator("main td.number").first).to_have_text("–")  # noqa: RUF001
    finally:
        publish(site, published=True)
        context.close()


def test_language_is_the_browsers_until_it_is_chosen(site: Site, browser: Browser) -> None:
    """A Chinese browser is spoken to in Chinese; the switch is kept and stays on the page."""
    context = site.visitor(browser, None, locale="zh-TW")
    page = context.new_page()
    page.goto("/login")
    expect(page.locator("h1")).to_have_text("登入")
    page.get_by_role("link", name="English").click()

    expect(page.locator("h1")).to_have_text("Log in")
    assert page.url.endswith("/login")
    page.goto(f"/r/{KEY}")
    expect(page.locator("h1")).to_have_text("Self-check")
    context.close()


def test_a_personal_link_logs_in_by_its_button_alone(site: Site, browser: Browser) -> None:
    """Opening the link only says whose it is; the button logs in."""
    context = site.visitor(browser, None)
    page = context.new_page()
    page.goto(site.link)
    assert context.cookies() == []
    page.click("main button.first")

    expect(page.locator("h1")).to_have_text("Your assignments")
    context.close()


def site_submission(site: Site, submission_id: str) -> Submission:
    with site.services.sessions() as session:
        return session.get_one(Submission, submission_id)


def count(site: Site) -> int:
    with site.services.sessions() as session:
        return session.scalar(select(func.count()).select_from(Submission)) or 0


def publish(site: Site, *, published: bool) -> None:
    with site.services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).published = published
