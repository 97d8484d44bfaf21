"""Requests that other sites make a browser send change nothing."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from api.requests.csrf import first_field

OURS = "http://testserver"
CHANGE = "/api/v1/sessions"  # DELETE: log out every other browser


def test_a_request_of_our_own_page_is_served(student: TestClient) -> None:
    assert student.delete(CHANGE, headers={"Origin": OURS}).status_code == 204


def test_without_the_token_nothing_is_changed(student: TestClient) -> None:
    del student.headers["X-CSRF-Token"]

    answer = student.delete(CHANGE)

    assert answer.status_code == 403
    assert answer.json()["code"] == "csrf"


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_guessed_token_is_refused(student: TestClient, token: str) -> None:
    headers = {b"X-CSRF-Token": token.encode("latin-1")}

    assert student.delete(CHANGE, headers=headers).status_code == 403


def test_the_token_of_another_session_is_refused(
    student: TestClient, other_student: TestClient
) -> None:
    token = other_student.headers["X-CSRF-Token"]

    assert student.delete(CHANGE, headers={"X-CSRF-Token": token}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://testserver:8001"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_another_site_is_refused_even_with_the_token(
    student: TestClient, headers: dict[str, str]
) -> None:
    assert student.delete(CHANGE, headers=headers).status_code == 403


def test_another_site_cannot_log_a_browser_in(client: TestClient) -> None:
    """Nobody is logged in yet, so there is no token to ask for; the origin is asked."""
    form = {"login": "staff", "password": "wrong"}

    of_another_site = client.post("/login", data=form, headers={"Origin": "https://evil.example"})

    assert of_another_site.status_code == 403
    assert client.post("/login", data=form, headers={"Origin": OURS}).status_code == 401


def test_the_public_address_is_ours_behind_a_proxy(student: TestClient) -> None:
    """The proxy may hand on another host name than the one that browsers see."""
    headers = {"Origin": "http://127.0.0.1:8000"}

    assert student.delete(CHANGE, headers=headers).status_code == 204


def test_a_cookie_alone_reads_but_does_not_change(student: TestClient) -> None:
    del student.headers["X-CSRF-Token"]

    assert student.get("/api/v1/me").status_code == 200


def test_a_token_in_a_plain_form_is_taken(student: TestClient) -> None:
    token = student.headers.pop("X-CSRF-Token")

    answer = student.post("/logout", data={"csrf_token": token}, follow_redirects=False)

    assert answer.status_code == 303


def test_a_plain_form_without_it_is_refused(student: TestClient) -> None:
    del student.headers["X-CSRF-Token"]

    answer = student.post("/logout", data={"other": "field"}, follow_redirects=False)

    assert answer.status_code == 403


BOUNDARY = "multipart/form-data; boundary=xyz"


def part(name: str, value: str) -> str:
    return f'--xyz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


def test_a_multipart_form_says_its_token_first() -> None:
    body = part("csrf_token", "abc") + part("file", "x" * 10_000)

    assert first_field(body.encode(), BOUNDARY) == "abc"


@pytest.mark.parametrize(
    "body",
    [
        part("other", "abc") + part("csrf_token", "abc") + "--xyz--",
        part("my_csrf_token", "abc") + "--xyz--",
        part("csrf_token_x", "abc") + "--xyz--",
        part("csrf_token", "abc"),  # cut off: how long it is, is not known
        "",
    ],
)
def test_what_is_not_the_first_field_is_not_the_token(body: str) -> None:
    assert first_field(body.encode(), BOUNDARY) == ""


def test_an_upload_form_reaches_its_route_whole(student: TestClient) -> None:
    """Looking for the token takes nothing from the files that stream in after it."""
    token = student.headers.pop("X-CSRF-Token")
    notebook = (
        b'{"cells": [], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}' + b" " * 200_000
    )
    fields = {
        "csrf_token": (None, token),
        "edition": (None, "cs5120-2021"),
        "file": ("hw1.ipynb", notebook),
    }

    answer = student.post("/api/v1/submissions", files=fields)

    assert answer.status_code == 202, answer.text
    shown = student.get(answer.headers["location"]).json()
    assert shown["files"][0]["size_bytes"] == len(notebook)


def test_an_upload_form_without_it_is_refused(student: TestClient) -> None:
    del student.headers["X-CSRF-Token"]

    answer = student.post(
        "/api/v1/submissions", files={"file": ("hw1.ipynb", b"{}")}, data={"edition": "x"}
    )

    assert answer.status_code == 403
