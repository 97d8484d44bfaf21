"""What a submission answers to the sheet's extra challenge, as measured."""

from __future__ import annotations

from collections.abc import Mapping

from grader.results.file.measurements import ChallengeAnswer
from report_templates.page.blocks import Block, Column, Prose, Row, Table, filled
from report_templates.page.numbers import UNKNOWN, integer, percent
from report_templates.page.text import line
from report_templates.source import Source
from report_templates.wording import told

_TEXTS = ("answer", "where", "parts", "scales")
_NUMBERS = ("weights", "between", "bias", "accuracy", "float")


def challenge(source: Source) -> tuple[Block, ...]:
    """Return every answer to the challenge, with its widths, its scales and its accuracy."""
    t = source.t
    answers = source.extra.challenge
    if not answers:
        return ()
    columns, rows = filled(
        [
            Column(title=t(f"challenge.{name}"), align="number" if name in _NUMBERS else "text")
            for name in (*_TEXTS, *_NUMBERS)
        ],
        [Row(cells=_cells(source, answer)) for answer in answers],
    )
    table = Table(caption=source.table_caption(t("challenge.caption")), columns=columns, rows=rows)
    reasons = tuple(
        t("challenge.reason", answer=_answer(source, one), reason=_reason(source, one))
        for one in answers
        if one.reason
    )
    told_wrong = (Prose(paragraphs=reasons, style="bullets"),) if reasons else ()
    return Prose(paragraphs=(t("challenge.about"),), style="lead"), table, *told_wrong


def _cells(source: Source, answer: ChallengeAnswer) -> tuple[str, ...]:
    t = source.t
    parts = [t.name("challenge_parts", part) for part in answer.parts]
    outcome = t.name("outcomes", answer.outcome)
    return (
        _answer(source, answer),
        told(source, answer.where, answer.where_message, 80) or UNKNOWN,
        t("joiner").join(parts) or outcome,
        t.name("challenge_scales", answer.scales) if answer.scales else UNKNOWN,
        _bits(answer.weight_bits),
        _bits(answer.activation_bits),
        integer(answer.bias_bits) if answer.bias_bits else UNKNOWN,
        percent(answer.percent),
        percent(answer.float_percent),
    )


def _answer(source: Source, answer: ChallengeAnswer) -> str:
    return line(source.t("joiner").join(answer.titles), 120) or UNKNOWN


def _reason(source: Source, answer: ChallengeAnswer) -> str:
    return line(source.t.sentence(answer.reason, answer.reason_message), 300)


def _bits(widths: Mapping[str, int]) -> str:
    """Return the one width of all tensors, or each in their order: ``8, 8, 4``."""
    found = [*widths.values()]
    one = len({*found}) == 1
    return ", ".join(map(str, found[:1] if one else found)) or UNKNOWN
