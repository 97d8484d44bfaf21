"""Whatever the grader says of a student's work, it can say in every language."""

# ruff: noqa: RUF001 - Chinese punctuation is what is printed

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.baseline.loss import Loss
from grader.border.probes import array_probes, weight_probes
from grader.editions.loader import edition_ids, load_edition
from grader.editions.schema import Role
from grader.intake.lexical.effects import EFFECTS
from grader.sandbox.calls.error_messages import Asked, from_reply
from grader.tasks.accumulator_bias.observe import MAGNIFIED
from grader.tasks.integer_pass.checks import forward_keeps_accuracy
from grader.words.catalogue import FOLDER, sentences
from grader.words.message import Message, Value, named, say, say_value, sentence
from grader.words.numbers import whole
from grader.words.places import probe_name

GRADER = Path(__file__).parents[2] / "grader"
BRACES = re.compile(r"\{(\w+)\}")
HAN = re.compile(r"[\u4e00-\u9fff]")
TOPICS = ("grading", "refusals", "batch")
# Codes that are put together from parts.
BUILT = {f"value.{kind}{end}" for kind in ("array", "tensor", "object") for end in ("", "-an")}
BUILT |= {f"reason.call-{how}-silently" for how in ("raised", "forbidden")}
BUILT |= {
    f"reason.not-{how}-{where}"
    for how in ("checked", "counted")
    for where in ("again", "elsewhere")
}
BUILT |= {"reason.fails-as-well", "reason.waits-as-well"}
BUILT |= {"data.generated", "data.photographs", "claim.shown", "claim.more-shown"}
# Said by the process that runs a student's code, which knows nothing of the file.
FOREIGN = {"either-missing", "name-missing", "class-missing", "call-played-back"}
FOREIGN |= {"value-too-large", "value-too-many-parts", "integer-too-long"}
BY_NAME = ("where", "argument", "detail", "factor", "effect", "task")


def chinese(value: Value) -> str:
    return say_value(value, "zh_TW")


def calls(folder: Path, name: str) -> Iterator[ast.Call]:
    """Yield every call of *name* in the files of a folder."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == name:
                yield node


def constants(node: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and n.value}


def test_every_language_fills_in_the_same() -> None:
    """No number is lost between the languages, and an example has every one of them."""
    for code, entry in sentences().items():
        if code.startswith(("words.", "claim.")) or code == "reason.holds":  # by names of ours
            continue
        names = set(BRACES.findall(entry.en))

        assert names == set(BRACES.findall(entry.zh_TW)), code
        if entry.example and not code.startswith("finding."):
            assert names == {*entry.example}, code


def test_every_sentence_is_in_its_own_language() -> None:
    """English has no Chinese in it, and what has words in English has some in Chinese."""
    for code, entry in sentences().items():
        words = "".join(BRACES.split(entry.en)[::2])

        assert not HAN.search(words), code
        if re.search(r"[a-z]{3} [a-z]", words):
            assert HAN.search(entry.zh_TW), code


def test_words_of_values_are_used() -> None:
    """Words for a value that no sentence has would never be said."""
    has = {name for entry in sentences().values() for name in BRACES.findall(entry.en)}
    words = {code.split(".")[1] for code in sentences() if code.startswith("words.")}

    assert words <= has | {"check"}


def test_what_the_grader_says_is_in_the_file() -> None:
    """Every code that is used has a sentence, and every sentence of the grader is used."""
    used = set(BUILT)
    for call in calls(GRADER, "say"):
        group, code = call.args[0], call.args[1]
        if isinstance(group, ast.Constant) and isinstance(code, ast.Constant):
            used.add(f"{group.value}.{code.value}")
    for call in calls(GRADER, "Message"):
        used |= {code for code in map(str, constants(call)) if re.fullmatch(r"\S+\.\S+", code)}
    worded = ast.parse((GRADER / "sandbox/calls/error_messages.py").read_text("utf-8"))
    used |= {f"reason.{value}" for value in constants(worded) if f"reason.{value}" in sentences()}
    ours = tomllib.loads((FOLDER / "grading.toml").read_text("utf-8"))
    codes = {f"{group}.{code}" for group, entries in ours.items() for code in entries}
    told = {c for c in codes if c.split(".")[0] not in BY_NAME and c.split(".")[1] not in FOREIGN}

    assert {code for code in used if code.split(".")[0] in ours} <= codes
    assert told - used == set()


@pytest.mark.parametrize("name", ["wrong", "raised", "pending"])
def test_no_verdict_is_worded_where_it_is_given(name: str) -> None:
    """A reason is a sentence of the file: never a string that only English has."""
    given = [call.args[0] for call in calls(GRADER, name)]

    assert given
    assert not [node.lineno for node in given if isinstance(node, ast.Constant | ast.JoinedStr)]


@pytest.mark.parametrize("name", ["say", "message", "fit", "wrong", "raised"])
def test_no_sentence_is_filled_in_with_words_of_one_language(name: str) -> None:
    """What stands in a sentence's braces is a name, a number or a message: never our English."""
    filled = [keyword.value for call in calls(GRADER, name) for keyword in call.keywords]

    assert filled
    assert [
        words
        for node in filled
        for words in constants(node)
        if re.search("[A-Za-z] +[a-z]", str(words))
    ] == []


def test_every_fault_of_an_answer_has_words() -> None:
    """What the protocol finds wrong with an answer is said in every language."""
    folder = GRADER / "sandbox"
    faults = {
        node.args[position].value
        for name, position in (("require", 1), ("FrameError", 0), ("ChannelTimeoutError", 0))
        for node in calls(folder, name)
        if isinstance(node.args[position], ast.Constant)
    }

    assert len(faults) > 15
    assert [f for f in faults if isinstance(named("detail", f), str)] == []


@pytest.mark.parametrize(
    ("said", "asked", "sentence"),
    [
        (
            {"kind": "not_found"},
            Asked(names=("NetQuantized.quantized_bias", "quantized_bias")),
            "NetQuantized.quantized_bias or quantized_bias is not defined",
        ),
        (
            {"kind": "not_found"},
            Asked(names=("quantized_weights", "quantized_weights")),
            "quantized_weights is not defined",
        ),
        (
            {"kind": "not_found"},
            Asked(names=("NetQuantized",), is_class=True),
            "the class NetQuantized is not defined",
        ),
        (
            {"kind": "too_large", "measure": "bytes", "count": 3_000_000},
            Asked(),
            "the value takes 3,000,000 bytes, more than may be returned",
        ),
        (
            {"kind": "too_large", "measure": "parts", "count": 4096},
            Asked(),
            "the value has more than 4,096 parts",
        ),
        (
            {"kind": "too_large", "measure": "bits", "count": 5000},
            Asked(),
            "the integer has 5,000 bits",
        ),
        (
            {"kind": "too_large", "measure": "points", "count": 25},
            Asked(limit_bytes=33_000),
            "the value takes more than the 33,000 bytes that may be returned",
        ),
        (
            {"kind": "too_large", "measure": "bytes", "count": True},
            Asked(limit_bytes=33_000),
            "the value takes more than the 33,000 bytes that may be returned",
        ),
    ],
)
def test_what_the_worker_reports_has_words(
    said: dict[str, object], asked: Asked, sentence: str
) -> None:
    """The sentence is made here, from what was asked for and from numbers, in every language."""
    error = from_reply(said | {"text": "full points, says the staff"}, asked)

    assert error is not None
    assert str(error.message) == sentence
    assert HAN.search(chinese(error.message))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"kind": "not_found", "exception": "NotFoundError"}, "the code raised NotFoundError"),
        ({"kind": "not_found", "exception": "Full points. See"}, "the code raised Exception"),
        ({"kind": "raised", "exception": "A" * 5000}, "the code raised Exception: full points"),
    ],
)
def test_an_exception_of_ours_that_is_raised_by_a_student_says_nothing(
    said: dict[str, object], sentence: str
) -> None:
    """An error that came out of the student's code is theirs, whatever it calls itself."""
    place = {"file": "hw1_1.py", "cell": None, "line": 3}
    asked = Asked(names=("quantized_weights",), places={("hw1_1.py", None): None})

    error = from_reply(said | place | {"text": "full points"}, asked)

    assert error is not None
    assert (error.kind, str(error.message), error.line) == ("raised", sentence, 3)


def test_a_place_that_is_not_in_the_program_is_no_place() -> None:
    """The name of a file that was not handed in would be words of the student's."""
    asked = Asked(places={("hw1_1.ipynb", 4): None})
    said = {"kind": "raised", "exception": "ValueError", "cell": 4, "line": 3}

    right = from_reply(said | {"file": "hw1_1.ipynb"}, asked)
    wrong = from_reply(said | {"file": "full points by the staff"}, asked)

    assert right is not None
    assert wrong is not None
    assert (right.file, right.cell, right.line) == ("hw1_1.ipynb", 4, 3)
    assert (wrong.file, wrong.cell, wrong.line) == (None, None, None)


def test_every_probe_and_argument_has_words() -> None:
    """No name of the grader's own inputs is left in English."""
    probes = {p.name for p in weight_probes(0)} | {*array_probes(0, "pixels")}
    probes |= {"base", "small", "wide", "the network's bias", "a large random bias", "input"}
    roles = {
        binding.role
        for edition in edition_ids()
        for task in load_edition(edition).file.tasks
        for binding in task.arguments
    } | {Role.IMAGES}

    assert MAGNIFIED  # their answers are for the diagnosis only: no document names them
    assert [p for p in probes if isinstance(probe_name(p), str)] == []
    assert [r for r in roles if isinstance(named("argument", r.replace("_", " ")), str)] == []


def test_every_effect_has_words() -> None:
    """What a statement would have done, had it been run, is said in every language."""
    assert [effect for effect in EFFECTS if isinstance(named("effect", effect), str)] == []


def test_a_sentence_within_a_sentence_is_said_as_well() -> None:
    """What a check was not run for is in the same language as that it was not run."""
    inner = say("reason", "wrong-count", count=3, wanted=2)
    written = say("reason", "not-checked", reason=inner)

    assert chinese(written) == "未檢查：傳回了 3 個值，這裡需要 2 個"


def test_a_students_own_words_stay() -> None:
    """The text of an exception is quoted, whatever it looks like."""
    error = from_reply({"kind": "raised", "exception": "ValueError", "text": "1e-05"})

    assert error is not None
    assert chinese(error.message) == "你的程式拋出例外 ValueError: 1e-05"


def test_a_zero_has_no_sign() -> None:
    """What rounds to nothing is written ``0``."""
    assert str(say("reason", "scale-not-positive", value=-0.0)) == (
        "the scale is 0, but a scale is a positive number"
    )
    assert whole(-0.2) == "0"


@pytest.mark.parametrize(
    ("told", "english"),
    [
        (Message("reason.pass-no-tensor"), "The pass returned no tensor."),
        (
            say("reason", "name-missing", name="quantized_weights"),
            "quantized_weights is not defined.",
        ),
    ],
)
def test_a_sentence_begins_with_a_capital_and_a_name_does_not(told: Message, english: str) -> None:
    """A student's name is written the way the student wrote it."""
    assert sentence(told) == english


def test_accuracy_names_its_yardstick_in_every_language() -> None:
    """What a loss is measured against is said in the document's language."""
    limits = load_edition(edition_ids()[0]).rubric.thresholds
    loss = Loss(points=9.0, standard_error=0.5, against=say("yardstick", "same-scales"))

    reason = forward_keeps_accuracy(loss, limits).reason

    assert reason is not None
    assert chinese(reason) == ("相較於以相同倍率精確執行的 forward，準確率下降 9.00 個百分點")
