"""Importing the roster: all or nothing, every wrong line named, nobody's account taken over."""

from __future__ import annotations

import csv
import io
import json

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.auth import users as accounts
from api.course import roster
from api.course.roster import RosterRow, import_roster, read_csv, read_json
from api.kit.models import AuditEntry, Role, User
from api.kit.problems import Problem
from api.kit.services import Services
from api.submissions.hand_in import checked_student_id
from tests.api.people import People

URL = "/api/v1/roster"


def wrong(content: str | bytes) -> str:
    """Return what is said about a CSV file that cannot be imported."""
    with pytest.raises(Problem) as refused:
        read_csv(content if isinstance(content, bytes) else content.encode())
    assert refused.value.status == 422
    assert refused.value.detail.endswith("nothing was imported")
    return refused.value.detail


def test_a_file_as_excel_saves_it_is_read() -> None:
    content = (
        "\ufeffStudent_ID;Name;Email\r\n;;\r\n108062001;王小明;ming@example.edu\r\n;;\r\n".encode()
    )

    rows = read_csv(content)

    assert rows == (
        RosterRow(place="line 3", student_id="108062001", name="王小明", email="ming@example.edu"),
    )


@pytest.mark.parametrize(
    "heading",
    ["Student ID;Name;E-mail", "學號;姓名;電子郵件", "sep=;\nstudent-id;Full name;Email"],
)
def test_columns_are_known_by_the_names_that_spreadsheets_use(heading: str) -> None:
    [row] = read_csv(f"{heading}\ns1;Ann;ann@example.org\n".encode())

    assert row.place == f"line {2 + heading.count(chr(10))}"
    assert (row.student_id, row.name, row.email) == ("s1", "Ann", "ann@example.org")


def test_ids_that_differ_only_in_case_are_one_student(services: Services, people: People) -> None:
    """A roster cannot hold both, and a later one's spelling makes nobody new."""
    assert "line 3: B109 is in line 2 already" in wrong("student_id\nb109\nB109\n")
    with services.sessions.begin() as session:
        roster.import_roster(session, read_csv(b"student_id,name\nB109,Ann\n"))
        change = roster.import_roster(
            session, read_csv(b"student_id,name\nb109,Anna\n"), disable_missing=True
        )
        found = session.scalars(select(User).where(User.login.ilike("b109"))).all()

    assert (change.added, change.changed) == (0, 1)
    assert [(one.login, one.name, one.disabled_at) for one in found] == [("B109", "Anna", None)]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_are_found_by_name_in_any_order(separator: str) -> None:
    lines = (("name", "section", "student_id"), ("Ann", "A", "s1"))

    rows = read_csv("\n".join(separator.join(line) for line in lines).encode())

    assert [(row.student_id, row.name, row.email) for row in rows] == [("s1", "Ann", "")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "line 1: there has to be a column student_id"),
        ("name\nAnn\n", "line 1: there has to be a column student_id"),
        ("student_id,name\n", "there is nobody in the file"),
        ("student_id,name\n,,\n", "there is nobody in the file"),
        ("student_id\ns1\nnot an id\n", "line 3: student_id 'not an id'"),
        ("student_id\ns1\n../../etc\n", "line 3: student_id '../../etc'"),
        ("student_id\ns1\ns2\ns1\n", "line 4: s1 is in line 2 already"),
        ("student_id,email\ns1,nowhere\n", "line 2: email 'nowhere' is no address"),
        ("student_id\nanonymous-1\n", "line 2: student_id 'anonymous-1' is reserved"),
        ("student_id,name\ns1,Ann,Lee\n", "line 2: there are more cells than columns"),
        ("student_id,name\ns1,A\0n\n", "line 2: name, email and section"),
        (f"student_id,name\ns1,{'x' * 201}\n", "line 2: name, email and section"),
        ('student_id,name\ns1,"open\n', "this is no CSV file"),
        ("student_id\ns1\n王\n".encode("big5"), "line 3: this is not UTF-8"),
    ],
)
def test_a_wrong_line_is_named(content: str | bytes, told: str) -> None:
    assert told in wrong(content)


def test_all_wrong_lines_are_named_up_to_twenty() -> None:
    told = wrong("student_id\n" + "?\n" * 30)

    assert "line 2:" in told
    assert "line 21:" in told
    assert "line 22:" not in told
    assert "and 10 more" in told


def test_json_is_read_as_well() -> None:
    rows = read_json(json.dumps([{"student_id": "s1", "name": "Ann"}, {"student_id": 7}]).encode())

    assert [(row.place, row.student_id) for row in rows] == [("entry 1", "s1"), ("entry 2", "7")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[", "this is no JSON: line 1"),
        ("{}", 'a roster in JSON is a list such as [{"student_id": "s1", "name": "Ann"}]'),
        ('["s1"]', "a roster in JSON is a list"),
        ('[{"student_id": "s1"}, {"name": "Ann"}]', "entry 2: student_id ''"),
        ('[{"student_id": ["s1"]}]', "entry 1: student_id has to be text"),
        ('[{"student_id": "s1", "name": true}]', "entry 1: name has to be text"),
        ('[{"student_id": "s1", "name": "\\ud800"}]', "entry 1: name, email and section"),
        ('[{"student_id": 1e999}]', "entry 1: student_id has to be text"),
        ("[" * 100_000, "too deep"),
        (f'[{{"student_id": {"1" * 5000}}}]', "entry 1: student_id '1111"),
    ],
)
def test_a_wrong_entry_is_named(content: str, told: str) -> None:
    with pytest.raises(Problem) as refused:
        read_json(content.encode())

    assert told in refused.value.detail


def post(client: TestClient, content: str, **more: object) -> tuple[int, dict[str, object]]:
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    answer = client.post(URL, content=content.encode(), headers=headers, params=more)
    return answer.status_code, answer.json()


def users(services: Services) -> dict[str, User]:
    with services.sessions() as session:
        return {user.login: user for user in session.scalars(select(User))}


def test_an_import_adds_and_updates_and_is_noted(
    instructor: TestClient, services: Services, people: People
) -> None:
    status, change = post(
        instructor, "student_id,name\n108062001,Chen Wei\n108062002,Lin\n108062003,Wu\n"
    )

    assert (status, change) == (
        200,
        {"added": 1, "changed": 1, "unchanged": 1, "disabled": 0, "left_disabled": []},
    )
    after = users(services)
    assert after["108062001"].name == "Chen Wei"
    assert after["108062003"].role is Role.STUDENT
    with services.sessions() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.after) == ("staff", "roster.import", change)


def test_one_wrong_line_imports_nothing(
    instructor: TestClient, services: Services, people: People
) -> None:
    status, problem = post(instructor, "student_id,name\n108062003,Wu\n?,Hu\n")

    assert status == 422
    assert "line 3" in str(problem["detail"])
    assert "108062003" not in users(services)


def test_a_member_of_staff_is_not_made_a_student(
    instructor: TestClient, services: Services, people: People
) -> None:
    status, problem = post(instructor, "student_id\nnew\nstaff\n")

    assert status == 422
    assert "line 3: staff is the login of a member of staff" in str(problem["detail"])
    assert users(services)["staff"].role is Role.INSTRUCTOR


def test_who_is_missing_is_shut_out_only_when_asked(
    instructor: TestClient, student: TestClient, services: Services, people: People
) -> None:
    post(instructor, "student_id\n108062002\n")
    assert student.get("/api/v1/me").status_code == 200

    _, change = post(instructor, "student_id\n108062002\n", disable_missing="true")

    assert change["disabled"] == 1
    assert student.get("/api/v1/me").status_code == 401
    assert users(services)["108062001"].disabled_at is not None


def test_an_import_lets_nobody_in_again(
    instructor: TestClient, services: Services, people: People
) -> None:
    """Who was shut out on purpose stays so, and the import says who."""
    with services.sessions.begin() as session:
        accounts.disable(session, session.get_one(User, people.student.id))

    _, change = post(instructor, "student_id,name\n108062001,Chen Wei\n108062002,\n")

    after = users(services)["108062001"]
    assert after.disabled_at is not None
    assert after.name == "Chen Wei"
    assert change["left_disabled"] == ["108062001"]
    sent = {"file": ("roster.csv", b"student_id\n108062001\n", "text/csv")}
    page = instructor.post("/staff/roster", files=sent)
    assert "Disabled, and left so: 108062001." in page.text
    assert users(services)["108062001"].disabled_at is not None


def test_another_content_type_is_refused(instructor: TestClient) -> None:
    assert (
        instructor.post(URL, content=b"x", headers={"Content-Type": "text/plain"}).status_code
        == 415
    )


def test_no_name_among_the_links_is_a_formula(
    instructor: TestClient, services: Services, people: People
) -> None:
    """What a spreadsheet would run is quoted as in the grades, full-width signs too."""
    rows = [f"s{n},{sign}1+1" for n, sign in enumerate(("=", "@", "\uff1d", "\uff20"))]
    with services.sessions.begin() as session:
        import_roster(session, read_csv("\n".join(["student_id,name", *rows]).encode()))

    told = instructor.post("/api/v1/roster/links").content.decode("utf-8-sig")

    names = {row["student_id"]: row["name"] for row in csv.DictReader(io.StringIO(told))}
    assert names[people.student.login] == people.student.name
    assert [names[f"s{n}"][:1] for n in range(4)] == ["'"] * 4


def test_an_id_that_may_hand_in_may_be_on_the_roster() -> None:
    """Ids of 64 characters, as every address takes them, and no more."""
    longest = "s" * 64

    assert read_csv(f"student_id\n{longest}\n".encode())[0].student_id == longest
    assert checked_student_id(longest) == longest
    with pytest.raises(Problem):
        read_csv(f"student_id\n{longest}s\n".encode())
    with pytest.raises(Problem):
        checked_student_id(f"{longest}s")


def test_a_roster_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "MOST_STUDENTS", 2)

    assert "at most 2 students; this has 3" in wrong("student_id\na\nb\nc\n")
