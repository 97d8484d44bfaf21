# ruff: noqa: RUF001 - Chinese has marks of its own
"""Refusals as the API tells them: a stable code, what it is about, and English words."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.course.roster import read_csv, read_json
from api.jobs import records
from api.jobs.job_and_outcome import Outcome, refused, ungraded
from api.kit.models import Submission, now
from api.kit.problems import Problem
from api.kit.services import Services
from api.requests.principal import Principal
from api.submissions.runs import accept
from api.submissions.uploads import Received
from grader.intake.files.archive import names_inside
from grader.words.message import message
from grader.workers.slots import our_fault
from tests.api.people import EDITION, NOTEBOOK, People, hand_in

URL = "/api/v1/submissions"
BROKEN = message("notebook.incomplete", file="hw1.ipynb", where="broken", line=7)


def zipped(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def ended(services: Services, people: People, outcome: Outcome) -> Submission:
    """Return a submission of the first student whose run has ended so."""
    submission = hand_in(services, people.student)
    with services.sessions.begin() as session:
        records.begin(session, f"{submission.id}-1", "worker-1")
        assert records.end(session, f"{submission.id}-1", outcome)
    return submission


@pytest.mark.parametrize(
    ("outcome", "state", "code", "words"),
    [
        (refused(BROKEN, seconds=0.1), "refused", "notebook.incomplete", "broken at line 7"),
        (ungraded(our_fault("ended")), "ungraded", "ungraded", "process that graded it ended"),
    ],
)
def test_a_run_that_is_not_graded_has_a_code(  # noqa: PLR0917  a table's columns
    services: Services,
    people: People,
    student: TestClient,
    outcome: Outcome,
    state: str,
    code: str,
    words: str,
) -> None:
    submission = ended(services, people, outcome)

    told = student.get(f"{URL}/{submission.id}").json()
    [run] = student.get(f"{URL}/{submission.id}/runs").json()

    assert (told["state"], told["reason"]["code"]) == (state, code)
    assert told["reason"]["parameters"] == dict(outcome.reason or {})["values"]
    assert words in told["message"]
    assert run["reason"] == told["reason"]


def test_a_run_of_before_has_words_alone(
    services: Services, people: People, student: TestClient
) -> None:
    """Rows of the first revision keep what was written then, in every language."""
    submission = ended(services, people, refused(BROKEN, seconds=0.1))
    with services.sessions.begin() as session:
        run = session.get_one(Submission, submission.id).runs[0]
        run.reason, run.message = None, "hw1.ipynb: as it was written"

    told = student.get(f"{URL}/{submission.id}").json()
    page = student.get(f"/s/{submission.id}", headers={"Accept-Language": "zh-TW"}).text

    assert (told["reason"], told["message"]) == (None, "hw1.ipynb: as it was written")
    assert "hw1.ipynb: as it was written" in page


def test_a_reason_that_was_stored_under_other_names_is_the_same(
    services: Services, people: People, student: TestClient
) -> None:
    """A message's values were once called parameters; the rows of that time say what they did."""
    submission = ended(services, people, refused(BROKEN, seconds=0.1))
    before = student.get(f"{URL}/{submission.id}").json()
    with services.sessions.begin() as session:
        run = session.get_one(Submission, submission.id).runs[0]
        run.reason = {"code": BROKEN.code, "parameters": dict(BROKEN.values)}

    told = student.get(f"{URL}/{submission.id}").json()
    page = student.get(f"/s/{submission.id}", headers={"Accept-Language": "zh-TW"}).text

    assert told["reason"] == before["reason"]
    assert BROKEN.said_in("zh_TW") in page


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("hw1.ipynb", b"", "hw1.ipynb 是空的"),
        ("hw1.ipynb", b"%PDF-1.7", "hw1.ipynb 的內容是 PDF，不是筆記本"),
        ("hw1.ipynb", b"x = 1", "hw1.ipynb 是文字但不是筆記本"),
        ("hw1.zip", b"Rar!\x1a\x07", "hw1.zip 的內容是 RAR 壓縮檔"),
        ("hw1.py", b"MZ\x00\x03", "hw1.py 的內容是無法辨識的東西"),
        ("...", NOTEBOOK, "有個檔案沒有名稱"),
    ],
)
def test_an_upload_that_is_refused_names_the_file_in_chinese(
    student: TestClient, name: str, content: bytes, words: str
) -> None:
    answer = student.post(
        "/upload",
        files={"file": (name, content)},
        data={"edition": EDITION},
        headers={"Accept-Language": "zh-TW"},
    )

    assert answer.status_code in {415, 422}
    assert words in answer.text
    assert "hand in" not in answer.text


def test_every_wrong_line_of_a_roster_is_said_in_chinese() -> None:
    """The number of the line and what is wrong in it."""
    content = "student_id,name,email\nok,A,\n?,B,\ns2,C,nowhere\nok,D,\ns3,E,,x\nanonymous1,F,\n"
    with pytest.raises(Problem) as caught:
        read_csv(content.encode())

    told = [reason.said_in("zh_TW") for reason in caught.value.reasons]
    numbers = [line[:5] for line in told[:-1]]
    assert numbers == [f"第 {number} 行" for number in (3, 4, 5, 6, 7)]
    assert "'?'" in told[0]
    assert "不是電子郵件地址" in told[1]
    assert "ok 已在第 2 行出現過" in told[2]
    assert told[-1] == "沒有匯入任何資料"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name\nAnn\n", "第 1 行"),
        (b'student_id,name\ns1,A\ns2,"open\ns3,B\n', "第 3 行"),
        ("student_id\ns1\n王\n".encode("big5"), "第 3 行"),
    ],
)
def test_a_file_that_is_no_roster_names_its_line(content: bytes, words: str) -> None:
    with pytest.raises(Problem) as caught:
        read_csv(content)

    assert words in caught.value.reasons[0].said_in("zh_TW")


def test_a_roster_in_json_counts_entries() -> None:
    with pytest.raises(Problem) as caught:
        read_json(b'[{"student_id": "s1"}, {"name": "Ann"}]')

    assert caught.value.reasons[0].said_in("zh_TW").startswith("第 2 筆")


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("hw1_108062999.ipynb", NOTEBOOK, "108062999"),
        ("hw1_108062001.ipynb", NOTEBOOK, ""),
        ("hw1.ipynb", NOTEBOOK, ""),
        ("hw1_lin.ipynb", NOTEBOOK, ""),
        ("work.zip", zipped({"hw1_108062002.ipynb": NOTEBOOK}), "108062002"),
        ("108062001.zip", zipped({"hw1_108062002/hw1.ipynb": NOTEBOOK}), "108062002"),
    ],
)
def test_a_file_named_for_another_is_taken_with_a_remark(  # noqa: PLR0917  a table's columns
    services: Services, people: People, student: TestClient, name: str, content: bytes, named: str
) -> None:
    """It is graded as its sender's; sender, staff and scripts see whose id it carries."""
    answer = student.post(URL, files={"file": (name, content)}, data={"edition": EDITION})

    told = answer.json()
    assert answer.status_code == 202
    assert (told["named_for"], told["student_id"]) == (named, "108062001")
    page = student.get(f"/s/{told['id']}").text
    assert ("Is this your own file?" in page) == bool(named)
    with services.sessions() as session:
        assert session.scalars(select(Submission.named_for)).one() == named


def test_a_self_check_is_nobodys(services: Services, people: People) -> None:
    """Without an id of its own there is nothing that a name could differ from."""
    blob = services.blobs.put(io.BytesIO(NOTEBOOK))
    with services.sessions.begin() as session:
        submission = accept(
            services,
            session,
            edition=EDITION,
            student_id="anonymous-1",
            principal=Principal(),
            files=[Received(name="hw1_108062999.ipynb", blob=blob)],
            anonymous_key="k" * 43,
            now=now(),
        )
        assert submission.named_for == ""


def test_a_part_of_a_class_has_a_code_and_a_remark(ta: TestClient) -> None:
    content = zipped(
        {
            "108062001/hw1_108062002.ipynb": NOTEBOOK,
            "108062003.ipynb": b"not json",
            "readme.py": b"x = 1",
        }
    )
    answer = ta.post(
        "/api/v1/classes",
        files={"file": ("class.zip", content)},
        data={"unlisted": "true"},
    )

    told = {one["student_id"]: one for one in answer.json()["entries"]}
    assert told["108062001"]["named_for"] == "108062002"
    assert told["108062003"]["reason"]["code"] == "upload.no-notebook"
    assert told["readme"]["reason"]["code"] == "class.no-id"
    assert told["readme"]["problem"].startswith("no student id in this name")


def test_names_in_an_archive_are_read_within_bounds() -> None:
    """What is damaged or holds too many files names none; the file can be read again."""
    good = io.BytesIO(zipped({"a/hw1.ipynb": b"", "b.py": b""}))

    assert names_inside(good) == ("a/hw1.ipynb", "b.py")
    assert good.tell() == 0
    assert names_inside(io.BytesIO(b"PK\x03\x04 broken")) == ()
    assert names_inside(io.BytesIO(zipped({f"{i}.py": b"" for i in range(11)})), most=10) == ()
