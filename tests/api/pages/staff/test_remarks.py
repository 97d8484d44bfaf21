# ruff: noqa: RUF001 - Chinese has marks of its own
"""What is refused and what is remarked on, read in a browser in both languages."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from api.jobs import records
from api.jobs.job_and_outcome import Outcome, refused, ungraded
from api.kit.models import Submission, User
from grader.words.message import message
from grader.workers.slots import our_fault
from tests.api.pages.site import Site, add_student
from tests.api.pages.student.test_student import FORM, NOTEBOOK
from tests.api.people import EDITION, hand_in

LOCALES = {"en": "en-US", "zh_TW": "zh-TW"}
CUT_OFF = message("notebook.incomplete", file="hw1.ipynb", where="cut-off")
NUMBERS = itertools.count(1)
CLASS = f"/staff/{EDITION}"


@pytest.fixture(params=LOCALES)
def language(request: pytest.FixtureRequest) -> str:
    """Return a language that the browser asks for."""
    return str(request.param)


@pytest.fixture
def newcomer(site: Site) -> User:
    """Return a student who has handed in nothing."""
    return add_student(site.services, f"109{next(NUMBERS):06}", "New")


def open_page(site: Site, browser: Browser, user: User, language: str) -> Page:
    return site.visitor(browser, user, locale=LOCALES[language]).new_page()


@pytest.fixture
def page(site: Site, browser: Browser, newcomer: User, language: str) -> Iterator[Page]:
    """Return the newcomer's browser."""
    opened = open_page(site, browser, newcomer, language)
    yield opened
    opened.context.close()


@pytest.fixture
def staff(site: Site, browser: Browser, language: str) -> Iterator[Page]:
    """Return the instructor's browser."""
    opened = open_page(site, browser, site.people.instructor, language)
    yield opened
    opened.context.close()


def ended(site: Site, user: User, outcome: Outcome) -> Submission:
    """Return a submission whose run has ended so, handed in by somebody who reads English."""
    submission = hand_in(site.services, user)
    with site.services.sessions.begin() as session:
        records.begin(session, f"{submission.id}-1", "worker-1")
        records.end(session, f"{submission.id}-1", outcome)
    return submission


def test_why_files_cannot_be_graded_is_said_in_the_readers_language(
    site: Site, page: Page, staff: Page, newcomer: User, language: str
) -> None:
    """Student and staff read it each in their own, whatever it was graded in."""
    submission = ended(site, newcomer, refused(CUT_OFF, seconds=0.1))

    page.goto(f"/s/{submission.id}")
    staff.goto(f"{CLASS}/{submission.id}")

    expect(page.locator(".notice.bad")).to_contain_text(CUT_OFF.said_in(language))
    expect(staff.locator(".notice.warn")).to_contain_text(CUT_OFF.said_in(language))


def test_why_a_run_is_ungraded_is_said_in_the_readers_language(
    site: Site, staff: Page, newcomer: User, language: str
) -> None:
    reason = our_fault("too-long", seconds="300")
    submission = ended(site, newcomer, ungraded(reason))

    staff.goto(f"{CLASS}/{submission.id}")

    expect(staff.locator(".notice.warn")).to_contain_text(reason.said_in(language))


def test_a_file_that_is_not_taken_is_named(page: Page, language: str) -> None:
    page.goto("/")
    page.set_input_files(f"{FORM} input[type=file]", {**NOTEBOOK, "buffer": b"%PDF-1.7"})
    page.click(f"{FORM} button.first")

    words = {"en": "holds a PDF, not a notebook", "zh_TW": "的內容是 PDF，不是筆記本"}
    expect(page.locator("[role=alert]")).to_contain_text(NOTEBOOK["name"])
    expect(page.locator("[role=alert]")).to_contain_text(words[language])


def test_a_file_named_for_another_student_is_marked_for_all(
    page: Page, staff: Page, newcomer: User, language: str
) -> None:
    """The student is told at once; the class shows and filters it, and so does the desk."""
    file: FilePayload = {**NOTEBOOK, "name": "hw1_108062999.ipynb"}
    page.goto("/")
    page.set_input_files(f"{FORM} input[type=file]", file)
    page.click(f"{FORM} button.first")

    own = str(newcomer.student_id)
    notice = page.locator(".notice.warn")
    expect(notice).to_contain_text("108062999")
    expect(notice).to_contain_text(own)
    title = {"en": "Is this your own file?", "zh_TW": "這是你自己的檔案嗎？"}
    expect(notice.locator("b")).to_have_text(title[language])

    staff.goto(CLASS)
    staff.select_option("#named", "yes")
    row = staff.locator("table.class tbody tr", has_text=own)
    expect(row.locator(".badge.warn")).to_contain_text("108062999")
    expect(staff.locator("table.class tbody tr", has_text="108062002")).to_have_count(0)
    row.locator("a").first.click()
    expect(staff.locator(".notice.warn")).to_contain_text("108062999")


def test_wrong_lines_of_a_roster_are_listed_in_the_readers_language(
    staff: Page, language: str
) -> None:
    roster = "student_id,name,email\n777101,Ann,\n?,Bob,\n777102,Eve,nowhere\n"
    staff.goto("/staff/roster")
    staff.locator("summary").first.click()
    staff.set_input_files(
        "#file", {"name": "r.csv", "mimeType": "text/csv", "buffer": roster.encode()}
    )
    staff.locator("form[action='/staff/roster'][method=post] button").click()

    lines = staff.locator("[role=alert] li")
    begins = {"en": ("line 3:", "line 4:"), "zh_TW": ("第 3 行：", "第 4 行：")}
    expect(lines).to_have_count(2)
    for place, words in enumerate(begins[language]):
        assert lines.nth(place).inner_text().startswith(words)


def test_a_part_of_a_class_that_is_left_out_says_why(staff: Page, language: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("109999001.ipynb", b"x = 1")
        archive.writestr("109999002/hw1_109999003.ipynb", NOTEBOOK["buffer"])
    staff.goto(f"{CLASS}/upload")
    staff.set_input_files(
        "#file", {"name": "c.zip", "mimeType": "application/zip", "buffer": file.getvalue()}
    )
    staff.check("[name=unlisted]")
    staff.click("main form button.first")

    cards = staff.locator("main section.card")
    left_out, named_for = cards.nth(0), cards.nth(1)
    reason = message("upload.no-notebook", file="109999001.ipynb")
    expect(left_out).to_contain_text(reason.said_in(language))
    expect(named_for).to_contain_text("109999002")
    expect(named_for).to_contain_text("109999003")
    expect(cards).to_have_count(2)
