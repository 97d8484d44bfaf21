"""What belongs to whom: self-checks to whoever has their address, all else to its student."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.app import create_app
from api.kit.digests import sha256_of
from api.kit.models import Assignment, Run, RunState, Submission
from api.kit.queue import places
from api.kit.services import Services
from tests.api.people import EDITION, NOTEBOOK, People, finish, hand_in, log_in

URL = "/api/v1/submissions"
UPLOAD = {"files": {"file": ("hw1.ipynb", NOTEBOOK)}, "data": {"edition": EDITION}}


@pytest.fixture
def allowed(services: Services) -> None:
    """Have the instructor allow self-checks."""
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).anonymous = True


def self_check(client: TestClient) -> dict[str, str]:
    answer = client.post(URL, **UPLOAD)
    assert answer.status_code == 202, answer.text
    document: dict[str, str] = answer.json()
    return document


def test_nobody_hands_in_unless_the_instructor_allows_it(
    client: TestClient, services: Services
) -> None:
    answer = client.post(URL, **UPLOAD)

    assert answer.status_code == 401
    assert list(services.blobs.all()) == []  # refused before the file was taken


def test_the_address_of_a_result_cannot_be_guessed(
    client: TestClient, services: Services, allowed: None
) -> None:
    keys = [self_check(client)["key"] for _ in range(3)]

    assert len(set(keys)) == 3
    assert min(map(len, keys)) >= 43  # 256 bits
    with services.sessions() as session:
        kept = session.scalars(select(Submission.key_sha256)).all()
    assert sorted(map(str, kept)) == sorted(map(sha256_of, keys))


def test_the_address_shows_the_result_and_nothing_else_does(
    client: TestClient, services: Services, allowed: None, people: People
) -> None:
    made = self_check(client)
    theirs = hand_in(services, people.student)
    address = f"{URL}/{made['id']}"

    assert client.get(address).status_code == 401
    assert client.get(address, headers={"X-Result-Key": "x" * 43}).status_code == 404
    assert client.get(address, headers={"X-Result-Key": made["key"]}).status_code == 200
    assert client.get(f"/r/{made['key']}").status_code == 200
    assert client.get(f"/r/{'x' * 43}").status_code == 404
    of_a_student = client.get(f"{URL}/{theirs.id}", headers={"X-Result-Key": made["key"]})
    assert of_a_student.status_code == 404


def test_self_checks_wait_behind_all_that_students_hand_in(
    client: TestClient, services: Services, allowed: None, people: People
) -> None:
    """However many visitors there seem to be, a student who comes later is begun before them."""
    visitors = [self_check(client)["id"] for _ in range(3)]
    first = hand_in(services, people.student)
    with services.sessions.begin() as session:
        session.get_one(Run, f"{first.id}-1").state = RunState.GRADING
    own = hand_in(services, people.student)

    with services.sessions() as session:
        found = places(session)

    assert found == {f"{one}-1": at for at, one in enumerate([own.id, *visitors], start=1)}


def test_only_so_many_self_checks_wait(services: Services, allowed: None, people: People) -> None:
    """Beyond the limit a visitor is told when to try again; students still hand in."""
    settings = services.settings.model_copy(update={"max_waiting_self_checks": 2})
    few = replace(services, settings=settings)
    with TestClient(create_app(few, background=False)) as client:
        kept = [self_check(client)["id"] for _ in range(2)]
        refused = client.post(URL, **UPLOAD)
        own = log_in(few, client, people.student).post(URL, **UPLOAD)
        with services.sessions() as session:
            first = session.get_one(Submission, kept[0])
        finish(services, first)
        later = client.post(URL, **UPLOAD)

    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-self-checks")
    assert int(refused.headers["Retry-After"]) > 0
    assert (own.status_code, later.status_code) == (202, 202)


def test_whoever_names_a_student_is_no_visitor(
    client: TestClient, services: Services, allowed: None
) -> None:
    """A script that forgot its token is told so, instead of being graded as nobody."""
    data = {"edition": EDITION, "student_id": "108062001"}
    answer = client.post(URL, files=UPLOAD["files"], data=data)

    assert answer.status_code == 401
    with services.sessions() as session:
        assert session.scalars(select(Submission)).all() == []


def test_a_key_may_read_and_not_change(
    client: TestClient, services: Services, allowed: None
) -> None:
    made = self_check(client)
    headers = {"X-Result-Key": made["key"]}

    assert client.post(f"{URL}/{made['id']}/regrade", headers=headers).status_code == 401


def test_a_students_list_holds_their_own_alone(
    services: Services,
    people: People,
    student: TestClient,
    ta: TestClient,
) -> None:
    """Whatever they filter by."""
    mine, theirs = hand_in(services, people.student), hand_in(services, people.other_student)
    finish(services, theirs)

    for filters in ("", "?student_id=108062002", "?q=Lin", f"?edition={EDITION}"):
        assert theirs.id not in student.get(URL + filters).text
    assert mine.id in student.get(URL).text
    assert theirs.id in ta.get(URL).text


def test_nobody_hands_in_for_another_student(student: TestClient, people: People) -> None:
    data = {"student_id": people.other_student.login, "edition": EDITION}

    answer = student.post(URL, files=UPLOAD["files"], data=data)

    assert answer.status_code == 403


def test_a_run_of_another_submission_is_not_reached_through_ones_own(
    services: Services, people: People, student: TestClient
) -> None:
    mine, theirs = hand_in(services, people.student), hand_in(services, people.other_student)
    finish(services, theirs)

    assert student.get(f"{URL}/{mine.id}/runs/1/results").status_code == 404
    assert student.get(f"{URL}/{mine.id}/files/1").status_code == 404
    assert student.get(f"{URL}/{theirs.id}/files/0").status_code == 404
