"""The results file: a Gradescope results file that also carries everything the report shows."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from grader import model
from grader.model import Grade, Outcome
from grader.results.file import measurements as measured
from grader.results.file import schema
from grader.results.file.comparisons import Comparisons, ModelSummary
from grader.results.file.fields import Part
from grader.results.file.schema import Results
from grader.words.message import Message, Value, say_value, sentence

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_P = TypeVar("_P", bound=Part)
# What differs between two runs of the same file with the same seed.
VOLATILE = ("execution_time", "graded_at")


def results_of(grade: Grade) -> Results:
    """Return a grade as a results file; numbers that are not finite become null."""
    return Results(
        score=grade.points,
        execution_time=round(grade.seconds, 3),
        output=_overview(grade),
        output_format="md",
        visibility="visible" if grade.state == "graded" else "hidden",
        stdout_visibility="hidden",
        tests=tuple(map(_test, grade.scores)),
        leaderboard=(),
        extra_data=_extra(grade),
    )


def to_json(grade: Grade) -> dict[str, Any]:
    """Return the contents of a grade's results file as JSON's types."""
    return schema.dump(results_of(grade))


def write_results(grade: Grade, target: Path) -> Results:
    """Write the results file whole or not at all; return its contents."""
    results = results_of(grade)
    write_contents(results, target)
    return results


def write_contents(results: Results, target: Path) -> None:
    """Write a results file whole or not at all."""
    contents = schema.dump(results)
    text = json.dumps(contents, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(target, text.encode())


def write_whole(target: Path, data: bytes) -> None:
    """Write a file beside its place and move it there, so that no half file is ever seen."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _overview(grade: Grade) -> str:
    pending = [score.title for score in grade.scores if score.outcome is Outcome.PENDING]
    if pending:
        lines = [
            f"Graded so far: {grade.points:g} of {grade.graded_max:g},"
            f" {grade.pending_points:g} points wait for staff; judged on {grade.data_name}.",
            f"Neither earned nor lost, for they could not be judged here: {', '.join(pending)}.",
        ]
    else:
        lines = [f"{grade.points:g} of {grade.max_points:g} points, judged on {grade.data_name}."]
    lines += [f"- {finding.title}" for finding in grade.findings if finding.costs_points]
    return "\n".join(lines)


def _test(score: model.Score) -> schema.CriterionTest:
    status = "passed" if score.outcome is Outcome.PASSED else "failed"
    about_accuracy = score.criterion.endswith("accuracy")
    return schema.CriterionTest(
        score=score.points,
        max_score=score.max_points,
        status=None if score.outcome is Outcome.PENDING else status,
        name=f"{score.task_title}: {score.title}",
        name_format="text",
        number=score.question,
        output=sentence(score.reason),
        output_format="text",
        tags=(score.task, "accuracy") if about_accuracy else (score.task,),
        visibility="visible",
        extra_data=schema.CriterionExtra(
            criterion=score.criterion,
            outcome=score.outcome.value,
            task=score.task,
            task_title=score.task_title,
            title=score.title,
            reason=sentence(score.reason),
            reason_message=score.reason,
            checks=tuple(map(_check, score.checks)),
            findings=tuple(map(_finding, score.findings)),
        ),
    )


def _check(check: model.CheckResult) -> schema.Check:
    return schema.Check(
        check=check.check,
        outcome=check.outcome.value,
        claim=check.claim,
        claim_id=check.claim_id or None,
        reason=sentence(check.reason),
        reason_message=check.reason,
        evidence=_evidence(check.evidence),
        remarks=check.remarks,
    )


def _evidence(evidence: model.Evidence) -> schema.Evidence:
    return schema.Evidence(
        expected=_text(evidence.expected),
        expected_message=_data(evidence.expected),
        actual=_text(evidence.actual),
        actual_message=_data(evidence.actual),
        tolerance=_text(evidence.tolerance),
        tolerance_message=_data(evidence.tolerance),
        where=_text(evidence.where),
        where_message=_data(evidence.where),
    )


def _finding(finding: model.Finding) -> schema.Finding:
    return schema.Finding(
        id=finding.id,
        task=finding.task,
        title=str(finding.title),
        message=str(finding.message),
        hint=str(finding.hint),
        where=_text(finding.where),
        where_message=_data(finding.where),
        costs_points=finding.costs_points,
        values=dict(finding.values),
    )


def _extra(grade: Grade) -> schema.Extra:
    return schema.Extra(
        version=schema.SCHEMA,
        edition=grade.edition,
        edition_title=grade.edition_title,
        assignment=grade.assignment,
        student_id=grade.student_id,
        student_name=grade.student_name or None,
        max_score=grade.max_points,
        state=grade.state,
        pending_points=grade.pending_points,
        graded_max=grade.graded_max,
        faults=tuple(schema.Fault(**asdict(fault)) for fault in grade.faults),
        staff_remarks=grade.staff_remarks or None,
        files=tuple(schema.File(**asdict(file)) for file in grade.files),
        data=_judged_on(grade),
        accuracy={stage.stage: round(stage.percent, 4) for stage in grade.accuracies},
        accuracy_stages=tuple(map(_stage, grade.accuracies)),
        ranges=tuple(map(_range, grade.distributions)),
        layers=tuple(map(_layer, grade.layers)),
        input_multiplier=_number(grade.input_multiplier),
        substituted=grade.substituted,
        candidates=tuple(
            _candidates(found, grade.candidates[found.tensor], grade.range_accuracies)
            for found in grade.distributions
        ),
        bit_widths=tuple(measured.BitWidth(**asdict(width)) for width in grade.bit_widths),
        bias=_bias(grade),
        functions={
            task: measured.FunctionFacts.model_validate(_finite(asdict(found)))
            for task, found in grade.functions.items()
        },
        confusion=_confusion(grade.confusion),
        summary=_as_written(grade.summary, ModelSummary),
        comparisons=_as_written(grade.comparisons, Comparisons),
        code={task: _excerpt(excerpt) for task, excerpt in grade.code.items()},
        appendix=tuple(map(_excerpt, grade.appendix)),
        appendix_left_out=grade.appendix_left_out,
        findings=tuple(map(_finding, grade.findings)),
        own_text=tuple(map(_own_text, grade.own_text)),
        claims=tuple(map(_claim, grade.claims)),
        challenge=tuple(map(_challenge, grade.challenge)),
        problems=tuple(map(str, grade.problems)),
        problem_messages=grade.problems,
        printed=dict(grade.printed),
        call_styles=dict(grade.call_styles),
        sandbox=schema.Sandbox(layers=grade.sandbox_layers, own_code=grade.own_code),
        seed=grade.seed,
        versions=dict(grade.versions),
        graded_at=grade.graded_at,
    )


def _text(value: Value | None) -> str:
    """Return a value as a text in English."""
    return "" if value is None else say_value(value)


def _data(value: Value | None) -> Message | float | None:
    """Return a value as data that every language can be made of; a text is in none."""
    return None if isinstance(value, str) else value


def _judged_on(grade: Grade) -> measured.Data:
    return measured.Data(
        name=_text(grade.data_name),
        name_message=_data(grade.data_name),
        set=_text(grade.data_set),
        set_message=_data(grade.data_set),
        split=grade.data_split,
        images=grade.data_images,
    )


def _excerpt(excerpt: model.Excerpt) -> schema.Excerpt:
    return schema.Excerpt(
        title=_text(excerpt.title),
        title_message=_data(excerpt.title),
        place=_text(excerpt.place),
        place_message=_data(excerpt.place),
        source=excerpt.source,
        first_line=excerpt.first_line,
        is_text=excerpt.is_text or None,
    )


def _own_text(found: model.OwnText) -> schema.OwnText:
    return schema.OwnText(
        question=found.question,
        source=found.source,
        place=_text(found.place),
        place_message=_data(found.place),
    )


def _claim(claim: model.Claim) -> schema.Claim:
    return schema.Claim(
        what=claim.what,
        claimed=_text(claim.claimed),
        claimed_message=_data(claim.claimed),
        measured=_text(claim.measured),
        measured_message=_data(claim.measured),
        where=_text(claim.where),
        where_message=_data(claim.where),
    )


def _challenge(answer: model.ChallengeAnswer) -> measured.ChallengeAnswer:
    row = answer.accuracy
    return measured.ChallengeAnswer(
        form=answer.form,
        titles=answer.titles,
        outcome=answer.outcome.value,
        reason=sentence(answer.reason),
        reason_message=answer.reason,
        where=_text(answer.where),
        where_message=_data(answer.where),
        parts=tuple(map(str, answer.parts)),
        scales=answer.scales.value if answer.weight_bits or answer.parts else "",
        weight_bits=dict(answer.weight_bits),
        activation_bits=dict(answer.activation_bits),
        bias_bits=answer.bias_bits,
        percent=None if row is None else round(row.percent, 4),
        float_percent=None if answer.float_percent is None else round(answer.float_percent, 4),
        degradation=None if row is None else _number(row.degradation),
        standard_error=None if row is None else _number(row.standard_error),
    )


def _stage(stage: model.StageAccuracy) -> measured.Stage:
    return measured.Stage(
        stage=stage.stage,
        title=stage.title,
        correct=stage.correct,
        images=stage.images,
        percent=round(stage.percent, 4),
        degradation=_number(stage.degradation),
        standard_error=_number(stage.standard_error),
        source=stage.source,
        note=_text(stage.note),
        note_message=_data(stage.note),
        agreeing=stage.agreeing,
        substituted=stage.substituted,
    )


def _range(found: model.Distribution) -> measured.Range:
    return measured.Range(
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
        histogram=measured.Histogram(
            low=found.histogram_low, high=found.histogram_high, counts=found.counts
        ),
    )


def _layer(layer: model.LayerReport) -> measured.Layer:
    numbers = ("weight_multiplier", "output_multiplier", "landing_level", "clipped_percent")
    fields = asdict(layer)
    return measured.Layer(**fields | {name: _number(fields[name]) for name in numbers})


def _candidates(
    found: model.Distribution,
    candidates: Sequence[model.CandidateRange],
    accuracies: Mapping[str, model.RangeAccuracy],
) -> measured.Candidates:
    best = min(candidates, key=lambda candidate: candidate.mean_squared_error)
    return measured.Candidates(
        tensor=found.tensor,
        layer=found.layer,
        kind=found.kind,
        favoured=best.range,
        candidates=tuple(
            measured.Candidate(
                range=candidate.range,
                step=candidate.step,
                mse=candidate.mean_squared_error,
                clipping_mse=candidate.clipping_error,
                sqnr_db=_number(candidate.sqnr_db),
                clipped_percent=candidate.clipped_percent,
            )
            for candidate in candidates
        ),
        accuracy=_as_written(accuracies.get(found.tensor), measured.RangeAccuracy),
    )


def _bias(grade: Grade) -> measured.Bias:
    rows = (
        measured.BiasRow(
            name=row.name, trained=row.value, expected=row.expected, actual=_number(row.actual)
        )
        for row in grade.bias
    )
    return measured.Bias(
        layer=grade.bias_layer,
        values=tuple(rows),
        factors=_as_written(grade.bias_factors, measured.BiasFactors),
    )


def _confusion(confusion: model.Confusion | None) -> measured.Confusion:
    if confusion is None:
        return measured.Confusion()
    return measured.Confusion(
        classes=confusion.classes, before=confusion.before, quantized=confusion.after
    )


def _as_written(measured: DataclassInstance | None, part: type[_P]) -> _P | None:
    """Return a measurement as the *part* of the file that has its fields."""
    return None if measured is None else part.model_validate(asdict(measured))


def _finite(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields without the numbers that are not finite."""
    return {
        name: _number(value) if isinstance(value, float) else value
        for name, value in fields.items()
        if value is not None
    }


def _number(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
