"""A row of ``mails`` -> what is said to whom, as things are at this moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth.links import leading_to, personal_link
from api.course.release import Document, released
from api.kit.models import Mail, Role, Run, RunState, Submission, User, now
from api.kit.outbox import MailKind
from api.kit.services import Services
from api.mail.receipt import assignment_title, local_moment, receipt_lines
from api.mail.words import load_words
from api.submissions.runs import find_assignment, judged_run, latest_run
from report_templates.messages import Messages


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message: its id, whom it is for, what it says."""

    id: str
    name: str
    address: str
    subject: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Draft:
    subject: str
    lines: tuple[str, ...]


def write_letter(services: Services, session: Session, mail: Mail) -> Letter | None:
    """Return what a mail says now, None where there is nothing to say any more, or to nobody."""
    user = session.get(User, mail.user_id) if mail.user_id else None
    if user is None or user.disabled_at is not None or not user.email:
        return None
    submission = session.get(Submission, mail.submission_id) if mail.submission_id else None
    t = load_words(mail.language)
    draft = _draft(services, session, MailKind(mail.kind), user, submission, t)
    if draft is None:
        return None
    foot = t("foot", address=_page(services, ""))
    return Letter(
        id=mail.id,
        name=user.name,
        address=user.email,
        subject=draft.subject,
        lines=(*draft.lines, "", "--", foot),
    )


def _draft(  # noqa: PLR0913, PLR0917  what a letter may rest on
    services: Services,
    session: Session,
    kind: MailKind,
    user: User,
    submission: Submission | None,
    t: Messages,
) -> _Draft | None:
    if kind is MailKind.LINK:
        return _link(services, user, submission, t) if user.role is Role.STUDENT else None
    if kind is MailKind.DIGEST:
        return _digest(services, session, t) if user.role is not Role.STUDENT else None
    if submission is None or user.student_id is None:
        return None
    assignment = find_assignment(session, submission.edition)
    if submission.student_id not in assignment.group_of(user.student_id):
        return None
    if kind is MailKind.RECEIPT:
        return _receipt(services, submission, t)
    tell = _answered if kind is MailKind.ANSWERED else _graded
    return tell(services, session, submission, t)


def _receipt(services: Services, submission: Submission, t: Messages) -> _Draft:
    title = assignment_title(services, submission, t.language)
    where = t("receipt.where", address=_page(services, f"/s/{submission.id}"))
    return _Draft(
        subject=t("receipt.subject", assignment=title, attempt=submission.attempt),
        lines=(*receipt_lines(services, submission, t.language), where),
    )


def _graded(
    services: Services, session: Session, submission: Submission, t: Messages
) -> _Draft | None:
    """Return that there are results, where the student may see them now; never what they are."""
    run = judged_run(submission)
    if run is None or run.state is not RunState.GRADED:
        return None
    assignment = find_assignment(session, submission.edition)
    if Document.SCORE not in released(assignment, submission.student_id, now()):
        return None
    values = {
        "assignment": assignment_title(services, submission, t.language),
        "attempt": submission.attempt,
    }
    where = t("graded.where", address=_page(services, f"/s/{submission.id}"))
    return _Draft(subject=t("graded.subject", **values), lines=(t("graded.text", **values), where))


def _answered(
    services: Services, session: Session, submission: Submission, t: Messages
) -> _Draft | None:
    """Return that a request was answered, where results may be seen; never what the answer is."""
    assignment = find_assignment(session, submission.edition)
    if Document.SCORE not in released(assignment, submission.student_id, now()):
        return None
    values = {
        "assignment": assignment_title(services, submission, t.language),
        "attempt": submission.attempt,
    }
    where = t("answered.where", address=_page(services, f"/s/{submission.id}"))
    return _Draft(
        subject=t("answered.subject", **values), lines=(t("answered.text", **values), where)
    )


def _link(services: Services, user: User, asked: Submission | None, t: Messages) -> _Draft:
    """Return a personal link, which leads to the submission that was *asked* for, if one was."""
    link = personal_link(services.settings, user)
    until = now() + timedelta(days=services.settings.link_days)
    return _Draft(
        subject=t("link.subject"),
        lines=(
            t("link.text", student=user.student_id, until=local_moment(services, until)),
            "",
            t("link.where", address=leading_to(link, f"/s/{asked.id}") if asked else link),
            "",
            t("link.not_you"),
        ),
    )


def _digest(services: Services, session: Session, t: Messages) -> _Draft | None:
    waiting = waiting_by_edition(session)
    if not waiting:
        return None
    count = sum(waiting.values())
    key = "digest.subject_one" if count == 1 else "digest.subject_many"
    return _Draft(
        subject=t(key, count=count),
        lines=(t("digest.text"), "", *_waiting_lines(services, waiting, t)),
    )


def _waiting_lines(services: Services, waiting: Counter[str], t: Messages) -> Iterator[str]:
    for edition, count in sorted(waiting.items()):
        known = services.editions.get(edition)
        title = edition if known is None else known.file.title.in_language(t.language)
        yield t("digest.line", assignment=title, count=count)
        yield f"  {t('digest.where', address=_page(services, f'/staff/{edition}'))}"


def waiting_by_edition(session: Session) -> Counter[str]:
    """Return how many submissions wait for staff: nobody looks at a self-check."""
    query = (
        select(Submission)
        .join(Run)
        .where(Run.state == RunState.PENDING, Submission.anonymous.is_(False))
        .distinct()
    )
    waiting = (one for one in session.scalars(query) if latest_run(one).state is RunState.PENDING)
    return Counter(one.edition for one in waiting)


def _page(services: Services, path: str) -> str:
    return f"{services.settings.public_url.rstrip('/')}{path}"
