"""The results file: a Gradescope results file that also carries everything the report shows."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader import model
from grader.model import Grade, Outcome
from grader.results.file import measurements as measured
from grader.results.file import schema
from grader.results.file.comparisons import Comparisons, ModelSummary
from grader.results.file.schema import Results
from grader.results.file.written_measurements import (
    as_written,
    bias_of,
    candidates_of,
    challenge_answer,
    confusion_of,
    finite,
    images_judged_on,
    layer_of,
    message_of,
    range_of,
    stage_of,
    text_of,
    without_infinities,
)
from grader.words.message import sentence

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
        expected=text_of(evidence.expected),
        expected_message=message_of(evidence.expected),
        actual=text_of(evidence.actual),
        actual_message=message_of(evidence.actual),
        tolerance=text_of(evidence.tolerance),
        tolerance_message=message_of(evidence.tolerance),
        where=text_of(evidence.where),
        where_message=message_of(evidence.where),
    )


def _finding(finding: model.Finding) -> schema.Finding:
    return schema.Finding(
        id=finding.id,
        task=finding.task,
        title=str(finding.title),
        message=str(finding.message),
        hint=str(finding.hint),
        where=text_of(finding.where),
        where_message=message_of(finding.where),
        costs_points=finding.costs_points,
        values=dict(finding.values),
    )


# long: a line or two for each field of the schema, in its order
def _extra(grade: Grade) -> schema.Extra:
    """Return what reports and pages are made of."""
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
        data=images_judged_on(grade),
        accuracy={stage.stage: round(stage.percent, 4) for stage in grade.accuracies},
        accuracy_stages=tuple(map(stage_of, grade.accuracies)),
        ranges=tuple(map(range_of, grade.distributions)),
        layers=tuple(map(layer_of, grade.layers)),
        input_multiplier=finite(grade.input_multiplier),
        substituted=grade.substituted,
        candidates=tuple(
            candidates_of(found, grade.candidates[found.tensor], grade.range_accuracies)
            for found in grade.distributions
        ),
        bit_widths=tuple(measured.BitWidth(**asdict(width)) for width in grade.bit_widths),
        bias=bias_of(grade),
        functions={
            task: measured.FunctionFacts.model_validate(without_infinities(asdict(found)))
            for task, found in grade.functions.items()
        },
        confusion=confusion_of(grade.confusion),
        summary=as_written(grade.summary, ModelSummary),
        comparisons=as_written(grade.comparisons, Comparisons),
        code={task: _excerpt(excerpt) for task, excerpt in grade.code.items()},
        appendix=tuple(map(_excerpt, grade.appendix)),
        appendix_left_out=grade.appendix_left_out,
        findings=tuple(map(_finding, grade.findings)),
        own_text=tuple(map(_own_text, grade.own_text)),
        claims=tuple(map(_claim, grade.claims)),
        challenge=tuple(map(challenge_answer, grade.challenge)),
        problems=tuple(map(str, grade.problems)),
        problem_messages=grade.problems,
        printed=dict(grade.printed),
        call_styles=dict(grade.call_styles),
        sandbox=schema.Sandbox(layers=grade.sandbox_layers, own_code=grade.own_code),
        seed=grade.seed,
        versions=dict(grade.versions),
        graded_at=grade.graded_at,
    )


def _excerpt(excerpt: model.Excerpt) -> schema.Excerpt:
    return schema.Excerpt(
        title=text_of(excerpt.title),
        title_message=message_of(excerpt.title),
        place=text_of(excerpt.place),
        place_message=message_of(excerpt.place),
        source=excerpt.source,
        first_line=excerpt.first_line,
        is_text=excerpt.is_text or None,
    )


def _own_text(found: model.OwnText) -> schema.OwnText:
    return schema.OwnText(
        question=found.question,
        source=found.source,
        place=text_of(found.place),
        place_message=message_of(found.place),
    )


def _claim(claim: model.Claim) -> schema.Claim:
    return schema.Claim(
        what=claim.what,
        claimed=text_of(claim.claimed),
        claimed_message=message_of(claim.claimed),
        measured=text_of(claim.measured),
        measured_message=message_of(claim.measured),
        where=text_of(claim.where),
        where_message=message_of(claim.where),
    )
