"""Launches from a platform: who is let in, where to, and everything that is refused."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import select

from api.kit.models import AuditEntry, Role, User, now
from api.kit.models.lti import LtiContext, LtiLink, LtiPlatform, LtiUser
from api.kit.services import Services
from api.lti.launch import logins
from tests.api.lti.conftest import Browser
from tests.api.lti.platform import (
    LEARNER,
    Person,
    Platform,
    query_of,
)
from tests.api.people import EDITION, People


def test_a_student_lands_at_the_assignment_logged_in(
    visitor: Browser, people: People, services: Services
) -> None:
    """The student of the roster, by the id that the platform shares; it is audited."""
    entered = visitor.launch("hw", "s")

    assert (entered.status_code, entered.headers["location"]) == (303, f"/#{EDITION}")
    assert visitor.who()["login"] == people.student.login
    with services.sessions() as session:
        actions = session.scalars(select(AuditEntry.action)).all()
    assert actions.count("login.lti") == 1


@pytest.mark.parametrize(
    ("who", "role", "link", "place"),
    [
        ("prof", "instructor", "hw", f"/staff/{EDITION}"),
        ("ta", "ta", "hw", f"/staff/{EDITION}"),
        ("prof", "instructor", "course", "/staff"),
        ("new", "student", "course", "/"),
    ],
)
def test_everybody_lands_where_they_belong(
    visitor: Browser, who: str, role: str, link: str, place: str
) -> None:
    """Staff at the class, students at their work; without an assignment at the first page."""
    entered = visitor.launch(link, who)

    assert entered.headers["location"] == place
    assert visitor.who()["role"] == role


def test_a_student_who_is_new_is_put_on_the_roster(visitor: Browser, services: Services) -> None:
    """With name and address, under the id that the platform says."""
    visitor.launch("hw", "new")

    with services.sessions() as session:
        user = session.scalars(select(User).where(User.login == "108062009")).one()
    assert (user.role, user.name, user.email) == (Role.STUDENT, "Wu", "wu@example.edu")


def test_the_second_time_the_subject_alone_decides(
    visitor: Browser, platform: Platform, people: People
) -> None:
    """A student whose id is changed on the platform stays who they are here."""
    visitor.launch("hw", "s")
    platform.people["s"].student_id = str(people.other_student.student_id)

    visitor.launch("hw", "s")

    assert visitor.who()["login"] == people.student.login


def test_nobody_takes_over_the_account_of_another_subject(
    visitor: Browser, platform: Platform, people: People
) -> None:
    """An id that somebody has already is not given to a second person of the platform."""
    visitor.launch("hw", "s")
    visitor.client.cookies.clear()
    student_id = str(people.student.student_id)
    platform.people["thief"] = Person("sub-thief", [LEARNER], "Thief", "", student_id)

    answer = visitor.send(visitor.authenticated("hw", "thief"))

    assert answer.status_code == 403
    assert "belongs to somebody else" in answer.text


def test_a_students_id_makes_nobody_staff(
    visitor: Browser, platform: Platform, people: People
) -> None:
    """A student who calls themselves by a login of staff gets no account of staff."""
    platform.people["x"] = Person("sub-x", [LEARNER], "X", "", people.instructor.login)

    assert visitor.send(visitor.authenticated("hw", "x")).status_code == 422


def test_an_address_gives_nobody_more_than_their_role(
    visitor: Browser, platform: Platform, services: Services, people: People
) -> None:
    """A TA of the platform with the instructor's address is a TA with a new account."""
    with services.sessions.begin() as session:
        session.get_one(User, people.instructor.id).email = "prof@example.edu"
    platform.people["ta"].email = "prof@example.edu"

    visitor.launch("hw", "ta")

    assert visitor.who()["role"] == "ta"
    assert visitor.who()["login"] != people.instructor.login


def test_staff_are_found_by_their_address(
    visitor: Browser, services: Services, people: People
) -> None:
    """An instructor who has an account here gets it, and no second one."""
    with services.sessions.begin() as session:
        session.get_one(User, people.instructor.id).email = "PROF@example.edu"

    visitor.launch("hw", "prof")

    assert visitor.who()["login"] == people.instructor.login


@pytest.mark.parametrize(
    ("roles", "status"),
    [
        ([], 403),
        (["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"], 403),
        (["http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"], 403),
        (["Instructor"], 303),
    ],
)
def test_only_roles_of_the_course_count(
    visitor: Browser, platform: Platform, roles: list[str], status: int
) -> None:
    """An administrator of the whole platform is nobody in this course."""
    platform.people["x"] = Person("sub-x", roles, "X", "x@example.edu", "108062077")

    assert visitor.send(visitor.authenticated("hw", "x")).status_code == status


def test_who_is_shut_out_stays_outside(
    visitor: Browser, services: Services, people: People
) -> None:
    """A disabled account is let in from nowhere."""
    with services.sessions.begin() as session:
        session.get_one(User, people.student.id).disabled_at = now()

    assert visitor.send(visitor.authenticated("hw", "s")).status_code == 403


def test_without_a_student_id_the_reason_is_told(visitor: Browser, platform: Platform) -> None:
    """The student reads what the platform's administrator has to share."""
    platform.people["s"].student_id = ""

    answer = visitor.send(visitor.authenticated("hw", "s"))

    assert answer.status_code == 403
    assert "lis.person_sourcedid" in answer.text


def test_a_course_is_let_in_only_once_it_was_accepted(
    visitor: Browser, services: Services
) -> None:
    """Any course of the platform may install the tool: its teachers are nobody here until then."""
    with services.sessions.begin() as session:
        session.query(LtiContext).delete()

    student = visitor.send(visitor.authenticated("hw", "s"))
    with services.sessions() as session:
        assert session.scalars(select(LtiContext)).all() == []
    teacher = visitor.send(visitor.authenticated("hw", "prof"))

    assert (student.status_code, teacher.status_code) == (403, 403)
    with services.sessions() as session:
        course = session.scalars(select(LtiContext)).one()
        assert session.scalars(select(LtiUser)).all() == []
    assert (course.title, course.accepted_at) == ("Quantization, autumn", None)


def test_a_launch_that_is_sent_twice_is_refused(visitor: Browser) -> None:
    """The nonce is used up by the first."""
    form = visitor.authenticated("hw", "s")
    assert visitor.send(form).status_code == 303

    answer = visitor.send(form)

    assert answer.status_code == 403
    assert "used already" in answer.text


def test_a_token_with_the_nonce_of_another_login_is_refused(visitor: Browser) -> None:
    """A stolen token does not fit the login that the thief began."""
    stolen, own = visitor.authenticated("hw", "prof"), visitor.authenticated("hw", "s")

    assert visitor.send({**own, "id_token": stolen["id_token"]}).status_code == 403


def test_a_launch_logs_in_only_the_browser_that_began_it(
    visitor: Browser, platform: Platform
) -> None:
    """Whoever is sent on with another's launch is not logged in as them."""
    launched = visitor.send(visitor.authenticated("hw", "prof"))
    victim = Browser(platform)
    victim.begin("hw", "s")  # has a cookie, but of a login of its own

    answer = victim.enter(launched)

    assert answer.status_code == 403
    assert victim.who() == {}


def test_without_cookies_it_is_said_what_to_do(visitor: Browser) -> None:
    """A browser that kept no cookie in a frame is told to open the link by itself."""
    launched = visitor.send(visitor.authenticated("hw", "s"))
    visitor.client.cookies.clear()

    answer = visitor.enter(launched)

    assert answer.status_code == 403
    assert "new window or tab" in answer.text
    assert "frame-ancestors https:" in answer.headers["content-security-policy"]
    assert "x-frame-options" not in answer.headers


@pytest.mark.parametrize("state", ["", "guessed", "eyJwIjoieCJ9.aaaa.bbbb"])
def test_a_launch_without_a_state_of_ours_is_refused(visitor: Browser, state: str) -> None:
    """Whoever did not begin here does not end here."""
    form = visitor.authenticated("hw", "s")

    assert visitor.send({**form, "state": state}).status_code == 403


def test_a_state_does_not_serve_for_ever(
    visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After ten minutes the login has to be begun again."""
    form = visitor.authenticated("hw", "s")
    monkeypatch.setattr(logins, "SECONDS", -1)

    assert visitor.send(form).status_code == 403


def test_what_leads_back_to_the_platform_serves_nothing_else(visitor: Browser) -> None:
    """A state is no pass, whatever it is signed with."""
    state = visitor.authenticated("hw", "s")["state"]
    answer = visitor.client.get(f"{visitor.platform.tool}/lti/enter", params={"pass": state})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"iss": "https://evil.example"}, 403),
        ({"client_id": "another"}, 403),
        ({"iss": ""}, 422),
        ({"login_hint": ""}, 422),
        ({"target_link_uri": "https://evil.example/"}, 403),
        ({"target_link_uri": ""}, 403),
        ({"client_id": ""}, 303),  # one platform with this issuer: it is clear which
    ],
)
def test_a_login_is_begun_only_for_platforms_and_targets_of_ours(
    visitor: Browser, changed: dict[str, str], status: int
) -> None:
    """No redirect goes to a site that the operator did not name."""
    assert visitor.begin("hw", "s", **changed).status_code == status


def test_a_target_beside_ours_is_not_ours(visitor: Browser, platform: Platform) -> None:
    """Neither a longer port nor a user name makes an address one of this site."""
    for target in (f"{platform.tool}0/lti/launch", f"{platform.tool}@evil.example/"):
        assert visitor.begin("hw", "s", target_link_uri=target).status_code == 403


def test_the_redirect_asks_for_what_the_specification_demands(visitor: Browser) -> None:
    """Each login has a state and a nonce of its own."""
    first, second = (query_of(visitor.begin("hw", "s").headers["location"]) for _ in range(2))

    assert first["response_mode"] == "form_post"
    assert first["nonce"] != second["nonce"]
    assert first["state"] != second["state"]


def test_an_error_of_the_platform_is_told(visitor: Browser) -> None:
    """A person reads that it did not work, not a blank page."""
    state = visitor.authenticated("hw", "s")["state"]

    answer = visitor.send({"error": "login_required<script>", "state": state})

    assert answer.status_code == 403
    assert "login_required&lt;script&gt;" in answer.text


def test_a_platform_that_is_away_is_told_as_such(visitor: Browser, services: Services) -> None:
    """Try again later; nothing is taken without its keys."""
    with services.sessions.begin() as session:
        session.scalars(select(LtiPlatform)).one().jwks_url = "http://127.0.0.1:9/jwks"

    answer = visitor.send(visitor.authenticated("hw", "s"))

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


def test_links_are_kept_with_where_their_grades_go(
    visitor: Browser, platform: Platform, services: Services
) -> None:
    """A link without an assignment takes no grades, nor does one to an unknown assignment."""
    platform.links["odd"] = type(platform.links["hw"])(
        "odd", platform.links["hw"].target, {"assignment": "no-such-lab"}
    )
    for link in ("hw", "course", "odd", "hw"):
        assert visitor.launch(link, "prof").status_code == 303

    with services.sessions() as session:
        kept = session.scalars(select(LtiLink)).one()
    assert (kept.edition, kept.line_item_url) == (EDITION, platform.line_item("hw"))


def test_a_login_in_a_frame_is_led_out_of_it(visitor: Browser, platform: Platform) -> None:
    """Browsers keep no cookies there; the page says so before the platform is asked."""
    given = platform.initiation("hw", "s")
    answer = visitor.client.get(
        f"{platform.tool}/lti/login", params=given, headers={"Sec-Fetch-Dest": "iframe"}
    )

    assert answer.status_code == 200
    assert 'target="_blank"' in answer.text
    assert "set-cookie" not in answer.headers
    policy = answer.headers["content-security-policy"]
    assert f"frame-ancestors {platform.issuer} https:" in policy


def test_a_session_that_was_there_before_ends(visitor: Browser) -> None:
    """Nobody can have planted a session that a student is then logged in to."""
    visitor.launch("hw", "s")
    before = dict(visitor.client.cookies)["grader-session"]
    visitor.launch("hw", "prof")

    old = httpx.get(
        f"{visitor.platform.tool}/api/v1/me",
        cookies={"grader-session": before},
        trust_env=False,
    )
    assert old.status_code == 401
