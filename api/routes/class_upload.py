"""A whole class handed in at once."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from api.kit.schemas.class_upload import ClassOut
from api.requests.dependencies import RequestId, Route, ServicesDep
from api.requests.openapi import errors
from api.routes.parameters import StaffUploader
from api.submissions.class_upload import take_class
from api.submissions.uploads import read_form, text_fields, uploaded_files

router = APIRouter(route_class=Route, tags=["classes"])

CLASS_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "A zip with a file or a folder per student id, or the"
                            " download of Canvas, Moodle, Gradescope or GitHub Classroom.",
                        },
                        "edition": {"type": "string", "example": "cs5120-2021"},
                        "language": {"type": "string", "enum": ["en", "zh_TW"]},
                        "received_at": {
                            "type": "string",
                            "format": "date-time",
                            "description": "When it was handed in; left out: as the download says,"
                            " else in time.",
                        },
                        "unlisted": {
                            "type": "string",
                            "enum": ["true", "false"],
                            "description": "Whether to take in students who are not on the"
                            " roster; an empty roster leaves nobody out.",
                        },
                    },
                }
            }
        },
    }
}


@router.post(
    "/classes",
    status_code=202,
    summary="Hand in a whole class",
    responses=errors(401, 403, 404, 413, 415, 422),
    openapi_extra=CLASS_FORM,
)
async def upload_class(
    request: Request, services: ServicesDep, principal: StaffUploader, request_id: RequestId
) -> ClassOut:
    """
    Take in a zip with a file or a folder per student id, or a course site's own download, as one
    submission for each student.

    Parts that cannot be taken are named with their reason; all the others are queued together, or
    none of them where the store or the database fails.
    """
    form = await read_form(request, max_files=1)
    try:
        [file] = uploaded_files(form)
        fields = text_fields(form)
        taken = await run_in_threadpool(
            take_class, services, principal, file.file, fields, request_id
        )
    finally:
        await form.close()
    return taken.out
