"""The desk's form sent back as it was drawn: it changes nothing, and nobody is said to have."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from api.kit.models import AuditEntry, ManualScore, Submission
from api.kit.schemas.grades import LONGEST_REMARK
from api.kit.services import Services
from api.pages.desk_form import read_points
from api.pages.view.desk import points_field
from tests.api.people import EDITION, People, finish, hand_in

CRITERION = "weights.scale"
REMARK = ("well argued\r\n" * LONGEST_REMARK)[:LONGEST_REMARK]


class Fields(HTMLParser):
    """Reads the desk's fields as a browser sends them; values by name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an input; begin a text area."""
        found = dict(attrs)
        name = found.get("name") or ""
        if name != "base" and not name.startswith(("points:", "remark:")):
            return
        self.sent[name] = found.get("value") or ""
        self._area = name if tag == "textarea" else ""

    def handle_data(self, data: str) -> None:
        """Note what a text area holds; a browser sends its lines' ends in its own way."""
        if self._area:
            self.sent[self._area] += data.replace("\r\n", "\n").replace("\n", "\r\n")

    def handle_endtag(self, tag: str) -> None:
        """End a text area."""
        self._area = "" if tag == "textarea" else self._area


@pytest.fixture
def decided(services: Services, people: People, ta: TestClient) -> Submission:
    """Return a graded submission on which a script decided, more finely than people type."""
    submission = hand_in(services, people.student)
    finish(services, submission)
    address = f"/api/v1/submissions/{submission.id}"
    for path, body in (
        (f"scores/{CRITERION}", {"points": 3.333333, "remark": REMARK}),
        ("remark", {"remark": f" {REMARK[1:]}"}),
    ):
        assert ta.put(f"{address}/{path}", json=body).status_code == 200
    return submission


def decisions(services: Services) -> dict[str, tuple[float | None, str]]:
    with services.sessions() as session:
        rows = session.scalars(select(ManualScore))
        return {row.criterion: (row.points, row.remark) for row in rows}


def entries(services: Services) -> int:
    with services.sessions() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_a_form_that_nobody_touched_changes_nothing(
    services: Services, decided: Submission, instructor: TestClient
) -> None:
    """A script's points keep their digits and its remark its end, and the log stays as it is."""
    desk = f"/staff/{EDITION}/{decided.id}"
    before, noted = decisions(services), entries(services)
    fields = Fields(instructor.get(desk).text).sent
    assert {"base", f"points:{CRITERION}", "remark:"} <= fields.keys()

    answer = instructor.post(desk, data=fields, follow_redirects=False)

    assert (answer.status_code, decisions(services), entries(services)) == (303, before, noted)


def test_one_field_that_was_typed_into_changes_alone(
    services: Services, decided: Submission, instructor: TestClient
) -> None:
    """A new remark leaves the points beside it with all their digits."""
    desk = f"/staff/{EDITION}/{decided.id}"
    fields = Fields(instructor.get(desk).text).sent | {f"remark:{CRITERION}": " see me\r\n"}

    instructor.post(desk, data=fields)

    assert decisions(services)[CRITERION] == (3.333333, "see me")


@pytest.mark.parametrize(
    ("value", "field"),
    [(None, ""), (0.0, "0"), (2.5, "2.5"), (1000.5, "1000.5"), (1e6, "1000000")],
)
def test_points_in_a_field_can_be_read_again(value: float | None, field: str) -> None:
    """No comma sets thousands apart: it is what some type for a point."""
    assert points_field(value) == field
    assert read_points(field, 1e6) == value
