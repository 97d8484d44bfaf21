"""The form of an assignment's settings, and what was typed into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from api.models import Assignment
from api.pages.view.attempts import Notice
from api.pages.view.classroom import Option
from api.pages.view.home import edition_title
from api.pages.view.moments import Clock
from api.schemas import AssignmentIn
from grader.editions.loader import Edition


class Typed(BaseModel):
    """The form's fields as a browser sends them; a box that is not ticked is not sent."""

    due_at: str = ""
    late_percent_per_day: str = "0"
    late_days: str = ""
    max_attempts: str = ""
    counts: Literal["latest", "best"] = "latest"
    open: bool = False
    anonymous: bool = False
    visible: bool = False


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
class SettingsPage:
    """The settings of one assignment."""

    edition: str
    edition_title: str
    notices: tuple[Notice, ...]
    fields: tuple[Field, ...]
    counts: tuple[Option, ...]
    boxes: tuple[Option, ...]


def read_settings(typed: Typed, clock: Clock) -> AssignmentIn:
    """Return the settings that were typed; raise ValueError for what makes no sense."""
    return AssignmentIn(
        due_at=clock.read(typed.due_at),
        late_percent_per_day=float(typed.late_percent_per_day.replace(",", ".") or 0),
        late_days=_whole(typed.late_days),
        max_attempts=_whole(typed.max_attempts),
        counts=typed.counts,
        anonymous=typed.anonymous,
        open=typed.open,
    )


def build_settings(
    assignment: Assignment,
    edition: Edition,
    clock: Clock,
    *,
    typed: Typed | None = None,
    notices: tuple[Notice, ...] = (),
) -> SettingsPage:
    """Return the form, with what was typed where it is shown again."""
    t = clock.t
    values = typed or _as_typed(assignment, clock)
    return SettingsPage(
        edition=edition.id,
        edition_title=edition_title(edition, t),
        notices=notices,
        fields=(
            Field(
                name="due_at",
                label=t("settings.due", zone=clock.offset(assignment.due_at or clock.now)),
                type="datetime-local",
                value=values.due_at,
                hint=t("settings.due_hint"),
            ),
            Field(
                name="late_percent_per_day",
                label=t("settings.late_percent"),
                type="number",
                value=values.late_percent_per_day,
                least="0",
                step="any",
            ),
            Field(
                name="late_days",
                label=t("settings.late_days"),
                type="number",
                value=values.late_days,
                hint=t("settings.late_days_hint"),
                least="0",
                step="1",
            ),
            Field(
                name="max_attempts",
                label=t("settings.max_attempts"),
                type="number",
                value=values.max_attempts,
                hint=t("settings.max_attempts_hint"),
                least="1",
                step="1",
            ),
        ),
        counts=tuple(
            Option(value=name, text=t(f"counts.{name}"), selected=values.counts == name)
            for name in ("latest", "best")
        ),
        boxes=tuple(
            Option(value=name, text=t(f"settings.{name}"), selected=bool(getattr(values, name)))
            for name in ("open", "visible", "anonymous")
        ),
    )


def _as_typed(assignment: Assignment, clock: Clock) -> Typed:
    return Typed(
        due_at=clock.field(assignment.due_at),
        late_percent_per_day=f"{assignment.late_percent_per_day:g}",
        late_days="" if assignment.late_days is None else str(assignment.late_days),
        max_attempts="" if assignment.max_attempts is None else str(assignment.max_attempts),
        counts="best" if assignment.counts == "best" else "latest",
        open=assignment.open,
        anonymous=assignment.anonymous,
        visible=assignment.published,
    )


def _whole(typed: str) -> int | None:
    return int(typed) if typed.strip() else None
