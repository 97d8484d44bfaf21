"""The written questions of the sheets: criteria for people, without points by default."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from grader.editions.loader import FOLDER, edition_ids, load_edition, with_written


def titles(edition: str, folder: Path = FOLDER) -> dict[str, str]:
    rubric = with_written(load_edition(edition, folder=folder)).rubric
    return {one.id: one.title.en for one in rubric.criteria if one.graded_by == "people"}


@pytest.mark.parametrize("edition", edition_ids())
def test_every_shipped_edition_has_its_written_questions(edition: str) -> None:
    """In both languages, without points: the total stays what the checks are worth."""
    rubric = with_written(load_edition(edition)).rubric
    written = [one for one in rubric.criteria if one.id.startswith("written.")]

    assert len(written) >= 10
    assert {one.points for one in written} == {0}
    assert all(one.title.zh_TW and one.title.zh_TW != one.title.en for one in written)
    assert sum(one.points for one in rubric.criteria) == rubric.total


def test_the_same_question_has_the_number_of_each_sheet() -> None:
    """3b in 2021 is 1.2 in 2020, which does not ask about the layers."""
    assert titles("cs5120-2021")["written.weight_ranges"].startswith("3b ")
    assert titles("ee290-2020")["written.weight_ranges"].startswith("1.2 ")
    assert "written.structure" not in titles("ee290-2020")


def test_a_rubric_may_give_points_for_one(tmp_path: Path) -> None:
    """Its own criterion of that id stands in place of the one without points."""
    copytree(FOLDER, tmp_path / "editions")
    rubric = tmp_path / "editions" / "cs5120-2021" / "rubric.toml"
    own = """
[[criteria]]
id = "written.structure"
title = "Layers"
points = 5
graded_by = "people"
"""
    rubric.write_text(rubric.read_text().replace("total = 100", "total = 105") + own)
    found = titles("cs5120-2021", tmp_path / "editions")

    assert found["written.structure"] == "Layers"
    assert len(found) == len(titles("cs5120-2021"))
