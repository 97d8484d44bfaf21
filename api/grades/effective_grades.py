"""
What a submission is worth: the automatic points, what people decided, and the late rule.

A person's points always win. Nothing here reads a file or changes a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from api.course.rubrics import as_set
from api.course.terms import terms_of
from api.kit.models import Assignment, ManualScore, Role, Run, RunState, Submission, User
from api.submissions.runs import judged_run, latest_run
from grader.editions.loader import Edition
from grader.editions.rubric import Criterion
from grader.editions.schema import Localized
from grader.lateness import after_late_rule, late_percent

ADJUSTMENT = "+"  # the "criterion" of what a person adds to the total, or takes off


@dataclass(frozen=True, kw_only=True)
class CriterionGrade:
    """One criterion's points: the grader's, a person's, and which of them count."""

    id: str
    named: Localized
    task: str
    question: str
    automatic: float | None  # None: nothing graded it
    manual: float | None
    remark: str
    points: float
    max_points: float
    pending: bool = False  # the grader could not judge it, and nobody has given points
    bonus: float = 0.0  # what can be earned beyond the maximum

    @property
    def most(self) -> float:
        """Return the most points that a person may give."""
        return self.max_points + self.bonus

    @property
    def is_idle(self) -> bool:
        """Return whether nothing can be said of it: no points to be had, and no remark."""
        return not self.most and not self.remark and self.automatic is None

    @property
    def title(self) -> str:
        """Return its title in English."""
        return self.named.en


@dataclass(frozen=True, kw_only=True)
class EffectiveGrade:
    """
    What a submission is worth; ``points`` is what the course counts.

    As long as a criterion is pending it is what was graded so far, without late rule and
    adjustment, and must not be taken for a score: :func:`grade_of` returns final ones alone.
    """

    criteria: tuple[CriterionGrade, ...]
    remark: str  # on the whole
    raw_points: float
    max_points: float
    late_days: int
    late_percent: float  # of the maximum, taken off
    points: float
    pending_points: float = 0.0  # that wait for a person
    late_points: float = 0.0  # what the late rule takes off
    adjustment: float = 0.0  # what a person adds after that, or takes off
    adjustment_reason: str = ""

    @property
    def is_final(self) -> bool:
        """Return whether nothing waits for a person."""
        return not any(one.pending for one in self.criteria)

    @property
    def graded_max(self) -> float:
        """Return the maximum of what was graded so far."""
        return round(self.max_points - self.pending_points, 2)


@dataclass(frozen=True, kw_only=True)
class CountingAttempt:
    """Where a student stands in one edition: the attempt that counts, if there is any."""

    student_id: str
    name: str
    attempts: tuple[Submission, ...]
    submission: Submission | None
    latest: Run | None  # the newest run of that submission
    judged: Run | None
    grade: EffectiveGrade | None  # None: neither graded nor decided by a person
    late_days: int = 0  # of that submission, graded or not
    by_hand: bool = False  # whether people gave points on that submission
    section: str = ""
    left_behind: tuple[int, ...] = ()  # attempts that hold points by hand which it lacks
    pending: tuple[Submission, ...] = ()  # attempts that wait for a person, counting or not


def effective(
    submission: Submission, run: Run | None, assignment: Assignment, edition: Edition
) -> EffectiveGrade:
    """Return what *submission* is worth by *run*, the people's decisions and the late rule."""
    edition = as_set(assignment, edition)
    manual = {one.criterion: one for one in submission.manual_scores}
    automatic = dict(run.criteria) if run is not None else {}
    left = set((run is not None and run.pending) or ())
    criteria = tuple(
        replace(one, pending=one.id in left and one.manual is None)
        for one in _criteria(edition, automatic, manual)
    )
    raw = round(sum(one.points for one in criteria), 2)
    most = round(sum(one.max_points for one in criteria), 2)
    terms = terms_of(assignment, submission.student_id)
    days = terms.days_late(submission.received_at)
    percent = late_percent(days, terms.late_percent_per_day)
    open_points = round(sum(one.max_points for one in criteria if one.pending), 2)
    whole, adjusted = manual.get(""), manual.get(ADJUSTMENT)
    after_late = after_late_rule(raw, most, 0.0 if open_points else percent)
    change = 0.0 if adjusted is None else adjusted.points or 0.0
    final = not any(one.pending for one in criteria)
    return EffectiveGrade(
        criteria=criteria,
        remark=whole.remark if whole is not None else "",
        raw_points=raw,
        max_points=most,
        late_days=days,
        late_percent=percent,
        points=max(0.0, round(after_late + change, 2)) if final else after_late,
        pending_points=open_points,
        late_points=round(raw - after_late, 2),
        adjustment=change,
        adjustment_reason="" if adjusted is None else adjusted.remark,
    )


def _criteria(
    edition: Edition, automatic: Mapping[str, list[float]], manual: Mapping[str, ManualScore]
) -> Iterable[CriterionGrade]:
    """
    Yield the criteria that the submission was graded by, in the rubric's order.

    A run brings the criteria of the rubric of its day; those that only people grade are always
    the rubric's of today. Without a run it is all of them.
    """
    today = {one.id: one for one in edition.rubric.criteria}
    for name, criterion in today.items():
        if not automatic or name in automatic or not criterion.checks:
            points, most = automatic.get(name, (None, criterion.points))
            yield _criterion(edition, name, criterion, points, most, manual.get(name))
    for name in sorted(automatic.keys() - today.keys()):
        points, most = automatic[name]
        yield _criterion(edition, name, None, points, most, manual.get(name))


def _criterion(  # noqa: PLR0913, PLR0917  the columns of one row
    edition: Edition,
    name: str,
    criterion: Criterion | None,
    automatic: float | None,
    most: float,
    decided: ManualScore | None,
) -> CriterionGrade:
    task = name.partition(".")[0]
    manual = decided.points if decided is not None else None
    bonus = edition.rubric.bonus_of(name)
    known = criterion or bonus
    return CriterionGrade(
        id=name,
        named=known.title if known is not None else Localized(en=name),
        task=task,
        question=next((t.question for t in edition.file.tasks if t.id == task), ""),
        automatic=automatic,
        manual=manual,
        remark=decided.remark if decided is not None else "",
        points=manual if manual is not None else automatic or 0.0,
        max_points=most,
        bonus=0.0 if bonus is None else bonus.points,
    )


def standing(session: Session, edition: Edition) -> list[CountingAttempt]:
    """Return a row for every student of the roster, and for whoever else handed in, by id."""
    assignment = session.get_one(Assignment, edition.id)
    query = (
        select(Submission)
        .where(Submission.edition == edition.id, Submission.anonymous.is_(False))
        .options(selectinload(Submission.runs), selectinload(Submission.manual_scores))
        .order_by(Submission.student_id, Submission.attempt)
    )
    handed_in = {
        student: list(group)
        for student, group in groupby(session.scalars(query), key=lambda one: one.student_id)
    }
    names = _roster(session)
    together = {
        student: _received(one for mate in group for one in handed_in.get(mate, []))
        for student in names.keys() | handed_in.keys()
        if len(group := assignment.group_of(student)) > 1
    }
    handed_in |= together
    return [
        _standing(student, names.get(student), handed_in.get(student, []), assignment, edition)
        for student in sorted(names.keys() | handed_in.keys())
    ]


def _received(submissions: Iterable[Submission]) -> list[Submission]:
    """Return a group's submissions in the order in which they came."""
    return sorted(submissions, key=lambda one: (one.attempt, one.received_at))


def _roster(session: Session) -> dict[str, User]:
    query = select(User).where(
        User.role == Role.STUDENT, User.student_id.is_not(None), User.disabled_at.is_(None)
    )
    return {str(user.student_id): user for user in session.scalars(query)}


def _standing(
    student_id: str,
    listed: User | None,
    submissions: Sequence[Submission],
    assignment: Assignment,
    edition: Edition,
) -> CountingAttempt:
    graded = [(one, grade_of(one, assignment, edition)) for one in submissions]
    chosen, grade = choose(graded, counts=assignment.counts)
    return CountingAttempt(
        student_id=student_id,
        name="" if listed is None else listed.name,
        section="" if listed is None else listed.section,
        attempts=tuple(submissions),
        submission=chosen,
        latest=None if chosen is None else latest_run(chosen),
        judged=None if chosen is None else judged_run(chosen),
        grade=grade,
        late_days=0
        if chosen is None
        else terms_of(assignment, student_id).days_late(chosen.received_at),
        by_hand=chosen is not None and bool(decided_criteria(chosen)),
        left_behind=left_behind(submissions, chosen),
        pending=tuple(one for one in submissions if latest_run(one).state is RunState.PENDING),
    )


def decided_criteria(submission: Submission) -> set[str]:
    """Return the criteria on which people gave points."""
    return {one.criterion for one in submission.manual_scores if one.points is not None}


def left_behind(submissions: Sequence[Submission], counting: Submission | None) -> tuple[int, ...]:
    """Return the attempts that hold points by hand which the one that counts does not have."""
    kept = decided_criteria(counting) if counting is not None else set()
    return tuple(one.attempt for one in submissions if decided_criteria(one) - kept)


def grade_of(
    submission: Submission, assignment: Assignment, edition: Edition
) -> EffectiveGrade | None:
    """Return what a submission is worth; None while it is not graded, or only in part."""
    if not is_graded(submission):
        return None
    return effective(submission, judged_run(submission), assignment, edition)


def grade_so_far(
    submission: Submission, assignment: Assignment, edition: Edition
) -> EffectiveGrade | None:
    """Return the graded part of a submission that is partly pending, else None."""
    run = judged_run(submission)
    if run is None or run.state is not RunState.PENDING:
        return None
    return effective(submission, run, assignment, edition)


def is_graded(submission: Submission) -> bool:
    """Return whether the grader or people have given all points on a submission."""
    run = judged_run(submission)
    if run is None:
        return bool(decided_criteria(submission) - {ADJUSTMENT})
    return run.state is RunState.GRADED


def choose(
    graded: Sequence[tuple[Submission, EffectiveGrade | None]], *, counts: str
) -> tuple[Submission | None, EffectiveGrade | None]:
    """
    Return the attempt that counts, and its grade: the latest graded one, or the best.

    Where none is graded yet it is the newest, without a grade.
    """
    if not graded:
        return None, None
    done = [(one, grade) for one, grade in graded if grade is not None]
    if not done:
        return graded[-1]
    if counts == "best":
        return max(done, key=lambda pair: (pair[1].points, pair[0].attempt))
    return done[-1]
