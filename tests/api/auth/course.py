"""A course that is put back to its beginning after every change, so that one serves many tests."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import links, sessions
from api.kit.digests import keyed, random_token, sha256_of
from api.kit.models import (
    ApiToken,
    Comment,
    LoginSession,
    RegradeRequest,
    Run,
    SavedComment,
    Submission,
    User,
    now,
)
from api.kit.models.lti import LtiContext, LtiPlatform
from api.kit.schemas.class_upload import ClassOut
from api.kit.services import Services
from api.requests.principal import Principal
from api.submissions.runs import accept
from tests.api.people import (
    EDITION,
    People,
    add_people,
    finish,
    hand_in,
    received_notebook,
    wrong,
)

ROLES = ("nobody", "key", "other", "owner", "ta", "instructor", "token")
LINK = random_token()


@dataclass(frozen=True)
class Asked:
    """A route, what is sent to it, and the status that each of ROLES gets."""

    route: str  # "POST /api/v1/tokens"
    statuses: str
    scope: str = ""  # which the token has not; "": the token has none at all
    send: dict[str, Any] = field(default_factory=dict)

    @property
    def expected(self) -> dict[str, int]:
        """Return the status for each role."""
        return dict(zip(ROLES, map(int, self.statuses.split()), strict=True))


class Course:
    """Two students, a TA, an instructor; one graded submission and one self-check."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.people: People = add_people(services)
        self.app = create_app(services, background=False)
        self.submission = hand_in(services, self.people.student)
        finish(services, self.submission, wrong())
        self.key = random_token()
        self.self_check = self._add_self_check()
        self.secrets = {
            "other": self.people.other_student,
            "owner": self.people.student,
            "ta": self.people.ta,
            "instructor": self.people.instructor,
        }
        self.cookies = {role: self._log_in(user) for role, user in self.secrets.items()}
        self.places = self._add_places()
        services.engine.dispose()
        self._database = services.settings.store / "grader.sqlite"
        self._beginning = self._database.read_bytes()

    def ask(self, asked: Asked, role: str) -> int:
        """Return the status that a role gets; what it changed is undone."""
        method, path = asked.route.split(" ")
        answer = self.client(role, asked.scope).request(
            method, path.format(**self.places), follow_redirects=False, **self._filled(asked.send)
        )
        if method != "GET" or role == "token":
            self._begin_again()
        return answer.status_code

    def client(self, role: str, scope: str = "") -> TestClient:
        """Return a client that is a role; the token is the instructor's, without *scope*."""
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        if role in self.cookies:
            cookies["grader-session"] = self.cookies[role]
            headers["X-CSRF-Token"] = keyed(
                self.services.settings.signing_key, "csrf", sha256_of(self.cookies[role])
            )
        if role == "key":
            headers["X-Result-Key"] = self.key
        if role == "token":
            headers["Authorization"] = f"Bearer {self._add_token(scope)}"
        return TestClient(
            self.app, headers=headers, cookies=cookies, raise_server_exceptions=False
        )

    def _filled(self, send: dict[str, Any]) -> dict[str, Any]:
        return {
            how: {k: v.format(**self.places) if isinstance(v, str) else v for k, v in what.items()}
            if isinstance(what, dict)
            else what
            for how, what in send.items()
        }

    def _log_in(self, user: User) -> str:
        with self.services.sessions.begin() as session:
            return sessions.start(session, self.services.settings, user)

    def _add_self_check(self) -> Submission:
        file = received_notebook(self.services)
        with self.services.sessions.begin() as session:
            self_check = accept(
                self.services,
                session,
                edition=EDITION,
                student_id="anonymous-0123",
                principal=Principal(),
                files=[file],
                now=now(),
                anonymous_key=self.key,
            )
        finish(self.services, self_check)
        return self_check

    def _add_token(self, without: str) -> str:
        secret = random_token()
        scopes = {"submit", "read", "grade", "admin"} - {without} if without else set()
        with self.services.sessions.begin() as session:
            session.add(
                ApiToken(
                    user_id=self.people.instructor.id,
                    name="script",
                    sha256=sha256_of(secret),
                    scopes=sorted(scopes),
                )
            )
        return secret

    # long: one row for each parameter of an address, and then all of them
    def _add_places(self) -> dict[str, str]:
        pdf = self.services.blobs.put(io.BytesIO(b"%PDF-1.7 nothing"))
        told = ClassOut(edition=EDITION, accepted=0, refused=0, entries=[])
        outcome = self.services.blobs.put(io.BytesIO(told.model_dump_json().encode()))
        with self.services.sessions.begin() as session:
            session.get_one(Run, f"{self.submission.id}-1").pdf_sha256 = pdf.sha256
            link = links.one_time_link(session, self.services.settings, self.people.student)
            token = ApiToken(
                user_id=self.people.student.id, name="x", sha256="0" * 64, scopes=["read"]
            )
            session.add(token)
            own = LoginSession(
                id="c" * 64, user_id=self.people.student.id, expires_at=now() + timedelta(hours=1)
            )
            session.add(own)
            request = RegradeRequest(submission_id=self.submission.id, text="look again")
            comment = Comment(
                submission_id=self.submission.id, position=0, cell=1, line=1, text="why?"
            )
            saved = SavedComment(edition=EDITION, text="See the sheet.", sha256="0" * 64)
            session.add_all([request, comment, saved])
            session.flush()
            rows = (request.id, comment.id, saved.id)
            token_id, course_id = token.id, _add_platform_course(session)
        return {
            "submission_id": self.submission.id,
            "number": "1",
            "position": "0",
            "criterion": "weights.scale",
            "edition": EDITION,
            "edition_id": EDITION,
            "student_id": self.people.student.login,
            "user_id": self.people.ta.id,
            "session_id": "c" * 16,
            "token_id": token_id,
            "course_id": course_id,
            "token": link.rpartition("/")[2],
            "key": self.key,
            "outcome": outcome.sha256,
            "language": "en",
            "guide": "students",
            **dict(zip(("request", "comment", "saved"), rows, strict=True)),
            "site": "canvas",
        }

    def _begin_again(self) -> None:
        self.services.engine.dispose()
        for suffix in ("-wal", "-shm"):
            Path(f"{self._database}{suffix}").unlink(missing_ok=True)
        self._database.write_bytes(self._beginning)


def _add_platform_course(session: Session) -> str:
    """Return the id of a learning platform's course whose people are let in."""
    platform = LtiPlatform(
        name="campus",
        issuer="https://lms.example",
        client_id="c",
        authorize_url="https://lms.example/auth",
        token_url="https://lms.example/token",
        jwks_url="https://lms.example/jwks",
        deployments=["1"],
        student_id_from="lis.person_sourcedid",
    )
    session.add(platform)
    session.flush()
    met = LtiContext(
        platform_id=platform.id,
        context_id="1",
        memberships_url="https://lms.example/members",
        accepted_at=now(),
    )
    session.add(met)
    session.flush()
    return met.id
