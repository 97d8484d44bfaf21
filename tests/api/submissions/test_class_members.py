"""Ten class zips: every student is found in the answer, and every member of the zip."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import delete
from starlette.testclient import TestClient

from api.kit.models import Role, User
from api.kit.services import Services
from tests.api.people import NOTEBOOK
from tests.api.submissions.test_classes import PDF, left_out, taken, upload, zipped
from tests.intake.files.test_member_names import raw_zip

MEI, AN, BO = "108062140", "108062141", "108062142"
NAMES = {MEI: "Mei-Ling Wang", AN: "王小明", BO: "José García"}


@pytest.fixture
def course(services: Services, ta: TestClient) -> TestClient:
    """Return the staff's browser in a course of three students."""
    with services.sessions.begin() as session:
        session.execute(delete(User).where(User.role == Role.STUDENT))
        for student, name in NAMES.items():
            session.add(User(login=student, student_id=student, name=name, role=Role.STUDENT))
    return ta


@pytest.fixture
def nobody_listed(services: Services, instructor: TestClient) -> TestClient:
    with services.sessions.begin() as session:
        session.execute(delete(User).where(User.role == Role.STUDENT))
    return instructor


def beside(told: Mapping[str, Any]) -> dict[str, str]:
    """Return what was left out beside everybody's work, with the reason's code."""
    return {one["path"]: one["reason"]["code"] for one in told["left_out"]}


def told_of(told: Mapping[str, Any]) -> list[str]:
    """Return every member that the answer tells of."""
    entries = [path for one in told["entries"] for path in one["members"]]
    return sorted([*entries, *beside(told)])


FILES: dict[str, dict[str, bytes]] = {
    "by id, with what systems leave": {
        "class/": b"",
        f"class/{MEI}/": b"",
        f"class/{MEI}/hw1.ipynb": NOTEBOOK,
        f"class/{MEI}/.ipynb_checkpoints/hw1-checkpoint.ipynb": NOTEBOOK,
        f"class/{MEI}/__pycache__/a.pyc": b"\0",
        f"class/{AN}/hw1.ipynb": NOTEBOOK,
        f"class/{AN}/desktop.ini": b"[.ShellClassInfo]",
        f"class/{BO}/hw1.ipynb": NOTEBOOK,
        "class/.DS_Store": b"\0",
        f"__MACOSX/class/{BO}/._hw1.ipynb": b"\0\5",
    },
    "as Moodle names folders": {
        f"Mei-Ling Wang_12345_assignsubmission_file_/hw1_{MEI}.ipynb": NOTEBOOK,
        "王小明_12346_assignsubmission_file_/hw1.ipynb": NOTEBOOK,
        "José García_12347_assignsubmission_file_/my homework.ipynb": NOTEBOOK,
    },
    "as Moodle names files": {
        "Mei-Ling Wang_12345_assignsubmission_file_hw1.ipynb": NOTEBOOK,
        "Mei-Ling Wang_12345_assignsubmission_file_report.pdf": PDF,
        f"王小明_12346_assignsubmission_file_hw1_{AN}.ipynb": NOTEBOOK,
        "王小明_12346_assignsubmission_file_report.pdf": PDF,
        "Garcia Jose_12347_assignsubmission_file_hw1.ipynb": NOTEBOOK,
    },
    "as Canvas names files": {
        "wangmeiling_LATE_12345_678901_hw1-1.ipynb": NOTEBOOK,
        "wangmeiling_LATE_12345_678902_report.pdf": PDF,
        "王小明_1234567_7654321_hw1.ipynb": NOTEBOOK,
        f"garciajose_12347_678903_hw1_{BO}-2.ipynb": NOTEBOOK,
    },
    "as people name files": {
        f"hw1-{MEI}.ipynb": NOTEBOOK,
        f"{AN}_hw1 (1).ipynb": NOTEBOOK,
        f"hw1_{BO}_v2.ipynb.txt": NOTEBOOK,
    },
    "with files of other kinds": {
        f"{MEI}/hw1.ipynb": NOTEBOOK,
        f"{MEI}/plot.png": b"\x89PNG",
        f"{AN}/hw1.ipynb": NOTEBOOK,
        f"{AN}/old.7z": b"7z\xbc\xaf",
        f"{BO}/hw1.zip": zipped({"hw1.ipynb": NOTEBOOK}),
        f"{BO}/notes.docx": b"PK\3\4",
    },
    "with paths that lead out": {
        f"../{MEI}/hw1.ipynb": NOTEBOOK,
        f"/{AN}/hw1.ipynb": NOTEBOOK,
        f"C:\\hw1_{BO}.ipynb": NOTEBOOK,
        f"{MEI}/../../{MEI}/hw1.ipynb": NOTEBOOK,
    },
    "with a name alone": {
        "Mei-Ling Wang/hw1.ipynb": NOTEBOOK,
        "王小明.ipynb": NOTEBOOK,
        "hw1_Jose Garcia.ipynb": NOTEBOOK,
    },
}


@pytest.mark.parametrize("name", FILES)
def test_everybody_is_taken_in_and_every_member_is_told(name: str, course: TestClient) -> None:
    files = FILES[name]

    told = upload(course, zipped(files))

    assert sorted(taken(told)) == [MEI, AN, BO]
    assert told_of(told) == sorted(path.replace("\\", "/") for path in files)


def test_what_is_left_out_has_its_reason(course: TestClient) -> None:
    told = upload(course, zipped(FILES["by id, with what systems leave"]))
    other = upload(course, zipped(FILES["with files of other kinds"]))

    assert beside(told) == {
        "class/": "class.folder",
        f"class/{MEI}/": "class.folder",
        f"class/{MEI}/.ipynb_checkpoints/hw1-checkpoint.ipynb": "class.leftover",
        f"class/{MEI}/__pycache__/a.pyc": "class.leftover",
        f"class/{AN}/desktop.ini": "class.leftover",
        "class/.DS_Store": "class.leftover",
        f"__MACOSX/class/{BO}/._hw1.ipynb": "class.leftover",
    }
    assert beside(other) == {
        f"{MEI}/plot.png": "upload.other-kind",
        f"{AN}/old.7z": "upload.other-kind",
        f"{BO}/notes.docx": "upload.other-kind",
    }


@pytest.mark.parametrize("codec", ["cp950", "gbk", "cp932", "utf-8"])
def test_names_of_any_windows_are_read(codec: str, course: TestClient) -> None:
    """A letter whose second byte is a backslash parts nobody from their work."""
    letters = {"cp950": "許功蓋", "gbk": "许仙", "cp932": "表能十", "utf-8": "許功蓋"}[codec]
    files = [
        (f"hw1_{MEI}_{letters}.ipynb".encode(codec), NOTEBOOK),
        (f"{letters}_{AN}/hw1.ipynb".encode(codec), NOTEBOOK),
        (f"{BO}\\{letters}.ipynb".encode(codec), NOTEBOOK),
    ]

    told = upload(course, raw_zip(files))

    assert taken(told) == {
        MEI: [f"hw1_{MEI}_{letters}.ipynb"],
        AN: ["hw1.ipynb"],
        BO: [f"{letters}.ipynb"],
    }


def test_who_cannot_be_told_is_named_with_the_reason(
    services: Services, course: TestClient
) -> None:
    """A name that two students have is nobody's; an empty folder and an archive of a kind that
    is not read are told as their students'."""
    with services.sessions.begin() as session:
        session.add(User(login="2", student_id="2", name="小明 王", role=Role.STUDENT))
        session.add(User(login="3", student_id="3", name="王小明", role=Role.STUDENT))
    files = {
        "王小明_12346_assignsubmission_file_/hw1.ipynb": NOTEBOOK,
        f"{MEI}/": b"",
        f"{BO}/hw1.rar": b"Rar!",
        "somebody/hw1.ipynb": NOTEBOOK,
    }

    told = upload(course, zipped(files))

    assert taken(told) == {}
    assert left_out(told) == {
        "王小明_12346_assignsubmission_file_": "class.several-named",
        MEI: "class.empty-folder",
        BO: "upload.other-kind",
        "somebody": "class.no-id",
    }
    assert {one["student_id"] for one in told["entries"]} > {MEI, BO}


def test_ids_that_are_nearly_anothers_are_asked_about(course: TestClient) -> None:
    """A lost zero is told beside the id of the roster that it may be, whatever is taken in."""
    told = upload(course, zipped({"0108062140.py": b"x = 1", f"{AN}.py": b"x"}), unlisted="true")

    assert list(taken(told)) == [AN]
    [asked] = [one for one in told["entries"] if one["problem"]]
    assert asked["reason"]["code"] == "class.alike"
    assert "is 0108062140 the same as 108062140?" in asked["problem"]


@pytest.mark.parametrize(
    ("one", "other"), [("0012345", "12345"), ("b0912345", "B0912345"), ("1.2345678", "12345678")]
)
def test_two_ids_alike_in_one_zip_are_asked_about(
    one: str, other: str, nobody_listed: TestClient
) -> None:
    """Without a roster neither is graded in the other's place, and the rest is taken."""
    files = {f"hw1_{who}.ipynb": NOTEBOOK for who in (one, other, AN)}

    told = upload(nobody_listed, zipped(files))

    assert list(taken(told)) == [AN]
    assert set(left_out(told).values()) == {"class.alike"}


def test_links_and_encrypted_files_are_left_out(course: TestClient) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo(f"{MEI}/link.ipynb")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr(f"{MEI}/hw1.ipynb", NOTEBOOK)
        archive.writestr(f"{AN}/hw1.ipynb", NOTEBOOK)
    data = bytearray(file.getvalue())
    at = data.rindex(b"PK\1\2")
    data[at + 8] |= 1  # the last member asks for a password

    told = upload(course, bytes(data))

    assert list(taken(told)) == [MEI]
    assert beside(told) == {f"{MEI}/link.ipynb": "class.no-file"}
    assert left_out(told) == {AN: "class.encrypted"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_members_of_one_name_the_later_is_taken(course: TestClient) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{MEI}/hw1.py", b"old = 1")
        archive.writestr(f"{MEI}/hw1.py", b"new = 1")

    told = upload(course, file.getvalue())

    assert taken(told) == {MEI: ["hw1.py"]}
    assert beside(told) == {f"{MEI}/hw1.py": "class.twice"}


def test_files_of_one_name_all_stay(course: TestClient) -> None:
    """Three files of one name in folders are three files."""
    files = {f"{MEI}/{folder}x.py": b"1" for folder in ("", "a/", "a_", "../", "b/")}

    [names] = taken(upload(course, zipped(files))).values()

    assert len(set(names)) == 5


def test_the_page_tells_of_every_member(course: TestClient, services: Services) -> None:
    data = {f"{MEI}/hw1.ipynb": NOTEBOOK, **{f"__MACOSX/{at}": b"\0" for at in range(12)}}
    answer = course.post(
        "/staff/upload",
        files={"file": ("class.zip", zipped(data))},
        data={"edition": "cs5120-2021"},
    )

    assert "1 submission was taken in" in answer.text
    assert "__MACOSX/9 and 2 more: a file that systems or Jupyter leave behind" in answer.text
