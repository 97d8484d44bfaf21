"""Grades to the platform and its members to the roster, over HTTP with tokens that it checks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.course.student_deletion import delete_student
from api.grades import decisions
from api.kit.models import Assignment, AuditEntry, Extension, Submission, User, now
from api.kit.models.lti import LtiContext, LtiPlatform, LtiScore, LtiUser
from api.kit.services import Services
from api.lti.services import members, scores
from api.lti.services.calls import AccessTokens
from tests.api.lti.conftest import Browser
from tests.api.lti.platform import INSTRUCTOR, LEARNER, Person, Platform
from tests.api.lti.sending import send
from tests.api.people import EDITION, People, finish, hand_in, pending, principal_of, right, wrong

STUDENT = ("hw", "sub-s")
GONE = 404


def kept(services: Services) -> LtiScore:
    with services.sessions() as session:
        return session.scalars(select(LtiScore)).one()


def change(services: Services, **values: object) -> None:
    with services.sessions.begin() as session:
        assignment = session.get_one(Assignment, EDITION)
        for name, value in values.items():
            setattr(assignment, name, value)


def percent(results: dict[str, object]) -> float:
    most = sum(test["max_score"] for test in results["tests"])  # type: ignore[attr-defined]
    return 100 * float(results["score"]) / most  # type: ignore[arg-type]


def test_a_published_grade_arrives_once(
    services: Services, tokens: AccessTokens, graded: Submission, platform: Platform
) -> None:
    """The platform has the points of their maximum; a second look sends nothing."""
    assert send(services, tokens) == ["sent"]
    assert platform.grades[STUDENT] == pytest.approx(percent(wrong()))
    assert platform.scores[0]["activityProgress"] == "Completed"
    assert platform.scores[0]["gradingProgress"] == "FullyGraded"

    assert send(services, tokens) == []
    assert (len(platform.scores), platform.refused) == (1, [])


def test_nothing_is_sent_of_what_is_not_published(
    services: Services, tokens: AccessTokens, graded: Submission, platform: Platform
) -> None:
    """Hidden results are sent the moment they are shown, and taken back when hidden again."""
    change(services, published=False)
    assert send(services, tokens) == []
    change(services, published=True)
    assert send(services, tokens) == ["sent"]
    assert STUDENT in platform.grades

    change(services, published=False)
    assert send(services, tokens) == ["sent"]

    assert platform.grades == {}
    assert "scoreGiven" not in platform.scores[-1]
    assert platform.refused == []


def test_what_is_pending_is_never_sent(
    services: Services,
    tokens: AccessTokens,
    people: People,
    linked: Browser,
    platform: Platform,
) -> None:
    """Until a person has given the points; then all of them are."""
    submission = hand_in(services, people.student)
    finish(services, submission, pending("weights.scale"))
    assert send(services, tokens) == []

    with services.sessions.begin() as session:
        decisions.decide(
            services,
            session,
            principal_of(people.ta),
            session.get_one(Submission, submission.id),
            "weights.scale",
            points=0.0,
            remark="",
            request_id="",
        )

    assert send(services, tokens) == ["sent"]
    assert platform.grades[STUDENT] == pytest.approx(percent(wrong()))


def test_a_grade_that_changes_is_sent_again(
    services: Services,
    tokens: AccessTokens,
    people: People,
    graded: Submission,
    platform: Platform,
) -> None:
    """By a new attempt, the late rule, or an extension that takes it off: by whatever way."""
    send(services, tokens)
    finish(services, hand_in(services, people.student), right())
    assert send(services, tokens) == ["sent"]
    assert platform.grades[STUDENT] == 100.0

    yesterday = now() - timedelta(hours=20)
    change(services, due_at=yesterday, late_percent_per_day=10.0)
    assert send(services, tokens) == ["sent"]
    assert platform.grades[STUDENT] == 90.0

    with services.sessions.begin() as session:
        student = str(people.student.student_id)
        own = Extension(student_id=student, due_at=now() + timedelta(days=1))
        assignment = session.get_one(Assignment, EDITION)
        assignment.extensions[student] = own
    assert send(services, tokens) == ["sent"]
    assert platform.grades[STUDENT] == 100.0
    assert platform.refused == []


@pytest.mark.parametrize("status", [500, 503, 429, 401])
def test_what_fails_for_now_is_tried_again(
    services: Services,
    tokens: AccessTokens,
    graded: Submission,
    platform: Platform,
    status: int,
) -> None:
    """And sent as it is then, once the platform answers."""
    platform.answer_scores = status
    assert send(services, tokens) == ["waiting"]
    assert (kept(services).tries, kept(services).error) == (1, f"the platform answered {status}")

    platform.answer_scores = 0
    assert send(services, tokens) == ["sent"]

    assert kept(services).error == ""
    assert platform.grades[STUDENT] == pytest.approx(percent(wrong()))


def test_what_the_platform_refuses_waits_for_a_person(
    services: Services,
    tokens: AccessTokens,
    people: People,
    graded: Submission,
    platform: Platform,
) -> None:
    """It is not tried for ever; a person may have it sent again, and so does another grade."""
    platform.answer_scores = GONE
    assert send(services, tokens) == ["refused"]
    assert send(services, tokens) == []
    with services.sessions.begin() as session:
        assert scores.send_again(services, session, principal_of(people.instructor), "r") == 1
    assert send(services, tokens) == ["refused"]
    platform.answer_scores = 0
    finish(services, hand_in(services, people.student), right())

    assert send(services, tokens) == ["sent"]
    assert platform.grades[STUDENT] == 100.0


def test_after_three_days_it_is_given_up(
    services: Services, tokens: AccessTokens, graded: Submission, platform: Platform
) -> None:
    """What the platform never answered is shown to staff instead."""
    platform.answer_scores = 503
    send(services, tokens)
    with services.sessions.begin() as session:
        session.scalars(select(LtiScore)).one().asked_at = now() - timedelta(days=4)

    assert send(services, tokens) == ["given up"]
    assert kept(services).state == "given up"


def test_one_token_serves_many_calls(
    services: Services,
    tokens: AccessTokens,
    people: People,
    graded: Submission,
    platform: Platform,
) -> None:
    """The platform is asked once, and again when it has forgotten its token."""
    send(services, tokens)
    finish(services, hand_in(services, people.student), right())
    send(services, tokens)
    assert platform.token_requests == 1

    platform.tokens.clear()
    change(services, published=False)
    assert send(services, tokens) == ["waiting"]
    assert send(services, tokens) == ["sent"]
    assert platform.token_requests == 2


def test_no_token_goes_to_an_address_without_tls(
    services: Services, tokens: AccessTokens, graded: Submission, platform: Platform
) -> None:
    """A platform under TLS that names a line item without is not sent its own token."""
    with services.sessions.begin() as session:
        row = session.scalars(select(LtiPlatform)).one()
        row.token_url = row.token_url.replace("http:", "https:")

    assert send(services, tokens) == ["refused"]
    assert platform.token_requests == 0


def test_a_course_that_is_unlinked_is_sent_nothing(
    services: Services, tokens: AccessTokens, graded: Submission, platform: Platform
) -> None:
    """Neither new grades nor those that were on their way."""
    with services.sessions.begin() as session:
        session.scalars(select(LtiContext)).one().accepted_at = None

    assert send(services, tokens) == []
    assert platform.scores == []


def test_the_students_of_the_course_are_put_on_the_roster(
    services: Services, tokens: AccessTokens, people: People, platform: Platform
) -> None:
    """All pages of them; staff, those who left and those without an id are not."""
    platform.people |= {
        "gone": Person("sub-gone", [LEARNER], "Gone", "", "108062050", "Inactive"),
        "no id": Person("sub-none", [LEARNER], "None", "none@example.edu"),
        "odd": Person("sub-odd", [LEARNER], "Odd", "no address", "../../etc"),
        "late": Person("sub-late", [LEARNER], "Late", "no address", "108062051"),
        "both": Person("sub-both", [LEARNER, INSTRUCTOR], "Both", "", "108062052"),
    }
    assert sync(services, tokens) == "read"

    with services.sessions() as session:
        students = {
            user.login: (user.name, user.email)
            for user in session.scalars(select(User).where(User.student_id.is_not(None)))
        }
        course = session.scalars(select(LtiContext)).one()
    assert students == {
        people.student.login: ("Chen", "chen@example.edu"),
        people.other_student.login: ("Lin", ""),
        "108062009": ("Wu", "wu@example.edu"),
        "108062051": ("Late", ""),
    }
    assert course.sync_counts["without_id"] == 2
    assert (course.sync_error, platform.refused) == ("", [])


def test_who_was_read_gets_grades_without_having_come(
    services: Services, tokens: AccessTokens, people: People, platform: Platform, visitor: Browser
) -> None:
    """A teacher's launch makes the link known, the list the students."""
    visitor.launch("hw", "prof")
    sync(services, tokens)
    finish(services, hand_in(services, people.student), right())

    assert send(services, tokens) == ["sent"]
    assert platform.grades == {STUDENT: 100.0}


def test_members_that_cannot_be_read_change_nothing(
    services: Services, tokens: AccessTokens, platform: Platform
) -> None:
    """It is tried again later, and the page tells why."""
    with services.sessions.begin() as session:
        course = session.scalars(select(LtiContext)).one()
        course.memberships_url = platform.address("/nothing")
        course_id = course.id
        before = len(session.scalars(select(User)).all())

    assert members.sync(services, tokens, course_id, 0) == "failed"

    with services.sessions() as session:
        assert session.get_one(LtiContext, course_id).sync_error == "the platform answered 404"
        assert len(session.scalars(select(User)).all()) == before


def test_a_roster_that_is_old_is_read_again_by_itself(
    services: Services, platform: Platform
) -> None:
    """Every six hours; who was asked just now is not asked again."""
    with services.sessions.begin() as session:
        course = session.scalars(select(LtiContext)).one()
        course.memberships_url = platform.address("/members")
        course.synced_at = now() - timedelta(hours=7)

    assert [members.ask_for_old(services) for _ in range(2)] == [1, 0]


def test_a_deleted_student_leaves_nothing_behind(
    services: Services,
    tokens: AccessTokens,
    people: People,
    graded: Submission,
    platform: Platform,
) -> None:
    """Neither who they are on the platform nor what it was sent of them."""
    send(services, tokens)
    with services.sessions.begin() as session:
        delete_student(
            session, principal_of(people.instructor), people.student.login, request_id=""
        )

    with services.sessions() as session:
        assert session.scalars(select(LtiUser)).all() == []
        assert session.scalars(select(LtiScore)).all() == []
        told = [f"{one.before}{one.after}" for one in session.scalars(select(AuditEntry))]
    assert not any("sub-s" in one for one in told)


def sync(services: Services, tokens: AccessTokens) -> str:
    """Read the members of the one course, as the worker's workflow does."""
    with services.sessions.begin() as session:
        course = session.scalars(select(LtiContext)).one()
        platform = session.scalars(select(LtiPlatform)).one()
        site = platform.token_url.rpartition("/")[0]
        course.memberships_url = f"{site}/courses/{course.context_id}/members"
        course_id = course.id
    return members.sync(services, tokens, course_id, 0)
