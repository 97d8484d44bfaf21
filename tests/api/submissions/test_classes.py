"""A whole class in one zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select
from starlette.testclient import TestClient

from api.kit.models import Assignment, AuditEntry, Role, Submission, User, now
from api.kit.services import Services
from api.kit.storage import LocalBlobs, StorageError
from grader.intake.classes import class_archive
from tests.api.people import EDITION, NOTEBOOK

URL = "/api/v1/classes"
PDF = b"%PDF-1.7\n"


def zipped(files: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def upload(client: TestClient, content: bytes, **data: str) -> dict[str, object]:
    answer = client.post(URL, files={"file": ("class.zip", content)}, data=data)
    assert answer.status_code == 202, answer.text
    told: dict[str, object] = answer.json()
    return told


def taken(told: dict[str, object]) -> dict[str, list[str]]:
    entries = told["entries"]
    assert isinstance(entries, list)
    return {one["student_id"]: one["files"] for one in entries if one["submission"]}


@pytest.mark.parametrize("top", ["", "class-2026/"])
def test_files_and_folders_by_student(ta: TestClient, top: str) -> None:
    """A file or a folder per student id is one submission each, with or without a top folder."""
    content = zipped(
        {
            f"{top}108062001/hw1.ipynb": NOTEBOOK,
            f"{top}108062001/report.pdf": PDF,
            f"{top}hw1_108062002.ipynb": NOTEBOOK,
            f"{top}hw1_108062002.pdf": PDF,
            f"{top}108062003.py": b"x = 1",
            f"{top}__MACOSX/108062001/._hw1.ipynb": b"\0\0",
            f"{top}108062001/.DS_Store": b"\0",
        }
    )

    told = upload(ta, content, unlisted="true")

    assert taken(told) == {
        "108062001": ["hw1.ipynb", "report.pdf"],
        "108062002": ["hw1_108062002.ipynb", "hw1_108062002.pdf"],
        "108062003": ["108062003.py"],
    }
    assert (told["accepted"], told["refused"]) == (3, 0)


def left_out(told: dict[str, object]) -> dict[str, str]:
    entries = told["entries"]
    assert isinstance(entries, list)
    return {
        path: one["reason"]["code"] for one in entries if one["problem"] for path in one["paths"]
    }


def test_names_of_learning_platforms_tell_whose_it_is(services: Services, ta: TestClient) -> None:
    """Moodle's and Canvas's names carry numbers of their own beside the student's id."""
    with services.sessions.begin() as session:
        for name in ("108062140", "108062141", "108062143", "b-109", "108062145"):
            session.add(User(login=name, student_id=name, role=Role.STUDENT))
    content = zipped(
        {
            "王小明_12345_assignsubmission_file/hw1_108062140.ipynb": NOTEBOOK,
            "linmei_1234567_7654321_hw1_108062141.ipynb": NOTEBOOK,
            "linmei_1234567_7654321_hw1_108062141.pdf": PDF,
            "108062143 張偉/作業.ipynb": NOTEBOOK,
            "Wu_54321_assignsubmission_file/B-109 final.py": b"x = 1",
            "Li_1_assignsubmission_file/hw1_108062145.ipynb": NOTEBOOK,
            "Li_1_assignsubmission_file/from 108062143.py": b"x = 1",
            "Ho_2_assignsubmission_file/hw1.ipynb": NOTEBOOK,
        }
    )

    told = upload(ta, content)

    assert taken(told) == {
        "108062140": ["hw1_108062140.ipynb"],
        "108062141": [
            "linmei_1234567_7654321_hw1_108062141.ipynb",
            "linmei_1234567_7654321_hw1_108062141.pdf",
        ],
        "108062143": ["作業.ipynb"],
        "b-109": ["B-109 final.py"],
    }
    assert left_out(told) == {
        "Li_1_assignsubmission_file": "class.several-ids",
        "Ho_2_assignsubmission_file": "class.no-id",
    }


def test_without_a_roster_the_files_name_tells_whose_it_is(
    services: Services, instructor: TestClient
) -> None:
    """The edition's own way of naming files goes before numbers that may be a platform's."""
    with services.sessions.begin() as session:
        session.execute(delete(User).where(User.role == Role.STUDENT))
    content = zipped(
        {
            "Mei_7654321_assignsubmission_file/hw1_108062140.ipynb": NOTEBOOK,
            "Mei_7654321_assignsubmission_file/hw1_report.pdf": PDF,
            "108062143 張偉/main.py": b"x = 1",
        }
    )

    assert sorted(taken(upload(instructor, content))) == ["108062140", "108062143"]


def test_one_students_folder_with_a_name_is_no_top_folder(ta: TestClient) -> None:
    """A zip with a single student's folder is that student's, whatever else its name says."""
    told = upload(ta, zipped({"陳_108062001/hw1.ipynb": NOTEBOOK}))

    assert list(taken(told)) == ["108062001"]


def test_ids_are_the_rosters_in_any_case(services: Services, ta: TestClient) -> None:
    """An id in other letters is the student's of the roster, not a new one's."""
    with services.sessions.begin() as session:
        session.add(User(login="B109", student_id="B109", role=Role.STUDENT))
        session.add(User(login="mei", student_id="mei", role=Role.STUDENT))

    told = upload(ta, zipped({"b109/hw1.ipynb": NOTEBOOK, "hw1_Mei.py": b"x = 1"}))
    single = ta.post(
        "/api/v1/submissions",
        files={"file": ("hw1.ipynb", NOTEBOOK)},
        data={"student_id": "b109", "edition": EDITION},
    )

    assert sorted(taken(told)) == ["B109", "mei"]
    with services.sessions() as session:
        assert set(session.scalars(select(Submission.student_id))) == {"B109", "mei"}
    assert single.json()["student_id"] == "B109"


def test_who_is_not_on_the_roster_is_left_out(services: Services, ta: TestClient) -> None:
    """A wrong id makes no student of its own, unless staff ask for it."""
    content = zipped({"hw/108062001.py": b"x = 1", "hw/108062091/hw1.ipynb": NOTEBOOK})

    told = upload(ta, content)

    assert list(taken(told)) == ["108062001"]
    assert left_out(told) == {"108062091": "class.not-listed"}
    again = upload(ta, content, unlisted="true")
    assert sorted(taken(again)) == ["108062001", "108062091"]


def test_one_student_alone_is_no_top_folder(ta: TestClient) -> None:
    """A zip with a single student's folder is that student's."""
    assert list(taken(upload(ta, zipped({"108062001/hw1.ipynb": NOTEBOOK})))) == ["108062001"]


def test_roster_ids_need_not_be_numbers(services: Services, ta: TestClient) -> None:
    """A name on the roster is a student id whatever it looks like; other words are none."""
    with services.sessions.begin() as session:
        session.add(User(login="mei", student_id="mei", role=Role.STUDENT))

    told = upload(ta, zipped({"mei.py": b"x = 1", "readme.py": b"x = 1"}))

    assert list(taken(told)) == ["mei"]
    assert told["refused"] == 1


def test_a_bad_part_spoils_nobody_elses(ta: TestClient) -> None:
    """A part that cannot be taken is named with its reason; the others are queued."""
    told = upload(
        ta,
        zipped({"108062001.ipynb": b"not json", "108062002.ipynb": NOTEBOOK}),
    )

    assert list(taken(told)) == ["108062002"]
    [refused] = [one for one in told["entries"] if one["problem"]]
    assert refused["student_id"] == "108062001"
    assert "no notebook" in refused["problem"]


def test_a_part_without_code_is_left_out(ta: TestClient) -> None:
    """A student of whom there is only a report is named, and replaces nothing of theirs."""
    content = zipped({"108062001/report.pdf": PDF, "108062002/hw1.ipynb": NOTEBOOK})

    told = upload(ta, content)

    assert list(taken(told)) == ["108062002"]
    [left] = [one for one in told["entries"] if one["problem"]]  # type: ignore[attr-defined]
    assert left["reason"]["code"] == "upload.no-code"


def test_nobody_is_late_for_when_staff_upload(services: Services, ta: TestClient) -> None:
    """After the due date a class counts as handed in on time, unless staff say when it was."""
    due = now() - timedelta(days=5)
    with services.sessions.begin() as session:
        session.get_one(Assignment, EDITION).due_at = due
    content = zipped({"108062001.py": b"x = 1"})

    upload(ta, content)
    upload(ta, content, received_at=(due + timedelta(days=2)).isoformat())

    with services.sessions() as session:
        found = session.scalars(select(Submission.received_at).order_by(Submission.attempt)).all()
    assert found == [due, due + timedelta(days=2)]


def test_a_bomb_is_not_unpacked(services: Services, ta: TestClient) -> None:
    """A part that unpacks to far more than it is, or than a student may have, is refused."""
    most = services.settings.max_upload_bytes
    told = upload(
        ta,
        zipped({"108062001.py": b" " * (most // 2), "108062002.py": b"x = 1"}),
    )

    assert list(taken(told)) == ["108062002"]
    assert len(list(services.blobs.all())) == 1


@pytest.mark.parametrize("content", [b"PK\x03\x04 broken", b"", b"%PDF-1.7"])
def test_what_is_no_archive_is_refused(ta: TestClient, content: bytes) -> None:
    """A damaged archive is refused as a whole."""
    answer = ta.post(URL, files={"file": ("class.zip", content)})

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-file")


@pytest.mark.parametrize(("most", "within"), [(2, 20), (20, 2)])
def test_an_archive_of_very_many_is_refused(
    ta: TestClient, monkeypatch: pytest.MonkeyPatch, most: int, within: int
) -> None:
    """One with too many entries is not taken, and not even listed where there are far more."""
    monkeypatch.setattr(class_archive, "MOST_ENTRIES", most)
    monkeypatch.setattr(class_archive, "MOST_WITHIN", within)
    if within == 2:
        monkeypatch.setattr(class_archive, "zipfile", None)
    content = zipped({f"10806200{n}.py": b"x = 1" for n in range(3)})

    answer = ta.post(URL, files={"file": ("class.zip", content)})

    assert (answer.status_code, answer.json()["code"]) == (413, "too-many-files")


def test_a_damaged_part_is_refused_alone(ta: TestClient) -> None:
    """A part whose bytes do not match their checksum is named; the rest is taken."""
    content = zipped(
        {"108062001.py": b"first = 1", "108062002.py": b"x = 1"}, compression=zipfile.ZIP_STORED
    )

    told = upload(ta, content.replace(b"first = 1", b"first = 2"))

    assert list(taken(told)) == ["108062002"]


def test_paths_out_of_the_archive_lead_nowhere(ta: TestClient) -> None:
    """A path with dots in it is only a name."""
    told = upload(ta, zipped({"../../108062001/../../hw1.py": b"x = 1", "/108062002.py": b"y"}))

    assert taken(told) == {"108062001": ["hw1.py"], "108062002": ["108062002.py"]}


def test_equal_names_in_folders_both_stay(ta: TestClient) -> None:
    """Two files of one name in different folders are both kept."""
    told = upload(ta, zipped({"108062001/a/x.py": b"1", "108062001/b/x.py": b"2"}))

    assert taken(told) == {"108062001": ["x.py", "108062001_b_x.py"]}


def test_a_store_that_fails_takes_nobody(
    services: Services, ta: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the store fails midway, nobody of the class is taken in."""
    put = LocalBlobs.put
    calls = []

    def failing(self: LocalBlobs, source: io.BytesIO) -> object:
        calls.append(1)
        if len(calls) == 3:
            msg = "the file cannot be stored: No space left on device"
            raise StorageError(msg)
        return put(self, source)

    monkeypatch.setattr(LocalBlobs, "put", failing)
    answer = ta.post(
        URL,
        files={"file": ("c.zip", zipped({f"10806200{n}.py": b"x" for n in range(5)}))},
        data={"unlisted": "true"},
    )

    assert (answer.status_code, answer.json()["code"]) == (503, "storage-unavailable")
    with services.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Submission)) == 0


def test_a_class_is_staffs(student: TestClient, client: TestClient) -> None:
    """Students and strangers hand in no class, and nothing of it is read."""
    files = {"file": ("c.zip", zipped({"108062001.py": b"x"}))}

    assert student.post(URL, files=files).status_code == 403
    assert client.post(URL, files=files).status_code == 401


def test_a_class_upload_is_noted(services: Services, ta: TestClient) -> None:
    """The audit log says who handed in for whom, in numbers."""
    upload(ta, zipped({"108062001.py": b"x", "none.py": b"x"}))

    with services.sessions() as session:
        [entry] = session.scalars(select(AuditEntry)).all()
    assert (entry.actor, entry.action) == ("ta", "class.upload")
    assert entry.after == {"accepted": 1, "refused": 1}
