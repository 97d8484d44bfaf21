"""Roster and staff on their pages: one more student, sections, roles, shutting out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.pages.site import Site


@pytest.fixture
def page(site: Site, browser: Browser) -> Page:
    """Return an instructor's browser."""
    page = site.visitor(browser, site.people.instructor).new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def test_one_more_student_is_added_put_into_a_section_and_shut_out(page: Page) -> None:
    """The roster shows the section alone; whoever is shut out is let in again there."""
    page.goto("/staff/roster")
    page.click("text=One more student")
    page.fill("#student_id", "108062077")
    page.fill("#name", "Yeh")
    page.click("text=Add the student")
    expect(page.locator(".notice.good")).to_contain_text("Added to the roster")
    page.click("[aria-label='Change: 108062077']")
    page.fill("#section", "Thursday")
    page.click("button:text-is('Save')")
    page.select_option("#in", "Thursday")
    page.click("button:text-is('Show')")
    expect(page.locator("tbody tr")).to_have_count(1)

    page.click("[aria-label='Change: 108062077']")
    page.click("button:text-is('Shut out')")
    row = page.locator("tbody tr", has_text="108062077")
    expect(row).to_contain_text("Disabled")
    row.locator("a").click()
    page.click("button:text-is('Let in again')")
    expect(page.locator("tbody tr", has_text="108062077")).not_to_contain_text("Disabled")


def test_a_student_who_is_there_already_is_named_and_the_form_stays(page: Page) -> None:
    page.goto("/staff/roster")
    page.click("text=One more student")
    page.fill("#student_id", "108062001")
    page.fill("#name", "Somebody")
    page.click("text=Add the student")

    expect(page.locator("[role=alert]")).to_contain_text("108062001 is on the roster already")
    expect(page.locator("#name")).to_have_value("Somebody")


def test_staff_are_added_get_a_role_and_are_shut_out(
    page: Page, site: Site, browser: Browser
) -> None:
    """The link that is shown logs the new TA in; a TA has no such page."""
    page.goto("/staff/accounts")
    page.fill("#login", "bea")
    page.click("button.first")
    link = page.locator(".secret code").inner_text()
    new = site.visitor(browser, None).new_page()
    new.goto(link.removeprefix(site.services.settings.public_url))
    new.click("main button")
    new.goto("/staff/accounts")
    expect(new.locator("h1")).not_to_have_text("Staff")
    page.select_option("[aria-label='Role: bea']", "instructor")
    page.click("[aria-label='Set role: bea']")
    new.goto("/staff/accounts")
    expect(new.locator("h1")).to_have_text("Staff")

    page.click("[aria-label='Shut out: bea']")
    expect(page.locator("tbody tr", has_text="bea")).to_contain_text("Disabled")
    new.reload()
    expect(new).to_have_url(f"{site.address}/login?next=%2Fstaff%2Faccounts")
