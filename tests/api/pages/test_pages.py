"""The pages as answers: headers, words, and what templates may not do."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

import api
from api.app import create_app
from api.kit.models import RunState
from api.kit.services import Services
from api.pages.desk_form import read_points
from api.pages.messages import load_words, preferred
from api.pages.parts.charts import bins_of
from api.pages.parts.moments import Clock
from api.pages.view.people import browser_name
from api.pages.view.progress import build_progress
from api.submissions.hand_in import LANGUAGES
from api.submissions.progress import Progress
from grader.diagnosis.catalogue import load_catalogue
from grader.diagnosis.titles import finding_title
from grader.editions.loader import Edition, default_edition_id, edition_ids, load_edition
from grader.editions.rubric import Criterion
from grader.editions.stages import stages_of
from grader.pipeline import stage_names
from tests.api.pages.graded import right_results
from tests.api.people import EDITION, People, finish, hand_in, log_in

HERE = Path(api.__file__).parent
TEMPLATES = sorted((HERE / "pages" / "templates").glob("*.j2"))
# What nobody meets on a page: scripts that send other forms than ours.
NOT_ON_PAGES = {
    "bad-cursor",
    "bad-idempotency-key",
    "bad-received-at",
    "for-browsers",
    "lti-bad-platform",  # the operator's command says these
    "lti-platform-known",
    "lti-unknown-platform",
    "no-file-name",
    "not-multipart",
    "not-your-id",
    "points-out-of-range",
    "read-only",
    "roster-invalid",
    "scope-beyond-role",
    "scope-missing",
    "students-only",
    "token-invalid",
    "unknown-edition",
    "unknown-language",
    "unknown-submissions",
    "webhook-known",  # the operator's command says these
    "webhook-unknown",
    "webhook-url",
}


def test_both_languages_have_the_same_keys() -> None:
    """What can be said in one language can be said in the other, with the same names in it."""
    english, chinese = (load_words(language).own.sentences for language in LANGUAGES)
    own = {key for key in english if not key.startswith("problems.")}

    assert own == {key for key in chinese if not key.startswith("problems.")}
    assert {key: fields(english[key]) for key in own} == {key: fields(chinese[key]) for key in own}


def test_every_problem_has_chinese_words() -> None:
    """No page speaks English to somebody who reads Chinese because something went wrong."""
    source = "\n".join(
        path.read_text("utf-8") for path in HERE.rglob("*.py") if "migrations" not in path.parts
    )
    # One that is given as a message has its words in every language there.
    given = r'Problem\(\s*\d{3},\s*"([a-z-]+)",(?!\s*(?:message|reason|_too_large))'
    codes = set(re.findall(given, source))
    words = load_words("zh_TW").own.sentences
    missing = {code for code in codes if f"problems.{code}" not in words}

    assert len(codes) > 20
    assert missing - NOT_ON_PAGES == set()


def test_every_key_that_a_template_uses_exists() -> None:
    """A misspelt key would break a page only when somebody looks at it."""
    words = load_words("en")
    own, report = set(words.own.sentences), set(words.report.sentences)
    text = "\n".join(path.read_text("utf-8") for path in TEMPLATES)
    used = set(re.findall(r'\bt\("([\w.]+)"', text))
    borrowed = set(re.findall(r'\bt\.report\("([\w.]+)"', text))

    assert len(used) > 100
    assert used - own == set()
    assert borrowed - report == set()


def test_templates_hold_no_script_and_no_style() -> None:
    """The policy of pages forbids both, so a template that has them is broken."""
    forbidden = re.compile(r"<script(?! src=)|<style|\sstyle=|\son\w+=|javascript:")

    assert TEMPLATES
    assert [p.name for p in TEMPLATES if forbidden.search(p.read_text("utf-8"))] == []


def test_pages_may_run_our_scripts_alone(client: TestClient) -> None:
    """A page's policy allows scripts and styles from files of ours, nothing written into it."""
    answer = client.get("/login")

    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"


def test_static_files_are_kept_for_ever_under_their_content(client: TestClient) -> None:
    """Browsers keep static files, since another content has another address."""
    found = re.findall(r'"(/static/[^"]+)"', client.get("/login").text)

    assert len(found) >= 4
    for address in found:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert re.search(r"\?v=[0-9a-f]{10}$", address)


def test_pages_stay_out_of_the_api_description(client: TestClient) -> None:
    """Scripts use the API; the pages' own addresses may change."""
    paths = client.get("/api/v1/openapi.json").json()["paths"]

    assert [path for path in paths if path.startswith(("/staff", "/s/", "/upload"))] == []


def test_errors_are_pages_outside_of_the_api_and_documents_within(client: TestClient) -> None:
    """A person is told on a page, a script in a problem document."""
    assert client.get("/nothing").headers["content-type"].startswith("text/html")
    assert client.get("/api/v1/nothing").headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_an_error_is_said_in_words(client: TestClient, language: str) -> None:
    """No page bears a bare code."""
    page = client.get("/nothing", headers={"Accept": "text/html", "Accept-Language": language})

    assert page.status_code == 404
    assert ">404<" not in page.text


def test_whoever_has_to_log_in_is_led_back_afterwards(client: TestClient) -> None:
    """A page that needs a login leads to it and names where to go on."""
    answer = client.get(f"/staff/{EDITION}?late=yes", follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?next=%2Fstaff%2F{EDITION}%3Flate%3Dyes"


def test_a_piece_of_a_page_is_never_the_login_page(client: TestClient) -> None:
    """Where the session ends while a page is watched, the whole page is loaded again."""
    answer = client.get(f"/s/{'0' * 32}/progress", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["hx-refresh"]) == (204, "true")


def test_what_only_people_grade_is_on_the_desk(services: Services, people: People) -> None:
    """A criterion without checks asks for points, which count beside the grader's."""
    edition = services.editions[EDITION]
    written = Criterion(
        id="report.discussion",
        title="Discussion of the ranges",
        points=10.0,
        graded_by="people",
    )
    rubric = edition.rubric.model_copy(update={"criteria": (*edition.rubric.criteria, written)})
    course = replace(services, editions={EDITION: replace(edition, rubric=rubric)})
    submission = hand_in(services, people.student)
    finish(services, submission, right_results())
    with TestClient(create_app(course, background=False)) as client:
        ta = log_in(course, client, people.ta)
        desk = ta.get(f"/staff/{EDITION}/{submission.id}").text
        fields = {"points:report.discussion": "8", "remark:report.discussion": "Well argued."}
        ta.post(f"/staff/{EDITION}/{submission.id}", data=fields)
        after = ta.get(f"/staff/{EDITION}/{submission.id}").text

    assert "for a person to grade" in desk
    assert "Total 100\u00a0/\u00a0110" in desk
    assert "Total 108\u00a0/\u00a0110" in after
    assert "Well argued." in after


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_the_language_switch_leads_nowhere_else(client: TestClient, target: str) -> None:
    """An address of another site is not followed."""
    answer = client.get("/language/en", params={"next": target}, follow_redirects=False)

    assert answer.headers["location"] == "/"


def test_another_students_submission_is_not_there(
    services: Services, people: People, student: TestClient
) -> None:
    """A foreign submission and one that does not exist give the same page."""
    foreign = hand_in(services, people.other_student)
    answers = [student.get(f"/s/{one}") for one in (foreign.id, "0" * 32)]

    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].text.replace(foreign.id, "") == answers[1].text.replace("0" * 32, "")


@pytest.mark.parametrize(
    ("cookie", "header", "spoken"),
    [
        (None, "zh-TW,zh;q=0.9,en;q=0.8", "zh_TW"),
        (None, "zh-CN", "zh_TW"),
        (None, "de, en;q=0.5, zh;q=0.4", "en"),
        (None, "fr", "en"),
        (None, "zh;q=0, en;q=x", "en"),
        ("zh_TW", "en", "zh_TW"),
        ("xx", "en", "en"),
    ],
)
def test_language_is_chosen_from_cookie_and_header(
    cookie: str | None, header: str, spoken: str
) -> None:
    """The cookie wins; else the first language of the browser that we speak."""
    assert preferred(cookie, header) == spoken


def test_moments_are_told_and_read_in_the_courses_zone() -> None:
    """One minute to midnight in Taipei is stored in UTC and shown as it was typed."""
    clock = Clock(
        zone=ZoneInfo("Asia/Taipei"), t=load_words("en"), now=datetime(2026, 11, 20, tzinfo=UTC)
    )
    due = clock.read("2026-11-21T23:59")

    assert due == datetime(2026, 11, 21, 15, 59, 59, tzinfo=UTC)
    assert clock.named(due) == "2026-11-21 23:59 UTC+8"
    assert clock.until(due) == "in 1 day 15 hours"
    assert clock.until(clock.now - timedelta(minutes=1)) == "1 minute ago"


@pytest.mark.parametrize(
    "typed",
    [
        "2026-01-01T10:00:00+00:00",
        "2026-01-01T10:00Z",
        "2026-01-01T10:00:00 garbage",
        "2026-01-01",
        "0001-01-01T00:00",
    ],
)
def test_a_moment_that_is_none_of_the_courses_is_refused(typed: str) -> None:
    """Nothing of what was typed is left out, an offset least of all."""
    clock = Clock(zone=ZoneInfo("Asia/Taipei"), t=load_words("en"), now=datetime.now(UTC))

    with pytest.raises(ValueError, match=re.escape(typed)):
        clock.read(typed)


@pytest.mark.parametrize("edition", [*map(load_edition, edition_ids())], ids=lambda e: e.id)
def test_stages_are_those_of_the_pipeline(edition: Edition) -> None:
    """An edition's stages have words, in their order; one of a later version is shown as named."""
    later = Progress(state=RunState.GRADING, stage="Polishing: 3 of 4", run=1, place_in_queue=0)

    assert tuple(stages_of(edition)) == stage_names(edition)
    progress = build_progress(later, edition, load_words("zh_TW"))
    assert len(progress.steps) == len(stage_names(edition)) + 2
    assert progress.lead == "Polishing"


def test_whoever_stands_far_back_asks_less_often() -> None:
    """Two hundred browsers must not ask every second."""
    t = load_words("en")
    near, far = (
        build_progress(
            Progress(state=RunState.WAITING, stage="", run=1, place_in_queue=place),
            load_edition(default_edition_id()),
            t,
        )
        for place in (1, 60)
    )

    assert near.again_seconds < far.again_seconds
    assert far.lead.startswith("Place 60 in the queue, 59 before you.")


@pytest.mark.parametrize(
    ("typed", "points"), [("", None), (" 2.5 ", 2.5), ("2,5", 2.5), ("0", 0.0), ("6", 6.0)]
)
def test_points_are_read_as_people_type_them(typed: str, points: float | None) -> None:
    """Comma or point, or nothing at all."""
    assert read_points(typed, 6.0) == points


@pytest.mark.parametrize("typed", ["6.1", "-1", "nan", "inf", "six", "1e9"])
def test_points_that_are_none_are_refused(typed: str) -> None:
    """Nothing but a number between zero and the maximum is points."""
    with pytest.raises(ValueError, match=r".+"):
        read_points(typed, 6.0)


def test_scores_fall_into_tenths() -> None:
    """All points belong to the last tenth, and a tenth begins where it says."""
    assert bins_of([0.0, 0.1, 0.3, 0.99, 1.0]) == (1, 1, 0, 1, 0, 0, 0, 0, 0, 2)


def test_the_first_page_is_called_by_its_name_once(client: TestClient) -> None:
    """A title names the page and the site, and where both are one, that."""
    assert "<title>Quantization lab</title>" in client.get("/").text
    assert "<title>Log in · Quantization lab</title>" in client.get("/login").text


def test_findings_have_titles_in_both_languages() -> None:
    """A finding's id is enough to name it; an unknown one stands for itself."""
    edition = load_edition(EDITION)

    assert finding_title("range-clips", "en", edition) == "The range clips (no points lost)"
    assert "截斷" in finding_title("range-clips", "zh_TW", edition)
    assert finding_title("gone-by-now", "zh_TW", edition) == "gone-by-now"


@pytest.mark.parametrize("name", edition_ids())
def test_no_title_has_a_gap_in_braces(name: str) -> None:
    """What an edition's symbols say is filled in, and a submission's numbers are left out."""
    edition = load_edition(name)
    titles = [
        finding_title(finding, language, edition)
        for finding in load_catalogue().entries
        for language in LANGUAGES
    ]

    assert not [title for title in titles if "{" in title]


def test_browsers_are_named_for_people() -> None:
    """A user agent says more than anybody wants to read."""
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

    assert browser_name(agent, "?") == "Firefox, Linux"
    assert browser_name("", "?") == "?"


def test_htmx_is_the_file_of_its_package() -> None:
    """The vendored script is unchanged, and its licence says which it is."""
    licence = (HERE / "pages" / "static" / "LICENSE-htmx.md").read_text("utf-8")
    script = (HERE / "pages" / "static" / "htmx.min.js").read_text("utf-8")
    version = re.search(r"htmx\.org@([\d.]+)", licence)

    assert version is not None
    assert f'version:"{version[1]}"' in script


def fields(sentence: str) -> set[str]:
    """Return the names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_chinese_is_shown_where_the_machine_has_no_chinese(client: TestClient) -> None:
    """The packaged typefaces are served by their names; nothing else of their folders is."""
    face = client.get("/static/typefaces/NotoSansTC-Regular.otf")

    assert face.status_code == 200
    assert face.content[:4] == b"OTTO"
    for path in ("__init__.py", "../__init__.py", "%2e%2e/__init__.py", "Inter-Regular.ttf", ""):
        assert client.get(f"/static/typefaces/{path}").status_code == 404
