"""Reading results, documents, files and history; what is hidden stays hidden."""

from __future__ import annotations

import io

import pytest
from starlette.testclient import TestClient

from api.kit.models import Assignment, RunState, Submission
from api.kit.services import Services
from api.routes.results import disposition
from api.submissions.runs import regrade
from tests.api.people import (
    EDITION,
    NOTEBOOK,
    People,
    finish,
    hand_in,
    lose,
    principal_of,
    right,
    wrong,
)

URL = "/api/v1/submissions"
RESULTS = ("results", "report.pdf", "report.html", "runs/1/results")


@pytest.fixture
def graded(services: Services, people: People) -> Submission:
    """Return a submission of the first student's that was graded."""
    submission = hand_in(services, people.student)
    finish(services, submission, wrong())
    return submission


def hide(services: Services) -> None:
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).published = False


def test_a_student_reads_their_result(graded: Submission, student: TestClient) -> None:
    """The status carries score, findings and criteria; the results are the grader's own file."""
    told = student.get(f"{URL}/{graded.id}").json()
    results = student.get(f"{URL}/{graded.id}/results")

    assert results.json() == wrong()
    assert told["state"] == "graded"
    assert told["score"] == told["grade"]["points"]
    assert [c["automatic"] for c in told["grade"]["criteria"] if c["automatic"] is not None]
    assert told["findings"]


@pytest.mark.parametrize("what", ["", *(f"/{name}" for name in RESULTS), "/files/0", "/runs"])
def test_another_students_submission_does_not_exist(
    graded: Submission, other_student: TestClient, client: TestClient, what: str
) -> None:
    """A stranger gets the same 404 as for a submission that was never there; nobody gets a 401."""
    foreign = other_student.get(f"{URL}/{graded.id}{what}")
    missing = other_student.get(f"{URL}/{'0' * 32}{what}")

    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["detail"] == missing.json()["detail"]
    assert client.get(f"{URL}/{graded.id}{what}").status_code == 401


@pytest.mark.parametrize("what", RESULTS)
def test_hidden_results_are_staffs_alone(
    services: Services, graded: Submission, student: TestClient, ta: TestClient, what: str
) -> None:
    """Until results are published a student is told so, and staff read them."""
    hide(services)

    refused = student.get(f"{URL}/{graded.id}/{what}")

    assert (refused.status_code, refused.json()["code"]) == (403, "not-published")
    assert ta.get(f"{URL}/{graded.id}/{what}").status_code == 200


def test_hidden_results_leave_no_trace(
    services: Services, graded: Submission, student: TestClient
) -> None:
    """Status, list and history tell a student nothing of hidden results but that they exist."""
    hide(services)

    told = student.get(f"{URL}/{graded.id}").json()
    listed = student.get(URL).json()["items"][0]
    [run] = student.get(f"{URL}/{graded.id}/runs").json()

    for one in (told, listed):
        assert (one["state"], one["published"]) == ("graded", False)
        assert (one["score"], one["max_score"], one["findings"]) == (None, None, [])
        assert one["grade"] is None
    assert (run["score"], run["max_score"], run["findings"]) == (None, None, [])


@pytest.mark.parametrize("what", [*RESULTS, "files/0"])
def test_what_is_known_is_not_sent_again(
    graded: Submission, student: TestClient, what: str
) -> None:
    """An ETag that is sent back is answered with 304 and no body."""
    url = f"{URL}/{graded.id}/{what}"
    first = student.get(url)

    again = student.get(url, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
    other = student.get(url, headers={"If-None-Match": '"x"'})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert (other.status_code, other.content) == (200, first.content)


def test_the_pdf_is_a_pdf(graded: Submission, student: TestClient) -> None:
    """Feedback and report are PDFs of their own, drawn from the results."""
    feedback = student.get(f"{URL}/{graded.id}/report.pdf")
    report = student.get(f"{URL}/{graded.id}/report.pdf", params={"kind": "report"})

    for answer in (feedback, report):
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")
    assert feedback.content != report.content
    assert feedback.headers["etag"] != report.headers["etag"]


def test_a_stored_pdf_is_not_drawn_again(
    services: Services, graded: Submission, student: TestClient
) -> None:
    """The feedback that the worker stored is what is sent, in its language alone."""
    with services.sessions.begin() as session:
        run = session.get_one(Submission, graded.id).runs[0]
        run.pdf_sha256 = services.blobs.put(io.BytesIO(b"%PDF-stored")).sha256

    stored = student.get(f"{URL}/{graded.id}/report.pdf")
    chinese = student.get(f"{URL}/{graded.id}/report.pdf", params={"language": "zh_TW"})

    assert stored.content == b"%PDF-stored"
    assert chinese.content.startswith(b"%PDF")
    assert chinese.content != stored.content


def test_the_page_loads_and_runs_nothing(graded: Submission, student: TestClient) -> None:
    """The report as HTML comes in a sandbox that only we may frame."""
    answer = student.get(f"{URL}/{graded.id}/report.html", params={"kind": "report"})

    policy = answer.headers["content-security-policy"]
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert "<script" not in answer.text


def test_a_file_comes_back_as_it_was(graded: Submission, student: TestClient) -> None:
    """A notebook is saved, not shown; its bytes are those handed in."""
    answer = student.get(f"{URL}/{graded.id}/files/0")

    assert answer.content == NOTEBOOK
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert student.get(f"{URL}/{graded.id}/files/1").status_code == 404


def test_a_hostile_name_stays_a_name() -> None:
    """Quotes, line ends and other scripts in a file's name cannot leave their header."""
    header = disposition("attachment", '王";\r\nx=y.py')

    assert header == (
        "attachment; filename=\"_____x_y.py\"; filename*=UTF-8''%E7%8E%8B%22%3B%0D%0Ax%3Dy.py"
    )


def test_results_before_they_are_there(
    services: Services, people: People, student: TestClient
) -> None:
    """A submission that waits has a status, and no results yet."""
    waiting = hand_in(services, people.student)

    assert student.get(f"{URL}/{waiting.id}").json()["state"] == "waiting"
    for what in RESULTS:
        assert student.get(f"{URL}/{waiting.id}/{what}").status_code == 404


def test_a_refused_submission_says_why(
    services: Services, people: People, student: TestClient
) -> None:
    """What cannot be graded tells its reason, and has no results."""
    refused = hand_in(services, people.student)
    finish(services, refused, state=RunState.REFUSED)

    told = student.get(f"{URL}/{refused.id}").json()

    assert told["state"] == "refused"
    assert told["message"].startswith("hw1.ipynb")
    assert told["score"] is None


def test_old_results_stay_as_history(
    services: Services, people: People, graded: Submission, student: TestClient
) -> None:
    """After a regrade the new result counts, and the old one can still be read."""
    with services.sessions.begin() as session:
        again = session.get_one(Submission, graded.id)
        regrade(services, session, again, principal_of(people.ta))
    finish(services, graded, right())

    runs = student.get(f"{URL}/{graded.id}/runs").json()

    assert [run["number"] for run in runs] == [1, 2]
    assert student.get(f"{URL}/{graded.id}/results").json() == right()
    assert student.get(f"{URL}/{graded.id}/runs/1/results").json() == wrong()
    assert student.get(f"{URL}/{graded.id}/runs/3/results").status_code == 404


def test_a_lost_blob_is_our_fault(
    services: Services, graded: Submission, student: TestClient
) -> None:
    """Results whose bytes are gone are a 500 that names no path."""
    for blob in list(services.blobs.all()):
        lose(services.blobs, blob.sha256)

    answer = student.get(f"{URL}/{graded.id}/results")

    assert (answer.status_code, answer.json()["code"]) == (500, "file-missing")
    assert str(services.settings.store) not in answer.text


@pytest.mark.parametrize("name", ["hw1.ipynb", "hw1.pdf", "hw1.PDF"])
def test_what_was_handed_in_is_of_no_site(
    services: Services, graded: Submission, student: TestClient, name: str
) -> None:
    """Shown or saved, a student's file may run nothing, load nothing and act for nobody."""
    with services.sessions.begin() as session:
        session.get_one(Submission, graded.id).files[0].name = name

    answer = student.get(f"{URL}/{graded.id}/files/0")

    policy = {one.strip() for one in answer.headers["content-security-policy"].split(";")}
    assert policy == {"sandbox", "default-src 'none'", "frame-ancestors 'self'"}
    assert answer.headers["x-content-type-options"] == "nosniff"
