"""Bodies of requests and answers about an assignment's title and criteria."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api.kit.schemas.accounts import Line
from api.kit.schemas.answer import Answer

MOST_CRITERIA = 50
Points = Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]
RUBRIC_EXAMPLE: dict[str, JsonValue] = {
    "title": {"en": "Homework 1", "zh_TW": "作業一"},
    "criteria": [{"title": {"en": "Discussion", "zh_TW": "討論"}, "points": 10}],
}


class TitleIn(BaseModel):
    """A title by language; without Chinese the English one stands in."""

    model_config = ConfigDict(extra="forbid")

    en: Line = ""
    zh_TW: Line = ""  # noqa: N815  a language's code


class CriterionTitleIn(TitleIn):
    """A criterion's title."""

    en: Line = Field(min_length=1)


class CriterionIn(BaseModel):
    """A criterion that people grade."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field("", max_length=100, description="Of one that is there; empty: a new one.")
    title: CriterionTitleIn
    points: Points


class RubricIn(BaseModel):
    """An assignment's own title, and all criteria that people grade, in order."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": RUBRIC_EXAMPLE})

    title: TitleIn = Field(default_factory=TitleIn, description="Empty: the edition's.")
    criteria: list[CriterionIn] = Field(max_length=MOST_CRITERIA)


class TitleOut(Answer):
    """A title by language."""

    en: str
    zh_TW: str = Field(description="Empty: the English one.")  # noqa: N815  a language's code


class CriterionOut(Answer):
    """A criterion of the rubric."""

    id: str
    title: TitleOut
    points: float


class RubricOut(Answer):
    """What points of an assignment are for."""

    title: TitleOut
    total: float
    checked: list[CriterionOut] = Field(description="By the grader; these are the edition's.")
    criteria: list[CriterionOut] = Field(description="By people alone.")
