"""Editions that are files of data alone: other layers, data, steps, and nothing of Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from grader import grading
from grader.baseline.networks import Baseline, load_baseline
from grader.editions.loader import Edition, load_edition
from grader.locations import cache_folder
from grader.model import Grade
from reference.datasets import open_sample
from tests.corpus import Section, splice
from tests.grading import RIGHT, cells_of
from tests.pipeline.test_direction import STEPS

ROOT = Path(__file__).parents[2]
KEPT = ("imports", "copy_model", "quantized_weights", "NetQuantized", "NetQuantizedWithBias")
# What the sheets call the layers of 2021, and how a pass goes through them.
LENET5 = {
    r"self\.pool\(F\.relu\(self\.conv1": "self.s2(F.relu(self.c1",
    r"self\.pool\(F\.relu\(self\.conv2": "self.s4(F.relu(self.c3",
    r" +x = x\.view\(-1, 16 \* 5 \* 5\)\n": "",
    r"F\.relu\(self\.fc2\(x\)\)": "F.relu(self.f6(torch.flatten(x, 1)))",
    "fc3": "output",
    "conv1": "c1",
    "conv2": "c3",
    "fc1": "c5",
    "fc2": "f6",
}
WIDER = {
    r"16 \* 5 \* 5": "1152",
    r"\bn_w\b": "s_w",
    r"\bn_initial_input\b": "s_in",
    r"\bns\b": "ss",
}
FIXED_POINT = {
    rf"\(x \* self\.{layer}\.output_scale\)\.round\(\)": (
        f"(x.long() * round(float(self.{layer}.output_scale) * 2 ** 16) >> 16).float()"
    )
    for layer in ("c1", "c3", "c5", "f6", "output")
}


@pytest.fixture(scope="module", params=["cs5120-2022", "ee219-2024"])
def lab(request: pytest.FixtureRequest) -> tuple[Edition, Baseline]:
    torch.set_num_threads(1)
    edition = load_edition(request.param)
    data = open_sample(edition.network.input_shape)
    return edition, load_baseline(edition, data, cache_folder())


def renamed(edition: Edition, changes: Mapping[str, str] = {}, *, steps: bool = False) -> str:
    """Return the plain right solution of 2021 in the words of another edition."""
    cells = cells_of(RIGHT)
    for name, source in STEPS.items() if steps else ():
        cells = splice(cells, Section(name=name, source=source))
    text = "\n\n\n".join(cell.source for cell in cells if cell.name in KEPT)
    words = WIDER if edition.id == "ee219-2024" else LENET5
    for old, new in (words | changes).items():
        text, count = re.subn(old, new, text)
        assert count, old
    return text


def graded(lab: tuple[Edition, Baseline], text: str, folder: Path) -> Grade:
    edition, baseline = lab
    file = folder / "quantutils.py"
    file.write_text(text, "utf-8")
    handout = grading.read(edition, [file], student_id="1")
    with grading.open_sandbox(edition, handout.program) as sandbox:
        return grading.grade(sandbox, edition, handout, baseline, seed=1)


def test_a_right_solution_earns_everything(lab: tuple[Edition, Baseline], tmp_path: Path) -> None:
    """The functions of 2021, with this edition's layers and arguments, get full points."""
    grade = graded(lab, renamed(lab[0]), tmp_path)

    assert [c.check for s in grade.scores for c in s.checks if c.outcome != "passed"] == []
    assert (grade.points, [f.id for f in grade.findings]) == (100, [])


@pytest.mark.parametrize("lab", ["cs5120-2022"], indirect=True)
def test_multipliers_in_fixed_point_are_right(
    lab: tuple[Edition, Baseline], tmp_path: Path
) -> None:
    """This sheet's multipliers are whole numbers of 2^-16: rounding them costs nothing."""
    grade = graded(lab, renamed(lab[0], FIXED_POINT), tmp_path)

    assert (grade.points, [f.id for f in grade.findings]) == (100, [])


@pytest.mark.parametrize("lab", ["ee219-2024"], indirect=True)
def test_a_sheet_that_can_be_read_both_ways(lab: tuple[Edition, Baseline], tmp_path: Path) -> None:
    """Steps in all functions earn full points too, and the submission's direction is said."""
    grade = graded(lab, renamed(lab[0], steps=True), tmp_path)

    assert (grade.points, [f.id for f in grade.findings]) == (100, ["scales-either-way"])
    (found,) = grade.findings
    assert not found.costs_points


@pytest.mark.parametrize("lab", ["ee219-2024"], indirect=True)
def test_weights_that_alone_go_the_other_way_leave_input_and_forward_right(
    lab: tuple[Edition, Baseline], tmp_path: Path
) -> None:
    """Images and forward pass are judged by steps though the weights have a multiplier."""
    multiplied = {
        r"weights / step\)\.round\(\), min=-128, max=127\), step": (
            r"weights / step).round(), min=-128, max=127), 1 / step"
        )
    }
    grade = graded(lab, renamed(lab[0], multiplied, steps=True), tmp_path)

    lost = {s.task for s in grade.scores if s.points < s.max_points}
    assert "weights" in lost
    assert not lost & {"initial_input", "forward"}


@pytest.mark.parametrize("mistake", [{r"127 / weights\.abs\(\)\.max": "127 / weights.max"}])
def test_a_mistake_is_named(
    lab: tuple[Edition, Baseline], mistake: dict[str, str], tmp_path: Path
) -> None:
    """max without abs costs points in the weights' task, under its own name."""
    grade = graded(lab, renamed(lab[0], mistake), tmp_path)

    assert {s.task for s in grade.scores if s.points < s.max_points} == {"weights"}
    assert [f.id for f in grade.findings] == ["weights-max-without-abs"]


def test_the_walk_through_is_the_edition() -> None:
    """What the document prints as the whole of cs5120-2022 is the file that is graded here."""
    document = (ROOT / "docs" / "adding-an-edition.md").read_text("utf-8")
    file = ROOT / "grader" / "editions" / "cs5120-2022" / "edition.toml"

    assert f"```toml\n{file.read_text('utf-8')}```" in document
