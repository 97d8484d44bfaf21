"""Each sentence on ranges and accuracies is said of numbers that bear it out, and of no others."""

# ruff: noqa: RUF001 - dashes and quotes are what is printed

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from grader.results.file.measurements import Layer, Range, Stage
from grader.results.file.schema import Extra, Results
from report_templates.messages import languages, load_messages
from report_templates.page.blocks import Block, Prose
from report_templates.parts.measurements.discussion import (
    accuracy_discussion,
    accuracy_of,
    activation_discussion,
    summary,
    weight_discussion,
)
from report_templates.source import Source

NARROW = Range(layer="a", kind="weights", min=-1.0, max=1.0, width=2.0, larger="three_sigma")
WIDE = Range(layer="b", kind="weights", min=-3.0, max=3.0, width=6.0, larger="actual")
RELU = Range(
    layer="c", kind="activations", min=0.0, max=4.0, width=4.0, sigma_min=-1.5, sigma_width=6.0
)
FLOAT = Stage(stage="float", title="Float", percent=80.0)
LOST = Stage(
    stage="activations", title="All", percent=78.0, degradation=2.0, standard_error=0.5
)  # fmt: skip
BIASED = (
    Stage(stage="bias_float", title="B", percent=81.0),
    Stage(stage="bias_unquantized", title="U", percent=70.0),
    Stage(stage="bias", title="Q", percent=80.5),
)


def of(found: Any, **changed: Any) -> Any:
    return found.model_copy(update=changed)


def stages(**changed: Any) -> Mapping[str, Any]:
    return {"accuracy_stages": (FLOAT, of(LOST, **changed))}


Part = Callable[[Source], tuple[Block, ...]]
Facts = Mapping[str, Any]
# A sentence's words, its part, the facts that it needs, and facts for which it must not appear.
CASES: Mapping[str, tuple[str, Part, Facts, Facts]] = {
    "discussion.larger_three_sigma": (
        "The 3-sigma range is wider",
        weight_discussion,
        {"ranges": (NARROW,)},
        {"ranges": (WIDE,)},
    ),
    "discussion.larger_actual": (
        "The actual range is wider",
        weight_discussion,
        {"ranges": (WIDE,)},
        {"ranges": (NARROW,)},
    ),
    "discussion.widths": (
        "narrowest for a (2.0000) and widest for b (6.0000)",
        weight_discussion,
        {"ranges": (WIDE, NARROW)},
        {"ranges": (WIDE, of(WIDE, layer="c", width=6.1))},
    ),
    # 1.5 of 6 lie below 0.
    "discussion.wasted_of": (
        "c 25 % (from −1.5000)",
        activation_discussion,
        {"ranges": (RELU,)},
        {"ranges": (of(RELU, min=-0.1),)},
    ),
    "discussion.wasted": (
        "begins below 0 although no value does",
        activation_discussion,
        {"ranges": (RELU,)},
        {"ranges": (of(RELU, sigma_min=0.1),)},
    ),
    "discussion.loss": (
        "from 80.00 % to 78.00 %, 2.00 percentage points less",
        accuracy_discussion,
        stages(),
        stages(percent=82.0, degradation=-2.0),
    ),
    "discussion.gain": (
        "2.00 percentage points more",
        accuracy_discussion,
        stages(percent=82.0, degradation=-2.0),
        stages(),
    ),
    "discussion.same": (
        "leaves the accuracy at 80.00 %",
        accuracy_discussion,
        stages(percent=80.0, degradation=0.001),  # printed as 0.00
        stages(),
    ),
    "discussion.within": (
        "within twice its standard error (3.00) and may be chance",
        accuracy_discussion,
        stages(standard_error=1.5),
        stages(),
    ),
    "discussion.beyond": (
        "more than twice its standard error (1.00) and hardly chance",
        accuracy_discussion,
        stages(),
        stages(standard_error=1.5),
    ),
    "discussion.between": (
        "standard error",
        accuracy_discussion,
        stages(),
        stages(standard_error=None),
    ),
    "discussion.not_measured": (
        "This was not measured",
        lambda source: accuracy_of(source, "activations"),
        {"accuracy_stages": (FLOAT,)},
        stages(),
    ),
    "whose.borrowed": (
        "Not the submission’s work alone",
        accuracy_discussion,
        stages(substituted=("weights",)),
        stages(),
    ),
    "summary.chain": (
        "the accuracy went from 80.00 % to 78.00 %",
        summary,
        stages(),
        {"accuracy_stages": (LOST,)},
    ),
    "summary.bias": (
        "81.00 % in float, 70.00 % with",
        summary,
        {"accuracy_stages": BIASED},
        {"accuracy_stages": BIASED[:2]},
    ),
    # 1,000 weights of four bytes are 4 kB.
    "summary.memory": (
        "take 1.0 kB as 8-bit integers where they took 4.0 kB",
        summary,
        {"layers": (Layer(name="a", weights=1000),)},
        {"layers": (Layer(name="a", weights=1000),), "substituted": ("weights",)},
    ),
}


def said(part: Part, facts: Facts, language: str = "en") -> str:
    results = Results.model_validate({"extra_data": Extra(**facts)})
    blocks = part(Source(results=results, t=load_messages(language)))
    prose = (block for block in blocks if isinstance(block, Prose))
    return "\n".join(words for block in prose for words in block.paragraphs).replace("\xa0", " ")


@pytest.mark.parametrize("key", CASES)
def test_a_sentence_needs_its_numbers(key: str) -> None:
    """It is said with the numbers of facts that bear it out, and not of the others."""
    words, part, facts, others = CASES[key]

    assert words in said(part, facts)
    assert words not in said(part, others)
    for language in languages():
        assert "{" not in said(part, facts, language)
