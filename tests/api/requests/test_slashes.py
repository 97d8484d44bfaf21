"""A slash too many or too few: led to a path of this site, whatever Host the request names."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

EVIL = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Accept": "text/html"}


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("/staff/", "/staff"),
        ("/login/", "/login"),
        ("/api/v1/assignments/", "/api/v1/assignments"),
        (
            "/api/v1/submissions/?state=pending&q=a%20b",
            "/api/v1/submissions?state=pending&q=a%20b",
        ),
        ("/s/a%0d%0ab%5c/", "/s/a%0D%0Ab%5C"),
        ("/healthz///", "/healthz"),
    ],
)
def test_a_slash_too_many_leads_to_a_path_of_this_site(
    client: TestClient, asked: str, there: str
) -> None:
    """The answer names no host, so that no cache can keep one that somebody made up."""
    answer = client.get(asked, headers=EVIL, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (307, there)
    assert "evil" not in str(answer.headers) + answer.text


@pytest.mark.parametrize(
    "asked",
    ["//evil.example/", "/%2fevil.example/", "/%5cevil.example/", "/nothing/at/all/", "//"],
)
def test_what_leads_nowhere_is_not_found(client: TestClient, asked: str) -> None:
    """Neither an address that a browser would read as another site's, nor one of no route."""
    answer = client.get(f"http://testserver{asked}", headers=EVIL, follow_redirects=False)

    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_the_method_and_the_body_are_kept(client: TestClient) -> None:
    """A 307 has the browser send the same again."""
    answer = client.post("/api/v1/submissions/", headers=EVIL, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (307, "/api/v1/submissions")
