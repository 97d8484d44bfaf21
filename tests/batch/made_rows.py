"""Rows of a class, made for tests."""

from __future__ import annotations

from grader.batch.records import GRADED, Record
from grader.batch.rows import ClassRow
from grader.batch.sources.submitted import Submitted
from grader.words.message import Message


def row_of(
    student: str = "",
    score: float = 90.0,
    *,
    state: str = GRADED,
    key: str = "",
    unclear: Message | None = None,
    findings: tuple[str, ...] = (),
    **about: str,
) -> ClassRow:
    one = Submitted(key=key or student, student_id=student, about=about, unclear=unclear)
    record = Record(
        state=state,
        edition="cs5120-2021",
        score=score,
        max_score=100.0,
        criteria={"weights.scale": (score / 10, 10.0), "bias.result": (None, 5.0)},
        titles={"weights.scale": "Weights: scale", "bias.result": "Bias: result"},
        findings=findings,
        accuracy={"float": 80.0, "activations": score * 0.8},
    )
    return ClassRow(submitted=one, record=record, folder=student)
