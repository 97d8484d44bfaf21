"""The roster, and a person's own account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.auth.passwords import SHORTEST
from api.auth.sessions import SHOWN_ID
from api.auth.tokens import SCOPES_OF
from api.kit.models import ApiToken, LoginSession, User
from api.kit.natural_order import natural_key
from api.pages.messages import Words
from api.pages.parts.choices import Option
from api.pages.parts.moments import Clock
from api.pages.view.attempts import Notice
from api.requests.principal import SCOPES, Principal

BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, kw_only=True)
class StudentRow:
    """A student of the roster."""

    student_id: str
    name: str
    email: str
    section: str
    disabled: str
    edit: str
    edit_label: str
    link_action: str
    confirm: str
    make_label: str
    revoke_label: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked about a roster: the file as it came, to be sent again with the answer."""

    content: str
    encoding: str
    alike: bool
    button: str


@dataclass(frozen=True, kw_only=True)
class StudentForm:
    """The form of one student: a new one, or *known*, who is changed, and shut out or let in."""

    known: bool
    student_id: str = ""
    name: str = ""
    email: str = ""
    section: str = ""
    alike: bool = False  # asked about, and to be sent as an answer
    disabled: bool = False
    confirm: str = ""


@dataclass(frozen=True, kw_only=True)
class RosterPage:
    """The roster; *link* is a student's personal one, where it was asked for."""

    who: str
    notices: tuple[Notice, ...]
    link: str
    link_title: str
    may_run: bool
    importing: bool
    question: Question | None
    form: StudentForm
    q: str
    section: str
    sections: tuple[Option, ...]
    rows: tuple[StudentRow, ...]


@dataclass(frozen=True, kw_only=True)
class SessionRow:
    """A browser in which somebody is logged in."""

    id: str
    browser: str
    address: str
    since: str
    current: bool
    label: str


@dataclass(frozen=True, kw_only=True)
class TokenRow:
    """An API token."""

    id: str
    name: str
    scopes: str
    expires: str
    used: str
    label: str


@dataclass(frozen=True, kw_only=True)
class AccountPage:
    """A person's own account."""

    who: str
    notices: tuple[Notice, ...]
    fresh: str
    sessions: tuple[SessionRow, ...]
    others: bool
    tokens: tuple[TokenRow, ...]
    scopes: tuple[Option, ...]
    has_password: bool
    least: int
    password_hint: str
    after: str  # the page that a new password leads to


def build_roster(  # noqa: PLR0913
    students: Sequence[User],
    t: Words,
    *,
    q: str,
    may_run: bool,
    notices: tuple[Notice, ...] = (),
    link: str = "",
    link_of: str = "",
    question: Question | None = None,
    form: StudentForm | None = None,
    section: str = "",
) -> RosterPage:
    """Return the roster, those alone who fit *q* and are in *section*."""
    wanted = q.strip().lower()
    found = [
        one
        for one in students
        if wanted in f"{one.login} {one.name} {one.email}".lower() and section in {"", one.section}
    ]
    sections = sorted({one.section for one in students if one.section}, key=natural_key)
    return RosterPage(
        who=t.count("staff.students", len(students)),
        notices=notices,
        link=link,
        link_title=t("roster.link_for", student=link_of) if link else "",
        may_run=may_run,
        importing=not students or (bool(notices) and form is None),
        question=question,
        form=form or StudentForm(known=False),
        q=q,
        section=section,
        sections=tuple(Option(value=one, text=one, selected=one == section) for one in sections),
        rows=tuple(_student_row(one, t) for one in found),
    )


def form_of(student: User, t: Words) -> StudentForm:
    """Return the form that changes a student."""
    return StudentForm(
        known=True,
        student_id=student.login,
        name=student.name,
        email=student.email,
        section=student.section,
        disabled=student.disabled_at is not None,
        confirm=t("roster.confirm_shut_out", student=student.login),
    )


def build_account(  # noqa: PLR0913
    user: User,
    principal: Principal,
    sessions: Sequence[LoginSession],
    tokens: Sequence[ApiToken],
    clock: Clock,
    *,
    notices: tuple[Notice, ...] = (),
    fresh: str = "",
    after: str = "",
) -> AccountPage:
    """Return a person's account; *fresh* is a token that was just made."""
    t = clock.t
    allowed = SCOPES_OF[user.role]
    return AccountPage(
        who=t("account.who", login=user.login, role=t(f"account.{user.role.value}")),
        notices=notices,
        fresh=fresh,
        sessions=tuple(_session_row(one, principal, clock) for one in sessions),
        others=len(sessions) > 1,
        tokens=tuple(_token_row(one, clock) for one in tokens),
        scopes=tuple(
            Option(value=scope, text=t(f"account.scope_{scope}"), selected=scope == "read")
            for scope in SCOPES
            if scope in allowed
        ),
        has_password=user.password_hash is not None,
        least=SHORTEST,
        password_hint=t("account.password_hint", least=SHORTEST),
        after=after,
    )


def browser_name(agent: str, unknown: str) -> str:
    """Return a browser's name for people: ``Firefox, Linux``."""
    name = next((label for mark, label in BROWSERS if mark in agent), "")
    if not name and "Safari/" in agent:
        name = "Safari"
    system = next((label for mark, label in SYSTEMS if mark in agent), "")
    return ", ".join(filter(None, (name, system))) or agent[:40] or unknown


def _student_row(one: User, t: Words) -> StudentRow:
    return StudentRow(
        student_id=one.login,
        name=one.name,
        email=one.email,
        section=one.section,
        disabled=t("roster.disabled") if one.disabled_at else "",
        edit=f"/staff/roster?student={one.login}#one",
        edit_label=f"{t('roster.edit')}: {one.login}",
        link_action=f"/staff/roster/{one.login}/link",
        confirm=t("roster.confirm_revoke", student=one.login),
        make_label=f"{t('roster.make_link')}: {one.login}",
        revoke_label=f"{t('roster.revoke')}: {one.login}",
    )


def _session_row(one: LoginSession, principal: Principal, clock: Clock) -> SessionRow:
    browser = browser_name(one.browser, clock.t("account.browser"))
    return SessionRow(
        id=one.id[:SHOWN_ID],
        browser=browser,
        address=one.address,
        since=clock.named(one.created_at),
        current=one.id == principal.session_id,
        label=f"{clock.t('account.end')}: {browser}, {clock.moment(one.created_at)}",
    )


def _token_row(one: ApiToken, clock: Clock) -> TokenRow:
    t = clock.t
    return TokenRow(
        id=one.id,
        name=one.name,
        scopes=t("joiner").join(
            t(f"account.scope_{scope}") for scope in SCOPES if scope in one.scopes
        ),
        expires=clock.moment(one.expires_at) if one.expires_at else t("account.never"),
        used=clock.moment(one.last_used_at) if one.last_used_at else t("account.never"),
        label=f"{t('account.revoke')}: {one.name}",
    )
