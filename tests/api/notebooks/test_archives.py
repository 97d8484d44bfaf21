"""Notebooks inside a zip that was handed in: shown as those handed in by themselves are."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from api.kit.models import Submission
from api.kit.services import Services
from api.notebooks.archives import MOST_FILES, is_viewable, read_archive
from api.notebooks.document import render_archive
from grader.editions.loader import load_edition
from tests.api.notebooks.hostile import cell, hostile, notebook
from tests.api.notebooks.test_document import Tags
from tests.api.notebooks.zips import SCRIPT, WORK, hand_in, zipped
from tests.api.people import People

BOMB = zipped(hw1__ipynb=b" " * 30_000_000)
DAMAGED = WORK[: len(WORK) // 2]


def view_of(submission: Submission, language: str = "en") -> str:
    return f"/api/v1/submissions/{submission.id}/files/0/view?language={language}"


def test_notebooks_come_before_scripts_each_under_its_name(
    services: Services, people: People, student: TestClient, ta: TestClient
) -> None:
    """What is neither is left out; the page has the policy that lets nothing run."""
    submission = hand_in(services, people.student, WORK)
    for reader in (student, ta):
        answer = reader.get(view_of(submission))
        heads = re.findall(r'<h1 class="file">(.*?)</h1>', answer.text)

        assert (answer.status_code, heads) == (200, ["hw1.ipynb", "helper.py"])
        assert "hidden words" not in answer.text
        assert "run as [3]" in answer.text
        assert answer.headers["Content-Security-Policy"].endswith("sandbox")


def test_nobody_else_sees_it(
    services: Services, people: People, other_student: TestClient, client: TestClient
) -> None:
    address = view_of(hand_in(services, people.student, WORK))

    assert [one.get(address).status_code for one in (other_student, client)] == [404, 401]


def test_nothing_of_a_hostile_notebook_in_a_zip_can_run_or_load() -> None:
    """Nor can a member's name, which stands in a heading; no id stands twice."""
    work = zipped(**{"<script>hit()</script>__ipynb": hostile(), "b__ipynb": hostile()})
    page = render_archive(read_archive("hw1.zip", work), name="hw1.zip", language="en")
    tags = Tags(page).found
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]

    assert not {tag for tag, _ in tags} & {"script", "iframe", "form", "base", "svg", "object"}
    assert not [name for _, given in tags for name in given if name.startswith("on")]
    assert len(ids) == len(set(ids)) > 4


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (BOMB, "30 MB"),
        (DAMAGED, "damaged"),
        (b"no archive", "damaged"),
        (zipped(**{"../hw1__ipynb": hostile()}), "leaves the archive"),
    ],
)
def test_a_harmful_or_broken_zip_ends_in_one_sentence(
    services: Services, people: People, ta: TestClient, data: bytes, words: str
) -> None:
    """It is intake's own sentence, and may stand in the desk's frame."""
    answer = ta.get(view_of(hand_in(services, people.student, data)))

    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable-file")
    assert "hw1.zip" in answer.json()["detail"]
    assert words in answer.json()["detail"]
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("broken", [b"no notebook", b"[" * 100_000, b""])
def test_a_broken_notebook_spoils_no_other(broken: bytes) -> None:
    """A sentence stands in its place."""
    work = zipped(a__ipynb=broken, b__ipynb=notebook(cell("code", "kept = 1")))
    page = render_archive(read_archive("hw1.zip", work), name="hw1.zip", language="en")

    assert page.count('<p class="note end">') == 1
    assert "kept" in page


def test_a_member_that_is_damaged_is_named_in_its_place() -> None:
    """The rest of the archive is shown."""
    work = bytearray(zipped(a__ipynb=hostile(), b__py=SCRIPT))
    work[60:100] = bytes(40)
    page = render_archive(read_archive("hw1.zip", bytes(work)), name="hw1.zip", language="en")

    assert '<p class="note end">' in page
    assert "helper" in page


def test_of_many_files_the_first_are_shown_and_the_rest_counted() -> None:
    work = zipped(**{f"part{n:02}__py": SCRIPT for n in range(MOST_FILES + 3)})
    page = render_archive(read_archive("hw1.zip", work), name="hw1.zip", language="en")

    assert page.count('class="file"') == MOST_FILES
    assert "3 more notebooks and scripts are not shown here" in page


@pytest.mark.parametrize(
    ("language", "words"), [("en", "no notebook and no script"), ("zh_TW", "沒有筆記本")]
)
def test_an_archive_without_notebooks_says_so(language: str, words: str) -> None:
    page = render_archive(
        read_archive("a.zip", zipped(a__txt=b"1")), name="a.zip", language=language
    )

    assert words in page


def test_an_archive_that_a_task_asks_for_is_no_notebook() -> None:
    """The numbers of 2024 come in a zip of their own, which there is nothing to read in."""
    edition = load_edition("cs5120-2024")

    assert [is_viewable(name, edition) for name in ("hw1.ZIP", "parameter.zip")] == [True, False]
