"""Put the pages into the application: routes, static files, and errors as pages."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

import report_templates
from api.pages.lti import launch as lti_launch
from api.pages.lti import platforms as lti_platforms
from api.pages.reference import routes as reference
from api.pages.render import problem_page
from api.pages.routes import (
    account,
    class_upload,
    desk,
    extensions,
    login,
    new_link,
    people,
    staff,
    student,
    watching,
)
from report_templates.page.fonts import fallbacks

HERE = Path(__file__).parent
FONTS = Path(report_templates.__file__).parent / "fonts"
KEPT = "public, max-age=31536000, immutable"
FONTS_KEPT = "public, max-age=2592000"


class Static(StaticFiles):
    """Files that browsers may keep: their addresses change with their content."""

    def __init__(self, folder: Path, keep: str) -> None:
        super().__init__(directory=folder)
        self._keep = keep

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, to be kept."""
        response = await super().get_response(path, scope)
        if response.status_code < 400:
            response.headers["Cache-Control"] = self._keep
        return response


class Typefaces(Static):
    """The packaged typefaces with Chinese, for browsers on machines that have none."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Return the file of that name among the installed typefaces, and nothing else."""
        found = next((str(face.path) for face in fallbacks() if face.path.name == path), None)
        return ("", None) if found is None else (found, Path(found).stat())


def install(app: FastAPI) -> None:
    """Have the application serve the pages, and tell browsers its errors as pages."""
    # Whatever has a name of its own under /staff comes before the editions.
    for module in (
        login,
        new_link,
        student,
        watching,
        account,
        people,
        reference,
        lti_launch,
        lti_platforms,
        class_upload,
        extensions,
        staff,
        desk,
    ):
        app.include_router(module.router)
    app.mount("/static/typefaces", Typefaces(FONTS, FONTS_KEPT), name="typefaces")
    app.mount("/static/fonts", Static(FONTS, FONTS_KEPT), name="fonts")
    app.mount("/static", Static(HERE / "static", KEPT), name="static")
    app.state.problem_page = problem_page
