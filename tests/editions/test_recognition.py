"""Code of another edition of the lab is recognised, and nobody else's is."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.editions.loader import load_edition
from grader.editions.recognition import recognise, told_by_headings
from grader.grading import read, read_for_its_edition
from grader.intake.model import ProblemKind
from tests.corpus import cases

OTHERS = {
    "cs5120-2024": """
class NetQuantized(nn.Module):
    def quantize_activations(activations, s_w, s_initial_input, s_o_prev): ...
    def forward(self, x):
        x = self.conv3(self.maxpool2(self.conv1(x)))
        return self.output(self.fc6(self.conv5(self.maxpool4(x))))
""",
}


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
