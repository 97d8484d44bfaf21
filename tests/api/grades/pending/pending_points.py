"""What people do about points that the grader could not judge, by the API."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from api.kit.models import Assignment, Submission
from api.kit.services import Services
from api.submissions.runs import regrade
from tests.api.people import EDITION, People, finish, hand_in, pending, principal_of

URL = "/api/v1/submissions"
GRADES = f"/api/v1/assignments/{EDITION}/grades"
TASK = (
    "activations.result",
    "activations.factors",
    "activations.range",
    "activations.conduct",
    "activations.accuracy",
)  # 25 of the rubric's 100 points


def hand_in_unjudged(services: Services, people: People) -> Submission:
    """Return a student's submission of which a task could not be judged."""
    submission = hand_in(services, people.student)
    finish(services, submission, pending(*TASK))
    return submission


def told(client: TestClient, submission: Submission, path: str = "") -> Any:
    answer = client.get(f"{URL}/{submission.id}{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def give(client: TestClient, submission: Submission, criterion: str, points: float) -> Any:
    answer = client.put(
        f"{URL}/{submission.id}/scores/{criterion}", json={"points": points, "remark": ""}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def row(client: TestClient, **query: str) -> dict[str, Any]:
    """Return the first student's row of the export."""
    found: list[dict[str, Any]] = client.get(f"{GRADES}.json", params=query).json()
    return next(one for one in found if one["student_id"] == "108062001")


def set_up(services: Services, **values: object) -> None:
    with services.sessions.begin() as session:
        assignment = session.get_one(Assignment, EDITION)
        for name, value in values.items():
            setattr(assignment, name, value)


def again(services: Services, people: People, submission: Submission) -> None:
    """Have staff ask for one more run."""
    with services.sessions.begin() as session:
        found = session.get_one(Submission, submission.id)
        regrade(services, session, found, principal_of(people.ta))
