"""
What a notebook's saved outputs claim, beside what grading measured: for the TA, never for points.

Nothing is run: only the text and the number of plots that the notebook was saved with are read.
A student's claims are about the network that they trained: they need not equal what is measured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from grader.editions.schema import HistogramsTable, TensorKind
from grader.intake.lexical.definitions import named_functions
from grader.intake.model import Cell
from grader.measurements import Distribution, StageAccuracy
from grader.model import Claim
from grader.words.message import say

# Bounded, and never begun within a number: a line may hold nothing but digits.
_NUMBER = r"(?<![\d.])[-+]?\d{1,20}(?:\.\d{1,20})?(?:e[-+]?\d{1,3})?"
_ACCURACY = re.compile(r"\baccuracy\b", re.IGNORECASE)
_PERCENT = re.compile(rf"(?P<number>{_NUMBER})\s*%", re.IGNORECASE)
_RANGE = re.compile(
    rf"\b(?P<name>[A-Za-z]\w*)\b[^\w+-]+(?P<low>{_NUMBER})\s*~\s*(?P<high>{_NUMBER})",
    re.IGNORECASE,
)
_NOT_YET = re.compile(r"\bonly\b|\bnot\b|n't\b|\bun ?quantized\b", re.IGNORECASE)
_LINE_CHARACTERS = 400
_DRAWING = re.compile(r"\b(?:hist|histogram|histplot|displot|distplot|kdeplot)\(")
_CALL = re.compile(r"\b(\w+)\(")


def read_claims(
    cells: Sequence[Cell],
    accuracies: Sequence[StageAccuracy],
    distributions: Sequence[Distribution],
    histograms: Sequence[HistogramsTable],
) -> tuple[Claim, ...]:
    """Return all claims in the order of the notebook; what is printed again replaces the first."""
    measured = {stage.stage: f"{stage.percent:.2f} %" for stage in accuracies}
    kinds = _kinds(cells, histograms)
    found: dict[str, Claim] = {}
    for cell, kind in zip(cells, kinds, strict=True):
        known = {d.layer: d for d in distributions if d.kind == kind}
        for claim in (*_accuracies(cell, measured), *_ranges(cell, known)):
            found.pop(claim.what, None)
            found[claim.what] = claim
    return (*found.values(), *_histograms(cells, kinds, distributions, histograms))


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
        match = _percent(line)
        if match is None or not 0 <= float(match["number"]) <= 100:
            continue
        stage = stage_of(line[: match.start()])
        yield Claim(
            what=f"accuracy.{stage}",
            claimed=f"{float(match['number']):.2f} %",
            measured=measured.get(stage),
            where=cell.place().told,
        )


def _percent(line: str) -> re.Match[str] | None:
    """Return the first percentage after the last "accuracy" that one follows."""
    percents = [*_PERCENT.finditer(line)]
    words = [word.end() for word in _ACCURACY.finditer(line)]
    before = [end for end in words if percents and end <= percents[-1].start()]
    return next((p for p in percents if before and p.start() >= before[-1]), None)


def _ranges(cell: Cell, known: Mapping[str, Distribution]) -> Iterator[Claim]:
    for line in _lines(cell):
        match = _RANGE.search(line)
        distribution = None if match is None else known.get(match["name"])
        if match is None or distribution is None:
            continue
        yield Claim(
            what=f"range.{distribution.tensor}",
            claimed=f"{float(match['low']):.4f} ~ {float(match['high']):.4f}",
            measured=f"{distribution.minimum:.4f} ~ {distribution.maximum:.4f}",
            where=cell.place().told,
        )


def _histograms(
    cells: Sequence[Cell],
    kinds: Sequence[TensorKind | None],
    distributions: Sequence[Distribution],
    tables: Sequence[HistogramsTable],
) -> Iterator[Claim]:
    """Count each question's saved histograms; a script has none to save."""
    if all(cell.number is None for cell in cells):
        return
    drawing = _drawing_functions(cells)
    for table in tables:
        wanted = sum(d.kind == table.id for d in distributions)
        shown = [
            cell
            for cell, kind in zip(cells, kinds, strict=True)
            if kind is table.id and cell.plots and _draws(cell, drawing)
        ]
        # A grid of 2 x 3 for five tensors leaves a place empty.
        count = sum(min(cell.plots, wanted) for cell in shown)
        yield Claim(
            what=f"histograms.{table.id}",
            claimed=say(
                "claim",
                "shown" if count <= wanted else "more-shown",  # nobody knows which are meant
                count=count,
                wanted=wanted,
                name=table.title.within_a_sentence(),
                question=table.question,
            ),
            measured=say("claim", "tensors", count=wanted),
            where=shown[0].place().told if shown else None,
        )


def _drawing_functions(cells: Sequence[Cell]) -> set[str]:
    """Return the names of the functions in whose cells histograms are drawn."""
    drawing = (cell.source for cell in cells if _DRAWING.search(cell.source))
    return {name for source in drawing for name in named_functions(source)}


def _draws(cell: Cell, drawing: set[str]) -> bool:
    called = _CALL.findall(cell.source)
    return _DRAWING.search(cell.source) is not None or not drawing.isdisjoint(called)


def _kinds(
    cells: Sequence[Cell], tables: Sequence[HistogramsTable]
) -> tuple[TensorKind | None, ...]:
    """
    Return of which tensors each cell speaks, None where nothing tells.

    That is in its code, else in the markdown above it, else in the cell before it.
    """
    kinds: list[TensorKind | None] = []
    before = None
    for cell in cells:
        before = _spoken_of(cell.source, tables) or _spoken_of(cell.text_above, tables) or before
        kinds.append(before)
    return tuple(kinds)


def _spoken_of(text: str, tables: Sequence[HistogramsTable]) -> TensorKind | None:
    """Return the kind whose words occur most often in a text, None where two occur as often."""
    lowered = text.lower()
    counts = {table.id: sum(map(lowered.count, table.words)) for table in tables}
    most = max(counts.values(), default=0)
    kinds = [kind for kind, count in counts.items() if count == most]
    return kinds[0] if most and len(kinds) == 1 else None


def _lines(cell: Cell) -> Iterator[str]:
    for text in cell.outputs:
        for line in text.splitlines():
            yield line[:_LINE_CHARACTERS]
