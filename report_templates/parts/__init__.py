"""
The parts that a document can be made of, by the names that structure files use.

A name may carry an argument after a colon: ``code_of:weights``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from report_templates.page.blocks import Block
from report_templates.parts.explanation import bias, choice, conventions, functions, shapes
from report_templates.parts.grading import notes, score
from report_templates.parts.lab import comparisons, network, scaling
from report_templates.parts.measurements import accuracy, challenge, discussion, measured, ranges
from report_templates.parts.submission import code, own_words
from report_templates.source import Source

Part = Callable[[Source], tuple[Block, ...]]
PartOf = Callable[[Source, str], tuple[Block, ...]]

PARTS: dict[str, Part] = {
    part.__name__: part
    for part in (
        score.score_overview,
        score.findings,
        score.judgements,
        measured.remarks,
        accuracy.accuracy_chart,
        accuracy.accuracy_table,
        discussion.accuracy_discussion,
        discussion.weight_discussion,
        discussion.activation_discussion,
        discussion.summary,
        network.architecture,
        network.model_summary,
        network.scales,
        network.quantized_weights,
        ranges.weight_ranges,
        ranges.weight_histograms,
        ranges.activation_ranges,
        ranges.activation_histograms,
        scaling.scales_worked,
        shapes.weight_shapes,
        shapes.activation_shapes,
        choice.half_wasted,
        bias.bias_explained,
        conventions.conventions,
        comparisons.layers_beside_1998,
        comparisons.compared_with_1998,
        comparisons.linear_layer,
        comparisons.floor_or_round,
        comparisons.whole_divisor,
        measured.bias_table,
        measured.claims,
        measured.confusion_matrices,
        measured.bit_widths,
        challenge.challenge,
        code.submitted_code,
        code.appendix,
        notes.notes,
        notes.colophon,
    )
}

PARTS_OF: dict[str, PartOf] = {
    part.__name__: part
    for part in (
        choice.range_choice,
        code.code_of,
        comparisons.quantized_training,
        discussion.accuracy_of,
        discussion.range_candidates,
        functions.explained,
        own_words.own_words,
        scaling.equation,
        score.judgement_of,
    )
}


def find_part(name: str) -> Part | None:
    """Return the part called *name* (``code_of:weights``), None if there is none."""
    part, _, argument = name.partition(":")
    if not argument:
        return PARTS.get(part)
    made = PARTS_OF.get(part)
    return None if made is None else partial(_with, made, argument)


def _with(part: PartOf, argument: str, source: Source) -> tuple[Block, ...]:
    return part(source, argument)
