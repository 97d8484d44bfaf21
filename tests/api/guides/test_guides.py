"""The guides: in both languages, every link and picture there, and shown by the service."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import api.guides
from api.guides.reading import GUIDES, read_guide, slugs
from grader.words.catalogue import LANGUAGES

HERE = Path(api.guides.__file__).parent
LINK = re.compile(r"\]\(([^)]+)\)")
PAGES = sorted(HERE.glob("**/*.md"))


def anchors(page: Path) -> list[str]:
    return slugs(re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HERE)))
def test_every_link_of_a_guide_leads_somewhere(page: Path) -> None:
    """Pages, pictures and headings are there; nothing leads to another site."""
    for link in LINK.findall(page.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


def test_both_languages_have_the_same_sections() -> None:
    """A guide that is longer in one language would be missing something in the other."""
    for name in GUIDES:
        pages = [HERE / language / f"{name}.md" for language in LANGUAGES]
        shapes = [re.findall(r"^#+", page.read_text("utf-8"), re.MULTILINE) for page in pages]
        assert shapes[0] == shapes[1], name


@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("zh_TW", "zh-TW")])
@pytest.mark.parametrize("name", GUIDES)
def test_the_service_shows_a_guide_to_everybody(
    client: TestClient, name: str, language: str, tag: str
) -> None:
    """Its pictures and links have the service's addresses, and all of them are served."""
    page = client.get(f"/help/{name}", headers={"Accept-Language": tag}).text

    assert read_guide(name, language).title in page
    article = page[page.index("<article") :]
    assert ".md" not in re.sub(r"<code>.*?</code>", "", article)
    for address in re.findall(r'(?:src|href)="(/[^"#]*)', article):
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize(("who", "guide"), [("student", "students"), ("ta", "tas")])
def test_help_leads_to_the_guide_of_ones_role(
    request: pytest.FixtureRequest, who: str, guide: str
) -> None:
    """Each page links there."""
    visitor: TestClient = request.getfixturevalue(who)
    assert 'href="/help"' in visitor.get("/account").text

    answer = visitor.get("/help", follow_redirects=False)
    assert answer.headers["location"] == f"/help/{guide}"


def test_chinese_headings_have_the_anchors_that_mkdocs_gives() -> None:
    """Checked against MkDocs 1.6: words of other scripts are left out and numbered."""
    assert slugs(["The desk", "給助教", "班級", "The desk"]) == [
        "the-desk",
        "_1",
        "_2",
        "the-desk_1",
    ]
