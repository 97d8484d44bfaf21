"""Reports that several hold or that are our own -> what the page prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.similarity.reports.shared import SharedReport
from grader.similarity.reports.words import RUN, passages
from grader.words.message import Message
from report_templates.messages import Messages
from report_templates.page.numbers import integer
from report_templates.page.text import line, reveal, shorten

MOST_SHARED = 200
MOST_QUOTES = 4
LONGEST_QUOTE = 400
LEAST_QUOTED = 2 * RUN  # words


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is told of one person's report."""

    name: str
    said: Message


@dataclass(frozen=True, kw_only=True)
class ReportFindings:
    """What was found in a class's reports; ``left_out`` are features that say nothing."""

    compared: int = 0
    shared: tuple[SharedReport, ...] = ()
    generated: tuple[Told, ...] = ()
    unread: tuple[Told, ...] = ()
    left_out: frozenset[int] = frozenset()

    @property
    def found(self) -> int:
        """Return how many there are to look at."""
        return len(self.shared) + len(self.generated)


@dataclass(frozen=True, kw_only=True)
class SharedView:
    """One report in several hands: who, how alike, and what both have and few others."""

    names: str
    how: str
    quotes: Sequence[str]
    images: str


@dataclass(frozen=True, kw_only=True)
class ReportsView:
    """The part of the page about reports."""

    title: str
    summary: str
    caution: str
    handout: str
    shared: Sequence[SharedView]
    more: str
    generated_title: str
    generated: Sequence[str]
    unread_title: str
    unread: Sequence[str]


def build_reports(found: ReportFindings, t: Messages, *, by_command: bool) -> ReportsView:
    """Return the part about the reports of a class; a command has an option for the handout."""
    shown = found.shared[:MOST_SHARED]
    left = len(found.shared) - len(shown)
    numbers = {
        "compared": integer(found.compared),
        "shared": integer(len(found.shared)),
        "generated": integer(len(found.generated)),
    }
    return ReportsView(
        title=t("similar_reports.title"),
        summary=t("similar_reports.found", **numbers),
        caution=t("similar_reports.caution"),
        handout=t("similar_reports.handout") if by_command else "",
        shared=[_shared(one, found.left_out, t) for one in shown],
        more=t("similar_reports.more", count=integer(left)) if left else "",
        generated_title=t("similar_reports.generated"),
        generated=[_told(one, t) for one in found.generated],
        unread_title=t("similar_reports.unread"),
        unread=[_told(one, t) for one in found.unread],
    )


def _told(one: Told, t: Messages) -> str:
    return t("similar_reports.told", name=line(one.name), said=t.said(one.said))


def _shared(one: SharedReport, left_out: frozenset[int], t: Messages) -> SharedView:
    if one.is_same_file:
        how = t("similar_reports.same_file")
    elif len(one.sides) == 1:
        how = t("similar_reports.same_content")
    else:
        how = t("similar_reports.overlap", percent=f"{100 * one.overlap:.0f} %")
    report = one.sides[0][0].report
    found = passages(report.text, one.shared - left_out, LEAST_QUOTED)
    quotes = sorted(dict.fromkeys(found), key=len, reverse=True)[:MOST_QUOTES]
    return SharedView(
        names=" \u2013 ".join(t("joiner").join(line(p.name) for p in side) for side in one.sides),
        how=how,
        quotes=[shorten(reveal(quote), LONGEST_QUOTE) for quote in quotes],
        images=t("similar_reports.images", count=integer(one.images)) if one.images else "",
    )
