"""What a grader typed into the desk's form, read and put down; only what changed is touched."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from api.grades.decisions import WHOLE, decide, take_back
from api.grades.effective_grades import ADJUSTMENT, CriterionGrade, EffectiveGrade
from api.kit.models import Submission
from api.kit.schemas.grades import LONGEST_REMARK
from api.pages.messages import Words
from api.pages.view.desk import points_field
from api.pages.view.result import title_of_criterion
from api.pages.visit import Visit
from report_templates.page.numbers import points

Decided = tuple[float | None, str]  # points and remark


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a person decided about one criterion; neither points nor remark: nothing."""

    criterion: str
    points: float | None
    remark: str

    @property
    def empty(self) -> bool:
        """Return whether the grader's points are to count."""
        return self.points is None and not self.remark


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A form that came too late: its fields, and what others decided in place of some."""

    typed: dict[str, str]
    theirs: dict[str, str]  # by criterion, in words


@dataclass(kw_only=True)
class Marks:
    """A form that was read: what changes, and what of it makes no sense."""

    changes: list[Mark] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)  # by criterion, in words


def base_of(submission: Submission) -> str:
    """Return the decisions that a form is drawn from, as it carries them."""
    decided = {one.criterion: [one.points, one.remark] for one in submission.manual_scores}
    return json.dumps(decided, sort_keys=True)


def merged(typed: Mapping[str, str], present: Submission, t: Words) -> Merged:
    """
    Return a form that was drawn from older decisions than the *present* ones, drawn anew.

    A field that nobody touched holds what is decided now; one that was typed into keeps that, and
    where something else is decided meanwhile both are said.
    """
    before, after = _decided(typed.get("base", "")), _decided(base_of(present))
    fields, theirs = dict(typed), dict[str, str]()
    for name in typed:
        kind, colon, criterion = name.partition(":")
        if not colon or kind not in SHOWN:
            continue
        was, now = SHOWN[kind](before.get(criterion)), SHOWN[kind](after.get(criterion))
        if _same(typed[name], was):
            fields[name] = now
        elif was != now and not _same(typed[name], now):
            said = t("grading.theirs", value=now or t("grading.nothing"))
            theirs[criterion] = "\n".join(filter(None, (theirs.get(criterion), said)))
    return Merged(typed=fields, theirs=theirs)


def _decided(base: str) -> dict[str, Decided]:
    """Return the decisions that a form carried; what a browser made up is none."""
    try:
        read = json.loads(base)
        return {str(key): (points, str(remark)) for key, (points, remark) in read.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _points_of(decided: Decided | None) -> str:
    return points_field(None if decided is None else decided[0])


def _remark_of(decided: Decided | None) -> str:
    return "" if decided is None else decided[1]


SHOWN = {"points": _points_of, "remark": _remark_of}


def _same(typed: str, shown: str) -> bool:
    return _plain(typed) == _plain(shown)


def _plain(text: str) -> str:
    """Return text without what browsers change of it by themselves."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def read_marks(grade: EffectiveGrade, typed: Mapping[str, str], visit: Visit) -> Marks:
    """Return what the form changes about *grade*; a field that is missing changes nothing."""
    marks = Marks()
    for one in grade.criteria:
        given = typed.get(f"points:{one.id}", None if one.most else "")
        if given is None:
            continue
        try:
            value = _points(given, one)
        except ValueError:
            marks.wrong[one.id] = _refusal(one, given, visit)
            continue
        mark = Mark(criterion=one.id, points=value, remark=_remark(typed, one.id, one.remark))
        if (mark.points, mark.remark) != (one.manual, one.remark):
            marks.changes.append(mark)
    whole = _remark(typed, WHOLE, grade.remark)
    if whole != grade.remark:
        marks.changes.append(Mark(criterion=WHOLE, points=None, remark=whole))
    _read_adjustment(marks, grade, typed, visit.t)
    return marks


def _read_adjustment(
    marks: Marks, grade: EffectiveGrade, typed: Mapping[str, str], t: Words
) -> None:
    """Note the adjustment of the total: both its fields, or neither."""
    given = typed.get(f"points:{ADJUSTMENT}")
    if given is None:
        return
    before = grade.adjustment or None
    reason = _remark(typed, ADJUSTMENT, grade.adjustment_reason)
    try:
        value = before if _same(given, points_field(before)) else read_change(given, grade)
    except ValueError:
        maximum = points(grade.max_points)
        marks.wrong[ADJUSTMENT] = t("grading.not_a_change", given=_quoted(given), maximum=maximum)
        return
    if (value is None) != (not reason):
        marks.wrong[ADJUSTMENT] = t("grading.half_a_change")
    elif (value, reason) != (before, grade.adjustment_reason):
        marks.changes.append(Mark(criterion=ADJUSTMENT, points=value, remark=reason))


def read_change(given: str, grade: EffectiveGrade) -> float | None:
    """Return the change of a total as typed, None for nothing or 0; raise ValueError."""
    words = given.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-")
    if not words:
        return None
    value = float(words)
    if not math.isfinite(value) or abs(value) > grade.max_points:
        msg = f"{words} is not at most {grade.max_points:g}"
        raise ValueError(msg)
    return value or None


def _quoted(given: str) -> str:
    return f"“{given.strip()[:20]}”"


def _points(given: str, one: CriterionGrade) -> float | None:
    """Return the points in a criterion's field; one that nobody touched keeps all its digits."""
    if _same(given, points_field(one.manual)):
        return one.manual
    return read_points(given, one.most)


def read_points(given: str, maximum: float) -> float | None:
    """Return points as typed, with comma or point; None for nothing; raise ValueError."""
    words = given.strip().replace(",", ".")
    if not words:
        return None
    value = float(words)
    if not math.isfinite(value) or not 0 <= value <= maximum:
        msg = f"{words} is not between 0 and {maximum:g}"
        raise ValueError(msg)
    return value


def put_down(visit: Visit, submission: Submission, marks: Marks) -> None:
    """Note every change, each in the audit log."""
    for mark in marks.changes:
        if mark.empty:
            take_back(
                visit.session,
                visit.principal,
                submission,
                mark.criterion,
                request_id=visit.request_id,
            )
        else:
            decide(
                visit.services,
                visit.session,
                visit.principal,
                submission,
                mark.criterion,
                points=mark.points,
                remark=mark.remark,
                request_id=visit.request_id,
            )


def _remark(typed: Mapping[str, str], criterion: str, before: str) -> str:
    given = typed.get(f"remark:{criterion}", before)
    return before if _same(given, before) else _plain(given)[:LONGEST_REMARK]


def _refusal(one: CriterionGrade, given: str, visit: Visit) -> str:
    return visit.t(
        "grading.not_a_number",
        title=title_of_criterion(one, visit.t),
        given=_quoted(given),
        maximum=points(one.most),
    )
