"""
What cannot be undone asks first, with scripts and without.

A script asks where the button is and adds the field ``confirmed``; a form that comes without it is
answered with a page that asks, and that holds the same fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit

from fastapi import Depends, Request, Response

from api.pages.visit import Visit
from api.requests.csrf import FIELD as CSRF_FIELD
from api.requests.redirects import local_path

FIELD = "confirmed"  # page.js adds it
OWN = frozenset({FIELD, CSRF_FIELD})


@dataclass(frozen=True, kw_only=True)
class ConfirmPage:
    """The question, the form that says yes, and the way back."""

    question: str
    button: str
    action: str
    fields: tuple[tuple[str, str], ...]
    back: str


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """Whether a form was confirmed, and what else is in it."""

    given: bool
    fields: tuple[tuple[str, str], ...]

    def ask(self, visit: Visit, question: str, button: str) -> Response:
        """Return the page that asks, and sends the same form again."""
        came_from = urlsplit(visit.request.headers.get("referer", ""))
        page = ConfirmPage(
            question=question,
            button=button,
            action=visit.request.url.path,
            fields=self.fields,
            back=local_path(urlunsplit(("", "", came_from.path, came_from.query, ""))),
        )
        return visit.page("confirm", page, title=visit.t("confirm.title"), width="narrow")


async def read_confirmation(request: Request) -> Confirmation:
    """Return what a form says about it."""
    form = (await request.form()).multi_items()
    sent = [(name, value) for name, value in form if isinstance(value, str)]
    return Confirmation(
        given=any(name == FIELD and value for name, value in sent),
        fields=tuple((name, value) for name, value in sent if name not in OWN),
    )


ConfirmationDep = Annotated[Confirmation, Depends(read_confirmation)]
