"""Rosters as Excel, pandas, Canvas, Moodle and Gradescope save them: nobody is lost or doubled."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.course.roster import read_csv
from api.kit.models import Role, User
from api.kit.problems import Problem
from api.kit.services import Services
from tests.api.people import People

URL = "/api/v1/roster"
CSV = {"Content-Type": "text/csv"}
MEI, AN = ("108062001", "Wang, Mei"), ("0012345", "王小明")

ROSTERS: dict[str, tuple[bytes, list[tuple[str, str, str]]]] = {
    "plain": (
        b"student_id,name,email\n108062001,Mei,m@example.edu\n",
        [("108062001", "Mei", "m@example.edu")],
    ),
    "Excel's CSV UTF-8, European": (
        "\ufeff學號;姓名;電子郵件\r\n0012345;王小明;m@example.edu\r\n;;\r\n".encode(),
        [("0012345", "王小明", "m@example.edu")],
    ),
    "Excel's Unicode text": (
        "學號\t姓名\r\n0012345\t王小明\r\n".encode("utf-16"),
        [("0012345", "王小明", "")],
    ),
    "UTF-16 of the other order": (
        b"\xfe\xff" + "學號\t姓名\r\n0012345\t王小明\r\n".encode("utf-16-be"),
        [("0012345", "王小明", "")],
    ),
    "UTF-16 without a mark": (
        "student_id,name\n0012345,王小明\n108062001,Mei Wang\n".encode("utf-16-le"),
        [("0012345", "王小明", ""), ("108062001", "Mei Wang", "")],
    ),
    "what Excel says of its separator": (
        b'"sep=|"\nStudent ID|Name\n1|Ann\n',
        [("1", "Ann", "")],
    ),
    "bars": (b"Student ID|Name\n1|Ann, Lee\n", [("1", "Ann, Lee", "")]),
    "lines above the headings": (
        "國立大學,修課名單\n課號: CS5120, 人數: 1\n\n序號,學號,姓名\n1,0012345,王小明\n".encode(),
        [("0012345", "王小明", "")],
    ),
    "a title in quotes above": (
        b'"Course list\nof autumn"\nStudent Number;Surname;First Name\n7;Wang;Mei\n',
        [("7", "Mei Wang", "")],
    ),
    "pandas with its index": (
        b",Unnamed: 0,student_id,name\n0,0,108062001,Mei\n1,1,108062002,An\n",
        [("108062001", "Mei", ""), ("108062002", "An", "")],
    ),
    "Canvas's grades": (
        b'Student,ID,SIS User ID,SIS Login ID,Section,"Lab 1 (871)",Final Score\n'
        b",,,,,Manual Posting,\n"
        b"    Points Possible,,,,,100,(read only)\n"
        b'"Wang, Mei",4711,108062001,mei,CS5120,90,90\n'
        b'"Student, Test",99,,0123456789abcdef0123456789abcdef01234567,CS5120,,\n',
        [("108062001", "Wang, Mei", "")],
    ),
    "Canvas's without numbers of the university": (
        b'Student,ID,SIS Login ID,Section\n"Wang, Mei",4711,108062001,CS5120\n',
        [("108062001", "Wang, Mei", "")],
    ),
    "Moodle's participants": (
        b'"First name",Surname,"ID number","Email address"\nMei,Wang,108062001,m@example.edu\n',
        [("108062001", "Mei Wang", "m@example.edu")],
    ),
    "Moodle's in Chinese": (
        "名字,姓氏,學號,電子郵件信箱\n小明,王,0012345,m@example.edu\n".encode(),
        [("0012345", "王小明", "m@example.edu")],
    ),
    "Moodle's in other Chinese": (
        "名,姓,编号,电子邮件地址\n小明,王,0012345,m@example.edu\n".encode(),
        [("0012345", "王小明", "m@example.edu")],
    ),
    "Moodle's with logins alone": (
        b"Username,First name,Last name\n108062001,Mei,Wang\n",
        [("108062001", "Mei Wang", "")],
    ),
    "Gradescope's": (
        b"First Name,Last Name,SID,Email,Sections\nMei,Wang,108062001,m@example.edu,A\n",
        [("108062001", "Mei Wang", "m@example.edu")],
    ),
    "Brightspace's": (
        b"OrgDefinedId,Username,Last Name,First Name,End-of-Line Indicator\n#0012,mei,W,M,#\n",
        [("0012", "M W", "")],
    ),
    "two languages in a heading": (
        "學號 / Student ID,姓名(Name),E-mail\n0012345,王小明,m@example.edu\n".encode(),
        [("0012345", "王小明", "m@example.edu")],
    ),
    "ids that a spreadsheet was kept from changing": (
        '學號,姓名\n="0012345",王小明\n\'0012346,陳\n１０８０６２００１,林\n'.encode(),  # noqa: RUF001
        [("0012345", "王小明", ""), ("0012346", "陳", ""), ("108062001", "林", "")],
    ),
    "line ends of an old Mac, and cells beyond": (
        b"student_id,name\r1,Ann,,\r\r2,Bo,,\r",
        [("1", "Ann", ""), ("2", "Bo", "")],
    ),
    "line ends within cells": (
        b'student_id,name\n1,"Ann\nLee"\n2,Bo\n',
        [("1", "Ann Lee", ""), ("2", "Bo", "")],
    ),
}


@pytest.mark.parametrize("name", ROSTERS)
def test_every_student_is_read(name: str) -> None:
    content, students = ROSTERS[name]

    assert [(row.student_id, row.name, row.email) for row in read_csv(content)] == students


def test_a_line_is_counted_as_people_count_it() -> None:
    """With the lines above the headings and those within cells."""
    rows = read_csv('名單\n\n學號,姓名\n1,"a\nb"\n2,c\n'.encode())

    assert [row.place for row in rows] == ["line 5", "line 6"]


@pytest.mark.parametrize(
    "name",
    [
        "王",
        "\U0002bc30明",  # of an extension that Python does not know yet, as the next ones
        "\U0003134f\U00031350",
        "\ue000\uf8ff",  # letters of a font of one's own
        "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",  # with a joiner
        "\u0915\u094d\u200d\u0937",
        "O'Brien-D\u2019Arcy",
        "Nguye\u0302\u0303n",
        "José Ángel",
        "X Æ A-12",
        "\u05d3\u05d5\u05d3\u200f",  # with a mark of direction, which turns nothing
        "\u02bbOkina",
    ],
)
def test_any_name_that_a_person_has_is_taken(name: str) -> None:
    assert [row.name for row in read_csv(f"student_id,name\n1,{name}\n".encode())] == [name]


@pytest.mark.parametrize("sign", ["\x07", "\x1b", "\x9b", "\u202e", "\u2066"])
def test_what_controls_the_screen_is_no_name(sign: str) -> None:
    with pytest.raises(Problem, match="none that control the screen"):
        read_csv(f"student_id,name\n1,A{sign}n\n".encode())


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("12345.0", "roster.decimal"),
        ("108062001.00", "roster.decimal"),
        ("1.08E+08", "roster.scientific"),
        ("1.08062E+08", "roster.scientific"),
        ("1E+08", "roster.scientific"),
    ],
)
def test_an_id_that_was_made_a_number_is_refused(given: str, code: str) -> None:
    with pytest.raises(Problem) as caught:
        read_csv(f"student_id,name\n{given},Ann\n".encode())

    assert caught.value.reasons[0].code == code
    assert given in str(caught.value.reasons[0])


LEGACY = {
    "big5": ("cp950", ["王小明", "許功蓋"]),
    "gbk": ("gbk", ["王小明", "张伟"]),
    "shift_jis": ("cp932", ["田中太郎", "さくら"]),
    "euc-kr": ("cp949", ["김민준", "이서연"]),
    "windows-1252": ("cp1252", ["José", "Zoë", "Müller"]),
}


@pytest.mark.parametrize("encoding", LEGACY)
def test_another_encoding_is_asked_about(encoding: str) -> None:
    """The question tells the first names as they would be read; the answer reads them."""
    codec, names = LEGACY[encoding]
    lines = [f"10806200{at},{name}" for at, name in enumerate(names)]
    content = "\n".join(["student_id,name", *lines]).encode(codec)

    with pytest.raises(Problem) as caught:
        read_csv(content)
    told = read_csv(content, encoding=encoding)

    first, question, last = caught.value.reasons
    assert (first.code, last.code) == ("roster.not-utf8", "roster.nothing")
    assert question.values == {"encoding": encoding, "names": ", ".join(names)}
    assert [row.name for row in told] == names


def test_an_encoding_is_no_ones_who_says_another() -> None:
    """What a file says itself goes before what somebody says of it; other words are none."""
    assert read_csv("student_id,name\n1,王\n".encode(), encoding="big5")[0].name == "王"
    with pytest.raises(Problem, match="encoding: one of big5"):
        read_csv(b"student_id\n1\n", encoding="rot13")


def names_of(services: Services) -> dict[str, str]:
    with services.sessions() as session:
        found = session.scalars(select(User).where(User.role == Role.STUDENT))
        return {one.login: one.name for one in found}


def test_lost_zeros_are_asked_about(instructor: TestClient, services: Services) -> None:
    """Never is one student silently three; who says that they are two gets two."""
    before = "student_id,name\n0012345,王小明\n".encode()
    after = "student_id,name\n12345,王小明\n".encode()
    assert instructor.post(URL, content=before, headers=CSV).status_code == 200

    refused = instructor.post(URL, content=after, headers=CSV)
    assert refused.status_code == 422
    assert "line 2: is 12345 the same as 0012345?" in refused.json()["detail"]
    assert "12345" not in names_of(services)

    meant = instructor.post(URL, content=after, headers=CSV, params={"alike": "true"})
    assert meant.json()["added"] == 1
    again = instructor.post(URL, content=after, headers=CSV)
    assert again.json()["unchanged"] == 1


@pytest.mark.parametrize(("one", "other"), [("a.b", "a_b"), ("0012345", "12345"), ("b-1", "b1")])
def test_ids_alike_in_one_file_are_asked_about(
    one: str, other: str, instructor: TestClient
) -> None:
    content = f"student_id\n{one}\n{other}\n".encode()

    refused = instructor.post(URL, content=content, headers=CSV)

    assert refused.status_code == 422
    assert f"line 3: is {other} the same as {one}?" in refused.json()["detail"]


def test_the_api_takes_the_answer(instructor: TestClient, services: Services) -> None:
    content = "學號,姓名\n0012345,許功蓋\n".encode("big5")

    refused = instructor.post(URL, content=content, headers=CSV)
    taken = instructor.post(URL, content=content, headers=CSV, params={"encoding": "big5"})

    assert "it may be big5: the first names would be 許功蓋" in refused.json()["detail"]
    assert taken.status_code == 200, taken.text
    assert names_of(services)["0012345"] == "許功蓋"


def answered(client: TestClient, page: str) -> str:
    """Return the page after the one button of a question was pressed."""
    form = page[page.index('<form class="card actions"') :]
    fields = re.findall(r'name="(content|encoding|alike)" value="([^"]*)"', form)
    data = {name: (None, html.unescape(value)) for name, value in fields}
    return client.post("/staff/roster", files=data).text


def test_the_page_asks_and_takes_the_answers(
    instructor: TestClient, services: Services, people: People
) -> None:
    """First for the letters, then for the zeros; the file is chosen once."""
    instructor.post(URL, content=b"student_id\n0012345\n", headers=CSV)
    content = "學號,姓名\n12345,許功蓋\n".encode("big5")

    first = instructor.post("/staff/roster", files={"file": ("r.csv", content)}).text
    assert "許功蓋" in first
    assert "Yes, read it as big5" in first
    second = answered(instructor, first)
    assert "is 12345 the same as 0012345?" in second
    assert "Yes, these are different students" in second
    third = answered(instructor, second)

    assert "1 added" in third
    assert names_of(services)["12345"] == "許功蓋"
