"""Links log in whom they were made for: once, or until revoked; opening one uses nothing up."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select, update
from starlette.testclient import TestClient

from api.auth import links, users
from api.kit.digests import sha256_of, signer
from api.kit.models import ApiToken, LoginLink, User, now
from api.kit.problems import Problem
from api.kit.services import Services
from tests.api.people import People

ME = "/api/v1/me"


def one_time(services: Services, user: User) -> str:
    """Return the token of a new one-time link."""
    with services.sessions.begin() as session:
        return links.one_time_link(session, services.settings, user).rpartition("/")[2]


def personal(services: Services, user: User) -> str:
    return links.personal_link(services.settings, user).rpartition("/")[2]


def redeem(services: Services, token: str) -> str:
    with services.sessions.begin() as session:
        return links.redeem(session, services.settings, token).login


def is_void(services: Services, token: str) -> bool:
    with services.sessions() as session:
        try:
            links.owner(session, services.settings, token)
        except Problem as problem:
            return problem.status == 410
    return False


def test_opening_a_link_logs_nobody_in_and_pressing_the_button_does(
    client: TestClient, services: Services, people: People
) -> None:
    """What a mail scanner does, as often as it likes, and then the person."""
    path = links.PATH + one_time(services, people.ta)
    for _ in range(3):
        opened = client.get(path)
        assert opened.status_code == 200
        assert "set-cookie" not in opened.headers
        assert client.head(path).status_code in {200, 405}

    pressed = client.post(path, follow_redirects=False)

    assert pressed.status_code == 303
    assert client.get(ME).json()["login"] == people.ta.login


def test_staff_choose_a_password_where_their_link_leads(
    client: TestClient, services: Services, people: People
) -> None:
    """It works once; who has a password, and a student with a personal link, go on at once."""
    path = links.PATH + one_time(services, people.ta)
    first = client.post(path).text
    with services.sessions.begin() as session:
        session.get_one(User, people.ta.id).password_hash = "kept"
    again, student = (
        TestClient(client.app).post(links.PATH + token, follow_redirects=False)
        for token in (one_time(services, people.ta), personal(services, people.student))
    )

    assert "Choose your password now" in first
    assert 'name="new"' in first
    assert (again.headers["location"], student.headers["location"]) == ("/", "/")


def test_a_one_time_link_works_once(services: Services, people: People) -> None:
    token = one_time(services, people.ta)
    assert redeem(services, token) == people.ta.login

    with pytest.raises(Problem) as used:
        redeem(services, token)

    assert used.value.status == 410
    assert is_void(services, token)


def test_two_who_press_at_once_are_one_login(services: Services, people: People) -> None:
    token, outcomes = one_time(services, people.ta), []
    together = threading.Barrier(4)

    def press() -> None:
        together.wait()
        try:
            outcomes.append(redeem(services, token))
        except Problem:
            outcomes.append("refused")

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused", "refused", "refused", people.ta.login]


def test_a_one_time_link_ends(services: Services, people: People) -> None:
    token = one_time(services, people.ta)
    with services.sessions.begin() as session:
        session.execute(update(LoginLink).values(expires_at=now() - timedelta(seconds=1)))

    assert is_void(services, token)
    with pytest.raises(Problem):
        redeem(services, token)


def test_the_database_does_not_know_the_token(services: Services, people: People) -> None:
    token = one_time(services, people.ta)

    with services.sessions() as session:
        kept = session.scalars(select(LoginLink)).one()
    assert token not in str(vars(kept))


def test_a_personal_link_works_again_and_again(services: Services, people: People) -> None:
    token = personal(services, people.student)

    assert [redeem(services, token) for _ in range(3)] == [people.student.login] * 3


def test_a_revoked_personal_link_is_void_and_a_new_one_works(
    instructor: TestClient, services: Services, people: People
) -> None:
    address = f"/api/v1/roster/{people.student.login}/link"
    old = instructor.post(address).json()["link"].rpartition("/")[2]

    assert instructor.delete(address).status_code == 204

    new = instructor.post(address).json()["link"].rpartition("/")[2]
    assert is_void(services, old)
    assert not is_void(services, new)


def test_revoking_ends_what_a_leaked_link_opened(
    instructor: TestClient, client: TestClient, services: Services, people: People
) -> None:
    """Whoever had the link may have a session, a token and a password by now."""
    thief = TestClient(client.app)
    thief.post(links.PATH + personal(services, people.student))
    one_more = one_time(services, people.student)
    with services.sessions.begin() as session:
        user = session.get_one(User, people.student.id)
        user.password_hash = "set by the thief"
        token = ApiToken(user_id=user.id, name="theirs", sha256=sha256_of("t"), scopes=["read"])
        session.add(token)
    script = TestClient(client.app, headers={"Authorization": "Bearer t"})
    assert (thief.get(ME).status_code, script.get(ME).status_code) == (200, 200)

    instructor.delete(f"/api/v1/roster/{people.student.login}/link")

    assert (thief.get(ME).status_code, script.get(ME).status_code) == (401, 401)
    assert is_void(services, one_more)
    with services.sessions() as session:
        assert session.get_one(User, people.student.id).password_hash is None
    again = TestClient(client.app)
    again.post(links.PATH + personal(services, _renewed(services, people.student)))
    assert again.get(ME).json()["login"] == people.student.login


def _renewed(services: Services, user: User) -> User:
    with services.sessions() as session:
        return session.get_one(User, user.id)


def test_a_personal_link_ends(services: Services, people: People) -> None:
    token = personal(services, people.student)
    short = services.settings.model_copy(update={"link_days": -1.0})

    with services.sessions() as session, pytest.raises(Problem):
        links.owner(session, short, token)


@pytest.mark.parametrize("place", [0, 5, -1])
def test_a_changed_personal_link_is_void(services: Services, people: People, place: int) -> None:
    token = personal(services, people.student)
    other = "A" if token[place] not in "ABCD" else "Q"  # A to D may end the same signature
    changed = token[:place] + other + (token[place + 1 :] if place != -1 else "")

    assert is_void(services, changed)


@pytest.mark.parametrize(
    "value", [["someone", 1, 2], "text", 7, None, {}, ["missing", 1], [None, None], [["x"], 1]]
)
def test_what_we_signed_for_something_else_logs_nobody_in(
    services: Services, people: People, value: object
) -> None:
    """The key signs other things too, and may sign things of older versions."""
    assert is_void(services, signer(services.settings.signing_key, "personal-link").dumps(value))


@pytest.mark.parametrize(("key", "purpose"), [("another key", "personal-link"), ("", "sign-on")])
def test_another_key_or_purpose_signs_no_link(
    services: Services, people: People, key: str, purpose: str
) -> None:
    made = signer(key or services.settings.signing_key, purpose)
    assert isinstance(made, URLSafeTimedSerializer)

    assert is_void(services, made.dumps([people.student.id, 1]))


def test_staff_have_no_personal_link(services: Services, people: People) -> None:
    """A link that holds for months is no key to everybody's grades."""
    with pytest.raises(Problem, match="only students"):
        links.personal_link(services.settings, people.ta)
    forged = signer(services.settings.signing_key, "personal-link").dumps([people.ta.id, 1])
    assert is_void(services, forged)


def test_links_of_a_disabled_person_are_void_even_when_enabled_again(
    services: Services, people: People
) -> None:
    tokens = (personal(services, people.student), one_time(services, people.student))
    with services.sessions.begin() as session:
        user = session.get_one(User, people.student.id)
        users.disable(session, user)
    assert all(is_void(services, token) for token in tokens)

    with services.sessions.begin() as session:
        users.enable(session.get_one(User, people.student.id))

    assert all(is_void(services, token) for token in tokens)


def test_all_links_of_the_course_are_a_table_for_mailing(
    instructor: TestClient, services: Services, people: People
) -> None:
    with services.sessions.begin() as session:
        session.get_one(User, people.student.id).name = "=HYPERLINK(1)"

    answer = instructor.post("/api/v1/roster/links")

    assert answer.content.startswith(b"\xef\xbb\xbf")  # Excel takes it for another encoding else
    header, first, second = answer.content.decode("utf-8-sig").splitlines()
    assert header == "student_id,name,email,link"
    assert first.startswith("108062001,'=HYPERLINK(1),,http")
    assert redeem(services, second.rpartition("/")[2]) == people.other_student.login
