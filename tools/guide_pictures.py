"""The pictures in the guides: a course on a server of its own, looked at in Chromium."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from api.course.assignments import ensure_assignments
from api.grades import comments, regrade_requests
from api.kit.models import Base, Submission, User, now
from api.kit.queue import create_tables
from api.kit.services import Services, open_services
from api.kit.settings import Settings
from api.submissions.runs import accept
from api.submissions.uploads import Received
from tests.api.listening import serving
from tests.api.pages.graded import wrong_results
from tests.api.pages.site import Site, link_of, populate
from tests.api.people import EDITION, finish, principal_of

EXAMPLE = Path(__file__).parent.parent / "examples" / "hw1_108062999.ipynb"
LOCALES = {"en": "en-US", "zh_TW": "zh-TW"}
SIZE = {"width": 1280, "height": 860}
REQUESTS = {
    "en": "Question 4: is 127.5 / max|w| not a right scale, too?",
    "zh_TW": "想請問第 4 題 127.5 / max|w| 不也是正確的倍率嗎",
}
COMMENTS = {"en": "This import is not needed.", "zh_TW": "這個匯入是多餘的。"}


def make(target: Path) -> None:
    """Write a picture of each page that the guides show, in each language, into *target*."""
    target.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for language in LOCALES:
            with _course(language) as (site, submission):
                _look(browser, site, submission, language, target)
        browser.close()


@contextmanager
def _course(language: str) -> Iterator[tuple[Site, str]]:
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(Settings(store=Path(folder), log_format="text"))
        Base.metadata.create_all(services.engine)
        create_tables(services.engine)
        ensure_assignments(services)
        people, made = populate(services)
        submission = _hand_in(services, people.student, language)
        _talk(services, people.student, people.ta, submission, language)
        with serving(services) as address:
            link = link_of(services, people.student)
            yield (
                Site(
                    address=address,
                    services=services,
                    people=people,
                    submissions=made,
                    link=link,
                ),
                submission,
            )
        services.engine.dispose()


def _hand_in(services: Services, student: User, language: str) -> str:
    blob = services.blobs.put(io.BytesIO(EXAMPLE.read_bytes()))
    with services.sessions.begin() as session:
        submission = accept(
            services,
            session,
            edition=EDITION,
            student_id=str(student.student_id),
            principal=principal_of(student),
            files=[Received(name="hw1_108062001.ipynb", blob=blob)],
            now=now(),
        )
        submission.language = language
    finish(services, submission, wrong_results())
    return submission.id


def _talk(services: Services, student: User, ta: User, submission_id: str, language: str) -> None:
    """Have the student ask for a second look, and the TA write about a line."""
    with services.sessions.begin() as session:
        submission = session.get_one(Submission, submission_id)
        regrade_requests.ask(
            session, principal_of(student), submission, REQUESTS[language], request_id=""
        )
        comments.add(
            session,
            principal_of(ta),
            submission,
            position=0,
            cell=2,
            line=1,
            text=COMMENTS[language],
            request_id="",
        )


def _look(browser: Browser, site: Site, submission: str, language: str, target: Path) -> None:
    desk = f"/staff/{EDITION}/{submission}?show=file-0&at=2"
    pages = (
        ("student", site.people.student, f"/s/{submission}"),
        ("class", site.people.ta, f"/staff/{EDITION}"),
        ("desk", site.people.ta, desk),
    )
    for name, user, path in pages:
        with site.visitor(browser, user, viewport=SIZE, locale=LOCALES[language]) as context:
            page = context.new_page()
            page.goto(path)
            page.wait_for_timeout(800)  # the frame scrolls to its cell
            page.screenshot(path=target / f"{language}-{name}.png")
