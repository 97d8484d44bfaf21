"""Results files as the grader writes them, made up for the tests: right, wrong, empty, hostile."""

from __future__ import annotations

import copy
from typing import Any

from grader.editions.phrasing import phrases
from grader.words.catalogue import FINDING_PARTS
from grader.words.message import Message, Value, message, say, sentence
from tests.editions.notations import SHIPPED, notation
from tests.report_templates.results_parts import Results, _extra, raised, shown, told

_CRITERIA = (
    ("weights", "4", "Integers within int8", 6.0),
    ("weights", "4", "Weight scale", 6.0),
    ("weights", "4", "Rescaling and unchanged arguments", 4.0),
    ("initial_input", "6c", "Input scale", 8.0),
    ("initial_input", "6c", "Follows the pixels", 4.0),
    ("activations", "6c", "First layer", 8.0),
    ("activations", "6c", "Later layers", 12.0),
    ("forward", "6d", "Integers enter every layer", 10.0),
    ("forward", "6d", "Agrees with the exact replay", 10.0),
    ("bias", "7b", "Bias scale", 10.0),
    ("bias", "7b", "A large bias keeps its answer", 6.0),
    ("accuracy", "4b", "Weights quantized", 4.0),
    ("accuracy", "6e", "Weights and activations quantized", 6.0),
    ("accuracy", "7c", "Bias quantized", 6.0),
)


def right() -> Results:
    """Return the results of a submission without a mistake."""
    tests = [_test(task, number, name, points) for task, number, name, points in _CRITERIA]
    return {
        "score": 100.0,
        "execution_time": 7.9,
        "output": "100 / 100",
        "output_format": "md",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "leaderboard": [],
        "tests": tests,
        "extra_data": _extra(),
    }


# long: one thing that can be wrong after the other, as data
def wrong() -> Results:
    """Return the results of a submission with many findings."""
    results = right()
    results["score"] = 47.5
    tests, extra = results["tests"], results["extra_data"]
    _fail(
        tests[1],
        0.0,
        say("reason", "range-wasted", where="conv1", level=63.5, edge=127),
        expected=102.36,
        actual=51.18,
    )
    _fail(
        tests[6],
        3.5,
        say(
            "reason",
            "scale-growth",
            factor="ns[0][1]",
            times=4,
            needed=say("change", "divided", number=4),
            change=say("change", "none"),
        ),
        expected=0.004121,
        actual=0.0098,
    )
    _fail(
        tests[9],
        0.0,
        say(
            "reason",
            "bias-value",
            bias=-0.48,
            wanted=-111,
            actual=-597,
            where=say("where", "the-networks-bias"),
        ),
        expected=-111,
        actual=-597,
    )
    _fail(
        tests[10],
        0.0,
        say("reason", "bias-agreement", share=47, images=1000),
        expected=say("value", "at-least", number=_percent(95)),
        actual=_percent(47),
    )
    _give(tests[8], "errored", raised("IndexError", "list index out of range"))
    cause = say("reason", "range-wasted", where="conv1", level=63.5, edge=127)
    _give(tests[12], "skipped", say("reason", "not-counted", reason=cause))
    _give(tests[13], "pending", say("reason", "grader-failed"))
    del tests[13]["status"]
    extra["findings"] = [_finding(index) for index in range(9)]
    unread = say("problem", "does-not-parse", text="invalid syntax")
    last = say("where", "cell-line", cell=44, line=1)
    give_problems(
        results,
        say("problem", "placed", where=say("where", "cell-line", cell=31, line=4), problem=unread),
        say("problem", "defined-twice", name="quantized_bias", times=2, where=last),
    )
    extra["printed"] = {"weights": "conv1 tensor(51.18)\nconv2 tensor(122.7)\n" * 6}
    for stage in extra["accuracy_stages"][2:]:
        stage["source"] = "reference"
    extra["layers"][4].update(landing_level=301.4, clipped_percent=7.31)
    return results


def nothing_works() -> Results:
    """Return the results of a submission of which nothing could be run."""
    results = right()
    results["score"] = 0.0
    for test in results["tests"]:
        _give(test, "errored", say("reason", "name-missing", name="quantized_weights"))
    extra = results["extra_data"]
    extra.update(accuracy_stages=[], findings=[], printed={}, input_multiplier=None)
    extra["accuracy"] = dict.fromkeys(extra["accuracy"])
    give_problems(results, message("file.empty", file="hw1_108062999.ipynb"))
    for layer in extra["layers"]:
        layer.update(
            weight_multiplier=None,
            output_multiplier=None,
            landing_level=None,
            clipped_percent=None,
            weight_counts=[],
        )
    return results


def bare() -> Results:
    """Return the smallest results file: no field of ours at all."""
    return {"score": 0.0, "tests": []}


MARKUP = (
    '<script>alert(1)</script><img src="file:///etc/passwd"><a rel=attachment href="file:///etc/hostname">'
    "{{ 7*7 }}&amp;\u202egnp.exe\x1b[31m\x00\u200bend 王小明 张伟 ✅ 𠮷 " + "a" * 200
)


def give_problems(results: Results, *problems: Message) -> None:
    """Put in what reading a submission brought up."""
    results["extra_data"]["problems"] = [str(problem) for problem in problems]
    results["extra_data"]["problem_messages"] = [problem.as_json() for problem in problems]


def of_schema_1(results: Results) -> Results:
    """Return results as graders wrote them that had no messages: English alone."""
    older: Results = _without_messages(results)
    older["extra_data"]["schema"] = 1
    older["extra_data"]["data"].pop("set")
    for test in older["tests"]:
        test["extra_data"].pop("reason")
    return older


def _without_messages(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_messages(one) for one in value]
    if not isinstance(value, dict):
        return value
    left_out = {key for key in value if key.endswith(("_message", "_messages"))}
    if "hint" in value:  # a finding
        left_out.add("values")
    return {key: _without_messages(one) for key, one in value.items() if key not in left_out}


def hostile() -> Results:
    """Return results in which every string that a student can write is an attack."""
    results = copy.deepcopy(wrong())
    extra = results["extra_data"]
    for test in results["tests"]:
        _give(test, test["extra_data"]["outcome"], raised("ValueError", MARKUP))
    for finding in extra["findings"]:
        where = say("where", "file-line", file=MARKUP, line=3)
        values = dict.fromkeys(finding["values"], MARKUP)
        finding.update(message=MARKUP, values=values, **shown("where", where))
    extra["student_id"] = "王小明<b>108062999</b>\u202e"
    extra["files"][0]["name"] = MARKUP
    give_problems(results, *[message("file.empty", file=MARKUP)] * 3)
    extra["printed"] = {"weights": MARKUP + "\n" + "line\n" * 5000}
    extra["data"].update(name=MARKUP, set=MARKUP)
    return results


def _test(task: str, number: str, name: str, points: float) -> Results:
    right = "Every quantized weight is an integer"
    holds = say("reason", "holds", check="weights.integers", claim=right)
    return {
        "score": points,
        "max_score": points,
        "status": "passed",
        "name": name,
        "name_format": "text",
        "number": number,
        "output": sentence(holds),
        "output_format": "text",
        "tags": [task],
        "visibility": "visible",
        "extra_data": {
            "criterion": f"{task}.{name}",
            "outcome": "passed",
            "task": task,
            **told("reason", holds),
            "checks": [],
            "findings": [],
        },
    }


def _give(test: Results, outcome: str, reason: Message) -> None:
    """Give a criterion that earns nothing its outcome and the reason for it."""
    test.update(score=0.0, status="failed", output=sentence(reason))
    test["extra_data"].update(outcome=outcome, **told("reason", reason))


def _percent(number: float) -> Message:
    return say("value", "percent", number=number)


def _fail(test: Results, score: float, reason: Message, *, expected: Value, actual: Value) -> None:
    _give(test, "failed", reason)
    test["score"] = score
    test["extra_data"]["checks"] = [
        {
            "check": "weights.scale",
            "outcome": "failed",
            "claim": "The scale maps the largest value onto the edge of the int8 range.",
            **told("reason", reason),
            "evidence": {
                **shown("expected", expected),
                **shown("actual", actual),
                **shown("tolerance", _percent(1)),
                **shown("where", say("where", "cell-line", cell=12, line=3)),
            },
            "remarks": [],
        }
    ]


_KINDS: tuple[tuple[str, str, dict[str, Value]], ...] = (
    (
        "bias-scale-from-own-range",
        "bias",
        {"bias": -0.48, "actual": -597, "expected": -111, "factor": 231.5, "c": 127},
    ),
    (
        "weights-scale-wastes-range",
        "weights",
        {"place": "conv1", "actual": 51.18, "expected": 102.36, "largest": 1.2407, "level": 63.5},
    ),
    ("range-clips", "weights", {"place": "fc1", "level": 254}),
)


def _finding(index: int) -> Results:
    name, task, numbers = _KINDS[index % 3]
    words = phrases(notation(SHIPPED, task), name)
    values: dict[str, Value] = {"function": "f", "question": "4", **words, **numbers}
    return {
        "id": name,
        "task": task,
        **{part: str(Message(f"finding.{name}.{part}", values)) for part in FINDING_PARTS},
        **shown("where", say("where", "cell-line", cell=12 + index, line=3)),
        "costs_points": index % 3 != 2,
        "values": values,
    }
