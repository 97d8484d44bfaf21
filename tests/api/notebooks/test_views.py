"""The route that shows a notebook: to whom, with which headers."""

from __future__ import annotations

from starlette.testclient import TestClient

from api.kit.services import Services
from tests.api.notebooks.hostile import hostile
from tests.api.people import People, hand_in


def test_a_student_and_staff_read_the_notebook(
    services: Services, people: People, student: TestClient, ta: TestClient
) -> None:
    """Both see the same page, under a policy that lets nothing run."""
    submission = hand_in(services, people.student, content=hostile())
    address = f"/api/v1/submissions/{submission.id}/files/0/view"
    for reader in (student, ta):
        answer = reader.get(address)
        assert answer.status_code == 200
        assert answer.headers["Content-Security-Policy"].endswith("sandbox")
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "In [" not in answer.text
        assert "run as [3]" in answer.text


def test_a_file_that_is_no_notebook_is_named(
    services: Services, people: People, ta: TestClient
) -> None:
    """The reason is the one that intake gives, and it may stand in the desk's frame."""
    submission = hand_in(services, people.student, content=b"no notebook")
    answer = ta.get(f"/api/v1/submissions/{submission.id}/files/0/view")

    assert answer.status_code == 422
    assert answer.json()["code"] == "unreadable-file"
    assert "hw1.ipynb" in answer.json()["detail"]
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


def test_the_desk_shows_the_notebook_beside_the_criteria(
    services: Services, people: People, ta: TestClient
) -> None:
    """Without a PDF it is what is shown first."""
    submission = hand_in(services, people.student, content=hostile())
    page = ta.get(f"/staff/{submission.edition}/{submission.id}").text

    assert f'src="/api/v1/submissions/{submission.id}/files/0/view?language=en"' in page
