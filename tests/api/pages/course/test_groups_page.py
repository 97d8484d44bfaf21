"""Groups on their page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.pages.site import Site, add_student
from tests.api.people import EDITION


@pytest.fixture
def page(site: Site, browser: Browser) -> Page:
    """Return a TA's browser."""
    page = site.visitor(browser, site.people.ta).new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def test_a_group_is_put_together_seen_by_a_member_and_dissolved(
    site: Site, page: Page, browser: Browser
) -> None:
    """One wrong line leaves all of them unmade, and what was typed stays."""
    page.goto(f"/staff/{EDITION}/groups")
    page.fill("#students", "108062001 108062099")
    page.click("main button.first")
    expect(page.locator("[role=alert]")).to_contain_text("108062099: not on the roster")
    expect(page.locator("tbody tr")).to_have_count(0)
    expect(page.locator("#students")).to_have_value("108062001 108062099")
    add_student(site.services, "108062088", "Late")
    page.fill("#students", "108062001, 108062088")
    page.click("main button.first")
    expect(page.locator("tbody tr")).to_contain_text("108062088 Late")

    mate = site.visitor(browser, site.people.student).new_page()
    mate.goto("/")
    expect(mate.locator(f"#{EDITION}")).to_contain_text("one hands in for all")
    page.click("[aria-label='Dissolve: 108062001']")
    expect(page.locator("tbody tr")).to_have_count(0)
