"""The results file: a Gradescope results file that also carries everything the report shows."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from grader.model import (
    CandidateRange,
    CheckResult,
    Claim,
    Confusion,
    Distribution,
    Evidence,
    Excerpt,
    Finding,
    Grade,
    JsonValue,
    LayerReport,
    Outcome,
    Score,
    StageAccuracy,
)
from grader.words.message import Message, Value, as_json, say_value, sentence

SCHEMA = 2
# What differs between two runs of the same file with the same seed.
VOLATILE = ("execution_time", "graded_at")

Json = dict[str, JsonValue]


def to_json(grade: Grade) -> Json:
    """Return a grade as a results file's contents; numbers that are not finite become null."""
    return {
        "score": grade.points,
        "execution_time": round(grade.seconds, 3),
        "output": _overview(grade),
        "output_format": "md",
        "visibility": "visible" if grade.state == "graded" else "hidden",
        "stdout_visibility": "hidden",
        "tests": [_test(score) for score in grade.scores],
        "leaderboard": [],
        "extra_data": _extra(grade),
    }


def write_results(grade: Grade, target: Path) -> Json:
    """Write the results file whole or not at all; return its contents."""
    contents = to_json(grade)
    text = json.dumps(contents, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(target, text.encode())
    return contents


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


def _test(score: Score) -> Json:
    status = "passed" if score.outcome is Outcome.PASSED else "failed"
    return {
        "score": score.points,
        "max_score": score.max_points,
        **({} if score.outcome is Outcome.PENDING else {"status": status}),
        "name": f"{score.task_title}: {score.title}",
        "name_format": "text",
        "number": score.question,
        "output": sentence(score.reason),
        "output_format": "text",
        "tags": [score.task, "accuracy"] if score.criterion.endswith("accuracy") else [score.task],
        "visibility": "visible",
        "extra_data": {
            "criterion": score.criterion,
            "outcome": score.outcome.value,
            "task": score.task,
            "task_title": score.task_title,
            "title": score.title,
            **_told("reason", score.reason),
            "checks": [_check(check) for check in score.checks],
            "findings": [_finding(finding) for finding in score.findings],
        },
    }


def _check(check: CheckResult) -> Json:
    return {
        "check": check.check,
        "outcome": check.outcome.value,
        "claim": check.claim,
        **_told("reason", check.reason),
        "evidence": _evidence(check.evidence),
        "remarks": [*check.remarks],
    }


def _finding(finding: Finding) -> Json:
    return {
        "id": finding.id,
        "task": finding.task,
        "title": str(finding.title),
        "message": str(finding.message),
        "hint": str(finding.hint),
        **_shown("where", finding.where),
        "costs_points": finding.costs_points,
        "values": {name: as_json(value) for name, value in finding.values.items()},
    }


def _extra(grade: Grade) -> Json:
    return {
        "schema": SCHEMA,
        "edition": grade.edition,
        "edition_title": grade.edition_title,
        "assignment": grade.assignment,
        "student_id": grade.student_id,
        "max_score": grade.max_points,
        "state": grade.state,
        "pending_points": grade.pending_points,
        "graded_max": grade.graded_max,
        "faults": [asdict(fault) for fault in grade.faults],  # for staff only
        "files": [asdict(file) for file in grade.files],
        "data": {
            **_shown("name", grade.data_name),
            **_shown("set", grade.data_set),
            "split": grade.data_split,
            "images": grade.data_images,
        },
        "accuracy": {stage.stage: round(stage.percent, 4) for stage in grade.accuracies},
        "accuracy_stages": [_stage(stage) for stage in grade.accuracies],
        "ranges": [_range(distribution) for distribution in grade.distributions],
        "layers": [_layer(layer) for layer in grade.layers],
        "input_multiplier": _number(grade.input_multiplier),
        "substituted": [*grade.substituted],
        "candidates": [_candidates(d, grade.candidates[d.tensor]) for d in grade.distributions],
        "bit_widths": [asdict(width) for width in grade.bit_widths],
        "bias": _bias(grade),
        "confusion": _confusion(grade.confusion),
        "code": {task: _excerpt(excerpt) for task, excerpt in grade.code.items()},
        "appendix": [_excerpt(excerpt) for excerpt in grade.appendix],
        "appendix_left_out": grade.appendix_left_out,
        "findings": [_finding(finding) for finding in grade.findings],
        "claims": [_claim(claim) for claim in grade.claims],
        "problems": [str(problem) for problem in grade.problems],
        "problem_messages": [problem.as_json() for problem in grade.problems],
        "printed": dict(grade.printed),
        "call_styles": dict(grade.call_styles),
        "sandbox": {"layers": [*grade.sandbox_layers], "own_code": grade.own_code},
        "seed": grade.seed,
        "versions": dict(grade.versions),
        "graded_at": grade.graded_at,
    }


def _told(name: str, told: Message | None) -> Json:
    """Return a reason as a sentence in English, and as data that every language can be made of."""
    return {name: sentence(told)} | ({} if told is None else {f"{name}_message": told.as_json()})


def _shown(name: str, value: Value | None) -> Json:
    """Return a value as a text in English, and as data where it is no text."""
    text = "" if value is None else say_value(value)
    return {name: text} | (
        {} if isinstance(value, str | None) else {f"{name}_message": as_json(value)}
    )


def _evidence(evidence: Evidence) -> Json:
    values = {field.name: getattr(evidence, field.name) for field in fields(evidence)}
    return {
        key: text for name, value in values.items() for key, text in _shown(name, value).items()
    }


def _excerpt(excerpt: Excerpt) -> Json:
    return {
        **_shown("title", excerpt.title),
        **_shown("place", excerpt.place),
        "source": excerpt.source,
        "first_line": excerpt.first_line,
    }


def _claim(claim: Claim) -> Json:
    return {
        "what": claim.what,
        **_shown("claimed", claim.claimed),
        **_shown("measured", claim.measured),
        **_shown("where", claim.where),
    }


def _stage(stage: StageAccuracy) -> Json:
    return {
        "stage": stage.stage,
        "title": stage.title,
        "correct": stage.correct,
        "images": stage.images,
        "percent": round(stage.percent, 4),
        "degradation": _number(stage.degradation),
        "standard_error": _number(stage.standard_error),
        "source": stage.source,
        **_shown("note", stage.note),
    }


def _range(found: Distribution) -> Json:
    return {
        "tensor": found.tensor,
        "layer": found.layer,
        "kind": found.kind,
        "numel": found.numel,
        "min": found.minimum,
        "max": found.maximum,
        "width": found.width,
        "mean": found.mean,
        "std": found.std,
        "sigma_min": found.sigma_minimum,
        "sigma_max": found.sigma_maximum,
        "sigma_width": 6 * found.std,
        "larger": found.larger,
        "histogram": {
            "low": found.histogram_low,
            "high": found.histogram_high,
            "counts": [*found.counts],
        },
    }


def _layer(layer: LayerReport) -> Json:
    numbers = ("weight_multiplier", "output_multiplier", "landing_level", "clipped_percent")
    fields = asdict(layer)
    return fields | {
        "input_shape": [*layer.input_shape],
        "output_shape": [*layer.output_shape],
        "weight_counts": [*layer.weight_counts],
        **{name: _number(fields[name]) for name in numbers},
    }


def _candidates(found: Distribution, candidates: Sequence[CandidateRange]) -> Json:
    best = min(candidates, key=lambda candidate: candidate.mean_squared_error)
    return {
        "tensor": found.tensor,
        "layer": found.layer,
        "kind": found.kind,
        "favoured": best.range,
        "candidates": [
            {
                "range": candidate.range,
                "mse": candidate.mean_squared_error,
                "sqnr_db": _number(candidate.sqnr_db),
                "clipped_percent": candidate.clipped_percent,
            }
            for candidate in candidates
        ],
    }


def _bias(grade: Grade) -> Json:
    values: list[JsonValue] = [
        {
            "class": row.name,
            "float": row.value,
            "expected": row.expected,
            "actual": _number(row.actual),
        }
        for row in grade.bias
    ]
    return {"layer": grade.bias_layer, "values": values}


def _confusion(confusion: Confusion | None) -> Json:
    if confusion is None:
        return {}
    return {
        "classes": [*confusion.classes],
        "float": [[*row] for row in confusion.before],
        "quantized": [[*row] for row in confusion.after],
    }


def _number(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
