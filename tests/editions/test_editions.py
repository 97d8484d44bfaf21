"""Editions are data: what is read, what is refused, and in which words."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from grader.editions.loader import FOLDER, default_edition_id, edition_ids, load_edition
from grader.editions.schema import Localized, ScaleForm
from grader.errors import EditionError
from grader.tasks.kinds import planned


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one edition in it, ready to be spoilt."""
    shutil.copytree(FOLDER / "cs5120-2021", tmp_path / "cs5120-2021")
    return tmp_path


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / "cs5120-2021" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def refusal(folder: Path, edition: str = "cs5120-2021") -> str:
    with pytest.raises(EditionError) as caught:
        load_edition(edition, folder=folder)
    return str(caught.value)


@pytest.mark.parametrize("edition_id", edition_ids())
def test_the_editions_there_are_can_be_read(edition_id: str) -> None:
    """Every edition in the repository loads, and its rubric gives 100 points."""
    edition = load_edition(edition_id)

    assert sum(criterion.points for criterion in edition.rubric.criteria) == 100
    assert {task.id for task in edition.file.tasks} >= {"weights", "forward"}


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (
            "edition.toml",
            'title = { en = "CS5120',
            'titel = { en = "CS5120',
            "cs5120-2021/edition.toml: title: Field required",
        ),
        (
            "edition.toml",
            'title = { en = "Quantized weights", ',
            "title = { ",
            "cs5120-2021/edition.toml: tasks.0.title: write English words,"
            ' "..." or { en = "...", zh_TW = "..." }; see docs/adding-an-edition.md',
        ),
        (
            "rubric.toml",
            "zh_TW = ",
            "zh = ",
            "cs5120-2021/rubric.toml: criteria.0.title.zh: Extra inputs are not permitted",
        ),
        (
            "edition.toml",
            "[data]",
            "[data]\ncolour = 3",
            "cs5120-2021/edition.toml: data.colour: Extra inputs are not permitted (found: 3);"
            " see docs/adding-an-edition.md",
        ),
        (
            "edition.toml",
            "[data]",
            "[data",
            "cs5120-2021/edition.toml is not valid TOML: ",
        ),
        (
            "edition.toml",
            'id = "bias"',
            'id = "biases"',
            "cs5120-2021/rubric.toml: criterion 'bias.result' names no task",
        ),
        (
            "edition.toml",
            'id = "bias"',
            'id = "forward"',
            "tasks: forward is given more than once",
        ),
        (
            "edition.toml",
            'id = "cs5120-2021"',
            'id = "cs5120-2022"',
            "cs5120-2021/edition.toml: id is 'cs5120-2022', but the folder says otherwise",
        ),
        (
            "edition.toml",
            "in_features = 400",
            "in_features = 401",
            "cs5120-2021/edition.toml: layer 'fc1' says in_features = 401, but 400 arrive",
        ),
        (
            "edition.toml",
            "bits = 8",
            "bits = 9",
            "cs5120-2021/edition.toml: quantization.bits: Input should be 8 (found: 9)",
        ),
        (
            "edition.toml",
            'layer = "fc3"',
            'layer = "fc2"',
            "cs5120-2021/edition.toml: the bias task's layer 'fc2' is not one of"
            " network.bias_layers (fc3)",
        ),
        (
            "rubric.toml",
            "total = 100",
            "total = 99",
            "criteria: the points add up to 100, but total says 99",
        ),
        (
            "rubric.toml",
            'id = "bias.conduct"',
            'id = "biases.conduct"',
            "cs5120-2021/rubric.toml: criterion 'biases.conduct' names no task",
        ),
        (
            "rubric.toml",
            '"weights.bounds"',
            '"weights.bound"',
            "there is no check 'weights.bound'; did you mean 'weights.bounds'?",
        ),
        (
            "rubric.toml",
            'rests_on = ["weights.depends", "weights.integers"]',
            'rests_on = ["thinking"]',
            "there is no check 'thinking'; see docs/adding-an-edition.md",
        ),
    ],
)
def test_a_spoilt_edition_is_refused(
    folder: Path, name: str, old: str, new: str, message: str
) -> None:
    """What is wrong with an edition is said with file, key and what was found."""
    change(folder, name, old, new)

    assert message in refusal(folder)


def test_several_mistakes_are_counted(folder: Path) -> None:
    """The first mistake is told, and how many more there are."""
    change(folder, "edition.toml", "calibration_images = 404", "calibration_images = 0")
    change(folder, "edition.toml", "bits = 8", "bits = 9")

    assert "; 1 more; see docs/adding-an-edition.md" in refusal(folder)


def test_an_edition_without_a_rubric(folder: Path) -> None:
    """A missing file is named."""
    (folder / "cs5120-2021" / "rubric.toml").unlink()

    message = "cs5120-2021/rubric.toml is missing; see docs/adding-an-edition.md"
    assert refusal(folder) == message


def test_no_such_edition(folder: Path) -> None:
    """An unknown id is answered with those that are known."""
    assert refusal(folder, "nowhere-1999") == (
        "there is no edition 'nowhere-1999' (known: cs5120-2021); see docs/adding-an-edition.md"
    )


@pytest.mark.parametrize("base", ["nowhere-1999", "child-2022"])
def test_extending_nothing(folder: Path, base: str) -> None:
    """An edition cannot extend itself or one that is not there."""
    write_child(folder, "child-2022", base)

    assert refusal(folder, "child-2022") == (
        f"child-2022/edition.toml: extends = {base!r} names no other edition"
    )


def test_extending_each_other(folder: Path) -> None:
    """Two editions that extend each other are refused, not followed for ever."""
    write_child(folder, "one-2022", "two-2022")
    write_child(folder, "two-2022", "one-2022")

    assert refusal(folder, "one-2022") == (
        "two-2022/edition.toml: extends = 'one-2022' leads round in a circle"
    )


def test_an_extended_edition_keeps_what_it_does_not_say(folder: Path) -> None:
    """A child changes one task's question; all else, rubric included, is its parent's."""
    write_child(folder, "child-2022", "cs5120-2021", '[[tasks]]\nid = "bias"\nquestion = "9"\n')

    child = load_edition("child-2022", folder=folder)

    assert child.task("bias").question == "9"
    assert child.task("bias").callable == "NetQuantizedWithBias.quantized_bias"
    assert child.task("weights").question == "4"
    assert child.rubric == load_edition("cs5120-2021", folder=folder).rubric
    assert not child.file.default


def test_a_plain_title_is_english_and_stands_for_every_language(folder: Path) -> None:
    """A title without words in a language is told in English there."""
    write_child(folder, "child-2022", "cs5120-2021", 'title = "Of its own"\n')

    title = load_edition("child-2022", folder=folder).file.title

    assert title == Localized(en="Of its own")
    assert title.in_language("zh_TW") == str(title) == "Of its own"


def test_a_title_in_one_language_leaves_none_of_the_extended_edition(folder: Path) -> None:
    """A child that renames a task in English does not keep the name it had in Chinese."""
    named = '[[tasks]]\nid = "bias"\ntitle = { en = "Offsets" }\n'
    write_child(folder, "child-2022", "cs5120-2021", named)

    assert load_edition("child-2022", folder=folder).task("bias").title == Localized(en="Offsets")


def write_child(folder: Path, name: str, base: str, more: str = "") -> None:
    (folder / name).mkdir()
    text = f'extends = "{base}"\nid = "{name}"\n{more}'
    (folder / name / "edition.toml").write_text(text, "utf-8")


def test_two_defaults(folder: Path) -> None:
    """Two editions that both want to be the default are named."""
    write_child(folder, "child-2022", "cs5120-2021", "default = true\n")

    with pytest.raises(EditionError) as caught:
        default_edition_id(folder)

    assert str(caught.value).endswith(
        "exactly one edition must say 'default = true' (found: child-2022, cs5120-2021)"
    )


def test_a_task_that_the_edition_has_not(folder: Path) -> None:
    """A task that is left out is named: what is graded would miss it at the end."""
    path = folder / "cs5120-2021" / "edition.toml"
    text = path.read_text("utf-8")
    path.write_text(text[: text.index('[[tasks]]\nid = "bias"')], "utf-8")

    assert "cs5120-2021/rubric.toml: criterion 'bias.result' names no task" in refusal(folder)


def test_a_task_has_the_id_that_its_checks_name() -> None:
    """A task under another id would be judged by nobody: such an edition is refused."""
    edition = load_edition("cs5120-2021")
    first, *others = edition.file.tasks
    tasks = (first.model_copy(update={"id": "kernels"}), *others)
    renamed = replace(edition, file=edition.file.model_copy(update={"tasks": tasks}))

    with pytest.raises(EditionError, match=r"'kernels' is of kind .* of a task 'weights'"):
        planned(renamed)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("[network]\nbias_layers = []\n", "the bias task's layer 'fc3' is not one of"),
        ("tasks = 5\n", "child-2022/edition.toml: tasks: Input should be a valid tuple"),
    ],
)
def test_what_is_laid_over_may_be_wrong_too(folder: Path, more: str, message: str) -> None:
    """A list or table that something else is laid over gives the same clear refusals."""
    write_child(folder, "child-2022", "cs5120-2021", more)

    assert message in refusal(folder, "child-2022")


def test_a_list_that_is_laid_over_by_none_is_empty(folder: Path) -> None:
    """An edition may ask for no histograms though the one that it extends does."""
    write_child(folder, "child-2022", "ee290-2020", "histograms = []\n")
    shutil.copytree(FOLDER / "ee290-2020", folder / "ee290-2020")

    assert load_edition("ee290-2020", folder=folder).file.histograms
    assert load_edition("child-2022", folder=folder).file.histograms == ()


MADE_UP = """
id = "tiny-2030"
title = "A made-up lab"
assignment = "lab9"
[files]
code = ["work.py"]
report = "work.pdf"
student_id = '(?P<id>\\\\d+)'
[data]
name = "mnist"
mean = [0.5]
std = [0.5]
calibration_images = 1
[network]
name = "Tiny"
input_shape = [1, 12, 12]
bias_network = "TinyWithBias"
bias_layers = ["head"]
layers = [
  { name = "stem", kind = "conv2d", module = "a", in_features = 1, out_features = 2, kernel = 3 },
  { name = "halve", kind = "max_pool2d", module = "halve", kernel = 2, stride = 2 },
  { name = "head", kind = "linear", module = "head", in_features = 50, out_features = 3 },
]
[scaffold]
quantized_network = "TinyQuantized"
quantized_bias_network = "TinyQuantizedWithBias"
weight_scale = "{module}.step"
output_scale = "{module}.out"
activations = "{module}.seen"
input_activations = "seen"
input_scale = "step"
array = "torch.float32"
[quantization]
bias_bits = 16
[[tasks]]
id = "weights"
kind = "quantized_tensor"
question = "A"
title = "Weights"
callable = "shrink"
arguments = [{ role = "weights" }]
returns = [{ role = "weight_scale", form = "step" }, { role = "quantized_weights" }]
"""
MADE_UP_RUBRIC = """
total = 5
[thresholds]
degradation = 1
confidence = 2
lowest_level = 3
highest_level = 11
highest_own_level = 12
bias_agreement = 70
[[criteria]]
id = "weights.result"
title = "Weights"
points = 5
checks = ["weights.returns"]
"""


WRITTEN = """
[[criteria]]
id = "discussion"
title = "Discussion of the ranges"
points = 2
graded_by = "people"
"""


def test_a_written_question_is_data_too(tmp_path: Path) -> None:
    """What only people grade names no task and no checks; checks that are missing are an error."""
    (tmp_path / "tiny-2030").mkdir()
    (tmp_path / "tiny-2030" / "edition.toml").write_text(MADE_UP, "utf-8")
    rubric = tmp_path / "tiny-2030" / "rubric.toml"
    text = MADE_UP_RUBRIC.replace("total = 5", "total = 7") + WRITTEN

    rubric.write_text(text.replace('graded_by = "people"', ""), "utf-8")
    with pytest.raises(EditionError, match="discussion: name its checks, or say graded_by"):
        load_edition("tiny-2030", folder=tmp_path)
    rubric.write_text(text, "utf-8")
    criteria = load_edition("tiny-2030", folder=tmp_path).rubric.criteria

    assert [one.graded_by for one in criteria] == ["checks", "people"]


def test_a_made_up_edition_is_data_only(tmp_path: Path) -> None:
    """Another network, other names and steps for multipliers need no line of code."""
    (tmp_path / "tiny-2030").mkdir()
    (tmp_path / "tiny-2030" / "edition.toml").write_text(MADE_UP, "utf-8")
    (tmp_path / "tiny-2030" / "rubric.toml").write_text(MADE_UP_RUBRIC, "utf-8")

    edition = load_edition("tiny-2030", folder=tmp_path)

    assert edition.network.shapes()[-1] == ((50,), (3,))
    assert edition.file.quantization.bias_bits == 16
    assert edition.task("weights").returns[0].form is ScaleForm.STEP
    assert [layer.bias for layer in edition.bias_network.layers] == [False, False, True]
    assert [c.checks for c in edition.rubric.criteria] == [("weights.returns",)]
