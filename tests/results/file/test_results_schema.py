"""The results file's one schema: as it is written, as it is published, as it is read."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from whole_grade import FILE, WRONG, whole_grade

from grader.diagnosis.catalogue import load_catalogue
from grader.results.file.document import DOCUMENT, json_schema, render
from grader.results.file.reading import read
from grader.results.file.schema import SCHEMA, Results, dump
from grader.results.file.written import results_of, to_json
from grader.words.message import Message
from report_templates.messages import load_messages
from report_templates.parts.grading.score import in_language

ODD: tuple[Any, ...] = (None, True, 7, 2.5, "text", [], ["a", 1], {}, {"a": 1}, float("nan"))


def whole() -> dict[str, Any]:
    contents: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return contents


def places(within: Any, way: tuple[int | str, ...] = ()) -> Iterator[tuple[int | str, ...]]:
    """Yield the way to everything in a file."""
    steps = within.items() if isinstance(within, dict) else enumerate(within)
    for step, inner in steps:
        yield (*way, step)
        if isinstance(inner, dict | list):
            yield from places(inner, (*way, step))


def replaced(contents: dict[str, Any], way: tuple[int | str, ...], value: Any) -> dict[str, Any]:
    told = copy.deepcopy(contents)
    within: Any = told
    for step in way[:-1]:
        within = within[step]
    within[way[-1]] = value
    return told


def test_a_grade_is_written_as_before() -> None:
    """The file beside this test is what was written so far; another byte is another schema."""
    text = json.dumps(to_json(whole_grade()), indent=1, ensure_ascii=False, allow_nan=False)

    assert text + "\n" == FILE.read_text("utf-8")


def test_the_published_schema_is_up_to_date() -> None:
    """docs/results.schema.json is up to date (``python -m grader.results.file.document``)."""
    assert DOCUMENT.read_text("utf-8") == render()


def test_a_results_file_is_valid_by_the_published_schema() -> None:
    """The schema is one of JSON Schema, and holds for a file that the grader wrote."""
    Draft202012Validator.check_schema(json_schema())

    Draft202012Validator(json_schema()).validate(whole())


def test_every_field_of_a_file_is_one_of_the_schema() -> None:
    """The writer writes nothing that the models do not name."""
    strict = json.loads(json.dumps(json_schema()).replace(": true", ": false"))

    Draft202012Validator(strict).validate(whole())


def test_what_is_written_is_read_as_it_was() -> None:
    """A reader has what the writer had, and its contents are the file's again."""
    results = read(whole())

    assert results == results_of(whole_grade())
    assert results.tests[0].extra_data.reason_message == WRONG
    assert dump(results) == whole()


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_a_mistyped_field_is_absent(value: Any) -> None:
    """Whatever stands anywhere in a file, it is read; every other field is as it was."""
    contents = whole()
    for way in places(contents):
        results = read(replaced(contents, way, value))

        assert isinstance(results, Results), way
        if way[0] != "tests":
            assert results.tests == read(contents).tests, way


@pytest.mark.parametrize("contents", [None, 3, [], "text", {}, {"tests": [3, {}]}])
def test_what_is_no_results_file_is_read_as_an_empty_one(contents: object) -> None:
    """A missing field is absent, never a crash; so is what is not in it."""
    results = read(contents)

    assert results.score is None
    assert results.extra_data.findings == ()
    assert all(test.extra_data.outcome == "pending" for test in results.tests)


def test_of_a_list_only_what_is_mistyped_is_left_out() -> None:
    """The rest of a list stays, in its order, and so does the rest of each of its parts."""
    contents = whole()
    contents["extra_data"]["layers"][0] |= {"weights": "many", "input_shape": [3, "a", 32, None]}
    contents["extra_data"]["problems"] = [1, "one", None, "two"]

    extra = read(contents).extra_data

    assert extra.problems == ("one", "two")
    assert (extra.layers[0].weights, extra.layers[0].input_shape) == (None, (3, 32))
    assert extra.layers[0].multiply_adds == 352_800


def test_what_is_read_stays_as_it_is() -> None:
    """Reading changes nothing in what it was handed."""
    contents = replaced(whole(), ("score",), "many")
    before = copy.deepcopy(contents)

    read(contents)

    assert contents == before


def test_unknown_fields_are_kept() -> None:
    """A file of a later version loses nothing by being read and written."""
    contents = whole()
    contents["later"] = {"a": [1, None]}
    contents["extra_data"]["layers"][0]["later"] = "x"

    assert dump(read(contents)) == contents


@pytest.mark.parametrize(
    "stored", [{"code": "value.range", "words": {}}, {"code": 3, "values": {}}, {}, []]
)
def test_a_message_that_cannot_be_read_is_absent(stored: object) -> None:
    """The sentence beside it stays."""
    way = ("tests", 0, "extra_data", "reason_message")
    extra = read(replaced(whole(), way, stored)).tests[0].extra_data

    assert extra.reason_message is None
    assert extra.reason == whole()["tests"][0]["extra_data"]["reason"]


def test_a_message_may_hold_messages() -> None:
    """A value is a message, a text or a number, and stays what it was."""
    values = {"a": {"code": "value.none", "values": {}}, "b": "1", "c": 1, "d": 1.0}
    way = ("extra_data", "findings", 0, "values")
    (finding, *_) = read(replaced(whole(), way, values)).extra_data.findings

    assert finding.values == {"a": Message("value.none"), "b": "1", "c": 1, "d": 1.0}
    assert type(finding.values["c"]) is int


def without_messages(value: Any) -> Any:
    """Return a file's contents as the first graders wrote them: in English alone."""
    if isinstance(value, list):
        return [without_messages(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {key: one for key, one in value.items() if not key.endswith(("_message", "_messages"))}
    return {key: without_messages(one) for key, one in kept.items()}


def test_a_file_of_schema_1_is_read_as_one_of_today() -> None:
    """What it lacks is made of what it has."""
    contents = without_messages(whole())
    extra = contents["extra_data"]
    extra["schema"] = 1
    del extra["data"]["set"], extra["substituted"]
    for test in contents["tests"]:
        del test["extra_data"]["reason"], test["extra_data"]["title"]
        del test["extra_data"]["outcome"]

    results = read(contents)

    first = results.tests[0]
    assert results.extra_data.version == SCHEMA
    assert results.extra_data.data.set == extra["data"]["name"]
    assert results.extra_data.substituted == ("activations", "initial_input", "weights")
    assert (first.extra_data.reason, first.extra_data.title) == (first.output, first.name)
    assert [test.extra_data.outcome for test in results.tests] == ["failed", "passed", "pending"]


def test_what_was_ungraded_once_is_pending() -> None:
    """What earned its points although it could not be judged earns none, and waits."""
    contents = whole()
    test = contents["tests"][1]
    test["extra_data"]["outcome"] = test["extra_data"]["checks"][0]["outcome"] = "ungraded"

    results = read(contents)

    assert (results.score, results.output[:3]) == (2.5, "2.5")
    assert (results.tests[1].score, results.tests[1].status) == (0.0, None)
    assert results.tests[1].extra_data.checks[0].outcome == "pending"
    assert (results.extra_data.pending_points, results.extra_data.graded_max) == (10.0, 5.0)


@pytest.mark.parametrize(
    ("edition", "chinese"),
    [("cs5120-2021", "n = 127 / max|W| 應為 312.78"), ("of-next-year", "As it was written.")],
)
def test_finding_of_earlier_words_is_said_in_the_editions_symbols(
    edition: str, chinese: str
) -> None:
    """A finding that was kept when its formula stood in the sentence has every language still."""
    values = {"function": "f", "question": "4", "place": "conv1", "actual": 17.24}
    values |= {"expected": 312.78, "level": 7, "largest": 0.40604}
    kept = {"id": "weights-scale-wastes-range", "task": "weights", "values": values}
    kept |= {"message": "As it was written."}

    (found,) = read({"extra_data": {"edition": edition, "findings": [kept]}}).extra_data.findings

    assert chinese in in_language(found, load_messages("zh_TW")).message


@pytest.mark.parametrize("task", ["weights", "bias", "forward", "none"])
def test_finding_of_another_task_is_read(task: str) -> None:
    """Whatever task a file names beside a finding, reading it ends well."""
    ids = load_catalogue().entries
    findings = [{"id": name, "task": task, "message": "m"} for name in (*ids, "unknown")]

    results = read({"extra_data": {"edition": "cs5120-2021", "findings": findings}})

    assert [found.id for found in results.extra_data.findings] == [*ids, "unknown"]
