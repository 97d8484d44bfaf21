"""A course in all its states on a server of its own, and browsers that are somebody."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from datetime import timedelta

from playwright.sync_api import Browser, BrowserContext, Page

from api.auth import links
from api.kit.digests import random_token, sha256_of
from api.kit.models import Assignment, LoginSession, Role, Run, RunState, Submission, User, now
from api.kit.services import Services
from api.submissions.runs import accept
from api.submissions.uploads import Received
from tests.api.pages.graded import hostile_results, right_results, wrong_results
from tests.api.people import EDITION, People, add_people, finish, hand_in, principal_of
from tests.report_templates.results_parts import Results

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj trailer<</Root 1 0 R>>\n%%EOF\n"  # noqa: E501
KEY = "k" * 43
PATIENCE_MILLISECONDS = 30_000  # what a page may take on a busy machine


@dataclass(frozen=True, kw_only=True)
class Site:
    """A server with a course: who is in it, and the submissions by the state that they are in."""

    address: str
    services: Services
    people: People
    submissions: dict[str, str]
    link: str

    def visitor(self, browser: Browser, user: User | None, **options: object) -> BrowserContext:
        """Return a browser that is logged in as *user*, or as nobody."""
        context = browser.new_context(base_url=self.address, **options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        if user is not None:
            token = log_in(self.services, user)
            context.add_cookies([{"name": "grader-session", "value": token, "url": self.address}])
        return context

    def run_of(self, submission_id: str, **values: object) -> None:
        """Change the newest run of a submission, as a worker would."""
        with self.services.sessions.begin() as session:
            run = session.get_one(Submission, submission_id).runs[-1]
            for name, value in values.items():
                setattr(run, name, value)


def falls_silent(page: Page, asked: list[str]) -> None:
    """Wait until a page sends nothing for more than two of the polls that there would be."""
    deadline = time.monotonic() + 60
    while True:
        asked.clear()
        page.wait_for_timeout(2500)
        if not asked:
            return
        assert time.monotonic() < deadline, asked


def log_in(services: Services, user: User) -> str:
    """Return the token of a new session of *user*."""
    token = random_token()
    with services.sessions.begin() as session:
        session.add(
            LoginSession(
                id=sha256_of(token), user_id=user.id, expires_at=now() + timedelta(hours=1)
            )
        )
    return token


def populate(services: Services) -> tuple[People, dict[str, str]]:
    """Fill the course; return who is in it and a submission in every state."""
    people = add_people(services)
    with services.sessions.begin() as session:
        assignment = session.get_one(Assignment, EDITION)
        assignment.due_at = now() + timedelta(days=2, hours=1)
        assignment.late_percent_per_day, assignment.late_days = 10.0, 3
        assignment.max_attempts, assignment.anonymous = 9, True
    others = [add_student(services, f"10806200{n}", f"學生 {n}") for n in range(3, 8)]
    made = {
        "graded": graded(services, people.student, wrong_results()),
        "right": graded(services, people.other_student, right_results()),
        "hostile": graded(services, others[0], hostile_results()),
        "waiting": hand_in(services, others[1]).id,
        "grading": hand_in(services, others[2]).id,
        "refused": hand_in(services, others[3]).id,
        "ungraded": hand_in(services, others[4]).id,
        "self_check": _self_check(services, people),
    }
    with services.sessions.begin() as session:
        grading = session.get_one(Run, f"{made['grading']}-1")
        grading.state, grading.stage = RunState.GRADING, "Quantized forward pass"
        for name, state in (("refused", RunState.REFUSED), ("ungraded", RunState.UNGRADED)):
            ended = session.get_one(Run, f"{made[name]}-1")
            ended.state, ended.message = state, "hw1.ipynb: the file is cut off; save it again"
    return people, made


def add_student(services: Services, student_id: str, name: str) -> User:
    """Add a student to the roster."""
    user = User(login=student_id, student_id=student_id, name=name, role=Role.STUDENT)
    with services.sessions.begin() as session:
        session.add(user)
    return user


def graded(services: Services, user: User, results: Results) -> str:
    """Hand in a notebook and a report for *user*, and finish its run with *results*."""
    blobs = services.blobs
    files = [
        Received(name=f"hw1_{user.login}.ipynb", blob=blobs.put(io.BytesIO(b'{"cells": []}'))),
        Received(name=f"hw1_{user.login}.pdf", blob=blobs.put(io.BytesIO(PDF))),
    ]
    with services.sessions.begin() as session:
        submission = accept(
            services,
            session,
            edition=EDITION,
            student_id=str(user.student_id),
            principal=principal_of(user),
            files=files,
            now=now(),
        )
    finish(services, submission, results)
    return submission.id


def _self_check(services: Services, people: People) -> str:
    with services.sessions.begin() as session:
        submission = accept(
            services,
            session,
            edition=EDITION,
            student_id="anonymous-1",
            principal=principal_of(people.ta),
            files=[Received(name="hw1.ipynb", blob=services.blobs.put(io.BytesIO(b"{}")))],
            anonymous_key=KEY,
            now=now(),
        )
    finish(services, submission, wrong_results())
    return submission.id


def link_of(services: Services, user: User) -> str:
    """Return the path of a student's personal link."""
    return links.personal_link(services.settings, user).removeprefix(services.settings.public_url)
