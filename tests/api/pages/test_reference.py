"""``/docs``: every operation is there, and its line of curl does what it says."""

from __future__ import annotations

import html
import os
import re
import subprocess
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.auth.tokens import add_token
from api.kit.models import User
from api.kit.services import Services, open_services
from api.kit.settings import Settings
from tests.api.auth.course import Course
from tests.api.auth.matrix import MATRIX, ROSTER, _class
from tests.api.listening import serving
from tests.api.people import NOTEBOOK, principal_of

BY_ROUTE = {asked.route: asked for asked in MATRIX}
# What a line's example says may not be so in a course of tests: it is understood all the same.
UNDERSTOOD = {409, 422}


@pytest.fixture
def page(client: TestClient) -> str:
    return client.get("/docs").text


def lines_of(page: str) -> dict[str, str]:
    """Return the line of each operation."""
    cards = re.findall(
        r'<p id="[^"]+"><code>([A-Z]+ /api/\S+)</code></p>.*?<p class="secret"><code>(.*?)</code>',
        page,
        re.S,
    )
    return {operation: html.unescape(line) for operation, line in cards}


def test_every_operation_has_a_line(client: TestClient, page: str) -> None:
    """As many as the OpenAPI document has, with nothing loaded from elsewhere."""
    document = client.get("/api/v1/openapi.json").json()
    described = {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
    }

    assert lines_of(page).keys() == described
    assert re.findall(r'(?:src|href)="(?!/|#)[^"]*"', page) == []


def test_code_in_sentences_is_code_and_html_is_text(page: str) -> None:
    """The document's backticks are no text of the page; what is in them is escaped."""
    assert "<code>application/problem+json</code>" in page
    assert "<code>Authorization: Bearer &lt;token&gt;</code>" in page
    assert "`" not in re.sub(r"<code>.*?</code>|<script.*?</script>|<button.*?</button>", "", page)


def test_it_speaks_both_languages(client: TestClient) -> None:
    """The words around the operations; these are in English, and say so."""
    page = client.get("/docs", headers={"Accept-Language": "zh-TW"}).text

    assert "API 參考" in page
    assert 'lang="en"' in page


@pytest.mark.long
def test_each_line_does_what_it_says(
    tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the instructor, with variables set, each is answered as the operation always is."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "grader.sqlite").write_bytes(empty_database.read_bytes())
    services = open_services(Settings(store=tmp_path / "store", uploads_per_minute=1000))
    course = Course(services)
    (tmp_path / "hw1.ipynb").write_bytes(NOTEBOOK)
    (tmp_path / "class.zip").write_bytes(_class()["files"]["file"][1])  # type: ignore[index]
    (tmp_path / "roster.csv").write_bytes(ROSTER)
    monkeypatch.chdir(tmp_path)
    with serving(services) as address:
        page = TestClient(course.app).get("/docs").text
        for operation, line in lines_of(page).items():
            here = line.replace(services.settings.public_url, address)
            expected = {BY_ROUTE[operation].expected["instructor"], *UNDERSTOOD}
            assert run(here, course, token_of(services, course)) in expected, (operation, line)
            course._begin_again()


def token_of(services: Services, course: Course) -> str:
    with services.sessions.begin() as session:
        user = session.get_one(User, course.people.instructor.id)
        scopes = ("submit", "read", "grade", "admin")
        return add_token(session, principal_of(user), "script", scopes, 9)[1]


def run(line: str, course: Course, token: str) -> int:
    """Run a line in the shell; return the status of its answer."""
    variables = {name.upper(): value for name, value in course.places.items()}
    quietly = "--silent --noproxy '*' --output /dev/null --write-out '%{http_code}'"
    done = subprocess.run(
        ["bash", "-c", f"{line} {quietly}"],
        env={**os.environ, **variables, "TOKEN": token},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return int(done.stdout)
