"""From a finished run to the Grade: scores, layer reports, and everything else that is shown."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

import numpy as np

from grader import details
from grader.chain import Chain
from grader.claims import read_claims
from grader.editions.loader import Edition
from grader.excerpts import appendix, task_code
from grader.intake.model import Problem, ProblemKind, Program, Submission
from grader.model import Finding, Grade, HandedInFile, LayerReport, Outcome, Score
from grader.run import Run
from grader.scoring import score_criterion
from grader.sentences import say
from reference.spec import LayerKind, NetworkSpec

_PACKAGES = ("torch", "torchvision", "numpy")
_TYPES = {
    LayerKind.CONV2D: "convolution {k}x{k}",
    LayerKind.LINEAR: "fully connected",
    LayerKind.MAX_POOL2D: "max pooling {k}x{k}",
}
# What intake did as a matter of course is no news to the reader.
_UNREMARKABLE = (ProblemKind.CHOSEN_FILE,)
_COST_NOTHING = (Outcome.PASSED, Outcome.PENDING)


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """Where and when a run took place: all that may differ between two runs of one file."""

    seconds: float
    graded_at: str
    seed: int
    sandbox_layers: tuple[str, ...]
    own_code: bool = False


def summarize(
    run: Run, submission: Submission, program: Program, circumstances: Circumstances
) -> Grade:
    """Return the grade of a finished run."""
    edition, baseline, student = run.edition, run.baseline, run.student
    findings = run.findings
    problems = (*submission.problems, *program.problems)
    excerpts, left_out = appendix(submission.cells)
    return Grade(
        edition=edition.id,
        edition_title=edition.file.title,
        assignment=edition.file.assignment,
        student_id=submission.student_id or "",
        files=tuple(
            HandedInFile(name=f.name, sha256=f.sha256, size_bytes=f.size_bytes)
            for f in submission.files
        ),
        data_name=baseline.title,
        data_split=baseline.split,
        data_images=len(baseline.labels),
        seed=circumstances.seed,
        scores=score_all(run, findings),
        accuracies=tuple(run.ladder),
        distributions=baseline.distributions,
        layers=describe_layers(edition, run.chain),
        findings=findings,
        input_multiplier=1.0 / run.chain.input_step if run.chain else None,
        substituted=tuple(sorted(run.chain.substituted)) if run.chain else (),
        candidates=baseline.candidates,
        bit_widths=baseline.bit_widths,
        bias_layer=details.bias_layer(run),
        bias=details.bias_rows(run),
        confusion=details.confusion(run, run.predictions),
        code=task_code(edition.file.tasks, program),
        appendix=excerpts,
        appendix_left_out=left_out,
        claims=read_claims(
            submission.cells, run.ladder, baseline.distributions, edition.file.histograms
        ),
        problems=tuple(_line(p) for p in problems if p.kind not in _UNREMARKABLE),
        printed={task.value: text for task, text in student.printed.items()},
        call_styles={task.value: style.name for task, style in student.styles.items()},
        sandbox_layers=circumstances.sandbox_layers,
        own_code=circumstances.own_code,
        faults=tuple(run.faults),
        versions=installed_versions(),
        seconds=circumstances.seconds,
        graded_at=circumstances.graded_at,
    )


def score_all(run: Run, findings: Sequence[Finding]) -> tuple[Score, ...]:
    """
    Return the score of every criterion that checks decide, in the rubric's order.

    A finding is shown with the first criterion of its task that lost points.
    """
    tasks = {task.id.value: task for task in run.edition.file.tasks}
    scores = []
    shown: set[str] = set()
    for criterion in run.edition.rubric.criteria:
        if criterion.graded_by == "people":
            continue
        task = criterion.task
        lost = any(run.results[c].outcome not in _COST_NOTHING for c in criterion.checks)
        mine = [f for f in findings if f.task == task] if lost and task not in shown else []
        shown |= {task} if mine else set()
        score = score_criterion(
            criterion,
            run.results,
            task_title=tasks[task].title,
            question=tasks[task].question,
            findings=mine,
        )
        scores.append(score)
    return tuple(scores)


def describe_layers(edition: Edition, chain: Chain | None) -> tuple[LayerReport, ...]:
    """Return every layer, pooling layers too, with the scales of the chain where it has any."""
    spec: NetworkSpec = edition.network
    rows = zip(spec.layers, spec.shapes(), spec.multiply_adds(), strict=True)
    return tuple(
        _with_scales(
            LayerReport(
                name=layer.name,
                type=_TYPES[layer.kind].format(k=layer.kernel),
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


def _line(problem: Problem) -> str:
    if problem.place is None:
        return problem.message
    return say("problem", "placed", where=problem.place, problem=problem.message)
