"""Two graders at one desk, and points that were typed and not saved."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from api.kit.models import Assignment, ManualScore, Submission
from tests.api.pages.graded import wrong_results
from tests.api.pages.site import Site, add_student, graded
from tests.api.people import EDITION

NUMBERS = itertools.count(1)
CLASS = f"/staff/{EDITION}"
POINTS, OTHER = "[name='points:bias.factors']", "[name='points:bias.value']"
REMARK = "[name='remark:']"


@pytest.fixture
def desk(site: Site) -> str:
    """Return the desk of a student whom no other test grades."""
    student = add_student(site.services, f"107{next(NUMBERS):06}", "Desk")
    return f"{CLASS}/{graded(site.services, student, wrong_results())}"


@pytest.fixture
def page(site: Site, browser: Browser) -> Iterator[Page]:
    """Return the TA's browser, which answers no question by itself."""
    context = site.visitor(browser, site.people.ta)
    yield context.new_page()
    context.close()


@pytest.fixture
def second(site: Site, browser: Browser) -> Iterator[Page]:
    """Return the instructor's browser."""
    context = site.visitor(browser, site.people.instructor)
    yield context.new_page()
    context.close()


def points(site: Site, desk: str) -> dict[str, float | None]:
    with site.services.sessions() as session:
        rows = session.query(ManualScore).filter_by(submission_id=desk.rpartition("/")[2])
        return {row.criterion: row.points for row in rows}


def test_a_save_from_an_old_form_erases_nothing(
    site: Site, desk: str, page: Page, second: Page
) -> None:
    """Who saves second is told; both values are shown, and untouched fields take theirs."""
    page.goto(desk)
    second.goto(desk)
    second.fill(POINTS, "3")
    second.fill(OTHER, "1")
    second.click("button[value=stay]")
    expect(second.locator(".notice.good")).to_be_visible()
    page.fill(POINTS, "5")
    page.fill(REMARK, "Mine.")
    page.click("button[value=stay]")

    expect(page.locator("[role=alert]")).to_contain_text("somebody else graded")
    expect(page.locator(POINTS)).to_have_value("5")
    expect(page.locator(OTHER)).to_have_value("1")
    expect(page.locator(REMARK)).to_have_value("Mine.")
    expect(page.locator(".theirs")).to_have_text(["Saved meanwhile: 3"])
    assert points(site, desk) == {"bias.factors": 3.0, "bias.value": 1.0}

    page.click("button[value=stay]")
    expect(page.locator(".notice.good")).to_be_visible()
    assert points(site, desk) == {"bias.factors": 5.0, "bias.value": 1.0, "": None}


def test_typed_points_are_not_left_without_a_question(desk: str, page: Page) -> None:
    """Keys, tabs and reloading ask first while something typed is not saved, saving does not."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.goto(desk)
    page.fill(POINTS, "5")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.locator("nav.tabs a").last.click()
    page.evaluate("window.location.reload()")

    expect(page.locator(POINTS)).to_have_value("5")
    while len(asked) < 3:
        page.wait_for_timeout(50)
    assert asked == ["confirm", "confirm", "beforeunload"]
    page.click("button[value=stay]")
    expect(page.locator(".notice.good")).to_be_visible()
    page.locator("nav.tabs a").last.click()
    page.wait_for_url("**show=feedback")
    assert len(asked) == 3


def test_without_scripts_the_tabs_just_lead_on(site: Site, browser: Browser, desk: str) -> None:
    """The question is an extra; without it nothing is in the way."""
    context = site.visitor(browser, site.people.ta, java_script_enabled=False)
    page = context.new_page()
    page.goto(desk)
    page.fill(POINTS, "5")
    page.locator("nav.tabs a").last.click()

    expect(page).to_have_url(f"{site.address}{desk}?show=feedback")
    context.close()


def course(site: Site) -> Assignment:
    with site.services.sessions() as session:
        return session.get_one(Assignment, EDITION)


def change(site: Site, **values: object) -> None:
    with site.services.sessions.begin() as session:
        for name, value in values.items():
            setattr(session.get_one(Assignment, EDITION), name, value)


@pytest.mark.long
def test_settings_that_nobody_touched_stay_as_others_left_them(site: Site, page: Page) -> None:
    """A form that is older than another's change saves its own changes alone, to the second."""
    due = datetime(2031, 5, 6, 23, 59, 17, tzinfo=UTC)
    change(site, due_at=due, published=True)
    page.goto(f"{CLASS}/settings")
    change(site, published=False)
    page.fill("#max_attempts", "8")
    page.click("main button.first")

    expect(page.locator(".notice.good")).to_be_visible()
    kept = course(site)
    assert (kept.max_attempts, kept.published, kept.due_at) == (8, False, due)


def test_settings_that_both_changed_are_shown_to_choose(site: Site, page: Page) -> None:
    """Who saves second sees what is set now, keeps what was typed, and may save it again."""
    change(site, max_attempts=5)
    page.goto(f"{CLASS}/settings")
    change(site, max_attempts=6)
    page.fill("#max_attempts", "8")
    page.click("main button.first")

    expect(page.locator("[role=alert]")).to_contain_text("Attempts: now 6")
    expect(page.locator("#max_attempts")).to_have_value("8")
    assert course(site).max_attempts == 6
    page.click("main button.first")
    expect(page.locator(".notice.good")).to_be_visible()
    assert course(site).max_attempts == 8


def test_what_is_late_by_seconds_says_so(site: Site, page: Page, desk: str) -> None:
    """Minutes alone would have a submission late that came in the minute it was due."""
    with site.services.sessions.begin() as session:
        submission = session.get_one(Submission, desk.rpartition("/")[2])
        submission.received_at = datetime(2026, 5, 6, 17, 6, 20, tzinfo=UTC)
    change(site, due_at=datetime(2026, 5, 6, 17, 6, 0, tzinfo=UTC))
    page.goto(desk)

    who = page.locator(".who").first
    expect(who).to_contain_text("17:06:20")
    expect(who).to_contain_text("1 day late, by 20 s")
