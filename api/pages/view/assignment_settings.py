"""The form of an assignment's settings, and what was typed into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ValidationError

from api.course.release import Document, Release, release_of
from api.kit.models import Assignment
from api.kit.schemas.assignments import AssignmentPatch
from api.pages.messages import Words
from api.pages.parts.choices import Option, options_of
from api.pages.parts.moments import Clock
from api.pages.view.attempts import Notice
from api.pages.view.home import edition_title
from grader.editions.loader import Edition


class SettingsFields(BaseModel):
    """The form's fields as a browser sends them; a box that is not ticked is not sent."""

    due_at: str = ""
    late_percent_per_day: str = "0"
    late_days: str = ""
    max_attempts: str = ""
    counts: Literal["latest", "best"] = "latest"
    open: bool = False
    anonymous: bool = False
    visible: bool = False
    opens_at: str = ""
    grace_minutes: str = "0"
    publish_at: str = ""
    release_score: str = ""
    release_findings: str = ""
    release_feedback: str = ""
    release_report: str = ""
    base: str = ""  # what the form was drawn from, of the same shape


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of the form."""

    name: str
    label: str
    type: str
    value: str
    hint: str = ""
    least: str = ""
    step: str = ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A field that is one of several."""

    name: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, kw_only=True)
class SettingsPage:
    """The settings of one assignment."""

    edition: str
    edition_title: str
    base: str
    notices: tuple[Notice, ...]
    fields: tuple[Field, ...]
    releases: tuple[Choice, ...]
    counts: tuple[Option, ...]
    boxes: tuple[Option, ...]
    removable: bool


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a form changes, by field, and where somebody else did since it was drawn."""

    typed: SettingsFields  # with their values where nobody touched the field
    fields: frozenset[str]
    conflicts: frozenset[str]


def changes_of(typed: SettingsFields, assignment: Assignment, clock: Clock) -> Changes:
    """Return what a form changes; one that does not say what it was drawn from, all of it."""
    present = _as_typed(assignment, clock)
    try:
        before = SettingsFields.model_validate_json(typed.base)
    except ValidationError:
        before = present
    unsaid = {name for name, value in typed if name.startswith(RELEASE) and not value}
    fields = SettingsFields.model_fields.keys() - {"base"} - unsaid
    touched = {name for name in fields if getattr(typed, name) != getattr(before, name)}
    moved = {name for name in fields if getattr(present, name) != getattr(before, name)}
    return Changes(
        typed=present.model_copy(update={name: getattr(typed, name) for name in touched}),
        fields=frozenset(touched),
        conflicts=frozenset(
            name for name in touched & moved if getattr(typed, name) != getattr(present, name)
        ),
    )


def read_settings(changes: Changes, clock: Clock) -> AssignmentPatch:
    """Return the settings that were changed; raise ValueError for what makes no sense."""
    typed = changes.typed
    readers: dict[str, Callable[[], object]] = {
        "due_at": lambda: clock.read(typed.due_at),
        "late_percent_per_day": lambda: float(typed.late_percent_per_day.replace(",", ".") or 0),
        "late_days": lambda: _whole(typed.late_days),
        "max_attempts": lambda: _whole(typed.max_attempts),
        "counts": lambda: typed.counts,
        "anonymous": lambda: typed.anonymous,
        "open": lambda: typed.open,
        "opens_at": lambda: clock.read(typed.opens_at, earliest=True),
        "grace_minutes": lambda: _whole(typed.grace_minutes) or 0,
        "publish_at": lambda: clock.read(typed.publish_at, earliest=True),
    }
    wanted = {name: read() for name, read in readers.items() if name in changes.fields}
    if any(name.startswith(RELEASE) for name in changes.fields):
        wanted["release"] = {one.value: getattr(typed, RELEASE + one.value) for one in Document}
    return AssignmentPatch.model_validate(wanted)


def conflict_notice(changes: Changes, assignment: Assignment, clock: Clock) -> Notice:
    """Return which settings somebody else changed meanwhile, and to what."""
    t, present = clock.t, _as_typed(assignment, clock)
    lines = tuple(
        t("settings.theirs", label=_label(name, assignment, clock), value=_shown(present, name, t))
        for name in SettingsFields.model_fields
        if name in changes.conflicts
    )
    return Notice(
        title=t("settings.changed_title"),
        text=t("settings.changed"),
        lines=lines,
        style="bad",
        role="alert",
    )


RELEASE = "release_"
MOMENTS = ("due_at", "opens_at", "publish_at")
LABELS = {"due_at": "due", "late_percent_per_day": "late_percent"}
NUMBERS = {  # the least value and the step of each
    "late_percent_per_day": ("0", "any"),
    "late_days": ("0", "1"),
    "max_attempts": ("1", "1"),
    "grace_minutes": ("0", "1"),
}
HINTS = {
    "due_at": "due_hint",
    "late_days": "late_days_hint",
    "max_attempts": "max_attempts_hint",
    "grace_minutes": "grace_hint",
    "opens_at": "opens_at_hint",
    "publish_at": "publish_at_hint",
}
COUNTS = ("latest", "best")
BOXES = ("open", "visible", "anonymous")


def _label(name: str, assignment: Assignment, clock: Clock) -> str:
    if name in MOMENTS:
        at = getattr(assignment, name) or clock.now
        return clock.t(f"settings.{LABELS.get(name, name)}", zone=clock.offset(at))
    return clock.t(f"settings.{LABELS.get(name, name)}")


def _shown(present: SettingsFields, name: str, t: Words) -> str:
    value = getattr(present, name)
    if isinstance(value, bool):
        return t("settings.yes" if value else "settings.no")
    if name == "counts":
        return t(f"counts.{value}")
    if name.startswith(RELEASE):
        return t(f"release.{value}")
    return str(value).replace("T", " ") or t("grading.nothing")


def build_settings(  # noqa: PLR0913  what the page shows
    assignment: Assignment,
    edition: Edition,
    clock: Clock,
    *,
    typed: SettingsFields | None = None,
    notices: tuple[Notice, ...] = (),
    removable: bool = False,
) -> SettingsPage:
    """Return the form, with what was typed where it is shown again."""
    t = clock.t
    present = _as_typed(assignment, clock)
    values = typed or present
    return SettingsPage(
        edition=edition.id,
        edition_title=edition_title(edition, t),
        base=present.model_dump_json(exclude={"base"}),
        notices=notices,
        fields=_fields(assignment, values, clock),
        releases=tuple(_release_choice(document, values, t) for document in Document),
        counts=options_of([(name, t(f"counts.{name}")) for name in COUNTS], values.counts),
        boxes=tuple(
            Option(value=name, text=t(f"settings.{name}"), selected=bool(getattr(values, name)))
            for name in BOXES
        ),
        removable=removable,
    )


def _fields(assignment: Assignment, values: SettingsFields, clock: Clock) -> tuple[Field, ...]:
    """Return the fields of moments and numbers: when work is due comes first."""

    def field(name: str, *, type: str, step: str, least: str = "") -> Field:  # noqa: A002  HTML's
        return Field(
            name=name,
            label=_label(name, assignment, clock),
            type=type,
            value=getattr(values, name),
            hint=clock.t(f"settings.{HINTS[name]}") if name in HINTS else "",
            least=least,
            step=step,
        )

    # "any": seconds that stand there refuse no time without.
    due, *others = [field(name, type="datetime-local", step="any") for name in MOMENTS]
    numbers = [
        field(name, type="number", least=least, step=step)
        for name, (least, step) in NUMBERS.items()
    ]
    return (due, *numbers, *others)


def _release_choice(document: Document, values: SettingsFields, t: Words) -> Choice:
    """Return the field that says when students see one document."""
    name = RELEASE + document.value
    return Choice(
        name=name,
        label=t(f"settings.{name}"),
        options=options_of(
            [(when.value, t(f"release.{when.value}")) for when in Release], getattr(values, name)
        ),
    )


def _as_typed(assignment: Assignment, clock: Clock) -> SettingsFields:
    return SettingsFields(
        due_at=clock.field(assignment.due_at),
        late_percent_per_day=f"{assignment.late_percent_per_day:g}",
        late_days="" if assignment.late_days is None else str(assignment.late_days),
        max_attempts="" if assignment.max_attempts is None else str(assignment.max_attempts),
        counts="best" if assignment.counts == "best" else "latest",
        open=assignment.open,
        anonymous=assignment.anonymous,
        visible=assignment.is_published(clock.now),
        opens_at=clock.field(assignment.opens_at),
        grace_minutes=str(assignment.grace_minutes),
        publish_at=clock.field(assignment.publish_at),
        **{RELEASE + document: when.value for document, when in release_of(assignment).items()},
    )


def _whole(typed: str) -> int | None:
    return int(typed) if typed.strip() else None
