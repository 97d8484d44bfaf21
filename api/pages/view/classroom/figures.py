"""The class in numbers: how far it is, how scores lie, what goes wrong most often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from markupsafe import Markup

from api.grades.effective_grades import CountingAttempt
from api.pages.messages import Words
from api.pages.parts.charts import BINS, bins_of, score_histogram
from api.pages.view.attempts import Fact
from api.pages.view.classroom.filters import NONE, Filters, finding_counts, state_of
from grader.diagnosis.titles import finding_title
from grader.editions.loader import Edition
from report_templates.page.numbers import UNKNOWN, points

MOST_FREQUENT = 8


@dataclass(frozen=True, kw_only=True)
class FindingCount:
    """A finding and how many of those graded have it."""

    title: str
    href: str
    share: str
    count: int
    of: int


def build_tiles(standings: Sequence[CountingAttempt], t: Words) -> tuple[Fact, ...]:
    """Return how far a class is, in numbers."""
    states = Counter(state_of(one) for one in standings)
    scores = [one.grade.points for one in standings if one.grade]
    tiles = [
        ("class.students", str(len(standings))),
        ("staff.handed_in", str(len(standings) - states[NONE])),
        ("staff.graded", str(len(scores))),
        ("staff.waiting", str(states["waiting"] + states["grading"])),
        ("staff.pending", str(waiting_count(standings))),
        ("staff.attention", str(states["ungraded"])),
        ("staff.mean", points(round(mean(scores), 1)) if scores else UNKNOWN),
        ("class.median", points(round(median(scores), 1)) if scores else UNKNOWN),
    ]
    return tuple(Fact(label=t(key), value=value) for key, value in tiles)


def waiting_count(standings: Sequence[CountingAttempt]) -> int:
    """Return how many submissions wait; a group's is every member's, and one."""
    return len({waits.id for one in standings for waits in one.pending})


def histogram_of(standings: Sequence[CountingAttempt], t: Words) -> Markup | None:
    """Return how the scores of those graded lie, told in words too; None before the first."""
    shares = [one.grade.points / one.grade.max_points for one in standings if one.grade]
    if not shares:
        return None
    counts = bins_of(shares)
    width = 100 // BINS
    told = t("list").join(
        t("class.histogram_bin", low=place * width, high=(place + 1) * width, count=count)
        for place, count in enumerate(counts)
        if count
    )
    return score_histogram(counts, title=t("class.histogram_alt", bins=told))


def most_frequent(
    standings: Sequence[CountingAttempt], edition: Edition, base: str, t: Words
) -> tuple[FindingCount, ...]:
    """Return the findings that most students have, each leading to those students."""
    graded = sum(one.judged is not None for one in standings)
    return tuple(
        FindingCount(
            title=finding_title(name, t.language, edition),
            href=base + Filters(finding=name).query() + "#table",
            share=t("class.share", count=count, of=graded),
            count=count,
            of=graded,
        )
        for name, count in finding_counts(standings).most_common(MOST_FREQUENT)
    )
