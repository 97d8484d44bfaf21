"""The application: routers, middleware and errors put together, around one set of services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from starlette.concurrency import run_in_threadpool

from api.course.assignments import ensure_assignments
from api.kit.services import Services
from api.kit.settings import MEBIBYTE
from api.operation.logs import AccessLog
from api.pages.install import install as install_pages
from api.requests import csrf, errors, openapi, slash_redirects
from api.requests.middleware import BodyLimit, BodyRate, BodyRateLimit, RequestContext
from api.routes import (
    assignments,
    class_documents,
    class_upload,
    exports,
    health,
    lti,
    results,
    submissions,
)
from api.routes.auth import account, audit, single_sign_on, tokens
from api.routes.course import accounts, extensions, groups, roster, rubrics, students
from api.routes.grading import comments, decisions, requests, views

PREFIX = "/api/v1"
PACE = BodyRate()
FORM_BYTES = 64 << 10  # what a form adds to its files
DESCRIPTION = """
Hand in, watch, read, download; for staff: regrade, grade by hand, publish, export.

Every error is an `application/problem+json` document, or a page where `Accept` names `text/html`.
Unsafe requests of a browser session carry `X-CSRF-Token`; scripts send `Authorization: Bearer
<token>` instead.
"""


def create_app(services: Services, *, background: bool = True) -> FastAPI:
    """Return the application; *background* also starts what runs beside the requests."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if background and services.settings.every_edition:
            await run_in_threadpool(ensure_assignments, services)
        yield

    app = FastAPI(
        title="CNN quantization lab grader",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        dependencies=[Depends(csrf.protect)],
        docs_url=None,  # they load scripts from elsewhere
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        redirect_slashes=False,  # slashes.install does it
    )
    app.state.services = services
    errors.install(app)
    openapi.describe(app)
    _include_routers(app)
    slash_redirects.install(app)
    app.add_middleware(BodyLimit, limits=body_limits(services), default=MEBIBYTE)
    app.add_middleware(BodyRateLimit, pace=PACE)
    app.add_middleware(AccessLog)
    app.add_middleware(RequestContext, https=services.settings.secure_cookies)
    return app


def body_limits(services: Services) -> dict[str, int]:
    """Return how many bytes a request to a path may have, where that is more than usual."""
    upload = services.settings.max_upload_bytes + FORM_BYTES
    return {
        f"{PREFIX}/submissions": upload,
        f"{PREFIX}/classes": services.settings.max_class_upload_bytes + FORM_BYTES,
        "/upload": upload,
        "/staff/upload": services.settings.max_class_upload_bytes + FORM_BYTES,
    }


def _include_routers(app: FastAPI) -> None:
    """Include every router of the API, and the pages."""
    app.include_router(health.router)
    app.include_router(single_sign_on.router)
    app.include_router(lti.router)
    for of_work in (submissions, results, decisions, students):
        app.include_router(of_work.router, prefix=PREFIX)
    for of_classes in (exports, class_documents, class_upload):
        app.include_router(of_classes.router, prefix=PREFIX)
    for of_assignment in (assignments, extensions, rubrics, groups):
        app.include_router(of_assignment.router, prefix=PREFIX)
    for of_grading in (views, comments, requests):
        app.include_router(of_grading.router, prefix=PREFIX)
    for of_people in (account, tokens, roster, accounts, audit):
        app.include_router(of_people.router, prefix=PREFIX)
    install_pages(app)
