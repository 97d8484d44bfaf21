"""The staff in a browser: the class, the desk, and what else runs a course."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from api.kit.models import Assignment, AuditEntry, ManualScore, Run, RunState, User
from tests.api.pages.site import Site
from tests.api.people import EDITION

CLASS = f"/staff/{EDITION}"
ROW = "table.class tbody tr"


@pytest.fixture
def page(site: Site, browser: Browser) -> Iterator[Page]:
    """Return the TA's browser."""
    context = site.visitor(browser, site.people.ta)
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()


@pytest.fixture
def instructor(site: Site, browser: Browser) -> Iterator[Page]:
    """Return the instructor's browser."""
    context = site.visitor(browser, site.people.instructor)
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()


def test_points_by_hand_count_at_once_and_stay(site: Site, page: Page) -> None:
    """A TA types points and a remark; the total follows, the student sees both."""
    page.goto(CLASS)
    page.click(f"{ROW} a >> text=108062002")
    expect(page.locator(".sums b")).to_have_text("Total 100 / 100")
    page.locator("details.task").first.locator("summary").first.click()
    page.fill("[name='points:weights.scale']", "2,5")
    page.fill("[name='remark:']", "See the scale.")
    page.click("button[value=stay]")

    expect(page.locator(".notice.good")).to_have_text("Saved.")
    expect(page.locator(".sums b")).to_have_text("Total 97.5 / 100")
    with site.services.sessions() as session:
        decided = session.get_one(ManualScore, (site.submissions["right"], "weights.scale"))
        noted = session.scalars(select(AuditEntry.action)).all()
    assert (decided.points, decided.user_id) == (2.5, site.people.ta.id)
    assert {"grade.manual", "grade.remark"} <= set(noted)


def test_an_emptied_field_gives_the_grader_back_its_points(site: Site, page: Page) -> None:
    """Taking the points out of the field takes the decision back."""
    here = f"{CLASS}/{site.submissions['graded']}"
    page.goto(here)
    page.fill("[name='points:bias.factors']", "1")
    page.click("button[value=stay]")
    page.fill("[name='points:bias.factors']", "")
    page.click("button[value=stay]")

    expect(page.locator(".notice.good")).to_be_visible()
    with site.services.sessions() as session:
        key = (site.submissions["graded"], "bias.factors")
        assert session.get(ManualScore, key) is None


def test_wrong_points_are_told_and_nothing_typed_is_lost(site: Site, page: Page) -> None:
    """More points than there are change nothing; what was typed stands in the form again."""
    page.goto(f"{CLASS}/{site.submissions['graded']}")
    page.fill("[name='points:bias.factors']", "99")
    page.fill("[name='remark:']", "A long remark.")
    page.click("button[value=stay]")

    expect(page.locator("[role=alert]")).to_contain_text("not a number of points between 0 and 6")
    expect(page.locator("[name='points:bias.factors']")).to_have_value("99")
    expect(page.locator("[name='remark:']")).to_have_value("A long remark.")
    with site.services.sessions() as session:
        assert session.get(ManualScore, (site.submissions["graded"], "")) is None


def test_keys_lead_to_the_next_and_previous_student(site: Site, page: Page) -> None:
    """j and k walk the class in the table's order; in a field they are letters."""
    page.goto(f"{CLASS}/{site.submissions['graded']}")
    page.keyboard.press("j")
    expect(page.locator("h1")).to_contain_text("108062002")
    page.keyboard.press("k")
    expect(page.locator("h1")).to_contain_text("108062001")
    page.focus("[name='remark:']")
    page.keyboard.press("j")
    expect(page.locator("[name='remark:']")).to_have_value("j")
    page.locator("h1").click()
    page.uncheck("[data-shortcuts]")
    page.keyboard.press("j")

    expect(page.locator("h1")).to_contain_text("108062001")
    page.check("[data-shortcuts]")


def test_the_students_own_pdf_is_beside_the_criteria(site: Site, page: Page) -> None:
    """The PDF that the student handed in is shown, from our own address."""
    page.goto(f"{CLASS}/{site.submissions['graded']}")
    source = str(page.get_attribute("iframe.viewer", "src"))
    shown = page.request.get(source)

    assert shown.headers["content-type"] == "application/pdf"
    assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]


def test_filters_leave_whom_they_say(page: Page) -> None:
    """State, finding and search are filters that hold at once and stand in the address."""
    page.goto(CLASS)
    page.select_option("#state", "ungraded")
    expect(page.locator(ROW)).to_have_count(1)
    expect(page.locator(ROW)).to_contain_text("108062007")
    page.goto(f"{CLASS}?finding=bias-scale-from-own-range&q=108062001")
    expect(page.locator(ROW)).to_have_count(1)
    page.goto(f"{CLASS}?late=yes")
    expect(page.locator(".notice")).to_contain_text("No student fits")


def test_frequent_findings_lead_to_those_who_have_them(page: Page) -> None:
    """The most frequent finding says how many have it and filters for them."""
    page.goto(CLASS)
    first = page.locator(".ranking li").first
    expect(first).to_contain_text("2 of 3")
    first.locator("a").click()

    expect(page.locator(ROW)).to_have_count(2)


def test_the_chosen_are_graded_again(site: Site, page: Page) -> None:
    """Those whose boxes are ticked get one more run; nobody else does."""
    page.goto(f"{CLASS}?state=ungraded")
    page.check("[data-all=submission]")
    page.click("button[value=chosen]")
    expect(page.locator(".notice.good")).to_contain_text("1 submission is queued")
    expect(page.locator(ROW).first).to_be_visible()
    expect(page.locator("#state")).to_have_value("")

    with site.services.sessions() as session:
        second = session.scalars(select(Run).where(Run.number == 2)).all()
    assert [run.submission_id for run in second] == [site.submissions["ungraded"]]
    assert second[0].state is RunState.WAITING


def test_results_are_hidden_and_published(site: Site, page: Page) -> None:
    """One button hides all results from students, and the same one publishes them."""
    page.goto(CLASS)
    page.click("text=Hide results")
    expect(page.locator(".who")).to_contain_text("Hidden from students")
    assert not assignment(site).published
    page.click("text=Publish results")

    expect(page.locator(".who")).to_contain_text("Published")
    assert assignment(site).published


def test_settings_are_read_in_the_courses_zone_and_kept(site: Site, page: Page) -> None:
    """A due date ends with the minute that was typed; nonsense changes nothing."""
    page.goto(f"{CLASS}/settings")
    page.fill("#due_at", "2030-05-06T23:59")
    page.fill("#max_attempts", "7")
    page.click("main button.first")
    expect(page.locator(".notice.good")).to_be_visible()
    kept = assignment(site)

    assert kept.due_at is not None
    assert (kept.due_at.isoformat(), kept.max_attempts) == ("2030-05-06T23:59:59+00:00", 7)
    page.fill("#late_percent_per_day", "400")
    page.click("main button.first")
    expect(page.locator("[role=alert]")).to_contain_text("Nothing was saved")
    assert assignment(site).late_percent_per_day == 10.0


def test_the_roster_is_imported_and_a_link_shown(site: Site, instructor: Page) -> None:
    """A CSV file adds students; each has a personal link, for the instructor to see."""
    instructor.goto("/staff/roster")
    instructor.click("details summary")
    roster = b"student_id,name\n777001,Ann\n777002,Bob\n"
    instructor.set_input_files(
        "#file", {"name": "r.csv", "mimeType": "text/csv", "buffer": roster}
    )
    instructor.click("details button.first")
    expect(instructor.locator(".notice.good")).to_contain_text("2 added")
    instructor.get_by_role("button", name="Show the link: 777001").click()

    expect(instructor.locator(".secret code")).to_contain_text("/login/link/")
    with site.services.sessions() as session:
        assert session.scalar(select(User.name).where(User.login == "777002")) == "Bob"


def test_wrong_lines_of_a_roster_are_named(instructor: Page) -> None:
    """A roster with a line that makes no sense is refused with that line's number."""
    instructor.goto("/staff/roster")
    instructor.click("details summary")
    instructor.set_input_files(
        "#file", {"name": "r.csv", "mimeType": "text/csv", "buffer": b"student_id\n../x\n"}
    )
    instructor.click("details button.first")

    expect(instructor.locator("[role=alert]")).to_contain_text("line 2")


def test_a_token_is_shown_once_and_revoked(page: Page) -> None:
    """A new token stands on the page that made it, and on no other."""
    page.goto("/account")
    page.fill("#name", "my script")
    page.click("text=Make a token >> visible=true >> nth=-1")
    expect(page.locator(".secret code")).to_contain_text("qlg_")
    page.goto("/account")
    expect(page.locator("main")).not_to_contain_text("qlg_")
    page.get_by_role("button", name="Revoke: my script").click()

    expect(page.locator("main")).to_contain_text("You have no tokens.")


def test_the_audit_log_tells_what_changed(instructor: Page) -> None:
    """A change of an assignment stands in the log with what was before and after."""
    instructor.goto(f"{CLASS}/settings")
    instructor.fill("#late_days", "5")
    instructor.click("main button.first")
    instructor.goto("/staff/audit?action=assignment.change")

    expect(instructor.locator("tbody tr").first).to_contain_text("nothing is accepted: 3 → 5")


def assignment(site: Site) -> Assignment:
    with site.services.sessions() as session:
        return session.get_one(Assignment, EDITION)
