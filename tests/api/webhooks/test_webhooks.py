"""Webhooks: signed, tried a few times, and to no address that the operator has not allowed."""

from __future__ import annotations

import json
from ipaddress import ip_address
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from api.auth import audit
from api.course.student_deletion import delete_student
from api.kit.models import Run, Submission
from api.kit.models.webhooks import WebhookDelivery
from api.kit.outbox import post_event
from api.kit.problems import Problem
from api.kit.services import Services
from api.kit.settings import Settings
from api.webhooks import addresses, delivery, hooks
from grader.cli.app import app
from tests.api.people import EDITION, People, finish, hand_in, principal_of
from tests.api.webhooks.receiving import Receiver, deliver, signature_of


@pytest.fixture
def posted(services: Services, people: People, secret: str) -> str:
    """Return the id of a delivery about a run that has ended."""
    submission = hand_in(services, people.student)
    finish(services, submission)
    with services.sessions.begin() as session:
        post_event(services, session, session.get_one(Run, f"{submission.id}-1"))
        return session.scalars(select(WebhookDelivery.id)).one()


def kept(services: Services) -> WebhookDelivery:
    with services.sessions() as session:
        return session.scalars(select(WebhookDelivery)).one()


def test_the_end_of_a_run_is_told_with_a_signature(
    services: Services, receiver: Receiver, secret: str, posted: str
) -> None:
    """By Standard Webhooks: HMAC-SHA256 over id, time and body; no points and nobody's name."""
    assert deliver(services, posted) == "sent"

    [(headers, body)] = receiver.got
    assert headers["webhook-signature"] == signature_of(headers, body, secret)
    told = json.loads(body)
    assert told["type"] == "run.ended"
    assert (told["data"]["edition"], told["data"]["state"]) == (EDITION, "graded")
    assert "108062001" not in body.decode()
    assert "points" not in body.decode()
    assert headers["host"] == receiver.url.split("/")[2]


def test_it_is_tried_eight_times_and_no_more(
    services: Services, receiver: Receiver, posted: str
) -> None:
    """What nobody takes is given up; it is the same message each time."""
    receiver.status = 500

    became = [deliver(services, posted) for _ in range(9)]

    assert became == ["it answered 500"] * 7 + ["given up", ""]
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert (len(receiver.got), kept(services).outcome) == (8, "given up")


def test_what_was_sent_is_not_sent_again(
    services: Services, receiver: Receiver, posted: str
) -> None:
    """A job that is done twice sends once."""
    deliver(services, posted)
    deliver(services, posted)

    assert len(receiver.got) == 1


def test_no_redirect_is_followed(services: Services, receiver: Receiver, posted: str) -> None:
    """It could lead to an address that was not looked at."""
    receiver.status, receiver.headers = 307, {"Location": receiver.url}

    assert deliver(services, posted) == "it answered 307"
    assert len(receiver.got) == 1


def test_this_machine_is_reached_only_where_the_operator_allows_it(
    services: Services, receiver: Receiver
) -> None:
    """By its name, by its number, and as IPv6: nothing is sent."""
    port = receiver.server.server_address[1]
    closed = services.settings.model_copy(update={"webhook_networks": ""})
    for host in ("localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"):
        with pytest.raises(addresses.ForbiddenAddressError):
            addresses.send(closed, f"http://{host}:{port}/", content=b"", headers={})
    assert receiver.got == []


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.0.0.1", False),
        ("172.16.3.4", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("127.0.0.2", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False),
    ],
)
def test_only_addresses_of_the_internet_are_reached(
    tmp_path: Path, address: str, allowed: bool
) -> None:
    """Private, local, shared, link-local (a cloud's metadata) and wrapped ones are not."""
    assert addresses.is_allowed(Settings(store=tmp_path), ip_address(address)) is allowed


@pytest.mark.parametrize("url", ["ftp://x.example/", "http://a@b.example/", "javascript:1", "//x"])
def test_what_is_no_address_is_refused(services: Services, url: str) -> None:
    """Neither other schemes nor a name with a password in it."""
    with services.sessions.begin() as session, pytest.raises(Problem, match="no http"):
        hooks.add(session, services.settings, audit.OPERATOR, url)


def test_a_deleted_student_leaves_no_delivery(
    services: Services, people: People, posted: str
) -> None:
    """Deliveries go with the run that they are about."""
    with services.sessions.begin() as session:
        principal = principal_of(people.instructor)
        delete_student(session, principal, people.student.login, request_id="")

    with services.sessions() as session:
        assert session.scalars(select(WebhookDelivery)).all() == []
        assert session.scalars(select(Submission)).all() == []
    assert delivery.attempt(services, posted) == ""


def test_the_operator_adds_and_removes_them(tmp_path: Path) -> None:
    """The secret is printed once; the list shows the address."""
    runner, store = CliRunner(), ["--store", str(tmp_path / "store")]
    runner.invoke(app, ["migrate", *store], catch_exceptions=False)
    url = "https://tools.example.edu/hook"

    assert "whsec_" in runner.invoke(app, ["webhooks", "add", url, *store]).output
    listed = runner.invoke(app, ["webhooks", "list", *store]).output
    assert (url in listed, "whsec_" in listed) == (True, False)
    runner.invoke(app, ["webhooks", "remove", url, *store])
    assert "nobody" in runner.invoke(app, ["webhooks", "list", *store]).output
