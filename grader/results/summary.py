"""From a finished run to the Grade: scores, layer reports, and everything else that is shown."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from typing import TypedDict

import numpy as np

from grader.baseline.chain import Chain
from grader.baseline.compared_networks import TYPES
from grader.editions.loader import Edition
from grader.editions.rubric import Criterion
from grader.faults import attempt
from grader.intake.model import Problem, ProblemKind, Program, Submission
from grader.measurements import LayerReport
from grader.model import ChallengeAnswer, Fault, Finding, Grade, HandedInFile, Outcome, Score
from grader.results.bonus import bonus_scores
from grader.results.claims import read_claims
from grader.results.confusion import confusion
from grader.results.excerpts import appendix, task_code
from grader.results.file.written import to_json
from grader.results.own_text import own_text
from grader.results.scoring import drop_repeated_reasons, pending_score, score_criterion
from grader.tasks.claims import as_asked
from grader.tasks.run import Run
from grader.words.message import Message, say
from reference.spec import NetworkSpec

_PACKAGES = ("torch", "torchvision", "numpy")
# What intake did as a matter of course is no news to the reader.
_UNREMARKABLE = (ProblemKind.CHOSEN_FILE,)
_COST_NOTHING = (Outcome.PASSED, Outcome.PENDING)


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """Where and when a run took place: all that may differ between two runs of one file."""

    seconds: float
    graded_at: str
    seed: int
    sandbox_layers: tuple[str, ...]
    own_code: bool = False


class TaskNames(TypedDict):
    """What a criterion's task is called."""

    task_title: str
    question: str


def summarize(
    run: Run,
    submission: Submission,
    program: Program,
    circumstances: RunContext,
    challenge: Sequence[ChallengeAnswer] = (),
) -> Grade:
    """
    Return the grade of a finished run, one that is known to make a results file.

    *challenge* are the answers to the extra challenge, which may earn points beyond the total.

    Where we fail in what explains the points, the points stand without it; where not even they
    can be written, all of them are pending.
    """
    run.stage = "Report"
    bare = _with_bonus(_bare(run, submission, circumstances), run, challenge)
    whole = attempt(lambda: _written(_explained(bare, run, submission, program)), "summary")
    if not isinstance(whole, Fault):
        return whole
    run.blame(whole)
    bare = replace(bare, faults=tuple(run.faults))
    plain = attempt(lambda: _written(bare), "results file")
    return _left_to_staff(run, bare, plain) if isinstance(plain, Fault) else plain


def score_all(run: Run, findings: Sequence[Finding]) -> tuple[Score, ...]:
    """
    Return the score of every criterion that checks decide, in the rubric's order.

    A finding is shown with the first criterion of its task that lost points. A criterion that we
    fail to score is pending.
    """
    scores = []
    shown: set[str] = set()
    for criterion in run.edition.rubric.criteria:
        if criterion.graded_by == "people":
            continue
        unseen = () if criterion.task in shown else findings
        score = attempt(partial(_score, run, criterion, unseen), f"score {criterion.id!r}")
        if isinstance(score, Fault):
            run.blame(score)
            score = pending_score(criterion, **_titles(run, criterion))
        shown |= {criterion.task} if score.findings else set()
        scores.append(score)
    return tuple(drop_repeated_reasons(scores))


def _score(run: Run, criterion: Criterion, findings: Sequence[Finding]) -> Score:
    lost = any(run.results[c].outcome not in _COST_NOTHING for c in criterion.checks)
    mine = [f for f in findings if f.task == criterion.task] if lost else []
    results = {name: as_asked(result, run.asked) for name, result in run.results.items()}
    return score_criterion(criterion, results, **_titles(run, criterion), findings=mine)


def _titles(run: Run, criterion: Criterion) -> TaskNames:
    task = run.edition.task(criterion.task)
    return {"task_title": str(task.title), "question": task.question}


def _bare(run: Run, submission: Submission, circumstances: RunContext) -> Grade:
    """Return the points, what they are for and on what they were judged, and nothing else."""
    edition, baseline = run.edition, run.baseline
    scores = score_all(run, run.findings)
    return Grade(
        edition=edition.id,
        edition_title=str(edition.file.title),
        assignment=edition.file.assignment,
        student_id=submission.student_id or "",
        files=tuple(
            HandedInFile(name=f.name, sha256=f.sha256, size_bytes=f.size_bytes)
            for f in submission.files
        ),
        data_name=baseline.title,
        data_set=baseline.data_set,
        data_split=baseline.split,
        data_images=len(baseline.labels),
        seed=circumstances.seed,
        scores=scores,
        accuracies=(),
        distributions=(),
        layers=(),
        findings=run.findings,
        sandbox_layers=circumstances.sandbox_layers,
        own_code=circumstances.own_code,
        faults=tuple(run.faults),
        versions=installed_versions(),
        seconds=circumstances.seconds,
        graded_at=circumstances.graded_at,
    )


def _with_bonus(grade: Grade, run: Run, challenge: Sequence[ChallengeAnswer]) -> Grade:
    """Return the grade with what the extra challenge earns; it takes nothing away."""
    edition = run.edition
    scores = bonus_scores(edition.rubric, edition.file.challenge, challenge)
    return replace(grade, scores=(*grade.scores, *scores), challenge=tuple(challenge))


def _explained(bare: Grade, run: Run, submission: Submission, program: Program) -> Grade:
    """Return the grade with all that its report shows beside the points."""
    edition, baseline, student = run.edition, run.baseline, run.student
    problems = (*submission.problems, *program.problems)
    facts = {task.id: task.facts(run) for task in run.tasks.values()}
    excerpts, left_out = appendix(submission.cells, submission.text_cells)
    return replace(
        bare,
        accuracies=tuple(run.ladder),
        distributions=baseline.distributions,
        layers=describe_layers(edition, run.chain),
        input_multiplier=1.0 / run.chain.input_step if run.chain else None,
        substituted=tuple(sorted(run.chain.substituted)) if run.chain else (),
        candidates=baseline.candidates,
        range_accuracies=baseline.range_accuracies,
        bit_widths=baseline.bit_widths,
        bias_layer=next((one.bias_layer for one in facts.values() if one.bias_layer), ""),
        bias=next((one.bias for one in facts.values() if one.bias), ()),
        bias_factors=next((f.bias_factors for f in facts.values() if f.bias_factors), None),
        functions={task: f.function for task, f in facts.items() if f.function is not None},
        confusion=confusion(run),
        summary=baseline.summary,
        comparisons=baseline.comparisons,
        code=task_code(edition.file.tasks, program),
        appendix=excerpts,
        appendix_left_out=left_out,
        own_text=own_text(submission.text_cells),
        claims=read_claims(
            submission.cells, run.ladder, baseline.distributions, edition.file.histograms
        ),
        problems=tuple(_line(p) for p in problems if p.kind not in _UNREMARKABLE),
        printed=dict(student.printed),
        call_styles={task: style.name for task, style in student.styles.items()},
    )


def _written(grade: Grade) -> Grade:
    """Return the grade; raise where it makes no results file."""
    json.dumps(to_json(grade), ensure_ascii=False, allow_nan=False).encode()
    return grade


def _left_to_staff(run: Run, grade: Grade, fault: Fault) -> Grade:
    """Return the grade with every point pending, and nothing in it that came of the checks."""
    criteria = (c for c in run.edition.rubric.criteria if c.graded_by != "people")
    return replace(
        grade,
        scores=tuple(pending_score(c, **_titles(run, c)) for c in criteria),
        findings=(),
        challenge=(),
        faults=(replace(fault, stage=run.stage),),
    )


def describe_layers(edition: Edition, chain: Chain | None) -> tuple[LayerReport, ...]:
    """Return every layer, pooling layers too, with the scales of the chain where it has any."""
    spec: NetworkSpec = edition.network
    rows = zip(spec.layers, spec.shapes(), spec.multiply_adds(), strict=True)
    return tuple(
        _with_scales(
            LayerReport(
                name=layer.name,
                type=TYPES[layer.kind].format(k=layer.kernel),
                input_shape=given,
                output_shape=output,
                activation="ReLU" if layer.relu else "",
                weights=layer.weights,
                multiply_adds=operations,
            ),
            chain,
            edition.scheme.quant_max,
        )
        for layer, (given, output), operations in rows
    )


def installed_versions() -> Mapping[str, str]:
    """Return the versions that a result depends on."""
    packages = {name: version(name) for name in _PACKAGES}
    grader = version("quantization-lab-grader")
    return {"grader": grader, "python": platform.python_version()} | packages


def _with_scales(layer: LayerReport, chain: Chain | None, quant_max: int) -> LayerReport:
    if chain is None or layer.name not in chain.weights:
        return layer
    name = layer.name
    integers = chain.weights[name].integers.astype(np.int64) + quant_max + 1
    return replace(
        layer,
        weight_multiplier=1.0 / chain.weights[name].step,
        output_multiplier=1.0 / chain.steps[name],
        landing_level=chain.level(name),
        clipped_percent=chain.clipped_percent(name, quant_max),
        weight_counts=tuple(np.bincount(integers.reshape(-1), minlength=256).tolist()),
    )


def _line(problem: Problem) -> Message:
    if problem.place is None:
        return problem.message
    return say("problem", "placed", where=problem.place.told, problem=problem.message)
