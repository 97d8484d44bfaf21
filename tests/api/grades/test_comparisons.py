"""Comparing a class's code: asked for, made by a worker's process, shown to staff alone."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api.jobs.comparing_classes import comparing
from api.kit.models import AuditEntry, Comparison, Role, User, now
from api.kit.services import Services
from api.serve import as_environment
from api.submissions.runs import accept
from api.submissions.uploads import Received
from tests.api.people import EDITION, People, hand_in, principal_of, received_notebook
from tests.corpus import SUBMISSIONS, load_case
from tests.similarity.reports.pdfs import page, report, saved_anew

URL = f"/api/v1/assignments/{EDITION}"


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """Return two solutions that were written independently."""
    folder = tmp_path_factory.mktemp("notebooks")
    names = ("kl-histogram-search", "powers-of-two")
    return {
        name: load_case(SUBMISSIONS / "ee290-2020" / name).write(folder).read_bytes()
        for name in names
    }


@pytest.fixture
def copied(services: Services, people: People, notebooks: Mapping[str, bytes]) -> Services:
    """Return a class: a solution, the same again by its owner, a copy, and an independent one."""
    first, other = notebooks.values()
    third = User(login="108062003", student_id="108062003", name="Wu", role=Role.STUDENT)
    with services.sessions.begin() as session:
        session.add(third)
    hand_in(services, people.student, content=first)
    hand_in(services, people.student, content=first + b"\n")
    hand_in(services, people.other_student, content=first)
    hand_in(services, third, content=other)
    return services


def work(services: Services) -> str:
    """Do what a worker does with the comparison that was asked for last; return its state."""
    with services.sessions() as session:
        asked = session.scalars(select(Comparison).order_by(Comparison.created_at.desc())).first()
    assert asked is not None
    return comparing.compare(services, asked.id, os.environ | as_environment(services.settings))


def test_a_copy_is_found_and_own_attempts_are_no_pair(copied: Services, ta: TestClient) -> None:
    """One pair, by two students; the page in both languages, for staff; asking is noted."""
    assert ta.get(f"{URL}/similarity").status_code == 404
    first, again = ta.post(f"{URL}/similarity"), ta.post(f"{URL}/similarity")
    assert (first.status_code, first.json()) == (202, again.json())

    assert work(copied) == "done"

    told = ta.get(f"{URL}/similarity").json()
    page = ta.get(f"{URL}/similarity.html?language=zh_TW").text
    assert (told["state"], told["compared"], told["pairs"]) == ("done", 4, 1)
    assert "108062001" in page
    assert "108062002" in page
    assert "108062003" not in page
    assert 'lang="zh-Hant' in page
    with copied.sessions() as session:
        noted = session.scalars(select(AuditEntry.action)).all()
    assert [one for one in noted if one == "class.compare"] == ["class.compare"]


def hand_in_report(services: Services, user: User, notebook: bytes, report: bytes) -> None:
    stored = services.blobs.put(io.BytesIO(report))
    files = [received_notebook(services, notebook), Received(name="hw1.pdf", blob=stored)]
    with services.sessions.begin() as session:
        accept(
            services,
            session,
            edition=EDITION,
            student_id=str(user.student_id),
            principal=principal_of(user),
            files=files,
            now=now(),
        )


def test_one_report_in_two_hands_is_told_and_an_own_one_kept_is_not(
    services: Services, people: People, ta: TestClient, notebooks: Mapping[str, bytes]
) -> None:
    """Chen hands one report in twice, and Lin the same one, saved anew."""
    first, other = notebooks.values()
    written = report(page(1))
    hand_in_report(services, people.student, first, written)
    hand_in_report(services, people.student, first + b"\n", written)
    ta.post(f"{URL}/similarity")
    work(services)
    assert ta.get(f"{URL}/similarity").json()["reports"] == 0

    hand_in_report(services, people.other_student, other, saved_anew(written))
    ta.post(f"{URL}/similarity")
    work(services)

    told = ta.get(f"{URL}/similarity").json()
    assert (told["compared"], told["pairs"], told["reports"]) == (3, 0, 1)
    assert "108062001 (2), 108062002" in ta.get(f"{URL}/similarity.html").text


def test_deleting_a_student_deletes_what_holds_their_code(
    copied: Services, ta: TestClient, instructor: TestClient
) -> None:
    """The page with a deleted student's code is gone at once."""
    ta.post(f"{URL}/similarity")
    work(copied)

    instructor.delete("/api/v1/students/108062002")

    assert ta.get(f"{URL}/similarity.html").status_code == 404


def test_an_empty_class_has_nothing_to_compare(ta: TestClient) -> None:
    answer = ta.post(f"{URL}/similarity")

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing-to-compare")


def test_a_process_that_breaks_is_told(
    copied: Services, ta: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Staff may ask again; the page says whose fault it was."""
    monkeypatch.setattr(comparing, "PROCESS", "tests.no_such_module")
    ta.post(f"{URL}/similarity")

    assert work(copied) == "failed"
    assert "through a fault of ours" in ta.get(f"/staff/{EDITION}/similarity").text
    assert ta.post(f"{URL}/similarity").json()["state"] == "waiting"


def test_a_comparison_whose_job_is_gone_ends(copied: Services, ta: TestClient) -> None:
    """After a restore no worker has its job: it does not wait for ever; one with a job does."""
    ta.post(f"{URL}/similarity")
    assert comparing.end_lost(copied) == 0
    with copied.sessions.begin() as session:
        session.add(Comparison(edition=EDITION, asked_by="ta"))

    assert comparing.end_lost(copied) == 1
