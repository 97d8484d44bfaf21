"""How long it is to the due moment, as a student reads it: by the server, then by the script."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from api.course.terms import Terms
from api.kit.models import Assignment, Extension, now
from api.kit.services import Services
from api.pages.messages import load_words
from api.pages.parts.countdown import countdown
from api.pages.parts.moments import Clock
from tests.api.pages.site import Site
from tests.api.people import EDITION

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SCRIPT = Path(__file__).parents[3] / "api" / "pages" / "static" / "page.js"


def terms(**away: int) -> Terms:
    """Return terms whose due moment is so far from now, with ten minutes of grace."""
    return Terms(
        opens_at=None,
        due_at=NOW + timedelta(**away),
        grace=timedelta(minutes=10),
        late_percent_per_day=10.0,
        late_days=None,
        max_attempts=None,
        zone=UTC,
        extended=False,
    )


def clock(language: str = "en") -> Clock:
    return Clock(zone=ZoneInfo("Asia/Taipei"), t=load_words(language), now=NOW)


def read(said: str) -> str:
    return Markup(said).striptags()


@pytest.mark.parametrize(
    ("away", "english", "chinese"),
    [
        ({"hours": 3, "minutes": 12}, "in 3 hours 12 minutes", "3 小時 12 分鐘後"),
        ({"days": 1, "hours": 1, "minutes": 5}, "in 1 day 1 hour", "1 天 1 小時後"),
        ({"days": 2, "minutes": 59}, "in 2 days", "2 天後"),
        ({"hours": 1}, "in 1 hour", "1 小時後"),
        ({"seconds": 20}, "in 1 minute", "1 分鐘後"),
        ({"minutes": -4}, "still in time for 6 minutes", "再過 6 分鐘才算遲交"),
        ({"minutes": -10}, "10 minutes ago", "10 分鐘前"),
        ({"hours": -26}, "1 day 2 hours ago", "1 天 2 小時前"),
    ],
)
def test_the_due_moment_is_told_in_two_units(
    away: dict[str, int], english: str, chinese: str
) -> None:
    """Rounded down, so that nobody is told more time than there is; grace is told once it runs."""
    said = [read(countdown(terms(**away), clock(language))) for language in ("en", "zh_TW")]

    assert said == [english, chinese]


def test_without_a_due_moment_nothing_is_counted() -> None:
    assert countdown(replace(terms(), due_at=None), clock()) == ""


def test_the_page_counts_to_the_students_own_due_moment(
    services: Services, student: TestClient, other_student: TestClient
) -> None:
    """An extension counts for whom it was given, and for nobody else."""
    at = now() + timedelta(seconds=30)  # what the request takes changes no minute
    with services.sessions.begin() as session:
        assignment = session.get_one(Assignment, EDITION)
        assignment.due_at = at + timedelta(hours=3, minutes=12)
        own = Extension(edition=EDITION, student_id="108062001", due_at=at + timedelta(days=5))
        session.add(own)

    said = [client.get("/").text for client in (student, other_student)]

    assert ["in 5 days<" in page for page in said] == [True, False]
    assert ["in 3 hours 12 minutes<" in page for page in said] == [False, True]


@pytest.mark.parametrize(
    ("language", "passed", "shown"),
    [
        ("en", 0, "in 2 hours 1 minute"),
        ("en", 2 * 60, "in 1 hour 59 minutes"),
        ("en", 61 * 60, "in 1 hour"),
        ("en", 2 * 3600 + 120, "still in time for 9 minutes"),
        ("en", 3 * 3600, "the due moment has just passed"),
        ("zh_TW", 2 * 60, "1 小時 59 分鐘後"),
        ("zh_TW", 2 * 3600 + 120, "再過 9 分鐘才算遲交"),
    ],
)
def test_the_script_counts_on_by_the_time_that_passes(
    browser: Browser, language: str, passed: int, shown: str
) -> None:
    """A reader whose clock is years off is told the same: only what passed is measured."""
    page = browser.new_page()
    page.clock.install(time=datetime(2001, 1, 1, tzinfo=UTC))
    said = countdown(terms(hours=2, minutes=1, seconds=40), clock(language))
    page.set_content(f"<html><body><p>{said}</p></body></html>")
    page.add_script_tag(content=SCRIPT.read_text("utf-8"))

    page.clock.fast_forward(passed * 1000)

    expect(page.locator("p")).to_have_text(shown)
    page.context.close()


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_a_phone_without_javascript_shows_it_whole(
    site: Site, browser: Browser, language: str
) -> None:
    """The words stand in the page, and nothing is wider than the screen."""
    phone = site.visitor(
        browser,
        site.people.student,
        java_script_enabled=False,
        viewport={"width": 360, "height": 740},
        locale=language.replace("_", "-"),
    )
    page = phone.new_page()
    page.goto("/")

    shown = {"en": "in 2 days", "zh_TW": "2 天"}[language]
    expect(page.locator(".facts .countdown")).to_contain_text(shown)
    assert page.locator("body").bounding_box()["width"] <= 360  # type: ignore[index]
    phone.close()
