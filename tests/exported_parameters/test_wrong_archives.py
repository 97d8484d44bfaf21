"""Wrong numbers lose exactly what they spoil, and a mistake that reproduces them is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.diagnosis.catalogue import load_catalogue
from grader.model import Outcome
from grader.tasks.exported_parameters.checks import judge
from grader.tasks.exported_parameters.hypotheses import explain
from grader.tasks.exported_parameters.observe import open_parameters
from grader.words.message import Message, say, say_value
from tests.exported_parameters.made import (
    LAYOUT,
    WEIGHTED,
    Files,
    altered,
    files,
    handed_in,
    judged,
    lost,
    net,
    pack,
    right,
    text,
    zipped,
)
from tests.exported_parameters.spoiled_archives import (
    CONV1,
    SCALES,
    SUMS,
    changed,
    exchanged,
    scaled,
)
from tests.exported_parameters.wrong_archives import WRONG


def observed(make: Callable[[], Files | bytes], folder: Path) -> Path:
    made = make()
    path = folder / "parameter.zip"
    path.write_bytes(made if isinstance(made, bytes) else zipped(made))
    return path


@pytest.mark.parametrize("name", WRONG)
def test_wrong_archive_loses_what_is_wrong(name: str, tmp_path: Path) -> None:
    """Each check has its exact outcome, and a finding stands there where it reproduces it."""
    make, outcomes, findings = WRONG[name]

    seen = open_parameters(handed_in(observed(make, tmp_path)), LAYOUT)
    results = {result.check.partition(".")[2]: result for result in judge(seen)}
    failed = frozenset(n for n, r in results.items() if r.outcome is Outcome.FAILED)
    found = explain(seen, failed)

    assert {n: str(o) for n, o in lost(results).items()} == outcomes
    assert [one.finding for one in found] == findings
    for one in found:
        values = {**one.values, "function": "", "question": "3.1"}
        for part in ("title", "message", "hint"):
            for language in ("en", "zh_TW"):
                assert "{" not in Message(f"finding.{one.finding}.{part}", values).said_in(
                    language
                )
    for result in results.values():
        assert result.fault is None
        assert result.reason is None or say_value(result.reason, "zh_TW") != str(result.reason)


def test_every_finding_but_the_remarks_is_brought_about() -> None:
    """No mistake is in the catalogue that no archive makes."""
    entries = load_catalogue().entries.items()
    named = {n for n, e in entries if n.startswith("parameters-") and e.costs_points}

    assert {name for _, _, findings in WRONG.values() for name in findings} == named


def test_first_number_that_differs_is_named(tmp_path: Path) -> None:
    """By image, then by layer, then by element: with what stands there and what should."""
    content = changed(SUMS, 114, lambda s: s + 1)
    late = "activations/img3/conv1/output.csv"
    content[late] = changed(late, 1, lambda s: s + 1)[late]
    expected = int(float(right()[SUMS].split()[113]))

    result = judged(pack(tmp_path / "parameter.zip", content))["sums"]

    assert result.reason == say(
        "parameters",
        "differs",
        file=SUMS,
        entry=114,
        element="[1, 1, 3]",
        actual=float(expected + 1),
        expected=float(expected),
        wrong=2,
        total=4 * (4704 + 1600 + 120 + 84 + 10),
    )
    assert (result.evidence.expected, result.evidence.actual) == (expected, expected + 1)
    assert result.evidence.where == SUMS


def test_entry_that_is_no_number_is_named_with_its_line(tmp_path: Path) -> None:
    """A file is refused with the line and the entry."""
    lines = right()[CONV1].split()

    for wrong in (
        b"nan",
        b"-inf",
        b"1e400",
        b"1_0",
        b"0x10",
        b"three",
        "\u0663".encode(),
        b"1e17",
    ):
        content = exchanged(conv1=b"\n".join([*lines[:8], wrong, *lines[9:]]))
        result = judged(pack(tmp_path / "parameter.zip", content))["numbers"]

        shown = repr(wrong.decode("ascii", "replace"))
        problem = say("parameters", "no-number", line=9, entry=shown)
        assert result.reason == say("parameters", "in-file", file=CONV1, problem=problem)


@pytest.mark.parametrize(
    ("scales", "problem"),
    [
        (b"", say("parameters", "no-json")),
        (b"{'quant': 1}", say("parameters", "no-json")),
        (b"[" * 15_000, say("parameters", "no-json")),
        (b'{"quant": ' + b"9" * 15_000 + b"}", say("parameters", "no-json")),
        (b"\xff\xfe{}", say("parameters", "no-json")),
        (b"[1, 2, 3, 4, 5, 6]", say("parameters", "no-table")),
        (b'{"quant": 119}', say("parameters", "scale-missing", name="conv1.conv")),
    ],
)
def test_scales_that_are_none(scales: bytes, problem: Message, tmp_path: Path) -> None:
    """What is no dictionary of all the scales is refused with the reason."""
    results = judged(pack(tmp_path / "parameter.zip", exchanged(scales=scales)))

    assert results["numbers"].reason == say("parameters", "in-file", file=SCALES, problem=problem)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("2147483648", "2147483648"),
        ("true", "true"),
        ('"141"', '"141"'),
        ("null", "null"),
        ("[141]", "[...]"),
        ("[" * 900 + "]" * 900, "[...]"),
        ('{"m": 141}', "{...}"),
    ],
)
def test_scale_that_is_no_number(value: str, shown: str, tmp_path: Path) -> None:
    """A value that is no number of 32 bits is named."""
    scales = json.dumps(dict(net().scales)).replace(
        f'"fc6.fc": {net().scales["fc6.fc"]}', f'"fc6.fc": {value}'
    )

    results = judged(pack(tmp_path / "parameter.zip", exchanged(scales=scales.encode())))

    problem = say("parameters", "scale-no-number", name="fc6.fc", value=shown)
    assert results["numbers"].reason == say("parameters", "in-file", file=SCALES, problem=problem)


def test_archive_that_was_not_handed_in_waits_where_the_rubric_says_so(tmp_path: Path) -> None:
    """Nothing handed in: lost, or left to staff, and in neither case a crash."""
    lost_all = judge(open_parameters(None, LAYOUT))
    waiting = judge(open_parameters(None, LAYOUT), absent_waits=True)

    assert lost_all[0].reason == waiting[0].reason == say("parameters", "none")
    assert [r.outcome for r in lost_all] == [Outcome.FAILED, *[Outcome.SKIPPED] * 14]
    assert {r.outcome for r in waiting} == {Outcome.PENDING}


def test_images_that_are_there_are_judged_beside_one_that_is_not(tmp_path: Path) -> None:
    """A wrong sum behind a missing image is named by its own file, and costs as it always does."""
    wrong = changed("activations/img2/conv1/output.csv", 4, lambda value: value + 1)
    whole = {path: held for path, held in wrong.items() if "img0" not in path}
    results = judged(pack(tmp_path / "parameter.zip", whole))

    assert {*lost(results)} == {"members", "sums"}
    reason = results["sums"].reason
    assert isinstance(reason, Message)
    assert reason.values["file"] == "activations/img2/conv1/output.csv"


def test_what_follows_wrong_sums_is_judged_by_the_right_ones(tmp_path: Path) -> None:
    """One mistake costs once, in what was recorded or in what the sums were made from."""
    recorded = altered(recorded_sums=lambda s, _m, _relu: s * 0.5)
    made = {**right(), CONV1: text(net().weights["conv1"][::-1].astype(float))}

    for number, content in enumerate((files(recorded), made)):
        path = pack(tmp_path / f"parameter{number}.zip", content)
        assert lost(judged(path)) == {"sums": Outcome.FAILED}


def test_no_number_can_be_changed_unseen(tmp_path: Path) -> None:
    """One number in any kind of file makes a check fail."""
    used = {layer: int(net().values()[f"{layer}/input.csv"].sum(0).argmax()) for layer in WEIGHTED}
    for path in right():
        if path.endswith(".json") or (path.startswith("activations") and "/img1/" not in path):
            continue
        layer = path.removeprefix("weights/").partition(".")[0]
        entry = 1 + (used[layer] if ".fc.weight" in path else 0)
        content = changed(path, entry, lambda value: value * 0.5 if value % 1 else value + 1)

        assert lost(judged(pack(tmp_path / "parameter.zip", content))), path
    for name in net().scales:
        content = scaled(lambda one, value, name=name: value + (one == name))
        assert lost(judged(pack(tmp_path / "parameter.zip", content))), name


def test_another_layout_has_other_files(tmp_path: Path) -> None:
    """The scales' file has the name that the edition gives it."""
    layout = replace(LAYOUT, scales_file="scale.json")
    content = {n.replace(SCALES, "scale.json"): d for n, d in right().items()}

    assert lost(judged(pack(tmp_path / "parameter.zip", content), layout)) == {}
