"""Who asks: the address behind proxies, the key of a self-check, and what one may read."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from api.auth.permissions import readable
from api.kit.models import Role
from api.kit.problems import Problem
from api.kit.services import Services
from api.kit.settings import Settings
from api.requests.identify import identify
from api.requests.principal import Principal
from api.requests.proxies import address_group, client_address
from api.requests.redirects import local_path
from tests.api.people import People, hand_in, principal_of

PROXY = "10.0.0.1"


def request_from(
    address: str, headers: dict[str, str] | None = None, *, query: str = "", key: str | None = None
) -> Request:
    pairs = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": query.encode(),
            "headers": pairs,
            "client": (address, 1),
            "path_params": {"key": key} if key else {},
        }
    )


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "expected"),
    [
        ("203.0.113.5", "198.51.100.1", "", "203.0.113.5"),
        ("203.0.113.5", "198.51.100.1", PROXY, "203.0.113.5"),
        (PROXY, "198.51.100.1", PROXY, "198.51.100.1"),
        (PROXY, "1.1.1.1, 198.51.100.1", PROXY, "198.51.100.1"),
        (PROXY, "198.51.100.1, 10.0.0.2", "10.0.0.0/8", "198.51.100.1"),
        (PROXY, "198.51.100.1, 10.0.0.2", f" {PROXY} , 10.0.0.2,", "198.51.100.1"),
        (PROXY, "nonsense", PROXY, PROXY),
        (PROXY, "", PROXY, PROXY),
        ("::1", "2001:db8::7", "::1", "2001:db8::7"),
        ("testclient", "198.51.100.1", PROXY, "testclient"),
    ],
)
def test_only_a_trusted_proxy_says_whose_address_it_is(
    peer: str, forwarded: str, trusted: str, expected: str
) -> None:
    request = request_from(peer, {"X-Forwarded-For": forwarded})

    assert client_address(request, Settings(trusted_proxies=trusted)) == expected


def test_each_line_of_a_header_counts() -> None:
    """A proxy that adds a line of its own below the stranger's is believed, and not the first."""
    request = request_from(PROXY)
    request.scope["headers"] += [
        (b"x-forwarded-for", b"1.1.1.1"),
        (b"x-forwarded-for", b"198.51.100.1"),
    ]

    assert client_address(request, Settings(trusted_proxies=PROXY)) == "198.51.100.1"


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_machine_counts_as_one_address(address: str, group: str) -> None:
    assert address_group(address) == group


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/s/1?x=%2F#y", "/s/1?x=%2F#y"),
        ("/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/a\tb", "/"),
        ("", "/"),
        (None, "/"),
    ],
)
def test_nobody_is_led_to_another_site(asked: str | None, led: str) -> None:
    assert local_path(asked) == led


@pytest.mark.parametrize(
    "how", [{"headers": {"X-Result-Key": "key"}}, {"query": "key=key"}, {"key": "key"}]
)
def test_a_result_key_is_read_from_header_query_and_path(
    services: Services, how: dict[str, object]
) -> None:
    from api.kit.digests import sha256_of

    request = request_from("192.0.2.1", **how)  # type: ignore[arg-type]
    with services.sessions() as session:
        principal = identify(request, session, services)

    assert principal.result_keys == {sha256_of("key")}
    assert principal.role is None


def test_nobody_is_asked_to_log_in_and_a_stranger_is_told_nothing(
    services: Services, people: People
) -> None:
    """A submission that is not yours and one that never was get the same answer."""
    submission = hand_in(services, people.student)
    stranger = principal_of(people.other_student)
    with services.sessions() as session:
        with pytest.raises(Problem) as of_nobody:
            readable(session, Principal(), submission.id)
        with pytest.raises(Problem) as of_stranger:
            readable(session, stranger, submission.id)
        with pytest.raises(Problem) as of_nothing:
            readable(session, stranger, "0" * 32)

    assert of_nobody.value.status == 401
    assert of_stranger.value.status == of_nothing.value.status == 404
    assert of_stranger.value.detail == of_nothing.value.detail


def test_the_owner_and_staff_may_read(services: Services, people: People) -> None:
    submission = hand_in(services, people.student)
    with services.sessions() as session:
        for user in (people.student, people.ta, people.instructor):
            assert readable(session, principal_of(user), submission.id).id == submission.id


def test_staff_without_the_scope_may_not_read(services: Services, people: People) -> None:
    submission = hand_in(services, people.student)
    token = Principal(role=Role.TA, login="ta", scopes=frozenset({"grade"}))
    with services.sessions() as session, pytest.raises(Problem):
        readable(session, token, submission.id)
