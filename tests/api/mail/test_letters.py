"""What is sent to whom: receipts, results, links, digests, and never a score."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.grades.announcements import announce
from api.kit.models import Assignment, Mail, Submission, User
from api.kit.services import Services
from api.mail.digest import post_digests
from tests.api.mail.conftest import send_all, waiting
from tests.api.mail.server import MailServer
from tests.api.people import EDITION, NOTEBOOK, People, finish, hand_in, pending, right

TAIPEI = ZoneInfo("Asia/Taipei")
MORNING = datetime(2026, 11, 30, 8, 0, tzinfo=TAIPEI)
FILE = {"file": ("hw1.ipynb", NOTEBOOK)}


def publish(services: Services, *, published: bool) -> None:
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).published = published


def text_of(server: MailServer) -> str:
    (message,) = server.messages
    return str(message.get_content())


def test_a_hand_in_brings_a_receipt(
    services: Services, student: TestClient, mail_server: MailServer
) -> None:
    """The student is sent every file's name and SHA-256, and the page says the same."""
    import hashlib

    answer = student.post("/api/v1/submissions", files=FILE, data={"language": "zh_TW"})
    assert send_all(services) == ["sent"]
    said, digest = text_of(mail_server), hashlib.sha256(NOTEBOOK).hexdigest()

    assert mail_server.recipients == [["108062001@example.edu"]]
    assert "已收到" in str(mail_server.messages[0]["Subject"])
    assert digest in said
    assert "hw1.ipynb" in said
    one = answer.json()["id"]
    assert digest in student.get(f"/s/{one}/receipt").text
    saved = student.get(f"/api/v1/submissions/{one}/receipt")
    assert digest in saved.text
    assert "attachment" in saved.headers["Content-Disposition"]


def test_results_are_announced_once_they_are_published(
    services: Services, people: People, ta: TestClient, mail_server: MailServer
) -> None:
    """Nothing is told of hidden results; publishing tells each student, and no score."""
    publish(services, published=False)
    submission = hand_in(services, people.student)
    finish(services, submission, right())
    with services.sessions.begin() as session:
        announce(services, session, session.get_one(Submission, submission.id))
    assert waiting(services) == []

    assert ta.post(f"/api/v1/assignments/{EDITION}/publish").status_code == 200
    assert send_all(services) == ["sent"]
    assert f"/s/{submission.id}" in text_of(mail_server)
    assert "100" not in text_of(mail_server)


def test_an_answer_to_a_request_is_told_and_what_it_says_is_not(
    services: Services,
    people: People,
    student: TestClient,
    ta: TestClient,
    mail_server: MailServer,
) -> None:
    """The student of the submission is led to its page, where the answer stands."""
    submission = hand_in(services, people.student)
    finish(services, submission, right())
    asked = f"/api/v1/submissions/{submission.id}/regrade-requests"
    made = student.post(asked, json={"text": "question 4"}).json()
    assert waiting(services) == []

    ta.post(f"{asked}/{made['id']}/answer", json={"text": "two points more"}).raise_for_status()
    assert send_all(services) == ["sent"]
    assert mail_server.recipients == [["108062001@example.edu"]]
    assert f"/s/{submission.id}" in text_of(mail_server)
    assert "two points" not in text_of(mail_server)


def test_what_is_hidden_before_it_is_sent_is_not_told(
    services: Services, people: People, mail_server: MailServer
) -> None:
    """A message that waited while staff hid the results is dropped."""
    submission = hand_in(services, people.student)
    finish(services, submission, right())
    with services.sessions.begin() as session:
        announce(services, session, session.get_one(Submission, submission.id))
    publish(services, published=False)

    assert send_all(services) == ["dropped"]
    assert mail_server.messages == []


def test_a_new_link_logs_in_and_nobody_learns_who_is_known(
    services: Services, people: People, client: TestClient, mail_server: MailServer
) -> None:
    """A stranger's and a student's requests are answered alike; only the student is sent one."""
    known = client.post("/login/new-link", data={"who": "108062001@EXAMPLE.edu"})
    unknown = client.post("/login/new-link", data={"who": "nobody@example.edu"})
    again = client.post("/login/new-link", data={"who": "108062001"})

    assert known.status_code == unknown.status_code == again.status_code == 200
    assert known.text == unknown.text == again.text
    assert sorted(send_all(services)) == ["dropped", "dropped", "sent"]
    address = next(one for one in text_of(mail_server).split() if "/login/link/" in one)
    path = address[address.index("/login/link/") :]
    assert client.post(path, follow_redirects=False).status_code == 303


def test_a_new_link_leads_to_the_result_that_was_asked_for(
    services: Services, people: People, client: TestClient, mail_server: MailServer
) -> None:
    """Refused at the page of a submission, a student asks for a link: it leads there at last."""
    submission = hand_in(services, people.student)
    asked = client.get(f"/s/{submission.id}")
    form = re.search(r'href="(/login/new-link[^"]*)"', asked.text)
    assert form is not None
    shown = client.get(form[1]).text
    kept = re.search(r'name="next" value="([^"]*)"', shown)
    assert kept is not None
    client.post("/login/new-link", data={"who": "108062001", "next": kept[1]})
    assert send_all(services) == ["sent"]

    address = next(one for one in text_of(mail_server).split() if "/login/link/" in one)
    elsewhere = TestClient(client.app, base_url="http://testserver")
    opened = elsewhere.get(address[address.index("/login/link/") :]).text
    assert f'name="next" value="/s/{submission.id}"' in opened


@pytest.mark.parametrize("asked", ["/s/nonsense", "/staff", "https://thief.example/s/1", "/s/"])
def test_a_new_link_that_asks_for_no_submission_leads_home(
    services: Services, people: People, client: TestClient, mail_server: MailServer, asked: str
) -> None:
    client.post("/login/new-link", data={"who": "108062001", "next": asked})
    assert send_all(services) == ["sent"]

    assert "next=" not in text_of(mail_server)


def test_asking_for_links_is_limited(services: Services, client: TestClient) -> None:
    """One address is refused after so many requests in a minute, whoever it asks for."""
    asked = services.settings.logins_per_minute + 1
    answers = [client.post("/login/new-link", data={"who": f"s{at}"}) for at in range(asked)]

    assert answers[-1].status_code == 429


def test_staff_are_told_once_a_day_what_waits(
    services: Services, people: People, mail_server: MailServer
) -> None:
    """From the hour of the settings on, all of the staff are sent one digest, if any waits."""
    early = datetime(2026, 11, 30, 6, 59, tzinfo=TAIPEI)
    assert post_digests(services, MORNING) == 0
    finish(services, hand_in(services, people.student), pending("weights.scale"))

    assert post_digests(services, early) == 0
    assert post_digests(services, MORNING) == 2
    assert post_digests(services, MORNING) == 0
    assert send_all(services) == ["sent", "sent"]
    assert {to for one in mail_server.recipients for to in one} == {
        "ta@example.edu",
        "staff@example.edu",
    }
    assert str(mail_server.messages[0]["Subject"]) == "1 submission waits for staff"


@pytest.mark.parametrize(
    ("name", "address", "sent"),
    [
        ("Chen\r\nBcc: thief@example.com", "a@example.edu", "sent"),
        ("Chen, <thief@example.com>", "a@example.edu", "sent"),
        ("陳大文", "a@example.edu", "sent"),
        ("Chen", "a@example.edu\nBcc: thief@example.com", "refused"),
        ("Chen", "a@example.edu,thief@example.com", "refused"),
        ("Chen", "<thief@example.com>a@example.edu", "refused"),
        ("Chen", "thief", "refused"),
    ],
)
def test_a_roster_can_add_no_header_and_no_recipient(  # noqa: PLR0917  fixtures
    services: Services,
    people: People,
    mail_server: MailServer,
    name: str,
    address: str,
    sent: str,
) -> None:
    """Whatever stands in the roster, one message goes to one address or none does."""
    with services.sessions.begin() as session:
        user = session.get_one(User, people.student.id)
        user.name, user.email = name, address
    submission = hand_in(services, people.student)
    finish(services, submission, right())
    with services.sessions.begin() as session:
        announce(services, session, session.get_one(Submission, submission.id))

    assert send_all(services) == [sent]
    assert mail_server.recipients == ([["a@example.edu"]] if sent == "sent" else [])
    assert all(one["Bcc"] is None for one in mail_server.messages)


@pytest.mark.parametrize(
    ("refusal", "became"), [("451 try later", "later"), ("550 no such user", "refused")]
)
def test_a_servers_no_is_taken_at_its_word(
    services: Services,
    student: TestClient,
    mail_server: MailServer,
    refusal: str,
    became: str,
) -> None:
    """What it cannot take now is tried again, what it never takes is not."""
    mail_server.refusal = refusal
    student.post("/api/v1/submissions", files=FILE)

    assert send_all(services) == [became]
    assert len(waiting(services)) == (became == "later")


def test_without_a_sender_nothing_is_kept(services: Services, people: People) -> None:
    """Where no mail is set up, no row and no job is written, and the receipt is a page."""
    off = services.settings.model_copy(update={"mail_from": ""})
    vars(services)["settings"] = off
    submission = hand_in(services, people.student)
    with services.sessions.begin() as session:
        announce(services, session, session.get_one(Submission, submission.id))
        assert session.scalars(select(Mail)).all() == []
