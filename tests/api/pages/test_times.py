"""The course's clock on pages: odd times are said, and the reader's own stands beside."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select
from starlette.testclient import TestClient

from api.kit import time_zone
from api.kit.models import Assignment
from api.kit.services import Services
from api.kit.settings import Settings
from api.pages.messages import load_words
from api.pages.parts.moments import Clock
from tests.api.people import EDITION, NOTEBOOK

STATIC = Path(__file__).parents[3] / "api" / "pages" / "static"
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=tmp_path / "store", time_zone="America/New_York")


def due_of(services: Services) -> datetime | None:
    with services.sessions() as session:
        return session.scalar(select(Assignment.due_at).where(Assignment.edition == EDITION))


def set_due(client: TestClient, typed: str) -> str:
    """Return the page after the due date was typed into the form."""
    form = client.get(f"/staff/{EDITION}/settings").text
    fields = dict(
        re.findall(r'<input[^>]*name="(late[a-z_]*|max_attempts)"[^>]*value="([^"]*)"', form)
    )
    answer = client.post(
        f"/staff/{EDITION}/settings",
        data={**fields, "due_at": typed, "counts": "latest", "open": "yes", "visible": "yes"},
    )
    return answer.text


def test_a_due_time_that_the_clock_skips_is_refused(services: Services, ta: TestClient) -> None:
    page = set_due(ta, "2027-03-14T02:30")

    assert "never shows this time" in page
    assert due_of(services) is None


def test_a_due_time_that_comes_twice_is_said(services: Services, ta: TestClient) -> None:
    """The second one counts: nobody is late by an hour that they could not tell apart."""
    page = set_due(ta, "2026-11-01T01:30")

    assert "shows this time twice" in page
    assert due_of(services) == datetime.fromisoformat("2026-11-01T01:30:59-05:00")


def test_a_usual_due_time_is_saved_without_a_word(services: Services, ta: TestClient) -> None:
    page = set_due(ta, "2026-10-31T23:59")

    assert "<p>Saved.</p>" in page
    assert due_of(services) == datetime.fromisoformat("2026-10-31T23:59:59-04:00")


@pytest.mark.parametrize("path", ["/staff", f"/staff/{EDITION}"])
def test_a_due_time_is_a_time_and_not_its_tags(
    path: str, services: Services, ta: TestClient
) -> None:
    set_due(ta, "2026-10-31T23:59")

    page = ta.get(path, headers={"Accept": "text/html"}).text

    assert due_of(services) is not None
    assert "<time datetime=" in page
    assert "&lt;" not in page.partition("<main")[2]


def test_the_next_evening_is_one_day_late(services: Services, ta: TestClient) -> None:
    """Though the night before had 25 hours."""
    set_due(ta, "2020-10-31T23:59")

    ta.post(
        "/api/v1/submissions",
        files={"file": ("hw1.ipynb", NOTEBOOK)},
        data={"student_id": "108062001", "received_at": "2020-11-01T23:30:00-05:00"},
    )
    page = ta.get(f"/staff/{EDITION}").text

    assert "1 day late" in page
    assert '<time datetime="2020-11-01T23:30:00-05:00" data-offset="-300">' in page


def test_a_moment_is_html_and_what_stands_around_it_is_escaped() -> None:
    moment = datetime.fromisoformat("2026-11-21T15:59:00+00:00")
    clock = Clock(zone=ZoneInfo("Asia/Taipei"), t=load_words("en"), now=moment)

    said = clock.t("home.due_value", moment=clock.shown(moment), away="<b>")

    assert str(said) == (
        '<time datetime="2026-11-21T23:59:00+08:00" data-offset="480">'
        "2026-11-21 23:59 UTC+8</time>, &lt;b&gt;"
    )


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Berlin", "2026-11-21 23:59 UTC+8 (2026-11-21 16:59 your time)"),
        ("Asia/Taipei", "2026-11-21 23:59 UTC+8"),
    ],
)
def test_the_readers_own_time_stands_beside(browser: Browser, zone: str, shown: str) -> None:
    moment = datetime.fromisoformat("2026-11-21T15:59:00+00:00")
    clock = Clock(zone=ZoneInfo("Asia/Taipei"), t=load_words("en"), now=moment)
    page = browser.new_page(timezone_id=zone)
    own = clock.t("moments.own")

    page.set_content(f'<html data-own-time="{own}"><body>{clock.shown(moment)}</body></html>')
    page.add_script_tag(content=(STATIC / "page.js").read_text("utf-8"))

    assert page.locator("time").inner_text() == shown
    page.context.close()


def test_without_a_setting_the_zone_is_the_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TZ", raising=False)
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Asia/Taipei")
    monkeypatch.setattr(time_zone, "LOCAL_TIME", link)

    assert Settings(store=tmp_path).time_zone == "Asia/Taipei"
    monkeypatch.setenv("GRADER_TIME_ZONE", "Europe/Berlin")
    assert Settings(store=tmp_path).time_zone == "Europe/Berlin"


def test_a_machine_that_tells_no_zone_is_in_utc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "EST5EDT,M3.2.0,M11.1.0")
    monkeypatch.setattr(time_zone, "LOCAL_TIME", tmp_path / "none")
    monkeypatch.setattr(time_zone, "TIME_ZONE", tmp_path / "none")

    assert time_zone.machine_zone() == "UTC"
