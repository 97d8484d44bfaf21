"""Code of another edition of the lab is recognised, and nobody else's is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.diagnosis.diagnose import diagnose
from grader.editions.loader import load_edition
from grader.editions.recognition import recognise, told_by_headings
from grader.grading import read, read_for_its_edition
from grader.intake.model import Cell, ProblemKind
from tests.corpus import Section, cases
from tests.grading import cells_of, grade_cells, points, program_of, small_baseline

OTHERS = {
    "cs5120-2022": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, kernel_size=5, bias=False)
        self.c3 = nn.Conv2d(6, 16, kernel_size=5, bias=False)
        self.c5 = nn.Conv2d(16, 120, kernel_size=5, bias=False)
        self.f6 = nn.Linear(120, 84, bias=False)
        self.output = nn.Linear(84, 10, bias=False)
def quantize_activations(activations, n_w, n_initial_input, ns): ...
""",
    "cs5120-2024": """
class NetQuantized(nn.Module):
    def quantize_activations(activations, s_w, s_initial_input, s_o_prev): ...
    def forward(self, x):
        x = self.conv3(self.maxpool2(self.conv1(x)))
        return self.output(self.fc6(self.conv5(self.maxpool4(x))))
""",
    "ee219-2024": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels=3, out_channels=12, kernel_size=5, bias=False)
        self.conv2 = nn.Conv2d(12, 32, 3, bias=False)
        self.fc1, self.fc2, self.fc3 = layers()
def quantize_activations(activations, s_w, s_initial_input, ss): ...
""",
}
NEW_NAMES = {"conv1": "c1", "conv2": "c3", "fc1": "c5", "fc2": "f6", "fc3": "output"}


@pytest.mark.parametrize(("edition", "code"), OTHERS.items(), ids=OTHERS.keys())
def test_another_editions_code_is_recognised(edition: str, code: str) -> None:
    """Its layers, arguments and sizes tell, as far as they are there."""
    found = recognise(load_edition("cs5120-2021"), code)

    assert found is not None
    assert found.edition == edition


def test_no_submission_of_the_corpus_is_taken_for_another_editions() -> None:
    """Neither right nor wrong ones, whichever names they chose."""
    taken = {
        f"{case.edition}/{case.name}": found.edition
        for case in cases()[::4]
        if (
            found := recognise(
                load_edition(case.edition), "\n".join(cell.source for cell in case.cells())
            )
        )
    }

    assert taken == {}


def test_own_names_are_no_other_edition() -> None:
    """Somebody who calls the arguments s_w and ss has not changed the course."""
    code = "def quantize_activations(values, s_w, s_in, ss):\n    return self.conv1, self.fc1"

    assert recognise(load_edition("cs5120-2021"), code) is None


def test_another_edition_is_said_once_and_in_place_of_its_consequences() -> None:
    """Five functions that fail in a network which they do not know are one finding."""
    cells = [_for_lenet(cell) for cell in cells_of("cs5120-2021/max-abs-127")]

    run = grade_cells(cells, baseline=small_baseline(200))
    finding, *others = diagnose(run, program_of(cells), cells=_numbered(cells))

    assert points(run) < 100
    assert (finding.id, others) == ("other-edition", [])
    assert "edition cs5120-2022 (Conv2d(1, 6, 5), c1, c3, c5, f6, output)" in str(finding.message)


def _numbered(cells: list[Section]) -> list[Cell]:
    return [Cell(file="a.ipynb", number=i, index=i, source=c.source) for i, c in enumerate(cells)]


def _for_lenet(cell: Section) -> Section:
    source = cell.source.replace("Conv2d(3, 6", "Conv2d(1, 6")
    for name, new in NEW_NAMES.items():
        source = source.replace(name, new)
    return replace(cell, source=source)


@pytest.mark.parametrize(
    ("text", "edition"),
    [
        ("Question 2: Quantize Weights\nQuestion 4: Quantize Activations", "ee290-2020"),
        ("EE 290-2, Lab 1", "ee290-2020"),
        ("Question 4: Weights in 8 bits\nQuestion 6: Activations", "cs5120-2021"),
        ("CS5120 Homework 1\nQuestion 2: Quantize Weights", "cs5120-2021"),
        ("Weights\nActivations", "cs5120-2021"),
    ],
)
def test_headings_tell_editions_with_the_same_code_apart(text: str, edition: str) -> None:
    """The sheet's own numbers and names say which one it was; as many of each leave the first."""
    assert told_by_headings(load_edition("cs5120-2021"), text) == edition


def test_a_notebook_is_read_as_the_edition_of_its_headings(tmp_path: Path) -> None:
    """Nobody has to name the edition of a notebook with the sheet's headings."""
    named = {
        edition: read_for_its_edition([cases(edition)[0].write(tmp_path / edition)])[0].id
        for edition in ("cs5120-2021", "ee290-2020")
    }

    assert named == {edition: edition for edition in named}


@pytest.mark.parametrize("asked", ["cs5120-2021", "ee290-2020"])
def test_a_notebook_under_other_headings_than_asked_is_told(asked: str, tmp_path: Path) -> None:
    """Right code of another year's sheet loses nothing, but its question numbers are not ours."""
    notebook = cases("ee290-2020")[0].write(tmp_path)

    problems = read(load_edition(asked), [notebook]).program.problems
    told = [str(p.message) for p in problems if p.kind is ProblemKind.OTHER_HEADINGS]

    assert len(told) == (asked == "cs5120-2021")
    assert all(text.startswith("the headings are those of edition ee290-2020") for text in told)
