"""Put the pages into the application: routes, static files, and errors as pages."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

import api.guides
from api.pages.lti import launch as lti_launch
from api.pages.lti import platforms as lti_platforms
from api.pages.reference import routes as reference
from api.pages.render import problem_page
from api.pages.routes import (
    account,
    class_reports,
    class_upload,
    desk,
    extensions,
    guides,
    login,
    new_link,
    people,
    staff,
    student,
    watching,
)
from api.pages.routes.course import accounts, assignments, groups, students
from api.pages.routes.grading import comments, requests
from report_templates.page.fonts import OWN, fallbacks

HERE = Path(__file__).parent
GUIDES = Path(api.guides.__file__).parent / "images"
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

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file for pages without an origin, too, such as a student's notebook."""
        response = await super().get_response(path, scope)
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response


def install(app: FastAPI) -> None:
    """Have the application serve the pages, and tell browsers its errors as pages."""
    # Whatever has a name of its own under /staff comes before the editions.
    for of_people in (login, new_link, student, watching, account, people, students, accounts):
        app.include_router(of_people.router)
    for of_platforms in (reference, lti_launch, lti_platforms):
        app.include_router(of_platforms.router)
    for of_work in (assignments, groups, class_upload, class_reports, extensions):
        app.include_router(of_work.router)
    for of_grading in (guides, requests, comments, staff, desk):
        app.include_router(of_grading.router)
    app.mount("/static/typefaces", Typefaces(OWN, FONTS_KEPT), name="typefaces")
    app.mount("/static/fonts", Static(OWN, FONTS_KEPT), name="fonts")
    app.mount("/static/guides", Static(GUIDES, FONTS_KEPT), name="guides")
    app.mount("/static", Static(HERE / "static", KEPT), name="static")
    app.state.problem_page = problem_page
