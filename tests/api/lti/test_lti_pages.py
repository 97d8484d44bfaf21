"""Learning platforms in Chromium: launches from another site, frames, picking, our page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from sqlalchemy import select
from starlette.testclient import TestClient

from api.kit.models import Role, User, now
from api.kit.models.lti import LtiContext, LtiLink, LtiScore, LtiUser
from api.kit.services import Services
from tests.api.lti.platform import SPEC, Platform
from tests.api.people import EDITION, People


@pytest.fixture
def page(browser: Chromium) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    yield context.new_page()
    context.close()


def test_a_student_comes_from_another_site(page: Page, platform: Platform, people: People) -> None:
    """By the forms that a platform's pages send, with the cookies that a browser keeps."""
    page.goto(platform.address("/open?link=hw&who=s"))
    page.wait_for_url(f"{platform.tool}/#{EDITION}")

    expect(page.locator("nav.end")).to_contain_text(people.student.login)
    assert platform.refused == []


def test_in_a_frame_the_tool_opens_a_window_of_its_own(
    page: Page, platform: Platform, people: People
) -> None:
    """A frame of another site keeps no cookie; the link in it leads to a page that does."""
    page.goto(platform.address("/open?link=hw&who=s&frame=1"))
    link = page.frame_locator("iframe").get_by_role("link")
    with page.context.expect_page() as opened:
        link.click()
    window = opened.value
    window.wait_for_url(f"{platform.tool}/#{EDITION}")

    expect(window.locator("nav.end")).to_contain_text(people.student.login)


def test_staff_pick_an_assignment_in_the_platforms_frame(page: Page, platform: Platform) -> None:
    """What they choose is signed, goes back to the platform, and leads there afterwards."""
    page.goto(platform.address("/open?link=&who=prof&frame=1"))
    frame = page.frame_locator("iframe")
    row = frame.locator("form").filter(has=frame.locator("input[name=JWT]"))
    expect(row.first).to_be_visible()
    count = row.count()
    row.first.get_by_role("button").click()
    expect(frame.get_by_text("added to the course")).to_be_visible()

    [item] = platform.items
    assert count > 1
    assert item["type"] == "ltiResourceLink"
    assert item["url"] == f"{platform.tool}/lti/launch"
    assert item["lineItem"]["scoreMaximum"] > 0
    assert platform.refused == []


def test_students_pick_nothing(page: Page, platform: Platform) -> None:
    """Only staff of the course add links to it."""
    page.goto(platform.address("/open?link=&who=s"))

    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("only the staff", ignore_case=True)


def _fill(services: Services) -> None:
    with services.sessions.begin() as session:
        course = session.scalars(select(LtiContext)).one()
        course.title, course.memberships_url = "Quantization, autumn", "https://lms.example/m"
        course.synced_at, course.sync_counts = now(), {"added": 30, "without_id": 2}
        waits = LtiContext(
            platform_id=course.platform_id, context_id="77-1", title="Sandbox course of a teacher"
        )
        link = LtiLink(
            course_id=course.id,
            resource_link_id="hw",
            edition=EDITION,
            line_item_url="https://lms.example/l",
        )
        session.add_all([waits, link])
        session.flush()
        states = [
            ("waiting", "the platform answered 503"),
            ("refused", "the platform answered 404"),
        ]
        students = session.scalars(select(User).where(User.role == Role.STUDENT)).all()
        for user, (state, error) in zip(students, states, strict=True):
            session.add(LtiUser(platform_id=course.platform_id, subject=user.id, user_id=user.id))
            session.add(LtiScore(link_id=link.id, user_id=user.id, state=state, error=error))


@pytest.mark.parametrize("language", ["en", "zh_TW"])
def test_the_instructors_page_is_accessible_and_fits_a_phone(
    page: Page,
    platform: Platform,
    services: Services,
    people: People,
    language: str,
) -> None:
    """Courses that wait, grades that failed, addresses for the platform; in both languages."""
    _fill(services)
    page.goto(platform.address("/open?link=course&who=prof"))
    page.wait_for_url(f"{platform.tool}/staff")
    page.goto(f"{platform.tool}/language/{language}?next=/staff/lti")

    expect(page.locator("main")).to_contain_text("Sandbox course of a teacher")
    found = Axe().run(page).response["violations"]
    page.set_viewport_size({"width": 390, "height": 844})
    wide = page.evaluate("document.documentElement.scrollWidth")

    assert [one["id"] for one in found] == []
    assert wide <= 390


def test_accepting_and_unlinking_ask_first(
    services: Services, platform: Platform, instructor: TestClient
) -> None:
    """Without scripts a page asks; then the course is linked, or gone with all that was known."""
    with services.sessions.begin() as session:
        course = session.scalars(select(LtiContext)).one()
        course.accepted_at = None
        place = f"/staff/lti/courses/{course.id}"

    asked = instructor.post(f"{place}/accept")
    assert (asked.status_code, 'name="confirmed"' in asked.text) == (200, True)
    instructor.post(f"{place}/accept", data={"confirmed": "yes"})
    with services.sessions() as session:
        assert session.scalars(select(LtiContext)).one().accepted_at is not None
    instructor.post(f"{place}/unlink", data={"confirmed": "yes"})
    with services.sessions() as session:
        assert session.scalars(select(LtiContext)).all() == []


def test_canvas_reads_its_configuration(client: TestClient) -> None:
    """The scopes, keys and placements that a developer key is made of."""
    told = client.get("/lti/canvas.json").json()

    assert told["scopes"] == [
        f"{SPEC}/lti-ags/scope/score",
        f"{SPEC}/lti-nrps/scope/contextmembership.readonly",
    ]
    assert told["public_jwk_url"].endswith("/lti/jwks.json")
    placements = told["extensions"][0]["settings"]["placements"]
    assert {one["message_type"] for one in placements} == {
        "LtiDeepLinkingRequest",
        "LtiResourceLinkRequest",
    }
