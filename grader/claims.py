"""
What a notebook's saved outputs claim, beside what grading measured: for the TA, never for points.

Nothing is run: only the text and the number of images that the notebook was saved with are read.
A student's claims are about the network that they trained: they need not equal what is measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from grader.intake.model import Cell
from grader.model import Claim, Distribution, StageAccuracy

_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
_PERCENT = re.compile(rf"^(?P<text>.*\baccuracy\b.*?)(?P<number>{_NUMBER})\s*%", re.IGNORECASE)
_RANGE = re.compile(
    rf"\b(?P<name>[A-Za-z]\w*)\b[^\w+-]+(?P<low>{_NUMBER})\s*~\s*(?P<high>{_NUMBER})",
    re.IGNORECASE,
)
_NOT_YET = re.compile(r"\bonly\b|\bnot\b|n't\b|\bun ?quantized\b", re.IGNORECASE)
_LINE_CHARACTERS = 400


def read_claims(
    cells: Sequence[Cell],
    accuracies: Sequence[StageAccuracy],
    distributions: Sequence[Distribution],
) -> tuple[Claim, ...]:
    """Return all claims in the order of the notebook; what is printed again replaces the first."""
    measured = {stage.stage: f"{stage.percent:.2f} %" for stage in accuracies}
    found: dict[str, Claim] = {}
    for cell in cells:
        for claim in (
            *_accuracies(cell, measured),
            *_ranges(cell, distributions),
            *_histograms(cell, distributions),
        ):
            found.pop(claim.what, None)
            found[claim.what] = claim
    return tuple(found.values())


def stage_of(text: str) -> str:
    """Return the stage of the ladder that a printed sentence about an accuracy speaks of."""
    lowered = text.lower()
    with_bias = "bias" in lowered
    if "quantiz" not in lowered and "quantis" not in lowered:
        return "bias_float" if with_bias else "float"
    if with_bias:
        return "bias_unquantized" if _NOT_YET.search(lowered) else "bias"
    return "activations" if "activation" in lowered else "weights"


def _accuracies(cell: Cell, measured: Mapping[str, str]) -> Iterator[Claim]:
    for line in _lines(cell):
        match = _PERCENT.match(line)
        if match is None or not 0 <= float(match["number"]) <= 100:
            continue
        stage = stage_of(match["text"])
        yield Claim(
            what=f"accuracy.{stage}",
            claimed=f"{float(match['number']):.2f} %",
            measured=measured.get(stage, ""),
            where=str(cell.place()),
        )


def _ranges(cell: Cell, distributions: Sequence[Distribution]) -> Iterator[Claim]:
    known = {d.layer: d for d in distributions if d.kind == _kind(cell)}
    for line in _lines(cell):
        match = _RANGE.search(line)
        distribution = None if match is None else known.get(match["name"])
        if match is None or distribution is None:
            continue
        yield Claim(
            what=f"range.{distribution.tensor}",
            claimed=f"{float(match['low']):.4f} ~ {float(match['high']):.4f}",
            measured=f"{distribution.minimum:.4f} ~ {distribution.maximum:.4f}",
            where=str(cell.place()),
        )


def _histograms(cell: Cell, distributions: Sequence[Distribution]) -> Iterator[Claim]:
    """Count the images saved by a cell that draws histograms; one image may hold several."""
    if not cell.images or "hist" not in cell.source:
        return
    kind = _kind(cell)
    wanted = sum(d.kind == kind for d in distributions)
    plural = "" if cell.images == 1 else "s"
    yield Claim(
        what=f"histograms.{kind}",
        claimed=f"{cell.images} saved image{plural}",
        measured=f"{wanted} tensors",
        where=str(cell.place()),
    )


def _kind(cell: Cell) -> str:
    """Return whether a cell's plots and ranges are of activations or of weights."""
    return "activations" if "activations" in cell.source else "weights"


def _lines(cell: Cell) -> Iterator[str]:
    for text in cell.outputs:
        for line in text.splitlines():
            yield line[:_LINE_CHARACTERS]
