"""A report's equations are the edition's own: its symbols, its layers, its words."""

# ruff: noqa: RUF001 - Chinese punctuation is what is printed

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from grader.cli.commands.editions import show_editions
from grader.editions.loader import edition_ids
from grader.errors import EditionError
from grader.results.file.reading import read
from report_templates import structure
from report_templates.messages import load_messages
from report_templates.page.blocks import Equations, Prose, Table
from report_templates.parts.lab import scaling
from report_templates.source import Source
from report_templates.structure import StructureError, load_formulas, load_structure
from report_templates.view import build_document
from tests.report_templates import full_examples as full

EDITION = "fixed-2030"
# Steps and a fixed-point factor M, as no edition here has them.
FIXED_POINT = r"""
[[sections]]
title = "Fixed point"
parts = ["equation:m", "scales_worked"]

[[equations]]
id = "m"
layers = { j = 1, k = 2 }

[[equations.lines]]
tex = 'M_{k} = \dfrac{s_{w,k} \, s_{o,j}}{s_{o,k}} = {k_weight_step} \times {k_output_multiplier}'
lead = { en = "The factor of {k} after {j}:", zh_TW = "{j} 之後 {k} 的倍率：" }
say = { en = "M is {k_output_multiplier}", zh_TW = "M 為 {k_output_multiplier}" }
of_task = "activations"
lead_reference = { en = "The reference's factor of {k}:", zh_TW = "參考實作的 {k} 倍率：" }

[worked]
caption = "Steps."
caption_reference = "Steps, with the reference's {tasks}."

[[worked.columns]]
title = "s_o"
number = "output_step"
"""
Write = Callable[..., None]


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return what lets there be an edition with a report of its own."""
    files: dict[tuple[str, str], str] = {}
    found = structure._text_of

    def text_of(edition: str, name: str) -> str | None:
        return files.get((edition, name)) or found(edition, name)

    monkeypatch.setattr(structure, "_text_of", text_of)

    def write(report: str, *, edition: str = EDITION, extends: str = "") -> None:
        files[edition, "report.toml"] = report
        files[edition, "edition.toml"] = f'extends = "{extends}"'

    return write


def results_with_steps(**changes: Any) -> dict[str, Any]:
    """Return results whose first layers have round multipliers: s_I = 1/8, s_w = 1/4 and 1/16."""
    results = full.full(edition=EDITION)
    extra = results["extra_data"]
    extra["input_multiplier"] = 8.0
    weighted = [layer for layer in extra["layers"] if layer["weights"]]
    weighted[0].update(weight_multiplier=4.0, output_multiplier=0.125)
    weighted[1].update(weight_multiplier=16.0, output_multiplier=0.5)
    extra.update(changes)
    return results


def source_of(results: dict[str, Any], language: str = "en") -> Source:
    return Source(results=read(results), t=load_messages(language))


def test_an_edition_prints_equations_in_symbols_of_its_own(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Layer names and numbers, steps too, are put into the TeX that the edition's file has."""
    write(FIXED_POINT)
    drawn: list[str] = []
    typeset = scaling.typeset

    def noted(tex: str, words: str) -> object:
        drawn.append(tex)
        return typeset(tex, words)

    monkeypatch.setattr(scaling, "typeset", noted)
    (note, block) = scaling.equation(source_of(results_with_steps()), "m")

    assert isinstance(note, Prose)  # whose derivation it is
    assert drawn == [
        r"M_{\mathrm{conv2}} = \dfrac{s_{w,k} \, s_{o,j}}{s_{o,k}} = 0.062500 \times 0.50000"
    ]
    assert isinstance(block, Equations)
    assert block.equations[0].lead == "The factor of conv2 after conv1:"
    assert block.equations[0].picture.words.startswith("M is 0.5000")


def test_its_words_are_in_the_language_of_the_document(write: Write) -> None:
    """Chinese words stand beside the same equation."""
    write(FIXED_POINT)

    (_, block) = scaling.equation(source_of(results_with_steps(), "zh_TW"), "m")

    assert isinstance(block, Equations)
    assert block.equations[0].lead == "conv1 之後 conv2 的倍率："


def test_the_table_has_the_columns_that_the_edition_wants(write: Write) -> None:
    """The step of an output is the input's divided by every multiplier on the way."""
    write(FIXED_POINT)

    (table,) = scaling.scales_worked(source_of(results_with_steps()))

    assert isinstance(table, Table)
    assert [column.title for column in table.columns] == ["Layer", "s_o"]
    steps = [float(row.cells[1]) for row in table.rows[:2]]
    assert steps == pytest.approx([1 / (8 * 4 * 0.125), 1 / (8 * 4 * 0.125 * 16 * 0.5)])


def test_what_is_the_references_is_said_so(write: Write) -> None:
    """A number that is not the submission's has words of its own above it."""
    write(FIXED_POINT)
    source = source_of(results_with_steps(substituted=["activations"]))

    (_, block) = scaling.equation(source, "m")
    (table,) = scaling.scales_worked(source)

    assert isinstance(block, Equations)
    assert isinstance(table, Table)
    assert block.equations[0].lead == "The reference's factor of conv2:"
    assert table.caption.text.startswith("Steps, with the reference's “")


@pytest.mark.parametrize("missing", ["a layer", "a number"])
def test_an_equation_that_cannot_be_filled_in_is_left_out(write: Write, missing: str) -> None:
    """Nothing is printed with a gap in it."""
    write(FIXED_POINT)
    results = results_with_steps()
    layers = results["extra_data"]["layers"]
    if missing == "a layer":
        del layers[1:]
    else:
        next(one for one in layers if one["name"] == "conv2")["output_multiplier"] = None

    assert scaling.equation(source_of(results), "m") == ()


def test_equations_are_those_of_the_extended_edition_unless_it_has_its_own(write: Write) -> None:
    """A report of its own needs no second copy of the same equations."""
    write(
        FIXED_POINT.replace('id = "m"', 'id = "bias"').replace("equation:m", "equation:scales"),
        extends="ee290-2020",
    )

    formulas = load_formulas(EDITION)

    assert formulas.equations["scales"] == load_formulas("cs5120-2021").equations["scales"]
    assert formulas.equations["bias"].lines[0].tex.startswith("M_{k}")
    assert load_structure("report", EDITION)[0].parts == ("equation:scales", "scales_worked")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "equation:m",
            "equation:n",
            "fixed-2030/report.toml: the part 'equation:n' needs [[equations]] of that id (there"
            " are equation:m, scales_worked); see docs/adding-an-edition.md",
        ),
        (
            'en = "M is {k_output_multiplier}", ',
            "",
            "fixed-2030/report.toml: equations.0.lines.0.say: write English words",
        ),
        (
            "{k_weight_step}",
            "{k_weigth_step}",
            "fixed-2030/report.toml: equations.0: m: {k_weigth_step} is not known; it can fill in"
            " {j}, {k}, {j_input_multiplier}",
        ),
        (
            "layers = { j = 1, k = 2 }",
            "",
            "{k} is not known; it can fill in nothing, as it names no layers",
        ),
        (
            'number = "output_step"',
            'number = "s_o"',
            "worked.columns.0.number: Input should be 'input_multiplier', 'input_step'",
        ),
    ],
)  # fmt: skip
def test_a_report_file_that_cannot_be_used_says_where_and_what(
    write: Write, old: str, new: str, says: str
) -> None:
    """Whoever writes an edition reads what is wrong, and what there is instead."""
    assert old in FIXED_POINT
    write(FIXED_POINT.replace(old, new, 1))

    with pytest.raises(StructureError, match=re.escape(says)):
        load_structure("report", EDITION)


def test_the_list_of_editions_finds_a_report_that_cannot_be_used(write: Write) -> None:
    """``grader editions`` says what is wrong before any student's report is made."""
    write(FIXED_POINT.replace("equation:m", "equation:n"), edition="ee290-2020")

    with pytest.raises(EditionError, match=r"ee290-2020/report\.toml: the part 'equation:n'"):
        show_editions()


def test_a_table_of_numbers_needs_its_columns(write: Write) -> None:
    """The part is refused where no edition says what the table looks like."""
    write(FIXED_POINT.partition("[worked]")[0])

    with pytest.raises(StructureError, match=r"'scales_worked' needs \[worked\]"):
        load_structure("report", EDITION)


def test_what_is_no_tex_is_named(write: Write) -> None:
    """A formula that cannot be drawn is told by its source."""
    write(FIXED_POINT.replace(r"\dfrac", r"\drac"))

    with pytest.raises(StructureError, match=r"fixed-2030/report\.toml: .* cannot be drawn"):
        build_document(read(results_with_steps()), kind="report")


@pytest.mark.parametrize("edition", edition_ids())
def test_every_equation_of_an_edition_has_chinese_words(edition: str) -> None:
    """No equation is led to, or said aloud, in English alone."""
    for formula in load_formulas(edition).equations.values():
        for line in formula.lines:
            assert line.lead.zh_TW, formula.id
            assert line.say.zh_TW, formula.id
