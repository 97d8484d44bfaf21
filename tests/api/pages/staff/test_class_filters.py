"""The filters of the class table say what its columns say."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select
from starlette.testclient import TestClient

from api.kit.models import Assignment, Role, Submission, User, now
from api.kit.services import Services
from tests.api.listening import serving
from tests.api.pages.site import log_in as session_token
from tests.api.people import EDITION, People, finish, hand_in, right, wrong

CLASS = f"/staff/{EDITION}"
IDS = ["108062001", "108062002", "108062011", "108062012"]


@pytest.fixture
def late(services: Services, people: People) -> list[Submission]:
    """Return what both students handed in late, of which one is graded."""
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).due_at = now() - timedelta(hours=1)
    made = [hand_in(services, one) for one in (people.student, people.other_student)]
    finish(services, made[0])
    return made


def test_late_is_late_before_it_is_graded(late: list[Submission], ta: TestClient) -> None:
    """Who is marked as late is among the late, and not among those in time."""
    yes, no = (ta.get(f"{CLASS}?late={which}").text for which in ("yes", "no"))

    for one in late:
        assert f'href="{CLASS}/{one.id}' in yes
        assert one.id not in no


@pytest.fixture
def sections(services: Services, people: People) -> None:
    """
    Hand in for three of four students, each column in an order of its own.

    001 Chen, section B, 2 attempts (the newest), all points; 002 Lin, section A, 1 attempt,
    fewer points; 011 Abe, section A, 1 attempt (the oldest), waits; 012 Zhu, B, nothing.
    """
    with services.sessions.begin() as session:
        for student, section in ((people.student, "B"), (people.other_student, "A")):
            session.get_one(User, student.id).section = section
        for student_id, name, section in ((IDS[2], "Abe", "A"), (IDS[3], "Zhu", "B")):
            session.add(
                User(
                    login=student_id,
                    student_id=student_id,
                    name=name,
                    section=section,
                    role=Role.STUDENT,
                )
            )
    with services.sessions() as session:
        abe = session.scalars(select(User).where(User.student_id == IDS[2])).one()
    hand_in(services, abe)
    finish(services, hand_in(services, people.other_student), wrong())
    for _ in range(2):
        finish(services, hand_in(services, people.student), right())


def order(page: str) -> list[str]:
    """Return the last two digits of the students in a table, from its top to its bottom."""
    body = page.partition('<tbody class="hover">')[2].partition("</tbody>")[0]
    return [one[-2:] for one in re.findall(r'<th scope="row">(?:<a [^>]*>)?(\d+)', body)]


@pytest.mark.usefixtures("sections")
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("student", "01 02 11 12"),
        ("-student", "12 11 02 01"),
        ("name", "11 01 02 12"),
        ("-name", "12 02 01 11"),
        ("section", "02 11 01 12"),
        ("-section", "01 12 02 11"),
        ("attempts", "02 11 01 12"),
        ("-attempts", "01 02 11 12"),
        ("received", "11 02 01 12"),
        ("-received", "01 02 11 12"),
        ("state", "11 01 02 12"),
        ("-state", "01 02 11 12"),
        ("findings", "01 02 11 12"),
        ("-findings", "02 01 11 12"),
        ("score", "02 01 11 12"),
        ("-score", "01 02 11 12"),
        ("nonsense", "01 02 11 12"),
    ],
)
def test_the_table_is_in_the_order_that_was_asked_for(
    ta: TestClient, sort: str, expected: str
) -> None:
    """Either way; who has no value in the column comes last."""
    assert order(ta.get(CLASS, params={"sort": sort}).text) == expected.split()


@pytest.mark.usefixtures("sections")
def test_a_section_is_shown_alone(ta: TestClient) -> None:
    assert order(ta.get(CLASS, params={"section": "A", "sort": "-score"}).text) == ["02", "11"]


@pytest.mark.usefixtures("sections")
def test_sections_are_in_the_order_of_their_numbers(ta: TestClient, services: Services) -> None:
    """2 comes before 10 in the table, either way, in its menu and in the roster's."""
    with services.sessions.begin() as session:
        for user in session.scalars(select(User).where(User.section != "")):
            user.section = {"A": "10", "B": "2"}[user.section]

    table = ta.get(CLASS, params={"sort": "section"}).text
    menus = [table, ta.get("/staff/roster").text]

    assert order(table) == ["01", "12", "02", "11"]
    assert order(ta.get(CLASS, params={"sort": "-section"}).text) == ["02", "11", "01", "12"]
    assert all(
        page.index('<option value="2">') < page.index('<option value="10">') for page in menus
    )


@pytest.mark.usefixtures("sections")
def test_order_and_section_stay_in_the_links(ta: TestClient, services: Services) -> None:
    """To another order, to a student's work and back from there to the class."""
    page = ta.get(CLASS, params={"section": "A", "sort": "-score"}).text
    heads = re.findall(r'<a class="sort" href="([^"]*)"', page)
    desk = re.search(r'<th scope="row"><a href="([^"]*)"', page)
    assert desk is not None
    back = ta.get(html.unescape(desk[1])).text

    assert all("section=A" in one for one in heads)
    assert len(heads) == 8
    assert "section=A&amp;sort=-score" in desk[1]
    assert f'href="{CLASS}?section=A&amp;sort=-score"' in back


@pytest.mark.usefixtures("people")
def test_a_class_without_sections_has_no_column_of_them(ta: TestClient) -> None:
    page = ta.get(CLASS).text

    assert "sort=section" not in page
    assert 'id="section"' not in page


@pytest.mark.usefixtures("sections")
@pytest.mark.parametrize(
    ("language", "head", "highest"),
    [("en", "Score", "Score, highest first"), ("zh-TW", "得分", "分數由高到低")],
)
def test_a_ta_orders_without_scripts_and_on_a_phone(  # noqa: PLR0917  fixtures
    services: Services, people: People, browser: Browser, language: str, head: str, highest: str
) -> None:
    """The head of a column is a link, highest first; a phone shows the same in a menu."""
    token = session_token(services, people.ta)
    with serving(services) as address:
        context = browser.new_context(
            base_url=address,
            locale=language,
            java_script_enabled=False,
            viewport={"width": 1280, "height": 900},
        )
        context.add_cookies([{"name": "grader-session", "value": token, "url": address}])
        page = context.new_page()
        page.goto(f"{CLASS}?section=B")
        page.get_by_role("columnheader", name=head, exact=True).get_by_role("link").click()
        page.wait_for_url("**sort=-score*")
        wide = order(page.content())
        sorted_way = page.locator("th[aria-sort]").get_attribute("aria-sort")
        page.set_viewport_size({"width": 390, "height": 844})
        page.select_option("#sort", label=highest)
        page.select_option("#section", "A")
        page.locator(".filters button").click()
        page.wait_for_url("**section=A*")
        narrow = order(page.content())
        context.close()

    assert (wide, sorted_way, narrow) == (["01", "12"], "descending", ["02", "11"])
