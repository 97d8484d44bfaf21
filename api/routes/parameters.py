"""The parameters that routes share; what cannot be an id never reaches the database."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Query

from api.auth.permissions import require
from api.kit.ids import EDITION_ID, STUDENT_ID, SUBMISSION_ID
from api.kit.models import Role
from api.kit.schemas.submissions import EXAMPLE_ID
from api.requests.principal import Principal
from api.submissions.search import FINDING

MOST_RUNS = 100_000

SubmissionId = Annotated[str, Path(pattern=SUBMISSION_ID, examples=[EXAMPLE_ID])]
EditionId = Annotated[str, Path(pattern=EDITION_ID, examples=["cs5120-2021"])]
CriterionId = Annotated[str, Path(pattern="^[a-z0-9_.-]{1,100}$", examples=["weights.scale"])]
StudentId = Annotated[str, Path(pattern=STUDENT_ID)]
RunNumber = Annotated[int, Path(ge=1, le=MOST_RUNS)]
RowId = Annotated[str, Path(pattern=SUBMISSION_ID, examples=[EXAMPLE_ID])]
FindingFilter = Annotated[str | None, Query(pattern=FINDING, description="A finding's id.")]
IfNoneMatch = Annotated[str | None, Header(description="The ETag that is known already.")]
IfMatch = Annotated[
    str | None, Header(description="The ETag of the grade that is meant; another is a 412.")
]

Anybody = Annotated[Principal, Depends(require())]
Uploader = Annotated[Principal, Depends(require(scope="submit"))]
LoggedIn = Annotated[Principal, Depends(require(Role.STUDENT))]
Staff = Annotated[Principal, Depends(require(Role.TA))]
StaffUploader = Annotated[Principal, Depends(require(Role.TA, scope="submit"))]
Grader = Annotated[Principal, Depends(require(Role.TA, scope="grade"))]
Administrator = Annotated[Principal, Depends(require(Role.INSTRUCTOR, scope="admin"))]
