"""Measurements as they are written into the results file; the schema has no infinite numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from grader import measurements, model
from grader.model import Grade
from grader.results.file import measurements as written
from grader.results.file.fields import Part
from grader.words.message import Message, Value, say_value, sentence

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_P = TypeVar("_P", bound=Part)


def images_judged_on(grade: Grade) -> written.Data:
    """Return what is said of the images that the networks were run on."""
    return written.Data(
        name=text_of(grade.data_name),
        name_message=message_of(grade.data_name),
        set=text_of(grade.data_set),
        set_message=message_of(grade.data_set),
        split=grade.data_split,
        images=grade.data_images,
    )


def stage_of(stage: measurements.StageAccuracy) -> written.Stage:
    return written.Stage(
        stage=stage.stage,
        title=stage.title,
        correct=stage.correct,
        images=stage.images,
        percent=round(stage.percent, 4),
        degradation=finite(stage.degradation),
        standard_error=finite(stage.standard_error),
        source=stage.source,
        note=text_of(stage.note),
        note_message=message_of(stage.note),
        agreeing=stage.agreeing,
        substituted=stage.substituted,
    )


def range_of(found: measurements.Distribution) -> written.Range:
    return written.Range(
        tensor=found.tensor,
        layer=found.layer,
        kind=found.kind,
        numel=found.numel,
        min=found.minimum,
        max=found.maximum,
        width=found.width,
        mean=found.mean,
        std=found.std,
        sigma_min=found.sigma_minimum,
        sigma_max=found.sigma_maximum,
        sigma_width=6 * found.std,
        larger=found.larger,
        skewness=found.skewness,
        tail_weight=found.tail_weight,
        below=found.below,
        above=found.above,
        zeros=found.zeros,
        at_minimum=found.at_minimum,
        at_maximum=found.at_maximum,
        after=found.after,
        histogram=written.Histogram(
            low=found.histogram_low, high=found.histogram_high, counts=found.counts
        ),
    )


def layer_of(layer: measurements.LayerReport) -> written.Layer:
    numbers = ("weight_multiplier", "output_multiplier", "landing_level", "clipped_percent")
    fields = asdict(layer)
    return written.Layer(**fields | {name: finite(fields[name]) for name in numbers})


def candidates_of(
    found: measurements.Distribution,
    candidates: Sequence[measurements.CandidateRange],
    accuracies: Mapping[str, measurements.RangeAccuracy],
) -> written.Candidates:
    best = min(candidates, key=lambda candidate: candidate.mean_squared_error)
    return written.Candidates(
        tensor=found.tensor,
        layer=found.layer,
        kind=found.kind,
        favoured=best.range,
        candidates=tuple(
            written.Candidate(
                range=candidate.range,
                step=candidate.step,
                mse=candidate.mean_squared_error,
                clipping_mse=candidate.clipping_error,
                sqnr_db=finite(candidate.sqnr_db),
                clipped_percent=candidate.clipped_percent,
            )
            for candidate in candidates
        ),
        accuracy=as_written(accuracies.get(found.tensor), written.RangeAccuracy),
    )


def bias_of(grade: Grade) -> written.Bias:
    rows = (
        written.BiasRow(
            name=row.name, trained=row.value, expected=row.expected, actual=finite(row.actual)
        )
        for row in grade.bias
    )
    return written.Bias(
        layer=grade.bias_layer,
        values=tuple(rows),
        factors=as_written(grade.bias_factors, written.BiasFactors),
    )


def confusion_of(confusion: measurements.Confusion | None) -> written.Confusion:
    if confusion is None:
        return written.Confusion()
    return written.Confusion(
        classes=confusion.classes, before=confusion.before, quantized=confusion.after
    )


def challenge_answer(answer: model.ChallengeAnswer) -> written.ChallengeAnswer:
    row = answer.accuracy
    return written.ChallengeAnswer(
        form=answer.form,
        titles=answer.titles,
        outcome=answer.outcome.value,
        reason=sentence(answer.reason),
        reason_message=answer.reason,
        where=text_of(answer.where),
        where_message=message_of(answer.where),
        parts=tuple(map(str, answer.parts)),
        scales=answer.scales.value if answer.weight_bits or answer.parts else "",
        weight_bits=dict(answer.weight_bits),
        activation_bits=dict(answer.activation_bits),
        bias_bits=answer.bias_bits,
        percent=None if row is None else round(row.percent, 4),
        float_percent=None if answer.float_percent is None else round(answer.float_percent, 4),
        degradation=None if row is None else finite(row.degradation),
        standard_error=None if row is None else finite(row.standard_error),
    )


def as_written(measured: DataclassInstance | None, part: type[_P]) -> _P | None:
    """Return a measurement as the *part* of the file that has its fields."""
    return None if measured is None else part.model_validate(asdict(measured))


def without_infinities(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields with None in place of the numbers that are not finite."""
    return {
        name: finite(value) if isinstance(value, float) else value
        for name, value in fields.items()
    }


def text_of(value: Value | None) -> str:
    """Return a value as a text in English."""
    return "" if value is None else say_value(value)


def message_of(value: Value | None) -> Message | float | None:
    """Return a value as data that every language can be made of; a text is in none."""
    return None if isinstance(value, str) else value


def finite(number: float | None) -> float | None:
    """Return a number, None for one that is not finite."""
    return number if number is not None and math.isfinite(number) else None
