"""What a report says of the reference's networks, from made-up measurements."""

# ruff: noqa: RUF001 - Chinese punctuation is what is printed

from __future__ import annotations

import re
from typing import Any

import pytest

from grader.results.file.reading import read
from report_templates.messages import load_messages
from report_templates.page.blocks import Block, Prose, Table
from report_templates.parts import find_part
from report_templates.source import Source
from report_templates.structure import load_structure
from report_templates.view import build_document
from tests.report_templates import full_examples as full

EDITION = "cs5120-2024"
HAN = re.compile("[\u4e00-\u9fff]")
PARTS = (
    "layers_beside_1998",
    "compared_with_1998",
    "linear_layer",
    "floor_or_round",
    "whole_divisor",
    "quantized_training:bias",
)


def variant(name: str, correct: int, loss: float | None, error: float | None) -> dict[str, Any]:
    return {
        "name": name, "correct": correct, "images": 1000, "agreeing": 990, "degradation": loss,
        "standard_error": error, "training_images": 8000, "epochs": 12,
    }  # fmt: skip


FLOAT = variant("float", 980, None, None)
LAYER = {
    "layer": "conv1", "multiplier": 0.3, "fixed": 19661, "divisor": 3, "largest_sum": 100_000,
    "product_bits": 32, "rounded_up_percent": 25.0,
}  # fmt: skip
COMPARISONS = {
    "of_1998": {
        "layers": [{"name": "conv1", "type": "convolution 5x5", "activation": "sigmoid"}],
        "variants": [
            FLOAT,
            variant("softmax", 980, 0.0, 0.0),
            variant("average_pooling", 979, 0.1, 0.3),
            variant("sigmoid", 960, 2.0, 0.5),
            variant("all", 950, 3.0, 0.5),
        ],
    },
    "linear": {
        "layer": "conv5", "inputs": 400, "outputs": 120, "weights": 48_000, "images": 1000,
        "agreeing": 1000, "largest_difference": 2e-5, "largest_logit": 63.7,
        "integers": 10_000, "equal_integers": 10_000,
    },
    "requantization": {
        "fraction_bits": 16,
        "layers": [LAYER],
        "input_levels": 42.0,
        "variants": [
            FLOAT,
            *(
                variant(name, 979, 0.1, 0.2)
                for name in ("nearest", "floor", "divisor", "divisor_and_input")
            ),
        ],
    },
    "quantized_training": [
        FLOAT,
        variant("ptq", 978, 0.2, 0.1),
        variant("qat", 985, -0.5, 0.1),
        variant("qat_integers", 984, -0.4, 0.1),
    ],
}  # fmt: skip
SUMMARY = {
    "program": "torchinfo 1.8.0",
    "rows": [
        {"name": "Net", "depth": 0, "input_shape": [1, 4], "kernel": [], "output_shape": [1, 2],
         "parameters": 0, "multiply_adds": 0},
        {"name": "Linear: 1-1", "depth": 1, "input_shape": [1, 4], "kernel": [],
         "output_shape": [1, 2], "parameters": 8, "multiply_adds": 8},
    ],
    "parameters": 8, "trainable": 8, "multiply_adds": 8,
    "input_bytes": 16, "pass_bytes": 16_000, "parameter_bytes": 32_000,
}  # fmt: skip


def source_of(language: str = "en", **extra: Any) -> Source:
    results = full.full(edition=EDITION)
    results["extra_data"].update({"comparisons": COMPARISONS, "summary": SUMMARY, **extra})
    return Source(results=read(results), t=load_messages(language))


def part(name: str, source: Source) -> tuple[Block, ...]:
    found = find_part(name)
    assert found is not None
    return found(source)


def said(blocks: tuple[Block, ...]) -> list[str]:
    return [words for block in blocks if isinstance(block, Prose) for words in block.paragraphs]


def tables(blocks: tuple[Block, ...]) -> list[Table]:
    return [block for block in blocks if isinstance(block, Table)]


def test_the_report_of_2024_answers_every_question_of_its_sheet() -> None:
    """From 1.3.1 to 3.1.2, without a 2.4.5, as the sheet counts."""
    numbers = [
        heading.number for top in load_structure("report", EDITION) for heading in top.sections
    ]

    assert numbers == [
        "1.3.1", "1.3.2", "1.3.3", "1.3.4", "2.1.1", "2.1.2", "2.1.3", "2.2.1", "2.2.2",
        "2.3.1", "2.3.2", "2.3.3", "2.4.1", "2.4.2", "2.4.3", "2.4.4", "2.4.6", "2.4.7", "2.4.8",
        "2.5.1", "2.5.2", "3.1.1", "3.1.2",
    ]  # fmt: skip


def test_the_summary_is_torchinfos() -> None:
    """A module is set in by its depth, kernels that are not there are dashes, totals follow."""
    (table,) = tables(part("model_summary", source_of()))

    assert [row.cells[0] for row in table.rows] == ["Net", "\u2003Linear: 1-1", "Total"]
    assert table.rows[1].cells[1:] == ("[1,\u00a04]", "–", "[1,\u00a02]", "8", "8")
    assert "forward and backward pass 0.02, parameters 0.03, in all 0.05" in table.note
    assert "torchinfo 1.8.0" in table.caption.text


def test_a_difference_from_1998_is_called_chance_where_it_may_be() -> None:
    """0.1 points with an error of 0.3 may be chance, 2 points with one of 0.5 hardly are."""
    sentences = said(part("compared_with_1998", source_of()))

    assert "0.10 percentage points less" in sentences[1]
    assert sentences[1].endswith("and may be chance.")
    assert "96.00 %" in sentences[2].replace("\u00a0", " ")
    assert sentences[2].endswith("and hardly chance.")


def test_a_whole_divisor_is_shown_with_its_error() -> None:
    """1/3 for 0.3 is off by a ninth, 19661 / 65536 by a thousandth of a percent."""
    blocks = part("whole_divisor", source_of())
    cells = [cell.replace("\u00a0", " ") for cell in tables(blocks)[0].rows[0].cells]

    assert cells == ["conv1", "0.3000000", "3.33", "3", "11.111 %", "19,661", "0.00 %"]
    assert "by up to 42" in said(blocks)[-1]


def test_a_multiplier_that_would_not_vanish_is_not_said_to() -> None:
    """Only one below a half is 0 when rounded to a whole number."""
    larger = {**COMPARISONS["requantization"], "layers": [{**LAYER, "multiplier": 0.6}]}
    source = source_of(comparisons={**COMPARISONS, "requantization": larger})

    assert "it would be 0" in said(part("whole_divisor", source_of()))[0]
    assert not any("it would be 0" in words for words in said(part("whole_divisor", source)))


def test_rounding_is_told_in_hardwares_terms() -> None:
    """An adder of the product's width adds half of 2^16."""
    first, second = said(part("floor_or_round", source_of()))

    assert "adds a half, 2¹⁵," in first
    assert "up to 32 bits" in first
    assert "25.0\u00a0% to 25.0\u00a0%" in second


def test_the_table_of_scales_is_in_the_sheets_own_symbols() -> None:
    """Steps s_w and factors M in 2024, multipliers n_W and n_O in 2021."""
    titles = {}
    for edition in ("cs5120-2021", EDITION):
        (table,) = tables(part("scales", source_of(edition=edition)))
        titles[edition] = [(column.title, column.subscript) for column in table.columns[1:3]]
        weight = table.rows[0].cells[1]

    assert titles == {"cs5120-2021": [("n", "W"), ("n", "O")], EDITION: [("s", "w"), ("M", "")]}
    layers = source_of().extra.layers
    assert float(weight) == pytest.approx(1 / (layers[0].weight_multiplier or 1), rel=1e-3)


def test_each_network_of_the_training_table_says_whose_it_is() -> None:
    """The course's float network, the submission's own quantization, then the reference's."""
    (table,) = tables(part("quantized_training:bias", source_of()))

    assert [row.cells[1] for row in table.rows] == [
        "course’s float network", "this submission’s", "reference", "reference", "reference",
    ]  # fmt: skip
    assert table.rows[1].cells[2] == "5,212 / 10,000"


def test_a_judged_quantization_names_what_is_the_references() -> None:
    """Where the reference's scales stand in, the row is not the submission's alone."""
    note = "with the reference’s scales"
    stage = {
        "stage": "bias_judged",
        "correct": 978,
        "images": 1000,
        "percent": 97.8,
        "degradation": 0.2,
        "standard_error": 0.1,
        "source": "student",
        "note": note,
    }
    (table, *_) = part("quantized_training:bias", source_of(accuracy_stages=[stage]))

    assert isinstance(table, Table)
    assert table.rows[1].cells[:2] == ("PTQ, judged", f"this submission’s; {note}")


@pytest.mark.parametrize("name", PARTS)
def test_what_was_not_measured_is_said_to_be_so(name: str) -> None:
    """A results file without the measurements makes a sentence, not an empty section."""
    (block,) = part(name, source_of(comparisons={}))

    assert isinstance(block, Prose)
    assert "not measured" in block.paragraphs[0]


def test_a_chinese_report_of_2024_has_no_english_sentence() -> None:
    """Every paragraph, caption and note of the compared networks is in Chinese."""
    source = source_of("zh_TW")
    blocks = tuple(block for name in (*PARTS, "model_summary") for block in part(name, source))
    words = [*said(blocks), *(table.caption.text for table in tables(blocks))]

    assert all(HAN.search(one) for one in words)
    assert not [one for one in words if re.search("[a-z]+ (the|of|is|by) ", one)]


def test_every_title_of_2024_is_in_chinese_too() -> None:
    """No heading falls back to English."""
    results = full.full(edition=EDITION)
    results["extra_data"].update(comparisons=COMPARISONS, summary=SUMMARY)
    document = build_document(read(results), kind="report", language="zh_TW")

    titles = [section.title for section in document.sections]
    assert [title for title in titles if not HAN.search(title)] == []
