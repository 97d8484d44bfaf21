"""What staff are told of a report that was handed in, and students are not."""

from __future__ import annotations

import io

from starlette.testclient import TestClient

from api.grades.classes.same_reports import same_reports
from api.kit.models import Submission, User, now
from api.kit.services import Services
from api.submissions.runs import accept
from api.submissions.uploads import Received
from grader.words.message import say
from tests.api.people import EDITION, People, finish, principal_of, received_notebook

PDF = b"%PDF-1.4 a report"


def hand_in_with(services: Services, user: User, pdf: bytes, content: str = "") -> str:
    stored = services.blobs.put(io.BytesIO(pdf))
    with services.sessions.begin() as session:
        submission = accept(
            services,
            session,
            edition=EDITION,
            student_id=str(user.student_id),
            principal=principal_of(user),
            files=[received_notebook(services), Received(name="hw1.pdf", blob=stored)],
            now=now(),
        )
    finish(services, submission)
    with services.sessions.begin() as session:
        session.get_one(Submission, submission.id).runs[-1].report_content = content
    return submission.id


def holders(services: Services, submission_id: str) -> list[str]:
    with services.sessions() as session:
        found = same_reports(session, session.get_one(Submission, submission_id))
    return [one.student_id for one in found]


def test_the_same_file_or_content_names_the_other_student(
    services: Services, people: People
) -> None:
    """Another student's report of these bytes, or of this content, is found; one's own is not."""
    one = hand_in_with(services, people.student, PDF)
    hand_in_with(services, people.student, PDF)
    assert holders(services, one) == []

    other = hand_in_with(services, people.other_student, PDF)
    assert holders(services, one) == ["108062002"]
    assert set(holders(services, other)) == {"108062001"}


def test_reports_with_other_bytes_are_the_same_by_content(
    services: Services, people: People
) -> None:
    """Saved anew, a report is the same; where nothing could be read, nothing is."""
    one = hand_in_with(services, people.student, PDF, content="a" * 64)
    hand_in_with(services, people.other_student, PDF + b"!", content="a" * 64)
    assert holders(services, one) == ["108062002"]

    unread = hand_in_with(services, people.student, PDF + b"?")
    hand_in_with(services, people.other_student, PDF + b"??")
    assert holders(services, unread) == []


def test_the_desk_tells_and_the_students_page_does_not(
    services: Services, people: People, ta: TestClient, student: TestClient
) -> None:
    """Staff read for whom a report was made and who else has it; its student reads neither."""
    one = hand_in_with(services, people.student, PDF)
    hand_in_with(services, people.other_student, PDF)
    remark = say(
        "similar-report", "generated-for", file="hw1.pdf", student="108062777", signs="text"
    )
    with services.sessions.begin() as session:
        session.get_one(Submission, one).runs[-1].report_remarks = [remark.as_json()]
    desk = ta.get(f"/staff/{EDITION}/{one}").text

    assert "was made by this grader for another student, 108062777" in desk
    assert "The same report was handed in by 108062002" in desk
    for path in (f"/s/{one}", f"/api/v1/submissions/{one}", f"/api/v1/submissions/{one}/runs"):
        said = student.get(path).text
        assert "108062777" not in said
        assert "108062002" not in said
