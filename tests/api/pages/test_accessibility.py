"""Every page, for everybody: axe finds nothing, no page is wider than a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from api.kit.models import User
from tests.api.pages.site import KEY, Site
from tests.api.people import EDITION, People

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What can differ in the dark and on a phone.
MUCH_ALIKE = {"self-check", "all right", "class, filtered to nobody"}
LOOKS = ["color-contrast", "target-size", "scrollable-region-focusable"]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
Who = Callable[[People], User | None]


def nobody(_people: People) -> None:
    return None


def student(people: People) -> User:
    return people.student


def instructor(people: People) -> User:
    return people.instructor


PAGES: dict[str, tuple[Who, str]] = {
    "visitor": (nobody, "/"),
    "login": (nobody, "/login"),
    "link": (nobody, "{link}"),
    "no such page": (nobody, "/nothing"),
    "self-check": (nobody, f"/r/{KEY}?fresh=1"),
    "student's home": (student, "/"),
    "graded": (student, "/s/{graded}"),
    "account": (student, "/account"),
    "waiting": (instructor, "/s/{waiting}"),
    "being graded": (instructor, "/s/{grading}"),
    "refused": (instructor, "/s/{refused}"),
    "ungraded": (instructor, "/s/{ungraded}"),
    "all right": (instructor, "/s/{right}"),
    "hostile results": (instructor, "/s/{hostile}"),
    "assignments": (instructor, "/staff"),
    "class": (instructor, f"/staff/{EDITION}"),
    "class, filtered to nobody": (instructor, f"/staff/{EDITION}?q=nobody"),
    "desk with the student's PDF": (instructor, f"/staff/{EDITION}/{{graded}}"),
    "desk with code": (instructor, f"/staff/{EDITION}/{{graded}}?show=code"),
    "desk with a notebook": (instructor, f"/staff/{EDITION}/{{graded}}?show=file-0"),
    "reference": (nobody, "/docs"),
    "guide": (nobody, "/help/operators"),
    "extensions": (instructor, f"/staff/{EDITION}/extensions"),
    "settings": (instructor, f"/staff/{EDITION}/settings"),
    "class overview": (instructor, f"/staff/{EDITION}/overview"),
    "similarity": (instructor, f"/staff/{EDITION}/similarity"),
    "exports": (instructor, f"/staff/{EDITION}/exports"),
    "class upload": (instructor, f"/staff/{EDITION}/upload"),
    "groups": (instructor, f"/staff/{EDITION}/groups"),
    "rubric": (instructor, f"/staff/{EDITION}/rubric"),
    "roster": (instructor, "/staff/roster"),
    "one student of the roster": (instructor, "/staff/roster?student=108062001"),
    "staff accounts": (instructor, "/staff/accounts"),
    "audit log": (instructor, "/staff/audit"),
}


@pytest.mark.few(10)
@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=[pytest.mark.long] * (one in MUCH_ALIKE)) for one in PAGES],
)
def test_page_is_accessible_and_fits_a_phone(name: str, site: Site, browser: Browser) -> None:
    """axe finds nothing in light and dark; in both languages nothing is wider than 390 px."""
    who, path = PAGES[name]
    path = path.format(link=site.link, **site.submissions)
    context = site.visitor(browser, who(site.people), viewport=DESKTOP)
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text))

    page.goto(path)
    raw = "<time" in page.inner_text("body")
    found = axe(page, RULES)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    found += axe(page, LOOKS)
    wide = [overflow(page)]
    context.add_cookies([{"name": "language", "value": "zh_TW", "url": site.address}])
    page.goto(path)
    wide.append(overflow(page))
    language = page.get_attribute("html", "lang")
    context.close()

    assert found == []
    assert wide == [0, 0]
    assert not raw, "a page shows its own tags"
    assert language == "zh-Hant-TW"
    assert [line for line in said if "404 (Not Found)" not in line] == []


def axe(page: Page, rules: list[str]) -> list[str]:
    """Return the violations that axe finds, each with its first element."""
    # A drawing is one image to axe: its strokes have no role, and there are thousands of them.
    whole = {"exclude": ["svg > :not(title)"]}
    found = Axe().run(page, context=whole, options={"runOnly": rules})
    violations = found.response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in violations]


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return max(0, wider)
