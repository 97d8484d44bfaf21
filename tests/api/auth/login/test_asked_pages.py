"""Whoever asks for a page and logs in comes to that page, by whichever way in."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from api.auth import links, passwords, users
from api.kit.models import User
from api.kit.services import Services
from tests.api.listening import serving
from tests.api.people import EDITION, People, finish, hand_in, right

CLASS = f"/staff/{EDITION}?sort=score"
PASSWORD = "correct horse battery"
PHONE = {"width": 390, "height": 844}
Link = Callable[[User], str]


@pytest.fixture
def link(services: Services) -> Link:
    """Return how a person's link is made: a student's own, for others one that works once."""

    def make(user: User) -> str:
        with services.sessions.begin() as session:
            make = links.personal_link if user.student_id else None
            found = (
                make(services.settings, user)
                if make
                else links.one_time_link(session, services.settings, user)
            )
        return found.removeprefix(services.settings.public_url)

    return make


def give_password(services: Services, user: User) -> None:
    kept = passwords.hash_password(PASSWORD)
    with services.sessions.begin() as session:
        users.set_password(session, session.get_one(User, user.id), kept)


def test_a_link_leads_to_the_page_that_it_names(
    client: TestClient, people: People, link: Link
) -> None:
    """The page that asks whether it is really them keeps the address for its button."""
    path = links.leading_to(link(people.student), "/account?a=1&b=2")
    shown = client.get(path).text
    pressed = client.post(
        path.partition("?")[0], data={"next": "/account?a=1&b=2"}, follow_redirects=False
    )

    assert 'name="next" value="/account?a=1&amp;b=2"' in shown
    assert pressed.headers["location"] == "/account?a=1&b=2"


def test_a_bare_link_leads_to_the_page_that_this_browser_asked_for(
    client: TestClient, people: People, link: Link
) -> None:
    """Refused, a student takes out the link of last month; the next login starts at home."""
    first = client.get("/account?a=1", follow_redirects=True)
    pressed = client.post(link(people.student), follow_redirects=False)
    client.cookies.delete("grader-session")
    again = client.post(link(people.student), follow_redirects=False)

    assert first.url.path == "/login"
    assert pressed.headers["location"] == "/account?a=1"
    assert again.headers["location"] == "/"


def test_a_login_page_that_was_opened_by_itself_forgets_what_was_asked_for(
    client: TestClient, people: People, link: Link
) -> None:
    client.get("/account", follow_redirects=True)
    client.get("/login")

    assert client.post(link(people.student), follow_redirects=False).headers["location"] == "/"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://thief.example", "//thief.example", "/\\thief.example", "javascript:alert(1)"],
)
def test_no_link_and_no_cookie_leads_to_another_site(
    client: TestClient, people: People, link: Link, elsewhere: str
) -> None:
    path = link(people.student)
    client.cookies.set("grader-next", quote(elsewhere, safe="/"), path="/login")
    by_cookie = client.post(path, follow_redirects=False)
    client.cookies.delete("grader-session")
    by_link = client.post(path, data={"next": elsewhere}, follow_redirects=False)
    shown = client.get(f"{path}?next={quote(elsewhere, safe='')}").text

    assert by_cookie.headers["location"] == by_link.headers["location"] == "/"
    assert "thief" not in shown.partition("</form>")[0].partition("<form")[2]


def test_staff_choose_a_password_on_their_way_to_the_page(
    client: TestClient, services: Services, people: People, link: Link
) -> None:
    """A one-time link without a password goes by the account page, and from there on."""
    path = link(people.ta)
    first = client.post(path, data={"next": CLASS})
    token = re.search(r'name="csrf_token" value="([^"]+)"', first.text)
    assert token is not None
    form = {"csrf_token": token[1], "new": PASSWORD, "next": CLASS}
    refused = client.post("/account/password", data=form | {"new": "short"})
    chosen = client.post("/account/password", data=form, follow_redirects=False)

    kept = f'name="next" value="{CLASS}"'
    assert kept in first.text
    assert kept in refused.text
    assert chosen.headers["location"] == f"{CLASS}&done=password"


@pytest.mark.parametrize(("language", "scripts"), [("en", True), ("zh-TW", False)])
def test_a_mailed_address_survives_a_students_login(  # noqa: PLR0917  fixtures
    services: Services,
    people: People,
    browser: Browser,
    link: Link,
    language: str,
    scripts: bool,
) -> None:
    """On a phone: the result's address, the login page, the personal link, the result."""
    submission = hand_in(services, people.student)
    finish(services, submission, right())
    with serving(services) as address:
        context = browser.new_context(
            base_url=address, locale=language, java_script_enabled=scripts, viewport=PHONE
        )
        page = context.new_page()
        page.goto(f"/s/{submission.id}")
        expect(page.locator("input[name=next]")).to_have_value(f"/s/{submission.id}")
        page.goto(link(people.student))
        page.click("button.first")
        page.wait_for_url(f"**/s/{submission.id}")
        expect(page.locator(".score b")).to_be_visible()
        context.close()


def test_staff_come_from_the_digest_to_the_class_by_their_password(
    services: Services, people: People, browser: Browser
) -> None:
    give_password(services, people.ta)
    with serving(services) as address:
        context = browser.new_context(base_url=address, viewport=PHONE)
        page = context.new_page()
        page.goto(CLASS)
        page.fill("#login", people.ta.login)
        page.fill("#password", PASSWORD)
        page.click("button.first")
        page.wait_for_url(f"**{CLASS}")
        context.close()
