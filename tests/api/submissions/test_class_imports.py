"""Downloads of course sites handed in as they are: whose each part is, and when it came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.kit.models import Assignment, Role, Submission, User, now
from api.kit.services import Services
from tests.api.people import EDITION, NOTEBOOK
from tests.api.submissions.test_classes import left_out, taken, upload, zipped

METADATA = """---
submission_101:
  :submitters:
  - :name: Sinéad O'Brien
    :sid: '108062101'
    :email: s.obrien@example.edu
  - :name: 王小明
    :sid:
    :email: Ming@Example.edu
  :created_at: 2026-03-01 10:11:12.131415000 Z
submission_102:
  :submitters:
  - :name: Nobody Known
    :sid: '999'
    :email:
"""


@pytest.fixture
def listed(services: Services) -> None:
    names = {"108062101": "Sinéad O'Brien", "108062102": "王小明", "108062103": "Mei-Ling Wang"}
    with services.sessions.begin() as session:
        for student, name in names.items():
            email = "ming@example.edu" if name == "王小明" else ""
            user = User(login=student, student_id=student, name=name, role=Role.STUDENT)
            user.email = email
            session.add(user)


def moments(services: Services) -> dict[str, datetime]:
    with services.sessions() as session:
        found = session.scalars(select(Submission))
        return {one.student_id: one.received_at for one in found}


@pytest.mark.usefixtures("listed")
def test_gradescope_says_whose_and_when(services: Services, ta: TestClient) -> None:
    """Both of a group get it at Gradescope's moment, one by address; an unknown id waits."""
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).due_at = datetime(2026, 2, 27, tzinfo=UTC)
    told = upload(
        ta,
        zipped(
            {
                "assignment_9_export/submission_metadata.yml": METADATA.encode(),
                "assignment_9_export/submission_101/hw1.ipynb": NOTEBOOK,
                "assignment_9_export/submission_102/hw1.ipynb": NOTEBOOK,
            }
        ),
    )
    moment = datetime(2026, 3, 1, 10, 11, 12, tzinfo=UTC)

    assert told["layout"] == "gradescope"
    assert taken(told) == {"108062101": ["hw1.ipynb"], "108062102": ["hw1.ipynb"]}
    assert moments(services) == {"108062101": moment, "108062102": moment}
    assert set(left_out(told).values()) == {"class.not-listed"}


@pytest.mark.usefixtures("listed")
def test_canvas_files_have_their_own_names_and_late_ones_are_told(
    services: Services, ta: TestClient
) -> None:
    """Of two copies the newest is taken; LATE without a moment counts as in time, and is said."""
    due = now() - timedelta(days=3)
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).due_at = due
    told = upload(
        ta,
        zipped(
            {
                "obriensinead_4711_90001_hw1.ipynb": NOTEBOOK,
                "obriensinead_4711_90007_hw1-1.ipynb": NOTEBOOK + b" ",
                "wangmeiling_LATE_4713_90004_hw1_108062103.ipynb": NOTEBOOK,
            }
        ),
    )
    entries = told["entries"]
    assert isinstance(entries, list)

    assert told["layout"] == "canvas"
    assert taken(told) == {"108062101": ["hw1-1.ipynb"], "108062103": ["hw1_108062103.ipynb"]}
    assert {one["student_id"] for one in entries if one["marked_late"]} == {"108062103"}
    assert all(moment <= due for moment in moments(services).values())


@pytest.mark.usefixtures("listed")
def test_repositories_and_moodles_people_are_told_by_the_roster(ta: TestClient) -> None:
    """A full name on the roster is enough for Moodle; a repository's files carry the id."""
    moodle = zipped({"王小明_2412_assignsubmission_file_/hw1.ipynb": NOTEBOOK})
    github = zipped(
        {
            "hw1-obrien99/.git/config": b"[core]",
            "hw1-obrien99/hw1_108062101.ipynb": NOTEBOOK,
            "hw1-mei/.gitignore": b"*.pyc",
            "hw1-mei/hw1.ipynb": NOTEBOOK,
        }
    )

    assert list(taken(upload(ta, moodle))) == ["108062102"]
    told = upload(ta, github)
    assert told["layout"] == "github"
    assert list(taken(told)) == ["108062101"]
    assert left_out(told) == {"hw1-mei/hw1.ipynb": "class.not-listed"}


def test_broken_metadata_take_nobody(services: Services, ta: TestClient) -> None:
    """Whose the work is cannot be guessed: the answer names the line."""
    content = zipped({"submission_metadata.yml": b"a: [1\nb: }", "submission_1/a.ipynb": NOTEBOOK})
    answer = ta.post("/api/v1/classes", files={"file": ("c.zip", content)})

    assert answer.status_code == 422
    assert "line" in answer.json()["detail"]
    assert moments(services) == {}
