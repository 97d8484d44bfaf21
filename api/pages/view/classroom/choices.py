"""The fields that filter and sort a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.grades.effective_grades import CountingAttempt
from api.pages.messages import Words
from api.pages.parts.choices import Option, options_of
from api.pages.view.classroom.filters import LEFT, STATES, Filters, finding_counts
from api.pages.view.classroom.order import section_choices, sort_choices
from grader.diagnosis.titles import finding_title
from grader.editions.loader import Edition


@dataclass(frozen=True, kw_only=True)
class FilterFields:
    """The options of each field; a field without options is not shown."""

    states: tuple[Option, ...]
    findings: tuple[Option, ...]
    lates: tuple[Option, ...]
    named: tuple[Option, ...]
    hands: tuple[Option, ...]
    sections: tuple[Option, ...]
    sorts: tuple[Option, ...]


def filter_fields(
    standings: Sequence[CountingAttempt], edition: Edition, filters: Filters, t: Words
) -> FilterFields:
    """Return the fields, with what *filters* choose selected."""
    anything = ("", t("class.any"))
    sections = section_choices(standings, filters.section, t)
    return FilterFields(
        states=options_of(
            [anything, *((state, t(f"states.{state}")) for state in STATES)], filters.state
        ),
        findings=_finding_options(standings, edition, filters.finding, t),
        lates=options_of(
            [anything, ("yes", t("class.late_yes")), ("no", t("class.late_no"))], filters.late
        ),
        named=_named_options(standings, filters, t),
        hands=_hand_options(standings, filters, t),
        sections=options_of(sections, filters.section),
        sorts=options_of(sort_choices(t, sections=bool(sections)), filters.sort),
    )


def _finding_options(
    standings: Sequence[CountingAttempt], edition: Edition, chosen: str, t: Words
) -> tuple[Option, ...]:
    """Return the findings of this class by their titles, one that was chosen among them."""
    titles: Mapping[str, str] = {
        name: finding_title(name, t.language, edition)
        for name in finding_counts(standings) | {chosen: 1}
    }
    named = sorted((title, name) for name, title in titles.items() if name)
    return options_of([("", t("class.any")), *((name, title) for title, name in named)], chosen)


def _named_options(
    standings: Sequence[CountingAttempt], filters: Filters, t: Words
) -> tuple[Option, ...]:
    """Return the choices, none where every file is named for its own student."""
    if not filters.named and not any(s.submission and s.submission.named_for for s in standings):
        return ()
    return options_of([("", t("class.any")), ("yes", t("class.named_yes"))], filters.named)


def _hand_options(
    standings: Sequence[CountingAttempt], filters: Filters, t: Words
) -> tuple[Option, ...]:
    """Return the choices, none where nobody's work was graded by hand."""
    if not filters.hand and not any(one.by_hand or one.left_behind for one in standings):
        return ()
    choices = [("", t("class.any")), ("yes", t("class.hand_yes")), (LEFT, t("class.hand_left"))]
    return options_of(choices, filters.hand)
