"""The API's own description: every error that a route may answer with, and an example of each."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.kit.problems import Problem, ProblemDocument, document
from api.requests.errors import MEDIA_TYPE

Json = dict[str, Any]
REFERENCE = "#/components/schemas/ProblemDocument"
UNSAFE = frozenset({"post", "put", "patch", "delete"})
EXAMPLES = {
    problem.status: problem
    for problem in (
        Problem(400, "bad-request", "Missing boundary in multipart."),
        Problem(401, "not-logged-in", "log in first, or send an API token"),
        Problem(403, "forbidden", "your account may not do this; ask the instructor"),
        Problem(404, "not-found", "this submission does not exist, or you may not see it"),
        Problem(408, "too-slow", "the body came too slowly; send it again"),
        Problem(409, "already-running", "this submission is being graded right now"),
        Problem(413, "file-too-large", "what was sent is larger than 25 MB"),
        Problem(415, "unsupported-file", "hw1.exe: hand in .ipynb, .py, .zip or .pdf"),
        Problem(422, "invalid-request", "query.limit: Input should be less than or equal to 200"),
        Problem(429, "too-many-requests", "more than 10 a minute; wait 20 seconds"),
        Problem(500, "our-fault", "something broke on our side and was noted"),
        Problem(503, "storage-unavailable", "files cannot be stored right now"),
    )
}


def errors(*statuses: int) -> dict[int | str, Json]:
    """Return the ``responses=`` of a route that may answer with these errors of its own."""
    return {status: _response(status) for status in statuses}


def describe(app: FastAPI) -> None:
    """Add what every route may answer to the application's OpenAPI description."""

    def openapi() -> Json:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            app.openapi_schema = complete(schema)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way


def complete(schema: Json) -> Json:
    """Add the errors that come from around the routes, and how one proves who one is."""
    for path in schema["paths"].values():
        for method, operation in path.items():
            for status in _around(method, operation):
                operation["responses"][str(status)] = _response(status)
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["ProblemDocument"] = ProblemDocument.model_json_schema()
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "An API token."},
        "session": {"type": "apiKey", "in": "cookie", "name": "grader-session"},
        "resultKey": {
            "type": "apiKey",
            "in": "header",
            "name": "X-Result-Key",
            "description": "A self-check's key, also taken as ?key=.",
        },
    }
    schema["security"] = [{"token": []}, {"session": []}, {"resultKey": []}, {}]
    return schema


def _around(method: str, operation: Json) -> set[int]:
    """Return the errors that may come before a route is reached, or when it breaks."""
    found = {401, 500, 503}
    if method in UNSAFE:
        found |= {403, 409}
    if "requestBody" in operation:
        found |= {400, 408, 413, 422}
    if operation.get("parameters"):
        found |= {422}
    return found


def _response(status: int) -> Json:
    problem = EXAMPLES.get(status) or Problem(status, "error", HTTPStatus(status).phrase)
    example = document(problem, "5f0c2b9e4d7a4b0c").model_dump()
    return {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE}, "example": example}},
    }
