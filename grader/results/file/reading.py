"""Read a results file of any version: a missing or mistyped field is absent, never a crash."""

from __future__ import annotations

import copy
from typing import Any

from pydantic import ValidationError

from grader.results.file.earlier import upgraded
from grader.results.file.schema import Results

Place = tuple[int | str, ...]


def read(contents: object) -> Results:
    """Return the results in a file's contents, as JSON's types; *contents* stay as they are."""
    try:
        results = Results.model_validate(contents)
    except ValidationError as error:
        results = Results.model_validate(_without(contents, error))
    return upgraded(results)


def _without(contents: object, error: ValidationError) -> object:
    """Return *contents* without what has the wrong type; the rest of a list moves up."""
    places = {found["loc"] for found in error.errors(include_url=False, include_input=False)}
    if () in places:
        return {}
    left = copy.deepcopy(contents)
    for place in sorted(places, reverse=True):  # the last of a list first
        _remove(left, place)
    return left


def _remove(within: Any, place: Place) -> None:
    *way, last = place
    for step in way:
        within = within[step]
    del within[last]
