"""The page of an assignment's title and rubric."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from api.course.rubrics import as_set, by_people
from api.kit.models import Assignment
from api.kit.schemas.rubrics import RubricIn
from api.pages.messages import Words
from api.pages.view.attempts import Notice
from api.pages.view.home import edition_title
from grader.editions.loader import Edition

EMPTY_ROWS = 2  # for new criteria; more come after saving


class RubricFields(BaseModel):
    """The form's fields as a browser sends them; the lists go together."""

    title_en: str = ""
    title_zh: str = ""
    id: list[str] = []
    en: list[str] = []
    zh: list[str] = []
    points: list[str] = []
    base: str = ""


@dataclass(frozen=True, kw_only=True)
class CriterionRow:
    """One criterion that people grade, as it is typed."""

    number: int
    id: str = ""
    en: str = ""
    zh: str = ""
    points: str = ""


@dataclass(frozen=True, kw_only=True)
class CheckedRow:
    """One criterion of the grader's."""

    title: str
    points: str


@dataclass(frozen=True, kw_only=True)
class RubricPage:
    """The title and the rubric of an assignment."""

    edition: str
    edition_title: str
    notices: tuple[Notice, ...]
    may_change: bool
    base: str
    title_en: str
    title_zh: str
    installed: str
    rows: tuple[CriterionRow, ...]
    checked: tuple[CheckedRow, ...]
    total: str


def read_rubric(typed: RubricFields) -> RubricIn:
    """
    Return what was typed; a row without any title is left out.

    Raise ValueError for points that are none, or for rows that do not go together.
    """
    rows = zip(typed.id, typed.en, typed.zh, typed.points, strict=True)
    return RubricIn.model_validate(
        {
            "title": {"en": typed.title_en, "zh_TW": typed.title_zh},
            "criteria": [
                {
                    "id": name,
                    "title": {"en": en or zh, "zh_TW": zh},
                    "points": points.strip().replace(",", "."),
                }
                for name, en, zh, points in rows
                if en.strip() or zh.strip()
            ],
        }
    )


def as_typed(assignment: Assignment, edition: Edition) -> RubricFields:
    """Return the rubric as the form holds it."""
    own = by_people(as_set(assignment, edition))
    return RubricFields(
        title_en=assignment.title.get("en", ""),
        title_zh=assignment.title.get("zh_TW", ""),
        id=[one.id for one in own],
        en=[one.title.en for one in own],
        zh=[one.title.zh_TW for one in own],
        points=[f"{one.points:g}" for one in own],
        base=base_of(assignment),
    )


def base_of(assignment: Assignment) -> str:
    """Return what tells this title and these criteria from others."""
    told = json.dumps([assignment.title, assignment.criteria], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def build_rubric(  # noqa: PLR0913  what the page shows
    assignment: Assignment,
    edition: Edition,
    t: Words,
    *,
    typed: RubricFields,
    may_change: bool,
    notices: tuple[Notice, ...] = (),
) -> RubricPage:
    """Return the page; *edition* is the installed one."""
    present = as_set(assignment, edition)
    return RubricPage(
        edition=edition.id,
        edition_title=edition_title(present, t),
        notices=notices,
        may_change=may_change,
        base=typed.base,
        title_en=typed.title_en,
        title_zh=typed.title_zh,
        installed=edition_title(edition, t),
        rows=_rows(typed, empty=EMPTY_ROWS if may_change else 0),
        checked=tuple(
            CheckedRow(title=one.title.in_language(t.language), points=f"{one.points:g}")
            for one in present.rubric.criteria
            if one.checks
        ),
        total=f"{present.rubric.total:g}",
    )


def _rows(typed: RubricFields, *, empty: int) -> tuple[CriterionRow, ...]:
    filled: Sequence[tuple[str, ...]] = [
        row for row in zip(typed.id, typed.en, typed.zh, typed.points, strict=False) if any(row)
    ]
    rows = [*filled, *[("", "", "", "")] * empty]
    return tuple(
        CriterionRow(number=number, id=name, en=en, zh=zh, points=points)
        for number, (name, en, zh, points) in enumerate(rows, start=1)
    )
