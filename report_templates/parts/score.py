"""Points: the table of tasks and criteria, and the findings behind them."""

from __future__ import annotations

from itertools import groupby

from report_templates.blocks import (
    Block,
    Callout,
    Callouts,
    Column,
    Prose,
    Row,
    ScoreGroup,
    ScoreLine,
    Scores,
    Table,
)
from report_templates.numbers import UNKNOWN, points_of
from report_templates.reading import Json, mapping, mappings, number, text
from report_templates.source import Source
from report_templates.text import line, paragraph

MOST_FINDINGS = 40
MOST_EVIDENCE = 40


def score_table(source: Source) -> tuple[Block, ...]:
    """Return the points of every criterion, grouped by task, with one line of reason each."""
    t = source.t
    tests = mappings(source.results, "tests")
    if not tests:
        return (Prose(paragraphs=(t("score.empty"),)),)
    groups = tuple(_group(source, task, list(tests)) for task, tests in groupby(tests, _task))
    maximum = number(source.extra, "max_score")
    table = Scores(
        caption=source.table_caption(t("score.caption")),
        headings=tuple(
            t(f"score.{name}") for name in ("question", "criterion", "outcome", "reason", "points")
        ),
        groups=groups,
        total_label=t("score.total"),
        total=points_of(number(source.results, "score"), maximum),
    )
    if any(_outcome(test) == "ungraded" for test in tests):
        return table, Prose(paragraphs=(t("score.ungraded"),), style="note")
    return (table,)


def findings(source: Source) -> tuple[Block, ...]:
    """Return the findings as callouts, those that cost points first."""
    t = source.t
    found = mappings(source.extra, "findings")
    if not found:
        return (Prose(paragraphs=(t(f"findings.{_verdict(source)}"),)),)
    ordered = sorted(found, key=lambda finding: not finding.get("costs_points", True))
    callouts = Callouts(
        lead=t("findings.lead"),
        labels=tuple((name, t(f"findings.{name}")) for name in ("hint", "where")),
        callouts=tuple(_callout(source, finding) for finding in ordered[:MOST_FINDINGS]),
    )
    hidden = len(found) - MOST_FINDINGS
    if hidden > 0:
        return callouts, Prose(paragraphs=(t("findings.more", count=hidden),), style="note")
    return (callouts,)


def evidence(source: Source) -> tuple[Block, ...]:
    """Return what was expected and what came back, for every check that did not pass."""
    t = source.t
    rows = tuple(
        _evidence_row(check)
        for test in mappings(source.results, "tests")
        for check in mappings(mapping(test, "extra_data"), "checks")
        if text(check, "outcome") in {"failed", "errored"}
    )
    if not rows:
        return ()
    columns = (
        Column(title=t("evidence.check")),
        Column(title=t("findings.expected")),
        Column(title=t("findings.actual")),
        Column(title=t("findings.tolerance")),
        Column(title=t("findings.where")),
    )
    caption = source.table_caption(t("evidence.caption"))
    rows = rows[:MOST_EVIDENCE]
    return (Table(caption=caption, columns=columns, rows=rows, style="evidence"),)


def _task(test: Json) -> str:
    return text(mapping(test, "extra_data"), "task")


def _outcome(test: Json) -> str:
    return text(mapping(test, "extra_data"), "outcome", text(test, "status", "ungraded"))


def _verdict(source: Source) -> str:
    """Return ``clean`` when nothing failed, ``unknown`` for wrong numbers, ``broken`` for none."""
    outcomes = {_outcome(test) for test in mappings(source.results, "tests")}
    if "failed" in outcomes:
        return "unknown"
    return "clean" if outcomes and outcomes <= {"passed", "ungraded"} else "broken"


def _group(source: Source, task: str, tests: list[Json]) -> ScoreGroup:
    earned = sum(number(test, "score") or 0.0 for test in tests)
    maximum = sum(number(test, "max_score") or 0.0 for test in tests)
    return ScoreGroup(
        title=line(source.t.name("tasks", task)),
        points=points_of(earned, maximum),
        lines=tuple(_score_line(source, test) for test in tests),
    )


def _score_line(source: Source, test: Json) -> ScoreLine:
    outcome = _outcome(test)
    earned, maximum = number(test, "score"), number(test, "max_score")
    if outcome == "failed" and earned:
        outcome = "partial"
    return ScoreLine(
        number=line(test.get("number"), 12),
        title=line(mapping(test, "extra_data").get("title", test.get("name")), 120),
        points=points_of(earned, maximum),
        outcome=outcome if f"outcomes.{outcome}" in source.t.sentences else "ungraded",
        outcome_label=source.t.name("outcomes", outcome),
        reason=line(test.get("output")),
    )


def _callout(source: Source, finding: Json) -> Callout:
    costs = finding.get("costs_points", True)
    return Callout(
        id=line(finding.get("id"), 80),
        title=line(finding.get("title"), 160),
        message=paragraph(finding.get("message"), 1_500),
        hint=paragraph(finding.get("hint"), 1_500),
        where=line(finding.get("where"), 160),
        task=line(source.t.name("tasks", text(finding, "task"))),
        cost=source.t("findings.costs" if costs else "findings.free"),
        style="costs" if costs else "free",
    )


def _evidence_row(check: Json) -> Row:
    shown = mapping(check, "evidence")
    cells = (
        line(check.get("claim") or check.get("check"), 200),
        line(shown.get("expected"), 200) or UNKNOWN,
        line(shown.get("actual") or check.get("reason"), 200) or UNKNOWN,
        line(shown.get("tolerance"), 80) or UNKNOWN,
        line(shown.get("where"), 120) or UNKNOWN,
    )
    return Row(cells=cells)
