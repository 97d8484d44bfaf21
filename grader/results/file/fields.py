"""The types of a results file's fields: no text is a number, and null is neither."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema

from grader.words.message import UNREADABLE, Message, Value, of_json


def _number(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        msg = "no number"
        raise ValueError(msg)
    return given


def _number_or_null(given: object) -> object:
    return None if given is None else _number(given)


def _whole(given: object) -> object:
    number = _number(given)
    if isinstance(number, float) and not math.isfinite(number):
        msg = "not finite"
        raise ValueError(msg)
    return int(number)


def _value(given: object) -> object:
    value = given if isinstance(given, Message) else of_json(given)
    if value == UNREADABLE:
        msg = "no message and no number"
        raise ValueError(msg)
    return value


def is_absent(value: object) -> bool:
    """Return whether a field is left out of the file."""
    return value is None


def is_empty(value: tuple[object, ...]) -> bool:
    """Return whether a list is left out of the file."""
    return not value


_NUMBER, _INTEGER = {"type": "number"}, {"type": "integer"}
_NUMBER_OR_NULL = {"type": ["number", "null"]}

Text = Annotated[str, Strict()]
Flag = Annotated[bool, Strict()]
Number = Annotated[int | float | None, BeforeValidator(_number), WithJsonSchema(_NUMBER)]
"""A number; None where a file that was read has none."""
NumberOrNull = Annotated[
    int | float | None, BeforeValidator(_number_or_null), WithJsonSchema(_NUMBER_OR_NULL)
]
"""A number, null where it is not known or not finite."""
Count = Annotated[int | None, BeforeValidator(_whole), WithJsonSchema(_INTEGER)]
"""A whole number; None where a file that was read has none."""
Whole = Annotated[int, BeforeValidator(_whole), WithJsonSchema(_INTEGER)]
"""A whole number within a list."""
Said = Annotated[Value, BeforeValidator(_value)]
"""A message as its code and values, or a number: what a text beside it is made of."""


def optional(description: str = "") -> Any:
    """Return a field that is left out of the file where it is None."""
    return Field(default=None, exclude_if=is_absent, description=description or None)


class Part(BaseModel):
    """What all parts of the file share."""

    model_config = ConfigDict(
        frozen=True, extra="allow", validate_by_name=True, validate_by_alias=True
    )
