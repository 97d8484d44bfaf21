"""Extensions of one assignment: who has one, and the form that gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from api.kit.models import Assignment, Extension
from api.kit.schemas.assignments import ExtensionIn
from api.pages.messages import Words
from api.pages.parts.moments import Clock
from api.pages.view.assignment_settings import Field
from api.pages.view.attempts import Notice
from api.pages.view.home import edition_title
from grader.editions.loader import Edition


class ExtensionFields(BaseModel):
    """The form's fields as a browser sends them."""

    students: str = ""  # ids, in lines or with commas between them
    due_at: str = ""
    max_attempts: str = ""
    late_percent_per_day: str = ""
    late_days: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ExtensionRow:
    """One student's extension."""

    student_id: str
    name: str
    terms: str
    reason: str
    edit: str
    edit_label: str
    take_back: str
    take_back_label: str
    confirm: str


@dataclass(frozen=True, kw_only=True)
class ExtensionsPage:
    """The extensions of an assignment."""

    edition: str
    edition_title: str
    notices: tuple[Notice, ...]
    students: str
    fields: tuple[Field, ...]
    reason: str
    rows: tuple[ExtensionRow, ...]


def read_extension(typed: ExtensionFields, clock: Clock) -> ExtensionIn:
    """Return what was typed; raise ValueError for what makes no sense."""
    percent = typed.late_percent_per_day.replace(",", ".").strip()
    return ExtensionIn(
        students=typed.students.replace(",", " ").replace(";", " ").split(),
        due_at=clock.read(typed.due_at),
        max_attempts=_whole(typed.max_attempts),
        late_percent_per_day=float(percent) if percent else None,
        late_days=_whole(typed.late_days),
        reason=typed.reason,
    )


def _whole(typed: str) -> int | None:
    return int(typed) if typed.strip() else None


def as_typed(own: Extension, clock: Clock) -> ExtensionFields:
    """Return an extension as the form holds it, to be changed."""
    return ExtensionFields(
        students=own.student_id,
        due_at=clock.field(own.due_at),
        max_attempts=_shown(own.max_attempts),
        late_percent_per_day=_shown(own.late_percent_per_day),
        late_days=_shown(own.late_days),
        reason=own.reason,
    )


def build_extensions(  # noqa: PLR0913  what the page shows
    assignment: Assignment,
    edition: Edition,
    given: Sequence[Extension],
    names: Mapping[str, str],
    clock: Clock,
    *,
    typed: ExtensionFields,
    notices: tuple[Notice, ...] = (),
) -> ExtensionsPage:
    """Return the page; *names* are people's names by student id."""
    return ExtensionsPage(
        edition=edition.id,
        edition_title=edition_title(edition, clock.t),
        notices=notices,
        students=typed.students,
        fields=_fields(assignment, typed, clock),
        reason=typed.reason,
        rows=tuple(_row(own, names.get(own.student_id, ""), clock) for own in given),
    )


def _fields(assignment: Assignment, typed: ExtensionFields, clock: Clock) -> tuple[Field, ...]:
    """Return the fields; each says what holds where it is left empty."""
    t = clock.t
    zone = clock.offset(assignment.due_at or clock.now)
    every: list[tuple[str, str, str, Any]] = [
        ("due_at", t("settings.due", zone=zone), "", assignment.due_at),
        ("max_attempts", t("settings.max_attempts"), "1", assignment.max_attempts),
        ("late_percent_per_day", t("settings.late_percent"), "0", assignment.late_percent_per_day),
        ("late_days", t("settings.late_days"), "0", assignment.late_days),
    ]
    return tuple(
        Field(
            name=name,
            label=label,
            type="datetime-local" if name == "due_at" else "number",
            value=getattr(typed, name),
            hint=t("extensions.as_before", value=_of_all(value, clock)),
            least=least,
            step="1" if name in {"max_attempts", "late_days"} else "any",
        )
        for name, label, least, value in every
    )


def _of_all(value: Any, clock: Clock) -> str:
    if value is None:
        return clock.t("extensions.none")
    return f"{value:g}" if isinstance(value, int | float) else clock.moment(value)


def _row(own: Extension, name: str, clock: Clock) -> ExtensionRow:
    t = clock.t
    who = own.student_id
    return ExtensionRow(
        student_id=who,
        name=name,
        terms=t("list").join(_terms(own, clock)),
        reason=own.reason,
        edit=f"/staff/{own.edition}/extensions?student={who}",
        edit_label=f"{t('extensions.edit')}: {who}",
        take_back=f"/staff/{own.edition}/extensions/{who}/take-back",
        take_back_label=f"{t('extensions.take_back')}: {who}",
        confirm=t("extensions.confirm", student=who),
    )


def _terms(own: Extension, clock: Clock) -> list[str]:
    t: Words = clock.t
    said = []
    if own.due_at is not None:
        said.append(t("extensions.due", moment=clock.named(own.due_at)))
    if own.max_attempts is not None:
        said.append(t.count("extensions.attempts", own.max_attempts))
    if own.late_percent_per_day is not None:
        said.append(t("extensions.percent", percent=f"{own.late_percent_per_day:g}"))
    if own.late_days is not None:
        said.append(t.count("extensions.days", own.late_days))
    return said


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
