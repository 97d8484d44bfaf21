"""Points: all tasks at a glance, how each task was judged, and the findings behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.results.file.schema import PENDING, Check, CriterionTest, Finding
from grader.words.catalogue import FINDING_PARTS
from grader.words.message import Message, Value
from report_templates import wording
from report_templates.messages import Messages
from report_templates.page.blocks import (
    Block,
    Callout,
    Callouts,
    Column,
    Overview,
    OverviewLine,
    Prose,
    Reference,
    Row,
    ScoreLine,
    Scores,
    Table,
    filled,
)
from report_templates.page.numbers import UNKNOWN, points_of, worded
from report_templates.page.text import line, paragraph, unbroken
from report_templates.parts.grading import decisions, waiting
from report_templates.parts.grading.outcomes import (
    MANUAL,
    joint_outcome,
    of_points,
    verdict,
)
from report_templates.parts.measurements.measured import remarks_on
from report_templates.source import Source

MOST_FINDINGS = 40
MOST_NOTES = 4
# Numbers may be texts here, written to as many digits as show what is wrong.
_MEASURED = ("actual", "real")


def score_overview(source: Source) -> tuple[Block, ...]:
    """Return the points of every task, each with what to look at."""
    t = source.t
    if not source.results.tests:
        return (Prose(paragraphs=(t("score.empty"),)),)
    lines = tuple(_overview_line(source, task) for task in _tasks(source))
    noted = any(one.notes for one in lines)
    names = ("question", "task", "outcome", *(["notes"] if noted else []), "points")
    so_far = waiting.waiting_points(source) > 0
    overview = Overview(
        caption=source.table_caption(t("score.caption" if noted else "score.caption_clean")),
        headings=tuple(t(f"score.{name}") for name in names),
        lines=lines,
        noted=noted,
        total_label=t("score.so_far" if so_far else "score.total"),
        total=points_of(*waiting.so_far(source)),
        sums=(*decisions.total_sums(source), *waiting.sums(source)),
    )
    automatic = decisions.automatic_score(source)
    said = (*([automatic] if automatic else []), *waiting.notes(source))
    return (overview, Prose(paragraphs=said, style="note")) if said else (overview,)


def judgement_of(source: Source, task: str) -> tuple[Block, ...]:
    """Return a task's criteria, what did not pass and what was said about it."""
    tests = _tests_of(source, task)
    if not tests:
        return remarks_on(source, task)
    t = source.t
    names = ("criterion", "outcome", "reason", "points")
    scores = Scores(
        anchor=_anchor(task),
        caption=source.table_caption(t("score.judged", task=source.task_title(task))),
        headings=tuple(t(f"score.{name}") for name in names),
        lines=tuple(_score_line(source, test) for test in tests),
        total_label=waiting.label(source, tests),
        total=waiting.shown(tests),
        found_label=t("findings.found"),
        found=_references(source, task),
    )
    return scores, *_evidence(source, tests), *remarks_on(source, task)


def judgements(source: Source) -> tuple[Block, ...]:
    """Return the judgements of all tasks that have no place of their own in the document."""
    left = [task for task in _tasks(source) if task not in source.placed]
    return tuple(block for task in left for block in judgement_of(source, task))


def findings(source: Source) -> tuple[Block, ...]:
    """Return the findings as callouts, those that cost points first."""
    t = source.t
    found = ordered_findings(source)
    if not found:
        said = verdict(test.extra_data.outcome for test in source.results.tests)
        return (Prose(paragraphs=(t(f"findings.{said}"),)),)
    callouts = Callouts(
        lead=t("findings.lead"),
        labels=(("hint", t("findings.hint")),),
        callouts=tuple(
            callout(source, finding, str(mark))
            for mark, finding in enumerate(found[:MOST_FINDINGS], 1)
        ),
    )
    hidden = len(found) - MOST_FINDINGS
    if hidden > 0:
        return callouts, Prose(paragraphs=(t("findings.more", count=hidden),), style="note")
    return (callouts,)


def ordered_findings(source: Source) -> tuple[Finding, ...]:
    """Return the findings in the order in which they are numbered: those that cost come first."""
    found = [in_language(one, source.t) for one in source.extra.findings]
    return tuple(sorted(found, key=lambda finding: not finding.costs_points))


def in_language(finding: Finding, t: Messages) -> Finding:
    """Return *finding* with its words in the language of *t*; unknown words stay as they are."""
    values = {name: _written(name, value) for name, value in finding.values.items()}
    words = {part: Message(f"finding.{finding.id}.{part}", values) for part in FINDING_PARTS}
    try:
        return finding.model_copy(
            update={part: t.said(message) for part, message in words.items()}
        )
    except KeyError:  # of another version, or older than the values beside the words
        return finding


def _written(name: str, value: Value) -> Value:
    return worded(value) if name in _MEASURED and isinstance(value, str) else value


def _evidence(source: Source, tests: Sequence[CriterionTest]) -> tuple[Block, ...]:
    """Return what was expected and what came back, for every check that did not pass."""
    t = source.t
    failed = [
        check
        for test in tests
        for check in test.extra_data.checks
        if check.outcome in {"failed", "errored"}
    ]
    # Without a number, the table would say the reasons once more.
    if not any(check.evidence.expected for check in failed):
        return ()
    names = ("expected", "actual", "tolerance", "where")
    titles = (t("evidence.check"), *(t(f"findings.{name}") for name in names))
    columns, rows = filled(
        [Column(title=title) for title in titles],
        [_evidence_row(source, check) for check in failed],
    )
    caption = source.table_caption(t("evidence.caption"))
    return (Table(caption=caption, columns=columns, rows=rows, style="evidence"),)


def _tasks(source: Source) -> tuple[str, ...]:
    """Return the tasks that were judged, in the rubric's order."""
    return tuple(dict.fromkeys(test.extra_data.task for test in source.results.tests))


def _tests_of(source: Source, task: str) -> tuple[CriterionTest, ...]:
    return tuple(test for test in source.results.tests if test.extra_data.task == task)


def _anchor(task: str) -> str:
    return f"task-{re.sub('[^a-z_]', '', task)}"


def _overview_line(source: Source, task: str) -> OverviewLine:
    tests = _tests_of(source, task)
    outcomes = (MANUAL if test.by_hand else test.extra_data.outcome for test in tests)
    outcome = joint_outcome(outcomes, *waiting.sum_of(tests))
    questions = dict.fromkeys(line(test.number, 12) for test in tests)
    return OverviewLine(
        number=source.t("joiner").join(filter(None, questions)),
        task=Reference(text=source.task_title(task), anchor=_anchor(task)),
        outcome=outcome,
        outcome_label=source.t.name("outcomes", outcome),
        notes=_references(source, task)[:MOST_NOTES] or _lost(source, tests),
        points=waiting.shown(tests),
    )


def _references(source: Source, task: str) -> tuple[Reference, ...]:
    """Return the task's findings, as they are numbered."""
    return tuple(
        Reference(text=line(finding.title, 160), anchor=f"finding-{mark}", mark=str(mark))
        for mark, finding in enumerate(ordered_findings(source)[:MOST_FINDINGS], 1)
        if finding.task == task
    )


def _lost(source: Source, tests: Sequence[CriterionTest]) -> tuple[Reference, ...]:
    """Return the criteria that did not pass, where no finding says more."""
    failed = [
        test
        for test in tests
        if test.extra_data.outcome in {"failed", "errored"} and not test.by_hand
    ]
    return tuple(
        Reference(text=wording.criterion_title(source, test), anchor=_anchor(test.extra_data.task))
        for test in failed[:MOST_NOTES]
    )


def _score_line(source: Source, test: CriterionTest) -> ScoreLine:
    outcome = test.extra_data.outcome
    earned, maximum = test.score, test.max_score
    if test.by_hand:
        outcome = of_points(earned or 0.0, maximum or 0.0)
        return ScoreLine(
            title=wording.criterion_title(source, test),
            points=points_of(earned, maximum),
            outcome=outcome,
            outcome_label=source.t("decisions.badge"),
            reason=decisions.by_hand_reason(source, test),
            remark=decisions.remark(test),
        )
    if outcome == "failed" and earned:
        outcome = "partial"
    return ScoreLine(
        title=wording.criterion_title(source, test),
        points=waiting.shown([test]),
        outcome=outcome if f"outcomes.{outcome}" in source.t.sentences else PENDING,
        outcome_label=source.t.name("outcomes", outcome),
        reason=wording.reason(source, test.extra_data),
        remark=decisions.remark(test),
    )


def callout(source: Source, finding: Finding, mark: str) -> Callout:
    """Return a finding, in the document's language, with its *mark* and what it costs."""
    costs = finding.costs_points
    place = wording.told(source, finding.where, finding.where_message, 160)
    return Callout(
        id=line(finding.id, 80),
        anchor=f"finding-{mark}",
        mark=mark,
        title=line(finding.title, 160),
        message=unbroken(paragraph(finding.message, 1_500)),
        hint=paragraph(finding.hint, 1_500),
        where=source.t("findings.place", place=place) if place else "",
        task=source.task_title(finding.task),
        cost=source.t("findings.costs" if costs else "findings.free"),
        style="costs" if costs else "free",
    )


def _evidence_row(source: Source, check: Check) -> Row:
    shown = check.evidence
    cells = (
        wording.claim(source, check),
        wording.told(source, shown.expected, shown.expected_message, 200) or UNKNOWN,
        wording.told(source, shown.actual, shown.actual_message, 200)
        or wording.reason(source, check)
        or UNKNOWN,
        wording.told(source, shown.tolerance, shown.tolerance_message, 80) or UNKNOWN,
        wording.told(source, shown.where, shown.where_message, 120) or UNKNOWN,
    )
    return Row(cells=cells)
