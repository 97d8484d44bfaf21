"""What cannot be undone asks first: by a script where there is one, else on a page of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from starlette.testclient import TestClient

import api.pages
from api.kit.models import ApiToken, Assignment, AuditEntry, User
from api.kit.services import Services
from grader.editions.loader import edition_ids
from tests.api.pages.graded import right_results
from tests.api.pages.site import Site
from tests.api.people import EDITION, People, finish, hand_in

EMPTY = next(one for one in edition_ids() if one != EDITION)
TEMPLATES = Path(api.pages.__file__).parent / "templates"
ASKED = {
    "class.confirm_publish",
    "class.confirm_hide",
    "class.confirm_regrade",
    "roster.confirm_revoke",
    "grading.confirm_delete",
    "account.confirm_revoke",
    "roster.confirm_shut_out",
    "staff.confirm_remove",
}


@pytest.fixture
def token(services: Services, people: People) -> str:
    with services.sessions.begin() as session:
        made = ApiToken(user_id=people.instructor.id, name="x", sha256="0" * 64, scopes=["read"])
        session.add(made)
        session.flush()
        return made.id


def forms(people: People, submission: str, token: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Return where each question's form goes, and what is in it."""
    student = people.student.login
    back = {"scope": "shown", "back": f"/staff/{EDITION}?q=108", "submission": submission}
    return {
        "class.confirm_publish": (f"/staff/{EDITION}/publish", {}),
        "class.confirm_hide": (f"/staff/{EDITION}/hide", {}),
        "class.confirm_regrade": (f"/staff/{EDITION}/regrade", back),
        "roster.confirm_revoke": (f"/staff/roster/{student}/link/revoke", {}),
        "grading.confirm_delete": (f"/staff/students/{student}/delete", {}),
        "account.confirm_revoke": (f"/account/tokens/{token}/revoke", {}),
        "roster.confirm_shut_out": (f"/staff/roster/{student}/shut-out", {}),
        "staff.confirm_remove": (f"/staff/{EMPTY}/remove", {}),
    }


def noted(services: Services) -> list[str]:
    with services.sessions() as session:
        return [entry.action for entry in session.query(AuditEntry)]


@pytest.mark.few(5)
@pytest.mark.parametrize("language", ["en", "zh-TW"])
@pytest.mark.parametrize("question", sorted(ASKED))
def test_what_is_not_confirmed_is_asked_and_not_done(  # noqa: PLR0917
    services: Services,
    instructor: TestClient,
    people: People,
    token: str,
    question: str,
    language: str,
) -> None:
    """The page holds the same fields, and sending it does what was asked for."""
    submission = hand_in(services, people.student)
    finish(services, submission, right_results())
    path, sent = forms(people, submission.id, token)[question]
    headers = {"Accept-Language": language, "Referer": f"http://testserver/staff/{EDITION}?q=1"}
    before = noted(services)

    page = instructor.post(path, data=sent, headers=headers)

    assert page.status_code == 200
    assert noted(services) == before
    assert f'action="{path}"' in page.text
    assert f'href="/staff/{EDITION}?q=1"' in page.text
    held = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    assert held.pop("csrf_token")
    assert held == sent | {"confirmed": "yes"}
    done = instructor.post(path, data=held, follow_redirects=False)
    assert done.status_code == 303
    assert len(noted(services)) > len(before) or question == "class.confirm_hide"


def test_every_question_of_a_template_is_asked_by_the_server_too() -> None:
    """A new ``data-confirm`` has to come with a route that asks, and with a line above."""
    text = "".join(path.read_text() for path in TEMPLATES.glob("*.j2"))
    views = {
        "row.confirm": ["roster.confirm_revoke"],
        "page.form.confirm": ["roster.confirm_shut_out"],
        "page.confirm_delete": ["grading.confirm_delete"],
        "page.confirm_visibility": ["class.confirm_publish", "class.confirm_hide"],
        "page.table.confirm_chosen": ["class.confirm_regrade"],
        "page.table.confirm_shown": ["class.confirm_regrade"],
    }
    found = set()
    for marked in re.findall(r'data-confirm="\{\{(.*?)\}\}"', text):
        keys = re.findall(r't\("([\w.]+)"\)', marked) or views[marked.strip()]
        found |= set(keys)

    assert found == ASKED


@pytest.fixture
def bare(site: Site, browser: Browser) -> BrowserContext:
    """Return a browser of the instructor that runs no scripts."""
    return site.visitor(browser, site.people.instructor, java_script_enabled=False)


def published(site: Site) -> bool:
    with site.services.sessions() as session:
        return session.get_one(Assignment, EDITION).published


def test_without_scripts_a_page_asks(site: Site, bare: BrowserContext) -> None:
    """No leads back and changes nothing; yes does it."""
    with site.services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).published = False
    page = bare.new_page()
    for answer, expected in (("a.button", False), ("button.danger", True)):
        page.goto(f"/staff/{EDITION}?q=108")
        page.locator("form[action$=publish] button").click()
        expect(page.locator("main h1")).to_have_text("Are you sure?")
        assert not published(site)
        page.locator(f"main .actions {answer}").click()
        expect(page.locator("main h1")).not_to_have_text("Are you sure?")
        assert published(site) is expected
    bare.close()


def test_with_scripts_the_question_is_asked_once(site: Site, browser: Browser) -> None:
    """The script's own question is enough; saying no to it sends nothing."""
    context = site.visitor(browser, site.people.instructor)
    page = context.new_page()
    student = site.people.other_student
    with site.services.sessions() as session:
        before = session.get_one(User, student.id).link_version
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.goto(f"/staff/roster?q={student.login}")
    page.locator("button[data-confirm]").click()
    page.wait_for_timeout(200)
    with site.services.sessions() as session:
        assert session.get_one(User, student.id).link_version == before
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.locator("button[data-confirm]").click()

    expect(page.locator(".notice.good")).to_contain_text("have ended")
    assert len(asked) == 2
    with site.services.sessions() as session:
        assert session.get_one(User, student.id).link_version == before + 1
    context.close()
