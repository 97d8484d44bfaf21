"""The first page: a student's assignments, or where a visitor can check their own work."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from api.course.release import Document, opens_at, released
from api.course.terms import Terms, terms_of
from api.kit.models import Assignment, Submission
from api.kit.settings import Settings
from api.pages.messages import Words
from api.pages.parts.countdown import countdown
from api.pages.parts.moments import Clock
from api.pages.view.attempts import AttemptRow, Fact, Notice, attempt_rows
from api.submissions.attempts import attempts_left
from grader.editions.loader import Edition

HAND_IN = "hand-in"
SELF_CHECK = "self-check"


@dataclass(frozen=True, kw_only=True)
class UploadForm:
    """The form that takes files; its key makes a form that is sent twice one submission."""

    kind: str  # HAND_IN or SELF_CHECK, as it was drawn
    edition: str
    idempotency_key: str
    hint: str
    limit_bytes: int
    button: str
    attempts: str


@dataclass(frozen=True, kw_only=True)
class AssignmentCard:
    """One assignment: what is due, the form, and what was handed in."""

    edition: str
    title: str
    facts: tuple[Fact, ...]
    notices: tuple[Notice, ...]
    form: UploadForm | None
    attempts: tuple[AttemptRow, ...]


@dataclass(frozen=True, kw_only=True)
class HomePage:
    """The first page."""

    title: str
    lead: str
    notices: tuple[Notice, ...]
    assignments: tuple[AssignmentCard, ...]
    log_in: bool


def edition_title(edition: Edition, t: Words) -> str:
    """Return the edition's title in the page's language."""
    return edition.file.title.in_language(t.language)


def student_card(  # noqa: PLR0913, PLR0917  what a card shows
    assignment: Assignment,
    edition: Edition,
    submissions: Sequence[Submission],
    settings: Settings,
    clock: Clock,
    student_id: str,
) -> AssignmentCard:
    """Return an assignment as its student sees it."""
    t = clock.t
    terms = terms_of(assignment, student_id)
    shown = released(assignment, student_id, clock.now)
    left = attempts_left(terms, submissions, most_free=settings.max_free_attempts)
    refused = _why_not(assignment, terms, left, clock)
    notices = [refused] if refused else _late_notices(terms, clock)
    if submissions and Document.SCORE not in shown:
        notices.append(Notice(text=_later(assignment, student_id, clock)))
    return AssignmentCard(
        edition=edition.id,
        title=edition_title(edition, t),
        facts=_facts(
            assignment,
            terms,
            left,
            clock,
            files=t("home.files_value", files=t("joiner").join(_wanted(edition, student_id))),
            group=assignment.group_of(student_id),
        ),
        notices=tuple(notices),
        form=None if refused else _form(HAND_IN, edition, settings, t, left),
        attempts=attempt_rows(
            submissions, assignment, edition, clock, show_scores=Document.SCORE in shown
        ),
    )


def _why_not(
    assignment: Assignment, terms: Terms, left: int | None, clock: Clock
) -> Notice | None:
    """Return why nothing is taken now; None where work can be handed in."""
    t, opens, end = clock.t, terms.opens_at, terms.closes_at
    if not assignment.open:
        return Notice(text=t("home.closed"))
    if opens is not None and clock.now < opens:
        return Notice(text=t("home.opens", moment=clock.shown(opens)))
    if end is not None and clock.now > end:
        return Notice(text=t("home.over", moment=clock.shown(end)))
    if left == 0:
        return Notice(text=t("home.no_attempts"), style="warn")
    return None


def _late_notices(terms: Terms, clock: Clock) -> list[Notice]:
    """Return what work that is handed in now costs, where it is late."""
    if not terms.days_late(clock.now):
        return []
    return [Notice(text=clock.t("home.late_now", rule=_late_rule(terms, clock.t)), style="warn")]


def _wanted(edition: Edition, student_id: str) -> list[str]:
    """Return the names of the files that a student hands in."""
    files = edition.file.files
    artifacts = [task.files[0] for task in edition.file.tasks if task.files]
    names = (files.code[0], *artifacts, files.report)
    return [name.format(student_id=student_id) for name in names]


def self_check_card(edition: Edition, settings: Settings, t: Words) -> AssignmentCard:
    """Return an assignment as a visitor sees it who only wants to check their own work."""
    return AssignmentCard(
        edition=edition.id,
        title=edition_title(edition, t),
        facts=(),
        notices=(),
        form=_form(SELF_CHECK, edition, settings, t, None),
        attempts=(),
    )


def _form(
    kind: str, edition: Edition, settings: Settings, t: Words, left: int | None
) -> UploadForm:
    limit = settings.max_upload_bytes
    return UploadForm(
        kind=kind,
        edition=edition.id,
        idempotency_key=secrets.token_urlsafe(18),
        hint=t("upload.hint", limit=f"{limit >> 20} MB"),
        limit_bytes=limit,
        button=t("upload.hand_in") if kind == HAND_IN else t("upload.check"),
        attempts=t.count("home.left", left) if left is not None else "",
    )


def _facts(  # noqa: PLR0913  what they rest on
    assignment: Assignment,
    terms: Terms,
    left: int | None,
    clock: Clock,
    *,
    files: str,
    group: Sequence[str],
) -> tuple[Fact, ...]:
    t = clock.t
    due = terms.due_at
    facts = [Fact(label=t("home.files"), value=files)]
    if len(group) > 1:
        told = t("home.group_value", students=t("joiner").join(group))
        facts.append(Fact(label=t("home.group"), value=told))
    if due is not None:
        words = t("home.due_value", moment=clock.shown(due), away=countdown(terms, clock))
        facts.append(Fact(label=t("home.due"), value=words))
        facts.append(Fact(label=t("home.late_rule"), value=_late_rule(terms, t)))
    if terms.extended:
        facts.append(Fact(label=t("home.extension"), value=t("home.extended")))
    if left is not None:
        words = t("home.attempts_value", left=left, of=terms.max_attempts)
        facts.append(Fact(label=t("home.attempts"), value=words))
    facts.append(Fact(label=t("home.counts"), value=t(f"counts.{assignment.counts}")))
    return tuple(facts)


def _late_rule(terms: Terms, t: Words) -> str:
    said = []
    if minutes := terms.grace // timedelta(minutes=1):
        said.append(t.count("home.grace", minutes))
    said.append(
        t("home.late_costs", percent=f"{terms.late_percent_per_day:g}")
        if terms.late_percent_per_day
        else t("home.late_free")
    )
    if terms.late_days is not None:
        said.append(t.count("home.late_until", terms.late_days))
    return t("sentences").join(said)


def _later(assignment: Assignment, student_id: str, clock: Clock) -> Markup | str:
    """Return that scores are not shown yet, and from when on where that is known."""
    moment = opens_at(assignment, student_id, Document.SCORE)
    if moment is None or moment <= clock.now:
        return clock.t("home.unpublished")
    return clock.t("home.shown_from", moment=clock.shown(moment))
