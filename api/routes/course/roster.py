"""The roster: imported, listed, and the personal links of its students."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from api.auth import audit, links
from api.auth.permissions import require
from api.course import roster
from api.kit.models import Role, User, now
from api.kit.problems import Problem
from api.requests.dependencies import RequestId, Route, ServicesDep, SessionDep
from api.requests.openapi import errors
from api.requests.principal import Principal
from api.routes.parameters import StudentId
from grader.results.exports.spreadsheets import BYTE_ORDER_MARK, harmless

router = APIRouter(route_class=Route, tags=["roster"])
Staff = Annotated[Principal, Depends(require(Role.TA))]
# Whoever holds a personal link is that student: only the instructor hands them out.
Instructor = Annotated[Principal, Depends(require(Role.INSTRUCTOR, scope="admin"))]
KINDS = frozenset({"text/csv", "application/json"})
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "student_id,name,email,section\ns1,Ann,ann@example.edu,A\n",
            },
            "application/json": {
                "schema": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["student_id"],
                        "properties": {name: {"type": "string"} for name in roster.READ},
                    },
                },
                "example": [{"student_id": "s1", "name": "Ann", "email": "ann@example.edu"}],
            },
        },
    }
}


class RosterChange(BaseModel):
    """What an import did, in numbers of students."""

    added: int
    changed: int
    unchanged: int
    disabled: int
    left_disabled: list[str] = Field(
        description="Students in it who were shut out, and stay so until they are let in again."
    )


class StudentView(BaseModel):
    """A student of the roster."""

    student_id: str
    name: str
    email: str
    section: str
    enabled: bool = Field(description="Whether they may log in.")
    single_sign_on: bool = Field(description="Whether they logged in through the university yet.")


class PersonalLink(BaseModel):
    """A student's own address of the service."""

    student_id: str
    link: str = Field(examples=["https://grader.example.edu/login/link/WyJ..."])
    expires_at: datetime


async def read_rows(
    request: Request,
    encoding: Annotated[
        str,
        Query(
            max_length=20,
            description="Of a CSV file that is neither UTF-8 nor UTF-16: "
            + ", ".join(roster.ENCODINGS)
            + ". Left out, the problem says which it seems to be.",
        ),
    ] = "",
) -> tuple[roster.RosterRow, ...]:
    """Return the students in a request's body, by its content type."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in KINDS:
        raise Problem(415, "unsupported-file", "send the roster as text/csv or application/json")
    content = await request.body()
    if kind == "text/csv":
        return roster.read_csv(content, encoding=encoding)
    return roster.read_json(content)


@router.post("/roster", openapi_extra=BODY, responses=errors(413, 415, 422))
def import_roster(  # noqa: PLR0913, PLR0917  a request's parts
    principal: Instructor,
    rows: Annotated[tuple[roster.RosterRow, ...], Depends(read_rows)],
    session: SessionDep,
    request_id: RequestId,
    disable_missing: Annotated[
        bool, Query(description="Shut out the students who are not in it.")
    ] = False,
    alike: Annotated[
        bool,
        Query(
            description="Take ids that differ only in marks or leading zeros as different"
            " students; without it they are asked about."
        ),
    ] = False,
) -> RosterChange:
    """Add students and bring their names up to date, all or nothing; wrong lines are named."""
    change = roster.import_noted(
        session,
        principal,
        rows,
        disable_missing=disable_missing,
        alike=alike,
        request_id=request_id,
    )
    return RosterChange.model_validate(asdict(change))


@router.get("/roster", responses=errors(403))
def list_roster(_principal: Staff, session: SessionDep) -> list[StudentView]:
    """List the students of the roster by id."""
    return [_view(student) for student in roster.students(session)]


@router.post(
    "/roster/links",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def list_links(
    principal: Instructor, services: ServicesDep, session: SessionDep, request_id: RequestId
) -> Response:
    """Return every student's personal link as CSV, to be mailed to each."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([*roster.COLUMNS, "link"])
    for one in roster.students(session):
        if one.disabled_at is None:
            link = links.personal_link(services.settings, one)
            cells = (one.login, one.name, one.email, link)
            table.writerow([harmless(cell) for cell in cells])
    audit.record(session, principal, "roster.links", "roster", request_id=request_id)
    headers = {"Content-Disposition": 'attachment; filename="links.csv"'}
    content = BYTE_ORDER_MARK + text.getvalue()
    return Response(content, media_type="text/csv", headers=headers)


@router.post("/roster/{student_id}/link", responses=errors(404))
def make_link(
    student_id: StudentId,
    principal: Instructor,
    services: ServicesDep,
    session: SessionDep,
    request_id: RequestId,
) -> PersonalLink:
    """Return a student's personal link."""
    student = roster.find_enrolled(session, student_id)
    return PersonalLink(
        student_id=student_id,
        link=roster.link_noted(
            services.settings, session, principal, student, request_id=request_id
        ),
        expires_at=now() + timedelta(days=services.settings.link_days),
    )


@router.delete("/roster/{student_id}/link", status_code=204, responses=errors(404))
def revoke_link(
    student_id: StudentId, principal: Instructor, session: SessionDep, request_id: RequestId
) -> None:
    """End a student's links, sessions, tokens and password: all that a leaked link opens."""
    student = roster.find_enrolled(session, student_id)
    roster.revoke_noted(session, principal, student, request_id=request_id)


def _view(student: User) -> StudentView:
    return StudentView(
        student_id=student.login,
        name=student.name,
        email=student.email,
        section=student.section,
        enabled=student.disabled_at is None,
        single_sign_on=student.oidc_subject is not None,
    )
