"""Beside the grade: intake's remarks, printed output, and how the judging was done."""

from __future__ import annotations

from report_templates import wording
from report_templates.page.blocks import Block, Fact, Facts, Listing, Prose
from report_templates.page.numbers import UNKNOWN, decimal
from report_templates.page.text import line, paragraph
from report_templates.source import Source

PRINTED = 1_500


def notes(source: Source) -> tuple[Block, ...]:
    """Return intake's problems and what the student's code printed; nothing when there is none."""
    t = source.t
    problems = wording.problems(source)
    blocks: list[Block] = []
    if problems:
        blocks.append(Prose(paragraphs=problems, style="bullets"))
    for task, printed in source.extra.printed.items():
        if printed.strip():
            title = t("notes.printed", task=line(source.task_title(task), 60))
            blocks.append(Listing(title=title, pieces=(paragraph(printed.rstrip(), PRINTED),)))
    return tuple(blocks)


def colophon(source: Source) -> tuple[Block, ...]:
    """Return how the judging was done: sandbox, seed, time and versions."""
    t = source.t
    versions = (
        f"{line(name, 40)} {line(version, 40)}" for name, version in source.extra.versions.items()
    )
    sandbox = source.extra.sandbox
    layers = tuple(t.name("isolation", line(layer, 40)) for layer in sandbox.layers)
    how = t("colophon.own_code" if sandbox.own_code else "colophon.text")
    seconds = source.results.execution_time
    took = UNKNOWN if seconds is None else t("colophon.seconds", seconds=decimal(seconds, 1))
    facts = (
        Fact(
            label=t("colophon.sandbox"),
            value=t("joiner").join(layers) or t("colophon.no_sandbox"),
        ),
        Fact(label=t("colophon.seed"), value=line(source.extra.seed) or UNKNOWN),
        Fact(label=t("colophon.time"), value=took),
        Fact(label=t("colophon.versions"), value=t("joiner").join(versions) or UNKNOWN),
    )
    return Prose(paragraphs=(how,), style="lead"), Facts(facts=facts)
