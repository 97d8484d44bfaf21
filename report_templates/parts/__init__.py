"""The parts that a document can be made of, by the names that structure files use."""

from __future__ import annotations

from collections.abc import Callable

from report_templates.blocks import Block
from report_templates.parts.accuracy import accuracy_chart, accuracy_table
from report_templates.parts.network import architecture, scales
from report_templates.parts.notes import colophon, notes
from report_templates.parts.ranges import (
    activation_histograms,
    activation_ranges,
    weight_histograms,
    weight_ranges,
)
from report_templates.parts.score import evidence, findings, score_table
from report_templates.source import Source

Part = Callable[[Source], tuple[Block, ...]]

PARTS: dict[str, Part] = {
    part.__name__: part
    for part in (
        score_table,
        findings,
        evidence,
        accuracy_chart,
        accuracy_table,
        architecture,
        scales,
        weight_ranges,
        weight_histograms,
        activation_ranges,
        activation_histograms,
        notes,
        colophon,
    )
}
