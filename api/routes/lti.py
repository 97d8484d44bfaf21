"""What learning platforms read of us: our keys, and how Canvas is to set us up."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.lti import keys
from api.lti.setup import canvas_configuration
from api.requests.dependencies import Route, ServicesDep, reading

router = APIRouter(route_class=Route, prefix="/lti", include_in_schema=False)


@router.get("/jwks.json")
def show_keys(services: ServicesDep) -> dict[str, Any]:
    """Return the public halves of our keys; draw the first where there is none."""
    keys.ensure(services)
    with reading(services) as session:
        return keys.published(session)


@router.get("/canvas.json")
def show_canvas_configuration(services: ServicesDep) -> dict[str, Any]:
    """Return the configuration that Canvas reads when a developer key is made."""
    return canvas_configuration(services.settings)
