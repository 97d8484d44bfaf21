"""What every page route is handed: who visits, in which language, at what time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session

from api.auth.permissions import RANKS, demand
from api.course.rubrics import as_set
from api.kit.models import Assignment, Role, now
from api.kit.problems import Problem, not_found
from api.kit.services import Services
from api.kit.settings import Settings
from api.pages.frame import words_for
from api.pages.messages import Words
from api.pages.parts.moments import Clock
from api.pages.render import render
from api.requests.dependencies import PrincipalDep, RequestId, ServicesDep, SessionDep
from api.requests.identify import bearer_token
from api.requests.principal import Principal
from grader.editions.loader import Edition


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request of one browser."""

    request: Request
    services: Services
    session: Session
    principal: Principal
    request_id: str
    t: Words
    clock: Clock

    @property
    def settings(self) -> Settings:
        """Return the service's settings."""
        return self.services.settings

    def demand(self, role: Role, scope: str = "read") -> None:
        """Raise Problem 401 or 403 unless the visitor has at least this role."""
        demand(self.principal, least=RANKS[role], scope=scope)

    def edition(self, name: str) -> tuple[Assignment, Edition]:
        """Return an assignment and its edition as it is set; raise Problem 404 for none."""
        assignment = self.session.get(Assignment, name)
        if assignment is None or name not in self.services.editions:
            raise not_found(what="this assignment")
        return assignment, as_set(assignment, self.services.editions[name])

    def page(
        self, template: str, page: object, *, title: str, width: str = "", status: int = 200
    ) -> HTMLResponse:
        """Return a whole page."""
        return render(
            self.request,
            self.principal,
            template,
            page,
            t=self.t,
            title=title,
            width=width,
            status=status,
        )


def refuse_scripts(request: Request) -> None:
    """Raise Problem 403 for an API token: pages are for people."""
    if bearer_token(request):
        raise Problem(403, "for-browsers", "pages take no API token; scripts use /api/v1")


async def open_visit(
    request: Request,
    services: ServicesDep,
    session: SessionDep,
    principal: PrincipalDep,
    request_id: RequestId,
) -> Visit:
    """Return the visit."""
    refuse_scripts(request)
    t = words_for(request)
    clock = Clock(zone=zone_of(services.settings), t=t, now=now())
    return Visit(
        request=request,
        services=services,
        session=session,
        principal=principal,
        request_id=request_id,
        t=t,
        clock=clock,
    )


VisitDep = Annotated[Visit, Depends(open_visit, scope="function")]


def zone_of(settings: Settings) -> ZoneInfo:
    """Return the course's time zone."""
    return ZoneInfo(settings.time_zone)


def then(path: str, done: str = "") -> RedirectResponse:
    """Return the way to a page after a form, which says what was *done*."""
    mark = "&" if "?" in path else "?"
    return RedirectResponse(f"{path}{mark}done={done}" if done else path, status_code=303)
