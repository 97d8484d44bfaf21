"""The order of the class table: by each of its columns, either way, by links and by a menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from api.grades.effective_grades import CountingAttempt
from api.kit.models import RunState
from api.kit.natural_order import natural_key
from api.pages.messages import Words

DOWN = "-"  # in front of a column's name: from the highest, the newest, the last
BY_ID = "student"
STATES = tuple(RunState)
Key = str | float | tuple[object, ...] | None


@dataclass(frozen=True, kw_only=True)
class Column:
    """The head of a column: its link orders the table by it, and once more the other way."""

    text: str
    href: str
    sorted: str  # "ascending", "descending" or ""
    css: str


def _score(one: CountingAttempt) -> Key:
    return one.grade.points if one.grade is not None else None


def _received(one: CountingAttempt) -> Key:
    return one.submission.received_at.timestamp() if one.submission is not None else None


def _section(one: CountingAttempt) -> Key:
    return natural_key(one.section) if one.section else None


def _state(one: CountingAttempt) -> Key:
    return STATES.index(one.latest.state) if one.latest is not None else None


def _findings(one: CountingAttempt) -> Key:
    return len(set(one.judged.findings)) if one.judged is not None else None


KEYS: Mapping[str, Callable[[CountingAttempt], Key]] = {
    BY_ID: lambda one: one.student_id,
    "name": lambda one: one.name or None,
    "section": _section,
    "attempts": lambda one: len(one.attempts) or None,
    "received": _received,
    "state": _state,
    "findings": _findings,
    "score": _score,
}
FROM_THE_HIGHEST = {"attempts", "received", "findings", "score"}  # at the first click
NUMBERS = {"attempts", "score"}
HEADS = {"received": "class.late"}
SORTS = tuple(f"{way}{name}" for name in KEYS for way in ("", DOWN))


def ordered(rows: Sequence[CountingAttempt], sort: str) -> list[CountingAttempt]:
    """Return the rows in an order; those without a value come last, whichever way it goes."""
    key = KEYS.get(sort.removeprefix(DOWN), KEYS[BY_ID])
    known = [(value, one) for one in rows if (value := key(one)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=sort.startswith(DOWN))
    return [one for _, one in known] + [one for one in rows if key(one) is None]


def class_columns(
    sort: str, address: Callable[[str], str], t: Words, *, sections: bool
) -> tuple[Column, ...]:
    """Return the columns; *address* says where the table is in another order."""
    return tuple(
        Column(
            text=t(HEADS.get(name, f"class.{name}")),
            href=address(_next(name, sort)),
            sorted=_way(name, sort),
            css="number" if name in NUMBERS else "",
        )
        for name in KEYS
        if name != "section" or sections
    )


def sort_choices(t: Words, *, sections: bool) -> list[tuple[str, str]]:
    """Return every order and what it is called, for a menu."""
    return [
        (sort, t(f"class.sort_{sort.removeprefix(DOWN)}{'_down' * sort.startswith(DOWN)}"))
        for sort in SORTS
        if sections or not sort.endswith("section")
    ]


def section_choices(
    standings: Sequence[CountingAttempt], chosen: str, t: Words
) -> list[tuple[str, str]]:
    """Return the sections and what they are called; nothing where the roster knows none."""
    known = sorted({one.section for one in standings} | {chosen}, key=natural_key)
    named = [(section, section) for section in known if section]
    return [("", t("class.any")), *named] if named else []


def _next(name: str, sort: str) -> str:
    """Return the order that a column's link leads to."""
    first, second = (f"{DOWN}{name}", name) if name in FROM_THE_HIGHEST else (name, DOWN + name)
    return second if sort == first else first


def _way(name: str, sort: str) -> str:
    if sort.removeprefix(DOWN) != name:
        return ""
    return "descending" if sort.startswith(DOWN) else "ascending"
