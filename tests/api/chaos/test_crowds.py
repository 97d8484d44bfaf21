"""Many at once, on SQLite and on PostgreSQL: nobody waits for everybody, nothing is doubled."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from inspect import iscoroutinefunction
from pathlib import Path
from threading import Barrier

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import delete, func, select

from api.app import create_app
from api.course.assignments import ensure_assignments
from api.kit.digests import keyed, random_token, sha256_of
from api.kit.models import (
    ApiToken,
    Assignment,
    Base,
    IdempotencyKey,
    LoginSession,
    Role,
    Run,
    RunState,
    Submission,
    User,
    now,
)
from api.kit.queue import create_tables
from api.kit.services import Services, open_services
from api.kit.settings import Settings
from api.pages.visit import open_visit
from api.requests.dependencies import Route, open_session
from api.routes import assignments, class_upload, exports, results, submissions
from api.routes.auth import account, audit, tokens
from api.routes.class_documents import open_overview
from api.routes.course import roster, students
from api.routes.grading import decisions
from api.routes.grading.decisions import open_decision
from tests.api.loops import run
from tests.api.people import EDITION, NOTEBOOK, finish, wrong

URL = "/api/v1/submissions"
CROWD = 120  # far more than there are threads or connections
SECONDS = 120.0


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    """Return a service on a database of either kind."""
    settings = Settings(
        store=tmp_path / "store",
        database_url=database_url,
        uploads_per_minute=10_000,
        uploads_per_minute_and_address=10_000,
    )
    opened = open_services(settings)
    Base.metadata.create_all(opened.engine)
    create_tables(opened.engine)
    ensure_assignments(opened)
    yield opened
    opened.engine.dispose()


def logged_in(services: Services, login: str, role: Role = Role.STUDENT) -> dict[str, str]:
    """Return the headers of somebody new who is logged in."""
    token = random_token()
    student_id = login if role is Role.STUDENT else None
    with services.sessions.begin() as session:
        user = User(login=login, student_id=student_id, role=role)
        session.add(user)
        session.flush()
        session.add(LoginSession(id=sha256_of(token), user_id=user.id, expires_at=LATER))
    csrf = keyed(services.settings.signing_key, "csrf", sha256_of(token))
    return {"Cookie": f"grader-session={token}", "X-CSRF-Token": csrf}


LATER = now() + timedelta(days=365)


def all_at_once(services: Services, requests: list[httpx.Request]) -> list[httpx.Response]:
    """Send all requests at the same moment; fail where they wait for each other."""

    async def send() -> list[httpx.Response]:
        transport = httpx.ASGITransport(create_app(services, background=False))
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
        ):
            return await asyncio.gather(*(client.send(one) for one in requests))

    return run(send())


def finish_all(services: Services) -> None:
    """Have every submission be graded, with something wrong in it."""
    with services.sessions() as session:
        found = session.scalars(select(Submission)).all()
    for one in found:
        finish(services, one, wrong())


def upload(headers: dict[str, str], content: bytes = NOTEBOOK) -> httpx.Request:
    return httpx.Request(
        "POST",
        f"http://127.0.0.1:8000{URL}",
        files={"file": ("hw1.ipynb", content)},
        headers=headers,
    )


def get(path: str, headers: dict[str, str]) -> httpx.Request:
    return httpx.Request("GET", f"http://127.0.0.1:8000{path}", headers=headers)


@pytest.mark.few(1)
def test_a_crowd_is_served(services: Services) -> None:
    """Uploads and readers beyond all threads and connections at once are all answered."""
    students = [logged_in(services, f"1080620{n:02}") for n in range(30)]
    ta = logged_in(services, "ta", Role.TA)
    reads = [httpx.Request("GET", f"http://127.0.0.1:8000{URL}", headers=ta)] * (CROWD - 30)

    answers = all_at_once(services, [*map(upload, students), *reads])

    assert {answer.status_code for answer in answers[:30]} == {202}
    assert {answer.status_code for answer in answers[30:]} == {200}


@pytest.mark.few(1)
def test_the_pages_of_a_crowd_are_served(services: Services) -> None:
    """Everybody looking at once at how far their submission is needs one connection each."""
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).anonymous = True
    headers = logged_in(services, "108062001")
    [owned, checked] = all_at_once(services, [upload(headers), upload({})])
    pages = [f"/s/{owned.json()['id']}", f"/r/{checked.json()['key']}"]
    looks = [get(f"{page}{part}", headers) for page in pages for part in ("", "/progress")]

    answers = all_at_once(services, looks * (CROWD // len(looks)))

    assert Counter(answer.status_code for answer in answers) == {200: CROWD}


def test_the_first_use_of_a_token_by_a_crowd_is_noted(services: Services) -> None:
    """A reading request that notes its token's use holds no other connection meanwhile."""
    logged_in(services, "ta", Role.TA)
    secret = random_token()
    with services.sessions.begin() as session:
        ta = session.scalars(select(User)).one()
        session.add(ApiToken(user_id=ta.id, name="", sha256=sha256_of(secret), scopes=["read"]))

    answers = all_at_once(services, [get(URL, {"Authorization": f"Bearer {secret}"})] * CROWD)

    assert Counter(answer.status_code for answer in answers) == {200: CROWD}
    with services.sessions() as session:
        assert session.scalars(select(ApiToken.last_used_at)).one() is not None


@pytest.mark.few(1)
def test_changes_of_a_crowd_are_all_made(services: Services) -> None:
    """A hundred decisions at once, each in its own transaction, are all there afterwards."""
    student = logged_in(services, "108062001")
    ta = logged_in(services, "ta", Role.TA)
    [answer] = all_at_once(services, [upload(student)])
    address = f"http://127.0.0.1:8000{URL}/{answer.json()['id']}/scores"
    names = [one.id for one in services.editions[EDITION].rubric.criteria if one.points]

    answers = all_at_once(
        services,
        [
            httpx.Request("PUT", f"{address}/{name}", json={"points": 0.5}, headers=ta)
            for name in names * 4
        ],
    )

    assert {answer.status_code for answer in answers} == {200}
    told = all_at_once(
        services, [httpx.Request("GET", address.removesuffix("/scores"), headers=ta)]
    )
    given = {one["id"]: one["manual"] for one in told[0].json()["grade"]["criteria"]}
    assert [given[name] for name in names] == [0.5] * len(names)


def test_processes_that_start_together_add_each_assignment_once(services: Services) -> None:
    """Eight that find none at the same moment all go on, and there is one row of each edition."""
    with services.sessions.begin() as session:
        session.execute(delete(Assignment))
    together = Barrier(8)

    def start(_: int) -> None:
        together.wait(SECONDS)
        ensure_assignments(services)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(start, range(8)))

    with services.sessions() as session:
        assert set(session.scalars(select(Assignment.edition))) == services.editions.keys()


def test_one_key_at_one_moment_is_one_submission(services: Services) -> None:
    """The same request sent ten times at once makes one submission, told ten times."""
    headers = logged_in(services, "108062001") | {"Idempotency-Key": "k"}

    answers = all_at_once(services, [upload(headers) for _ in range(10)])

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    with services.sessions() as session:
        for table in (Submission, Run, IdempotencyKey):
            assert session.scalar(select(func.count()).select_from(table)) == 1


def test_uploads_at_one_moment_are_numbered_apart(services: Services) -> None:
    """Five uploads of one student at once are five attempts, of which the last waits."""
    headers = logged_in(services, "108062001")

    answers = all_at_once(services, [upload(headers, NOTEBOOK + b" " * n) for n in range(5)])

    assert sorted(answer.json()["attempt"] for answer in answers) == [1, 2, 3, 4, 5]
    with services.sessions() as session:
        waiting = session.scalars(select(Run).where(Run.state == RunState.WAITING)).all()
    assert len(waiting) >= 1


def test_a_regrade_asked_for_twice_is_made_once(services: Services) -> None:
    """Of ten regrades at once one is queued, and nine are told that it is."""
    student, ta = logged_in(services, "108062001"), logged_in(services, "ta", Role.TA)
    [answer] = all_at_once(services, [upload(student)])
    finish_all(services)
    address = f"http://127.0.0.1:8000{URL}/{answer.json()['id']}/regrade"

    answers = all_at_once(
        services, [httpx.Request("POST", address, headers=ta) for _ in range(10)]
    )

    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 9


def test_no_route_keeps_its_transaction_open() -> None:
    """Every route with a transaction of its own ends it before its answer is made."""
    modules = (
        account,
        assignments,
        audit,
        class_upload,
        exports,
        decisions,
        results,
        roster,
        students,
    )
    routes = [
        route for module in (*modules, submissions, tokens) for route in module.router.routes
    ]

    assert len(routes) > 30
    assert {type(route) for route in routes} == {Route}


def test_what_is_handed_a_transaction_waits_for_no_thread(services: Services) -> None:
    """A dependency that has the route's session is no function for a thread."""
    routes = iter_route_contexts(create_app(services, background=False).routes)
    with_session = {
        call.call
        for route in (one.original_route for one in routes)
        if isinstance(route, APIRoute)
        for call in _dependencies(route.dependant)
        if any(one.call is open_session for one in call.dependencies)
    }

    assert with_session >= {open_visit, open_decision, open_overview}
    assert [one for one in with_session if not iscoroutinefunction(one)] == []


def _dependencies(of: Dependant) -> Iterator[Dependant]:
    """Yield all that a route depends on, without the route itself."""
    for one in of.dependencies:
        yield one
        yield from _dependencies(one)


def test_a_finding_is_found_in_either_database(services: Services) -> None:
    """The filter by finding and by text works on JSON and names in both."""
    student, ta = logged_in(services, "108062001"), logged_in(services, "ta", Role.TA)
    all_at_once(services, [upload(student)])
    finish_all(services)
    finding = wrong()["extra_data"]["findings"][0]["id"]

    answers = all_at_once(
        services,
        [
            httpx.Request("GET", f"http://127.0.0.1:8000{URL}", params=query, headers=ta)
            for query in (
                {"finding": finding, "q": "062001", "state": "graded"},
                {"finding": finding[:-2]},
                {"q": "\\%_"},
            )
        ],
    )

    assert [len(one.json()["items"]) for one in answers] == [1, 0, 0]
