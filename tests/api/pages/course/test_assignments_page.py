"""Assignments made and removed on the page, and their rubric changed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from api.kit.models import Assignment
from tests.api.pages.site import Site
from tests.api.people import EDITION


@pytest.fixture
def page(site: Site, browser: Browser) -> Page:
    """Return an instructor's browser."""
    page = site.visitor(browser, site.people.instructor).new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    return page


def test_an_assignment_is_removed_and_made_again_closed(site: Site, page: Page) -> None:
    """Made on the page it takes no uploads until its settings say so."""
    with site.services.sessions() as session:
        others = select(Assignment.edition).where(Assignment.edition != EDITION)
        other = session.scalars(others).first()
    page.goto(f"/staff/{other}/settings")
    page.click("text=Remove the assignment")
    expect(page.locator("h2", has_text=re.compile(f"^{other}$"))).to_have_count(0)
    page.click("text=New assignment")
    page.select_option("#edition", str(other))
    page.click("text=Make the assignment")

    expect(page.locator(".notice.good")).to_contain_text("takes no uploads yet")
    expect(page.locator("[name=open]")).not_to_be_checked()


def test_what_people_grade_is_changed_and_is_on_the_desk(site: Site, page: Page) -> None:
    """In place of somebody else's change it is put only by saving again."""
    page.goto(f"/staff/{EDITION}/rubric")
    title, points = page.locator("[name=en]").first, page.locator("[name=points]").first
    title.fill("Discussion of the ranges")
    points.fill("2,5")
    other = page.context.new_page()
    other.goto(f"/staff/{EDITION}/rubric")
    page.click("main button.first")
    expect(page.locator(".notice.good")).to_be_visible()
    page.goto(f"/staff/{EDITION}/{site.submissions['graded']}")
    expect(page.locator("main")).to_contain_text("Discussion of the ranges")

    other.locator("[name=en]").first.fill("Something else")
    other.locator("[name=points]").first.fill("1")
    other.click("main button.first")
    expect(other.locator("[role=alert]")).to_contain_text("somebody else changed")
    expect(other.locator("[name=en]").first).to_have_value("Something else")


def test_points_that_are_none_are_refused_and_stay_typed(page: Page) -> None:
    page.goto(f"/staff/{EDITION}/rubric")
    row = page.locator("fieldset", has_text="One more").first
    row.locator("[name=en]").fill("Tables")
    row.locator("[name=points]").fill("many")
    page.click("main button.first")

    expect(page.locator("[role=alert]")).to_contain_text("points from 0 to 1000")
    expect(page.locator("[value=Tables]")).to_have_count(1)
