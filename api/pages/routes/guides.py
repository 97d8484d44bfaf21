"""The guides, in the visitor's language: whoever needs help may not be logged in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Response
from markupsafe import Markup

from api.guides.reading import GUIDES, read_guide
from api.kit.models import Role
from api.pages.frame import Link
from api.pages.visit import VisitDep, then

router = APIRouter(include_in_schema=False)
OF_ROLE = {Role.TA: "tas", Role.INSTRUCTOR: "instructors"}
GuideName = Literal["students", "tas", "instructors", "operators"]


@dataclass(frozen=True, kw_only=True)
class HelpPage:
    """One guide, and the way to the others."""

    guides: tuple[Link, ...]
    html: Markup


@router.get("/help")
def choose_guide(visit: VisitDep) -> Response:
    """Lead to the guide for the visitor's role."""
    role = visit.principal.role
    return then(f"/help/{OF_ROLE.get(role, 'students') if role else 'students'}")


@router.get("/help/{guide}")
def show_guide(guide: GuideName, visit: VisitDep) -> Response:
    """Show one guide."""
    language = visit.t.language
    shown = read_guide(guide, language)
    guides = tuple(
        Link(href=f"/help/{name}", text=read_guide(name, language).title, current=name == guide)
        for name in GUIDES
    )
    return visit.page("help", HelpPage(guides=guides, html=shown.html), title=shown.title)
