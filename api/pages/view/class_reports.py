"""What the pages about a whole class print: its overview, comparisons and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.grades.classes.comparisons import UNDERWAY
from api.kit.models import Comparison, ComparisonState
from api.pages.frame import Link
from api.pages.messages import Words
from api.pages.parts.moments import Clock
from api.pages.view.attempts import Fact, Notice
from api.pages.view.home import edition_title
from grader.editions.loader import Edition
from report_templates.page.blocks import Document, Section

SITES = ("canvas", "gradescope", "plain")


@dataclass(frozen=True, kw_only=True)
class OverviewPage:
    """The overview of a class: the sections of the document that a batch writes."""

    edition: str
    edition_title: str
    title: str
    tiles: tuple[Fact, ...]
    sections: Sequence[Section]
    documents: tuple[Link, ...]


@dataclass(frozen=True, kw_only=True)
class SimilarityPage:
    """How far a comparison is, and what the last one found."""

    edition: str
    edition_title: str
    title: str
    notices: tuple[Notice, ...]
    facts: tuple[Fact, ...]
    found: str  # the address of the last page, "" for none
    underway: bool
    button: str


@dataclass(frozen=True, kw_only=True)
class ExportsPage:
    """Tables for course sites."""

    edition: str
    edition_title: str
    title: str
    lead: str
    tables: tuple[Link, ...]


def build_overview(edition: Edition, document: Document, t: Words) -> OverviewPage:
    """Return the page of a class's overview."""
    base = f"/api/v1/assignments/{edition.id}/overview"
    cover = document.cover
    mean = (Fact(label=cover.score_label, value=cover.score),) if cover.score else ()
    people = Fact(label=cover.student_label, value=cover.student)
    counts = tuple(Fact(label=one.label, value=one.value) for one in cover.facts)
    return OverviewPage(
        edition=edition.id,
        edition_title=edition_title(edition, t),
        title=t("class_reports.overview"),
        tiles=(people, *counts, *mean),
        sections=document.sections,
        documents=tuple(
            Link(href=f"{base}.{kind}?language={t.language}", text=t(f"class_reports.{kind}"))
            for kind in ("html", "pdf")
        ),
    )


def build_similarity(
    edition: Edition, latest: Comparison | None, done: Comparison | None, clock: Clock
) -> SimilarityPage:
    """Return the page about the comparison asked for last, and the last that is done."""
    t = clock.t
    underway = latest is not None and latest.state in UNDERWAY
    page = f"/api/v1/assignments/{edition.id}/similarity.html?language={t.language}"
    return SimilarityPage(
        edition=edition.id,
        edition_title=edition_title(edition, t),
        title=t("class_reports.similarity"),
        notices=_notices(latest, t),
        facts=_facts(done, clock) if done is not None else (),
        found=page if done is not None else "",
        underway=underway,
        button=t("class_reports.compare_again" if done is not None else "class_reports.compare"),
    )


def _notices(latest: Comparison | None, t: Words) -> tuple[Notice, ...]:
    if latest is None or latest.state is ComparisonState.DONE:
        return ()
    if latest.state is ComparisonState.FAILED:
        return (Notice(text=t("class_reports.failed"), style="bad", role="alert"),)
    text = t(f"class_reports.{latest.state.value}", who=latest.asked_by)
    return (Notice(text=text, style="", role="status"),)


def _facts(done: Comparison, clock: Clock) -> tuple[Fact, ...]:
    t = clock.t
    at = done.finished_at or done.created_at
    told = (
        ("compared", f"{done.compared:,}"),
        ("unread", f"{done.unread:,}"),
        ("pairs", f"{done.pairs:,}"),
        ("reports", f"{done.reports:,}"),
        ("at", clock.shown(at)),
        ("asked_by", done.asked_by),
    )
    return tuple(Fact(label=t(f"class_reports.{key}"), value=value) for key, value in told)


def build_exports(edition: Edition, t: Words) -> ExportsPage:
    """Return the page of tables for course sites."""
    base = f"/api/v1/assignments/{edition.id}/exports"
    return ExportsPage(
        edition=edition.id,
        edition_title=edition_title(edition, t),
        title=t("class_reports.exports"),
        lead=t("class_reports.fill_lead", most=f"{edition.rubric.total:g}"),
        tables=tuple(
            Link(href=f"{base}/{site}.csv", text=t(f"class_reports.{site}")) for site in SITES
        ),
    )
