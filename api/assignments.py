"""How the course runs each edition; there is a row for every edition that is installed."""

from __future__ import annotations

from sqlalchemy import select

from api.models import Assignment
from api.services import Services


def ensure_assignments(services: Services) -> None:
    """Add the rows of editions that are new here; those that are there stay as they are."""
    with services.sessions.begin() as session:
        known = set(session.scalars(select(Assignment.edition)))
        session.add_all(
            Assignment(edition=edition) for edition in services.editions if edition not in known
        )
