"""Where things stand on a page: nothing covers anything, and what is needed is near."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page
from starlette.testclient import TestClient

from api.kit.models import ManualScore, Role, User
from api.kit.services import Services
from tests.api.pages.site import Site
from tests.api.people import EDITION, People, finish, hand_in, log_in, wrong

CLASS = f"/staff/{EDITION}"


def staff_page(site: Site, browser: Browser, width: int) -> Page:
    context = site.visitor(
        browser, site.people.instructor, viewport={"width": width, "height": 900}
    )
    return context.new_page()


@pytest.mark.parametrize("width", [390, 800, 1200])
def test_fields_of_the_settings_keep_apart(site: Site, browser: Browser, width: int) -> None:
    """A moment with seconds is wide; its field stays within its column."""
    page = staff_page(site, browser, width)
    page.goto(f"{CLASS}/settings")
    boxes = [one.bounding_box() for one in page.locator(".fields input").all()]
    page.context.close()

    for left, right in pairwise(box for box in boxes if box):
        assert left["x"] + left["width"] <= right["x"] or left["y"] + left["height"] <= right["y"]


def test_what_is_done_with_a_class_stands_above_its_table(site: Site, browser: Browser) -> None:
    """Exports, uploading a class and the links need no scrolling past all students."""
    page = staff_page(site, browser, 1200)
    for path, what in ((CLASS, "a[href$='/upload']"), (CLASS, "a[href$='grades.csv']")):
        page.goto(path)
        assert above(page, what, "table.class")
    page.goto("/staff/roster")
    assert above(page, "form[action='/api/v1/roster/links']", "main table")
    page.context.close()


def above(page: Page, upper: str, lower: str) -> bool:
    """Return whether the first is higher on the page than the second."""
    tops = [
        page.locator(one).first.evaluate("e => e.getBoundingClientRect().top")
        for one in (upper, lower)
    ]
    return bool(tops[0] < tops[1])


def test_a_chart_is_read_on_a_phone(site: Site, browser: Browser) -> None:
    """The words in the accuracy chart are at least 10 pixels high; one scrolls to the rest."""
    context = site.visitor(browser, site.people.student, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"/s/{site.submissions['graded']}")
    heights = page.locator("figure.broad svg text").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().height)"
    )
    context.close()

    assert min(heights) >= 10


def test_an_empty_course_leads_to_its_roster(services: Services, client: TestClient) -> None:
    """Nobody fits no filter where there is nobody; the way to the roster is a link."""
    boss = User(login="boss", role=Role.INSTRUCTOR)
    with services.sessions.begin() as session:
        session.add(boss)
    staff = log_in(services, client, boss)

    assert '<a href="/staff/roster">To the roster</a>' in staff.get(CLASS).text
    assert "Nobody is on the roster yet." in staff.get("/staff/roster").text
    assert "No student fits." in staff.get("/staff/roster?q=x").text


def test_the_score_comes_before_the_remark(
    services: Services, people: People, student: TestClient, ta: TestClient
) -> None:
    """However long a remark is, the score is not below it; staff see no words for students."""
    submission = hand_in(services, people.student)
    finish(services, submission, wrong())
    with services.sessions.begin() as session:
        session.add(ManualScore(submission_id=submission.id, criterion="", remark="x" * 900))
    page = student.get(f"/s/{submission.id}").text

    assert page.index("sum total") < page.index("x" * 900)
    assert "judged in a sandbox" in page
    assert "judged in a sandbox" not in ta.get(CLASS).text
