"""Pairs of solutions -> what the page prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pygments.token import Token

from grader.intake.model import Fragment
from grader.similarity.pairs import Pair
from grader.similarity.solutions import Solution
from report_templates.messages import Messages
from report_templates.page.listing import Run, highlighted
from report_templates.page.numbers import integer
from report_templates.page.text import line, reveal, shorten
from report_templates.similarity.reports_view import ReportFindings, ReportsView, build_reports

LONGEST_LINE = 160
MOST_PAIRS = 200
_STYLES = (
    (Token.Comment, "comment"),
    (Token.Literal.String, "string"),
    (Token.Keyword, "keyword"),
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of code: its number, its runs of characters, and whether both solutions have it."""

    number: int
    runs: Sequence[Run]
    marked: bool


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A statement with lines that both have, under the place where it stands."""

    place: str
    rows: Sequence[Row]


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two solutions."""

    name: str
    passages: Sequence[Passage]


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """Two solutions beside each other."""

    anchor: str
    title: str
    sides: tuple[Side, Side]
    overlap: str
    pieces: str


@dataclass(frozen=True, kw_only=True)
class SimilarityPage:
    """The whole page; ``summary`` says how many were compared and what was found."""

    language: str
    title: str
    summary: str
    caution: str
    heads: tuple[str, str, str]
    pairs: Sequence[Likeness]
    more: str
    reports: ReportsView | None


def build_page(
    pairs: Sequence[Pair],
    compared: int,
    t: Messages,
    reports: ReportFindings,
    *,
    by_command: bool,
) -> SimilarityPage:
    """
    Return the page about *pairs*, the most alike first, among *compared* solutions.

    *by_command*: it is of the command line, whose options may be named.
    """
    shown = pairs[:MOST_PAIRS]
    key = "similarity.found" if pairs else "similarity.none"
    more = t("similarity.more", count=integer(len(pairs) - len(shown)))
    return SimilarityPage(
        language=t("tag"),
        title=t("similarity.title"),
        summary=t(key, compared=integer(compared), pairs=integer(len(pairs))),
        caution=t("similarity.caution"),
        heads=(t("similarity.pair"), t("similarity.overlap"), t("similarity.pieces")),
        pairs=[_likeness(pair, number, t) for number, pair in enumerate(shown, start=1)],
        more=more if len(shown) < len(pairs) else "",
        reports=build_reports(reports, t, by_command=by_command) if reports.compared else None,
    )


def _likeness(pair: Pair, number: int, t: Messages) -> Likeness:
    return Likeness(
        anchor=f"pair-{number}",
        title=t("similarity.number", number=number),
        sides=(_side(pair, pair.one, t), _side(pair, pair.other, t)),
        overlap=f"{100 * pair.overlap:.0f} %",
        pieces=integer(len(pair.shared)),
    )


def _side(pair: Pair, solution: Solution, t: Messages) -> Side:
    marked = pair.marked(solution)
    passages = (_passage(fragment, marked, t) for fragment in solution.fragments)
    return Side(
        name=line(solution.name),
        passages=[one for one in passages if any(row.marked for row in one.rows)],
    )


def _passage(
    fragment: Fragment, marked: frozenset[tuple[str, int | None, int]], t: Messages
) -> Passage:
    texts = [
        shorten(reveal(text.expandtabs(4)), LONGEST_LINE)
        for text in fragment.source.rstrip("\n").split("\n")
    ]
    numbers = [fragment.line + (0 if fragment.folded else i) for i in range(len(texts))]
    rows = [
        Row(number=n, runs=runs, marked=(fragment.file, fragment.cell, n) in marked)
        for n, runs in zip(numbers, highlighted(texts, _STYLES), strict=True)
    ]
    return Passage(place=t.said(fragment.place.owner), rows=rows)
