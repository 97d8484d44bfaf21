"""A hostile notebook in a real browser: framed on the desk, and in a tab of its own."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Request

from tests.api.notebooks.hostile import hostile
from tests.api.pages.site import Site, add_student
from tests.api.people import EDITION, finish, hand_in


@pytest.fixture(scope="module")
def submission(site: Site) -> str:
    student = add_student(site.services, "108069999", "Mallory")
    made = hand_in(site.services, student, content=hostile())
    finish(site.services, made)
    return made.id


@pytest.mark.parametrize(
    "path",
    [f"/staff/{EDITION}/{{one}}?show=file-0", "/api/v1/submissions/{one}/files/0/view"],
    ids=["desk", "alone"],
)
def test_nothing_of_it_runs_and_nothing_is_fetched(
    site: Site, browser: Browser, submission: str, path: str
) -> None:
    """No script of the notebook's, no dialog, no request to anywhere else, in any frame."""
    context = site.visitor(browser, site.people.ta)
    page = context.new_page()
    asked: list[str] = []
    dialogs: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((site.address, "data:")):
            asked.append(request.url)

    page.on("request", note)
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.add_init_script("window.hit = () => { window.wasHit = true; alert('hit') }")
    page.goto(path.format(one=submission))
    page.wait_for_load_state("networkidle")
    frames = page.frames
    shown = frames[-1]

    assert "Title" in shown.inner_text("body")
    assert not any(frame.evaluate("window.wasHit") for frame in frames)
    assert shown.evaluate("self.origin") == "null"
    assert (asked, dialogs) == ([], [])
    context.close()
