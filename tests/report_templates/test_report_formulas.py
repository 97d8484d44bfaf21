"""Worked scales, numbered equations and what is discussed agree with the numbers measured."""

import re

import pytest

from grader.results.file.reading import read
from report_templates import render
from report_templates.messages import load_messages
from report_templates.page.blocks import Equations, Table
from report_templates.page.equations import typeset
from report_templates.parts.lab.network import used_percent
from report_templates.parts.lab.scaling import scaled_layers, symbol
from report_templates.source import Source
from report_templates.view import build_document
from tests.report_templates import full_examples as full
from tests.report_templates import results_examples as examples
from tests.report_templates.blocks_of import blocks_of


def test_worked_scales_agree_with_the_definition() -> None:
    """Right multipliers land every layer's largest output on 127."""
    source = Source(results=read(full.full()), t=load_messages("en"))
    layers = scaled_layers(source)

    assert [layer.name for layer in layers] == ["conv1", "conv2", "fc1", "fc2", "fc3"]
    for layer in layers:
        assert layer.landing == pytest.approx(127.0)
        assert layer.ideal == pytest.approx(layer.output)


def test_accumulated_factor_is_the_product_of_all_multipliers() -> None:
    """A_3 = n_I n_W1 n_O1 n_W2 n_O2 n_W3, multiplied out here by hand."""
    results = examples.right()
    numbers = iter(((2.0, 0.5), (3.0, 0.1), (5.0, 0.2), (7.0, 0.3), (11.0, 0.4)))
    for layer in results["extra_data"]["layers"]:
        if layer["weights"]:
            layer["weight_multiplier"], layer["output_multiplier"] = next(numbers)
    results["extra_data"]["input_multiplier"] = 10.0
    layers = scaled_layers(Source(results=read(results), t=load_messages("en")))

    assert layers[2].accumulated == pytest.approx(10 * 2 * 0.5 * 3 * 0.1 * 5)


def test_a_missing_multiplier_ends_the_chain() -> None:
    """Behind a layer without a scale nothing can be said about the accumulator."""
    results = full.full()
    results["extra_data"]["layers"][2]["output_multiplier"] = None
    layers = scaled_layers(Source(results=read(results), t=load_messages("en")))

    assert layers[1].accumulated is not None
    assert [layer.accumulated for layer in layers[2:]] == [None, None, None]


def test_equations_are_numbered_without_a_gap() -> None:
    """(1), (2), (3) ... through the whole report."""
    document = build_document(read(full.full()), kind="report")
    found = [e.number for block in blocks_of(document, Equations) for e in block.equations]

    assert found == [f"({number})" for number in range(1, len(found) + 1)]
    assert len(found) == 14


def test_equation_is_an_outline_with_words() -> None:
    """A formula is drawn, and says itself aloud."""
    drawing = typeset(r"\dfrac{127}{\max|O| A}", "127 over max <O> A").svg

    assert "<title>127 over max &lt;O&gt; A</title>" in drawing
    assert re.search(r'd="M[-\d. MLQCZ]+"', drawing)


def test_layer_names_cannot_break_a_formula() -> None:
    """Only letters and digits of a layer's name reach TeX."""
    assert symbol("conv1}$ \\input{x}") == r"{\mathrm{conv1inputx}}"


def test_discussion_says_what_was_measured() -> None:
    """A loss within chance and one beyond it are told apart, with their numbers."""
    page = render.render_html(read(full.full()), kind="report")

    assert "from 52.07\u00a0% to 52.05\u00a0%, 0.02 percentage points less; that is within" in page
    assert "from 52.20\u00a0% to 47.58\u00a0%, 4.62 percentage points less; that is more" in page
    assert "0.04 percentage points more" in page


def test_favoured_range_is_the_one_the_results_name() -> None:
    """The candidate that the measurement favours is marked, one for each tensor."""
    results = full.full()
    (table,) = [
        t
        for t in blocks_of(build_document(read(results), kind="report"), Table)
        if "error of the weights" in t.caption.text
    ]
    given = [one for one in results["extra_data"]["candidates"] if one["kind"] == "weights"]
    words = {"actual": "actual", "three_sigma": "3-sigma"}

    assert [row.cells[0] for row in table.rows] == ["conv1", "conv2", "fc1", "fc2", "fc3"]
    assert [row.cells[-1] for row in table.rows] == [words[one["favoured"]] for one in given]
    for row, one in zip(table.rows, given, strict=True):
        assert row.cells[3] == f"{one['candidates'][0]['sqnr_db']:.1f}"


@pytest.mark.parametrize(("landing", "used"), [(127.0, 100.0), (63.5, 50.0), (300.0, 100.0)])
def test_used_range_follows_the_landing_level(landing: float, used: float) -> None:
    """Landing on 127 uses all, on 63.5 half; more than all cannot be used."""
    assert used_percent(landing) == pytest.approx(used)
