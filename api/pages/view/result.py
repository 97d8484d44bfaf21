"""What one run found out, for a page: points, findings beside their code, plots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from api.course.release import Document
from api.grades.effective_grades import CriterionGrade, EffectiveGrade
from api.pages.messages import Words
from api.pages.parts.code import CodeBlock, build_code
from grader.results.file.schema import BY_PEOPLE, CriterionTest, Finding, Results
from report_templates import wording
from report_templates.page.blocks import Callout, Figures
from report_templates.page.numbers import MINUS, points, points_of
from report_templates.page.text import paragraph
from report_templates.parts.grading import decisions
from report_templates.parts.grading.outcomes import MANUAL, joint_outcome, verdict
from report_templates.parts.grading.score import MOST_FINDINGS, callout, ordered_findings
from report_templates.parts.measurements import accuracy, ranges
from report_templates.source import Source


@dataclass(frozen=True, kw_only=True)
class CriterionLine:
    """One criterion: its outcome, the reason, and its points."""

    title: str
    outcome: str
    outcome_label: str
    reason: str
    remark: str
    points: str


@dataclass(frozen=True, kw_only=True)
class TaskScores:
    """The criteria of one task and the points of all of them."""

    title: str
    question: str
    outcome: str
    outcome_label: str
    points: str
    open: bool
    lines: tuple[CriterionLine, ...]


@dataclass(frozen=True, kw_only=True)
class TaskPart:
    """A task's findings beside the code that they are about."""

    anchor: str
    title: str
    findings: tuple[Callout, ...]
    code: CodeBlock | None
    no_code: str


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A drawing and its caption."""

    svg: Markup
    caption: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """A graded submission as a page shows it."""

    score_label: str
    score: str
    maximum: str
    waiting: str  # how many points wait for staff, "" where none do
    tasks: tuple[TaskScores, ...]
    raw: str
    late: str
    total_label: str
    total: str
    adjusted: str  # why a person changed the total, "" where nobody did
    adjustment: str
    automatic: str
    remark: str
    verdict: str
    parts: tuple[TaskPart, ...]
    other_code: tuple[TaskPart, ...]
    ladder: tuple[Plot, ...]
    histograms: tuple[Plot, ...]
    problems: tuple[str, ...]


def build_result(results: Results, grade: EffectiveGrade, remark: str, t: Words) -> Result:
    """Return the page's view of a results file and of the grade that people made of it."""
    grade = replace(grade, criteria=tuple(one for one in grade.criteria if not one.is_idle))
    source = Source(results=results, t=t.report)
    tests = tests_by_criterion(results)
    outcomes = [_outcome(tests.get(one.id)) for one in grade.criteria]
    parts = tuple(_parts(source, grade, t))
    deducted = grade.late_points > 0
    adjusted = grade.adjustment and grade.is_final
    automatic = results.score
    final = grade.is_final
    return Result(
        score_label=t.report("cover.score" if final else "cover.so_far"),
        score=points(grade.points),
        maximum=t("result.out_of", maximum=points(grade.graded_max)),
        waiting="" if final else points(grade.pending_points),
        tasks=tuple(_task_scores(source, grade.criteria, tests, t)),
        raw=points_of(grade.raw_points, grade.max_points) if deducted else "",
        late=_late(grade, t) if deducted else "",
        adjusted=adjusted_label(grade, t) if adjusted else "",
        adjustment=signed(grade.adjustment) if adjusted else "",
        total_label=t.report("score.total" if final else "score.so_far"),
        total=points_of(grade.points, grade.graded_max),
        automatic=(
            t.report("decisions.automatic", score=points(automatic))
            if final and automatic is not None and automatic != grade.points
            else ""
        ),
        remark=paragraph(remark),
        verdict=source.t(f"findings.{verdict(outcomes)}"),
        parts=tuple(part for part in parts if part.findings),
        other_code=tuple(part for part in parts if not part.findings and part.code),
        ladder=tuple(_plots(accuracy.accuracy_chart(source))),
        histograms=tuple(
            _plots((*ranges.weight_histograms(source), *ranges.activation_histograms(source)))
        ),
        problems=wording.problems(source),
    )


def reduced(result: Result, shown: frozenset[Document]) -> Result:
    """Return of a result what somebody sees to whom only *shown* is released."""
    if Document.SCORE not in shown:
        result = replace(result, **WITHOUT_SCORE)
    if Document.FINDINGS not in shown:
        tasks = tuple(
            replace(task, lines=tuple(replace(line, reason="") for line in task.lines))
            for task in result.tasks
        )
        result = replace(result, tasks=tasks, **WITHOUT_FINDINGS)
    return result


WITHOUT_SCORE: dict[str, Any] = {
    "score_label": "",
    "score": "",
    "maximum": "",
    "waiting": "",
    "tasks": (),
    "raw": "",
    "late": "",
    "adjusted": "",
    "adjustment": "",
    "total": "",
    "automatic": "",
    "remark": "",
}
WITHOUT_FINDINGS: dict[str, Any] = {
    "verdict": "",
    "parts": (),
    "other_code": (),
    "ladder": (),
    "histograms": (),
    "problems": (),
}


def tests_by_criterion(results: Results) -> dict[str, CriterionTest]:
    """Return the tests of a results file by the criterion that each is about."""
    return {test.extra_data.criterion: test for test in results.tests}


def task_title(source: Source, task: str) -> str:
    """Return a task's name in the page's language."""
    return source.task_title(task)


def title_of_criterion(one: CriterionGrade, t: Words) -> str:
    """Return a criterion's title in the page's language."""
    return one.named.in_language(t.language)


def criterion_line(
    source: Source, one: CriterionGrade, test: CriterionTest | None, t: Words
) -> CriterionLine:
    """Return one criterion; a person's decision stands in place of the run's."""
    outcome = _outcome(test)
    reason = wording.reason(source, test.extra_data) if test and outcome != "passed" else ""
    if one.manual is not None:
        outcome, label = MANUAL, t("result.by_hand")
        reason = decisions.instead(source, one.manual, one.automatic, one.max_points)
    else:
        if outcome == "failed" and one.automatic:
            outcome = "partial"
        label = source.t.name("outcomes", outcome) if test else t("result.not_yet")
    return CriterionLine(
        title=title_of_criterion(one, t),
        outcome=outcome,
        outcome_label=label,
        reason=reason,
        remark=paragraph(one.remark),
        points=points_shown([one]),
    )


def points_shown(criteria: Sequence[CriterionGrade]) -> str:
    """Return the points of those criteria that do not wait; a dash where all of them do."""
    judged = [one for one in criteria if not one.pending]
    most = sum(one.max_points for one in judged or criteria)
    return points_of(sum(one.points for one in judged) if judged else None, most)


def _task_scores(
    source: Source,
    criteria: Sequence[CriterionGrade],
    tests: Mapping[str, CriterionTest],
    t: Words,
) -> Iterator[TaskScores]:
    for task in dict.fromkeys(one.task for one in criteria):
        mine = [one for one in criteria if one.task == task]
        lines = tuple(criterion_line(source, one, tests.get(one.id), t) for one in mine)
        earned, most = sum(one.points for one in mine), sum(one.max_points for one in mine)
        outcome = joint_outcome([line.outcome for line in lines], earned, most)
        yield TaskScores(
            title=task_title(source, task),
            question=t("joiner").join(dict.fromkeys(one.question for one in mine if one.question)),
            outcome=outcome,
            outcome_label=source.t.name("outcomes", outcome),
            points=points_shown(mine),
            open=earned < most or any(line.remark for line in lines),
            lines=lines,
        )


def _parts(source: Source, grade: EffectiveGrade, t: Words) -> Iterator[TaskPart]:
    """Yield every task's findings and code; what belongs to no task of the rubric comes last."""
    numbered = [
        (str(mark), finding)
        for mark, finding in enumerate(ordered_findings(source)[:MOST_FINDINGS], 1)
    ]
    codes = source.extra.code
    tasks = dict.fromkeys(
        [one.task for one in grade.criteria] + [finding.task for _, finding in numbered] + [*codes]
    )
    for task in tasks:
        found = [(mark, finding) for mark, finding in numbered if finding.task == task]
        yield TaskPart(
            anchor=f"task-{task}",
            title=task_title(source, task),
            findings=tuple(_card(source, mark, finding) for mark, finding in found),
            code=build_code(codes.get(task), found, t),
            no_code=_no_code(source, task, t),
        )


def _no_code(source: Source, task: str, t: Words) -> str:
    """Return that a task's code was not found; nothing where a file is asked for."""
    if task in source.titles.file_tasks:
        return ""
    return t.report("code.missing", task=task_title(source, task))


def _card(source: Source, mark: str, finding: Finding) -> Callout:
    """Return a finding as documents show it; the page itself says that its place is one."""
    place = wording.told(source, finding.where, finding.where_message, 160)
    return replace(callout(source, finding, mark), where=place)


def _plots(blocks: Sequence[object]) -> Iterator[Plot]:
    for block in blocks:
        if isinstance(block, Figures):
            for figure in block.figures:
                yield Plot(svg=figure.picture.svg, caption=figure.caption.text)


def adjusted_label(grade: EffectiveGrade, t: Words) -> str:
    """Return that a person changed the total, and why."""
    return t.report("decisions.adjusted", reason=paragraph(grade.adjustment_reason, 1_000))


def signed(change: float) -> str:
    """Return points that are added or taken off."""
    return f"{MINUS if change < 0 else '+'}{points(abs(change))}"


def _late(grade: EffectiveGrade, t: Words) -> str:
    return t.count("result.late", grade.late_days, percent=f"{grade.late_percent:g}")


def _outcome(test: CriterionTest | None) -> str:
    """Return a criterion's outcome; one without a test in the run is graded by people."""
    return BY_PEOPLE if test is None else test.extra_data.outcome
