"""A zip on a grader's desk."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.api.notebooks.zips import WORK, hand_in
from tests.api.pages.site import Site
from tests.api.people import EDITION


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_the_desk_shows_the_zip_beside_the_criteria(
    site: Site, browser: Browser, language: str
) -> None:
    """In its frame, without JavaScript and on a phone; lines of it cannot be commented on."""
    submission = hand_in(site.services, site.people.student, WORK)
    phone = site.visitor(
        browser,
        site.people.ta,
        java_script_enabled=False,
        viewport={"width": 360, "height": 740},
        locale=language.replace("_", "-"),
    )
    page = phone.new_page()
    page.goto(f"/staff/{EDITION}/{submission.id}")

    frame = page.frame_locator("iframe.viewer")
    expect(frame.locator("h1.file").first).to_have_text("hw1.ipynb")
    assert page.locator("form[action*=comments]").count() == 0
    assert page.locator("body").bounding_box()["width"] <= 360  # type: ignore[index]
    phone.close()
