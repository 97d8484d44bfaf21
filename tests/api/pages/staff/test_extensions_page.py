"""Extensions and release on the pages: given by staff, seen by their student."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from api.kit.models import Assignment, now
from tests.api.pages.site import Site
from tests.api.people import EDITION

CLASS = f"/staff/{EDITION}"


@pytest.fixture
def page(site: Site, browser: Browser) -> Page:
    """Return a TA's browser."""
    return site.visitor(browser, site.people.ta).new_page()


def test_an_extension_is_given_changed_and_taken_back(
    site: Site, page: Page, browser: Browser
) -> None:
    """Its student sees the terms as their own; taken back, the assignment's hold again."""
    who = site.people.student.login
    page.goto(f"{CLASS}/settings")
    page.click("text=Extensions")
    page.fill("#students", f"{who}, {site.people.other_student.login}")
    page.fill("#due_at", "2031-02-03T23:59")
    page.fill("#reason", "ill")
    page.click("main button.first")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody tr").first).to_contain_text("2031-02-03 23:59")
    home = site.visitor(browser, site.people.student).new_page()
    home.goto("/")
    card = home.locator(f"#{EDITION}")
    expect(card).to_contain_text("2031-02-03 23:59")
    expect(card).to_contain_text("These terms are your own.")

    page.click(f"[aria-label='Change: {who}']")
    expect(page.locator("#reason")).to_have_value("ill")
    page.on("dialog", lambda dialog: dialog.accept())
    page.click(f"[aria-label='Take back: {who}']")

    expect(page.locator("tbody tr")).to_have_count(1)
    home.reload()
    expect(home.locator(f"#{EDITION}")).not_to_contain_text("These terms are your own.")


def test_an_unknown_student_is_named_and_what_was_typed_stays(site: Site, page: Page) -> None:
    """A mistyped id gives nobody anything."""
    page.goto(f"{CLASS}/extensions")
    given = page.locator("tbody tr").count()
    page.fill("#students", f"{site.people.student.login} 108O62001")
    page.fill("#max_attempts", "5")
    page.click("main button.first")

    expect(page.locator("[role=alert]")).to_contain_text("108O62001")
    expect(page.locator("#max_attempts")).to_have_value("5")
    expect(page.locator("tbody tr")).to_have_count(given)


def test_what_staff_keep_back_is_not_on_the_students_page(
    site: Site, page: Page, browser: Browser
) -> None:
    """Scores with findings, then without; the report is offered once nothing more is due."""
    with site.services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).due_at = now() + timedelta(days=3)
    student = site.visitor(browser, site.people.student).new_page()
    student.goto(f"/s/{site.submissions['graded']}")
    expect(student.locator("#findings-title")).to_be_visible()
    expect(student.locator("a", has_text="Lab report")).to_have_count(0)

    page.goto(f"{CLASS}/settings")
    page.select_option("#release_findings", "never")
    page.select_option("#release_report", "always")
    page.click("main button.first")
    expect(page.locator(".notice.good")).to_be_visible()

    student.reload()
    expect(student.locator("#score-title")).to_be_visible()
    expect(student.locator("#findings-title")).to_have_count(0)
    expect(student.locator("a", has_text="Feedback")).to_have_count(0)
    expect(student.locator("a", has_text="Lab report")).to_have_count(1)
