"""What the pages of learning platforms show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from api.kit.models.lti import LtiContext, LtiPlatform, LtiScore
from api.lti.services.scores import ScoreState
from api.lti.setup import Addresses
from api.pages.frame import Link
from api.pages.messages import Words
from api.pages.parts.moments import Clock
from api.pages.view.attempts import Notice

MOST_FAILURES = 50


@dataclass(frozen=True, kw_only=True)
class FramePage:
    """A page that a learning platform may show in a frame."""

    title: str
    text: str
    link: Link | None = None  # to be opened in a window of its own
    form_to: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # what is picked, and what is sent for it


@dataclass(frozen=True, kw_only=True)
class CopiedRow:
    """An address to be copied."""

    label: str
    value: str


@dataclass(frozen=True, kw_only=True)
class PlatformRow:
    """A registered platform."""

    name: str
    issuer: str
    client_id: str
    deployments: str
    student_id: str


@dataclass(frozen=True, kw_only=True)
class CourseRow:
    """A course on a platform."""

    title: str
    label: str
    platform: str
    state: str
    badge: str
    members: str
    action: str
    accepted: bool
    may_sync: bool
    confirm: str


@dataclass(frozen=True, kw_only=True)
class FailureRow:
    """A grade that a platform has not."""

    student_id: str
    assignment: str
    course: str
    state: str
    why: str
    badge: str


@dataclass(frozen=True, kw_only=True)
class PlatformsPage:
    """The staff's page of learning platforms."""

    addresses: tuple[CopiedRow, ...]
    platforms: tuple[PlatformRow, ...]
    courses: tuple[CourseRow, ...]
    grades: str
    failures: tuple[FailureRow, ...]
    more: str
    may_send_again: bool
    notices: tuple[Notice, ...] = ()


def window_page(t: Words, address: str) -> FramePage:
    """Return the page with a link that opens ours in a window of its own."""
    return FramePage(
        title=t("lti.window_title"),
        text=t("lti.window_lead"),
        link=Link(href=address, text=t("lti.window_open")),
    )


def told_page(t: Words, text: str) -> FramePage:
    """Return the page that says what is wrong."""
    return FramePage(title=t("lti.refused_title"), text=text)


def build_platforms(  # noqa: PLR0913  what the page shows
    ours: Addresses,
    platforms: Sequence[LtiPlatform],
    courses: Sequence[LtiContext],
    scores: Sequence[LtiScore],
    *,
    titles: dict[str, str],
    clock: Clock,
) -> PlatformsPage:
    """Return the page; *titles* are those of the assignments."""
    t = clock.t
    open_ones = [one for one in scores if one.state != ScoreState.SENT]
    failing = [one for one in open_ones if one.error or one.state != ScoreState.WAITING]
    more = len(failing) - MOST_FAILURES
    return PlatformsPage(
        addresses=_addresses(ours, t),
        platforms=tuple(_platform(one) for one in platforms),
        courses=tuple(_course(one, clock) for one in courses),
        grades=_grades(scores, t),
        failures=tuple(_failure(one, titles, t) for one in failing[:MOST_FAILURES]),
        more=t.count("lti.more", more) if more > 0 else "",
        may_send_again=any(one.state != ScoreState.WAITING for one in open_ones),
    )


def _addresses(ours: Addresses, t: Words) -> tuple[CopiedRow, ...]:
    return tuple(
        CopiedRow(label=t(f"lti.address_{name}"), value=getattr(ours, name))
        for name in ("login", "launch", "pick", "keys", "canvas")
    )


def _platform(row: LtiPlatform) -> PlatformRow:
    return PlatformRow(
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        deployments=", ".join(row.deployments),
        student_id=row.student_id_from,
    )


def _course(row: LtiContext, clock: Clock) -> CourseRow:
    t, accepted = clock.t, row.accepted_at is not None
    title = row.title or row.context_id
    return CourseRow(
        title=title,
        label=row.context_id if row.title else "",
        platform=row.platform.name,
        state=t("lti.linked" if accepted else "lti.waits"),
        badge="good" if accepted else "warn",
        members=_members(row, clock),
        action=f"/staff/lti/courses/{row.id}",
        accepted=accepted,
        may_sync=accepted and bool(row.memberships_url),
        confirm=t("lti.confirm_unlink" if accepted else "lti.confirm_accept", course=title),
    )


def _members(row: LtiContext, clock: Clock) -> str:
    t = clock.t
    said = []
    if row.synced_at is not None:
        counts: Counter[str] = Counter(row.sync_counts)
        listed = counts["added"] + counts["changed"] + counts["unchanged"]
        said.append(t.count("lti.members", listed, moment=clock.moment(row.synced_at)))
        said += [
            t.count(f"lti.members_{name}", counts[name])
            for name in ("without_id", "conflicts")
            if counts[name]
        ]
    if row.sync_error:
        said.append(t("lti.sync_error", error=row.sync_error))
    if not said:
        said.append(t("lti.members_never" if row.memberships_url else "lti.members_none"))
    return t("sentences").join(said)


def _grades(scores: Sequence[LtiScore], t: Words) -> str:
    counts = Counter(one.state for one in scores)
    if not counts:
        return t("lti.grades_none")
    return t("sentences").join(
        t.count(f"lti.grades_{state.name.lower()}", counts[state])
        for state in ScoreState
        if counts[state]
    )


def _failure(score: LtiScore, titles: dict[str, str], t: Words) -> FailureRow:
    waiting = score.state == ScoreState.WAITING
    return FailureRow(
        student_id=score.user.student_id or score.user.login,
        assignment=titles.get(score.link.edition, score.link.edition),
        course=score.link.course.title or score.link.course.context_id,
        state=t(f"lti.state_{ScoreState(score.state).name.lower()}"),
        why=score.error,
        badge="warn" if waiting else "bad",
    )
