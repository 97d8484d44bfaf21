"""Who gets which status on every route; a route that is not here fails its test."""

from __future__ import annotations

import io
import zipfile

from tests.api.auth.course import Asked
from tests.api.people import NOTEBOOK

V1 = "/api/v1"
ONE = f"{V1}/submissions/{{submission_id}}"
STUDENT = f"{V1}/roster/{{student_id}}"
DESK = "/staff/{edition_id}/{submission_id}"
FILE = {"file": ("hw1.ipynb", NOTEBOOK)}
UPLOAD = {"files": FILE, "data": {"student_id": "{student_id}", "edition": "{edition}"}}
YES = {"data": {"confirmed": "yes"}}  # without it a page asks first
PASSWORD = {"new": "a long password"}
WORDS = {"text": "look at question 4"}
COMMENT = {"position": 0, "cell": 1, "text": "why?"}
SAVED = f"{V1}/assignments/{{edition}}/comments"
SETTINGS = {
    "due_at": None,
    "late_percent_per_day": 0,
    "late_days": None,
    "max_attempts": None,
    "counts": "latest",
    "anonymous": False,
    "open": True,
}
GRADEBOOK = {
    "files": {"file": ("g.csv", b"Student,ID,SIS User ID,HW1 (33)\nChen,4711,108062001,\n")}
}
EXTENSIONS = f"{V1}/assignments/{{edition}}/extensions"
GROUPS = f"{V1}/assignments/{{edition}}/groups"
GROUP = {"students": ["108062001", "108062002"]}
RUBRIC = f"{V1}/assignments/{{edition}}/rubric"
ONE_MORE = {"edition": "{edition}"}  # of which there is an assignment
EXTENDED = {"students": ["108062001"], "max_attempts": 9}
STAFF = {"login": "ann", "role": "ta"}
ROSTER = b"student_id,name\n108062009,Wu\n"


def _class() -> dict[str, object]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("108062001/hw1.ipynb", NOTEBOOK)
    return {
        "files": {"file": ("class.zip", packed.getvalue())},
        "data": {"edition": "{edition}"},
    }


# nobody, with another's result key, another student, the owner, TA, instructor, token without it
MATRIX = (
    Asked(f"GET {V1}/openapi.json", "200 200 200 200 200 200 200"),
    Asked("GET /healthz", "200 200 200 200 200 200 200"),
    Asked("GET /readyz", "503 503 503 503 503 503 503"),  # no worker runs in this test
    Asked("GET /metrics", "403 403 403 403 403 403 403"),  # by its own token, or this machine
    Asked("GET /login/oidc", "404 404 404 404 404 404 404"),  # not set up here
    Asked("GET /login/oidc/callback", "404 404 404 404 404 404 404"),
    # Learning platforms: who comes from one proves it by the platform's signature alone.
    Asked("GET /lti/jwks.json", "200 200 200 200 200 200 200"),
    Asked("GET /lti/canvas.json", "200 200 200 200 200 200 200"),
    Asked("GET /lti/login", "422 422 422 422 422 422 403"),
    Asked("POST /lti/login", "422 422 422 422 422 422 403"),
    Asked("POST /lti/launch", "403 403 403 403 403 403 403"),
    Asked("GET /lti/enter", "403 403 403 403 403 403 403"),
    # The student's own work.
    Asked(f"POST {V1}/submissions", "401 401 403 202 202 202 403", "submit", UPLOAD),
    Asked(f"GET {V1}/submissions", "401 200 200 200 200 200 403", "read"),
    Asked(f"GET {ONE}", "401 404 404 200 200 200 403", "read"),
    Asked(f"GET {ONE}/events", "401 404 404 200 200 200 403", "read"),
    Asked(f"GET {ONE}/results", "401 404 404 200 200 200 403", "read"),
    Asked(f"GET {ONE}/runs", "401 404 404 200 200 200 403", "read"),
    Asked(f"GET {ONE}/runs/{{number}}/results", "401 404 404 200 200 200 403", "read"),
    Asked(f"GET {ONE}/report.pdf", "401 404 404 200 200 200 403", "read"),
    Asked(f"GET {ONE}/report.html", "401 404 404 200 200 200 403", "read"),
    Asked(f"GET {ONE}/receipt", "401 404 404 200 200 200 403", "read"),
    Asked(f"GET {ONE}/files/{{position}}", "401 404 404 200 200 200 403", "read"),
    Asked(
        f"GET {ONE}/changes",
        "401 404 404 200 200 200 403",
        "read",
        {"params": {"since": "1"}},
    ),
    Asked(f"GET {ONE}/files/{{position}}/view", "401 404 404 200 200 200 403", "read"),
    # Grading.
    Asked(f"GET {ONE}/scores", "401 401 403 403 200 200 403", "grade"),
    Asked(
        f"PUT {ONE}/scores/{{criterion}}",
        "401 401 403 403 200 200 403",
        "grade",
        {"json": {"points": 0.5}},
    ),
    Asked(f"DELETE {ONE}/scores/{{criterion}}", "401 401 403 403 200 200 403", "grade"),
    Asked(
        f"PUT {ONE}/remark", "401 401 403 403 200 200 403", "grade", {"json": {"remark": "good"}}
    ),
    Asked(
        f"PUT {ONE}/adjustment",
        "401 401 403 403 200 200 403",
        "grade",
        {"json": {"points": -1.5, "reason": "see me"}},
    ),
    Asked(f"DELETE {ONE}/adjustment", "401 401 403 403 200 200 403", "grade"),
    Asked(f"GET {ONE}/regrade-requests", "401 404 404 200 200 200 403", "read"),
    Asked(
        f"POST {ONE}/regrade-requests", "401 401 404 409 403 403 403", "submit", {"json": WORDS}
    ),
    Asked(
        f"POST {ONE}/regrade-requests/{{request}}/answer",
        "401 401 403 403 200 200 403",
        "grade",
        {"json": WORDS},
    ),
    Asked(
        f"GET {V1}/assignments/{{edition}}/regrade-requests",
        "401 401 403 403 200 200 403",
        "read",
    ),
    Asked(f"GET {ONE}/comments", "401 404 404 200 200 200 403", "read"),
    Asked(f"POST {ONE}/comments", "401 401 403 403 201 201 403", "grade", {"json": COMMENT}),
    Asked(f"DELETE {ONE}/comments/{{comment}}", "401 401 403 403 204 204 403", "grade"),
    Asked(f"GET {SAVED}", "401 401 403 403 200 200 403", "read"),
    Asked(f"POST {SAVED}", "401 401 403 403 201 201 403", "grade", {"json": WORDS}),
    Asked(f"DELETE {SAVED}/{{saved}}", "401 401 403 403 204 204 403", "grade"),
    Asked(f"POST {ONE}/regrade", "401 401 403 403 202 202 403", "grade"),
    Asked(
        f"POST {V1}/regrades",
        "401 401 403 403 202 202 403",
        "grade",
        {"json": {"edition": "{edition}"}},
    ),
    # How the course is run.
    Asked(f"GET {V1}/assignments", "401 401 200 200 200 200 403", "read"),
    Asked(f"POST {V1}/assignments", "401 401 403 403 403 409 403", "admin", {"json": ONE_MORE}),
    Asked(f"DELETE {V1}/assignments/{{edition}}", "401 401 403 403 403 409 403", "admin"),
    Asked(f"GET {GROUPS}", "401 401 403 403 200 200 403", "read"),
    Asked(f"POST {GROUPS}", "401 401 403 403 201 201 403", "grade", {"json": GROUP}),
    Asked(f"DELETE {GROUPS}/{{student_id}}", "401 401 403 403 404 404 403", "grade"),
    Asked(f"GET {RUBRIC}", "401 401 403 403 200 200 403", "read"),
    Asked(f"PUT {RUBRIC}", "401 401 403 403 403 200 403", "admin", {"json": {"criteria": []}}),
    Asked(f"GET {V1}/assignments/{{edition}}", "401 401 200 200 200 200 403", "read"),
    Asked(
        f"PUT {V1}/assignments/{{edition}}",
        "401 401 403 403 200 200 403",
        "grade",
        {"json": SETTINGS},
    ),
    Asked(
        f"PATCH {V1}/assignments/{{edition}}",
        "401 401 403 403 200 200 403",
        "grade",
        {"json": {"open": True}},
    ),
    Asked(f"POST {V1}/assignments/{{edition}}/publish", "401 401 403 403 200 200 403", "grade"),
    Asked(f"POST {V1}/assignments/{{edition}}/hide", "401 401 403 403 200 200 403", "grade"),
    Asked(f"GET {EXTENSIONS}", "401 401 403 403 200 200 403", "read"),
    Asked(f"POST {EXTENSIONS}", "401 401 403 403 200 200 403", "grade", {"json": EXTENDED}),
    Asked(f"DELETE {EXTENSIONS}/{{student_id}}", "401 401 403 403 404 404 403", "grade"),
    Asked(f"GET {V1}/assignments/{{edition}}/grades.json", "401 401 403 403 200 200 403", "read"),
    Asked(f"GET {V1}/assignments/{{edition}}/grades.csv", "401 401 403 403 200 200 403", "read"),
    Asked(
        f"GET {V1}/assignments/{{edition}}/overview.html", "401 401 403 403 200 200 403", "read"
    ),
    Asked(f"GET {V1}/assignments/{{edition}}/overview.pdf", "401 401 403 403 200 200 403", "read"),
    Asked(
        f"GET {V1}/assignments/{{edition}}/exports/{{site}}.csv",
        "401 401 403 403 200 200 403",
        "read",
    ),
    Asked(
        f"POST {V1}/assignments/{{edition}}/exports/filled",
        "401 401 403 403 200 200 403",
        "read",
        GRADEBOOK,
    ),
    Asked(f"POST {V1}/assignments/{{edition}}/similarity", "401 401 403 403 202 202 403", "grade"),
    Asked(f"GET {V1}/assignments/{{edition}}/similarity", "401 401 403 403 404 404 403", "read"),
    Asked(
        f"GET {V1}/assignments/{{edition}}/similarity.html", "401 401 403 403 404 404 403", "read"
    ),
    Asked(f"POST {V1}/classes", "401 401 403 403 202 202 403", "submit", _class()),
    Asked(f"DELETE {V1}/students/{{student_id}}", "401 401 403 403 403 200 403", "admin"),
    # Oneself. The session and the token of the path are the owner's.
    Asked(f"GET {V1}/me", "401 401 200 200 200 200 403", "read"),
    Asked(f"POST {V1}/password", "401 401 204 204 204 204 403", "admin", {"json": PASSWORD}),
    Asked(f"GET {V1}/sessions", "401 401 200 200 200 200 403", "admin"),
    Asked(f"DELETE {V1}/sessions", "401 401 204 204 204 204 403", "admin"),
    Asked(f"DELETE {V1}/sessions/{{session_id}}", "401 401 404 204 404 404 403", "admin"),
    Asked(
        f"POST {V1}/tokens",
        "401 401 201 201 201 201 403",
        "admin",
        {"json": {"name": "x", "scopes": ["read"]}},
    ),
    Asked(f"GET {V1}/tokens", "401 401 200 200 200 200 403", "admin"),
    Asked(f"DELETE {V1}/tokens/{{token_id}}", "401 401 404 204 404 404 403", "admin"),
    # Everybody.
    Asked(
        f"POST {V1}/roster",
        "401 401 403 403 403 200 403",
        "admin",
        {"content": ROSTER, "headers": {"Content-Type": "text/csv"}},
    ),
    Asked(f"GET {V1}/roster", "401 401 403 403 200 200 403", "read"),
    Asked(f"POST {V1}/roster/links", "401 401 403 403 403 200 403", "admin"),
    Asked(f"POST {STUDENT}/link", "401 401 403 403 403 200 403", "admin"),
    Asked(f"DELETE {STUDENT}/link", "401 401 403 403 403 204 403", "admin"),
    Asked(f"GET {V1}/users", "401 401 403 403 403 200 403", "admin"),
    Asked(f"POST {V1}/users", "401 401 403 403 403 201 403", "admin", {"json": STAFF}),
    Asked(f"PATCH {V1}/users/{{user_id}}", "401 401 403 403 403 200 403", "admin", {"json": {}}),
    Asked(f"POST {V1}/users/{{user_id}}/link", "401 401 403 403 403 200 403", "admin"),
    Asked(
        f"POST {V1}/students",
        "401 401 403 403 403 201 403",
        "admin",
        {"json": {"student_id": "108062010"}},
    ),
    Asked(f"GET {V1}/audit", "401 401 403 403 403 200 403", "admin"),
    # Pages: nobody is led to the login (303), and a token, whatever its scopes, is for the API.
    Asked("GET /", "200 200 200 200 303 303 403"),
    Asked("GET /language/{language}", "303 303 303 303 303 303 403"),
    Asked("GET /help", "303 303 303 303 303 303 403"),
    Asked("GET /help/{guide}", "200 200 200 200 200 200 403"),
    Asked("GET /login", "200 200 303 303 303 303 403"),
    Asked("GET /login/new-link", "404 404 404 404 404 404 403"),  # no mail is set up here
    Asked("POST /login/new-link", "404 404 404 404 404 404 403"),
    Asked("POST /login", "401 401 401 401 401 401 403"),  # without a password
    Asked("GET /login/link/{token}", "200 200 200 200 200 200 403"),
    Asked("POST /login/link/{token}", "303 303 303 303 303 303 403"),
    Asked("POST /logout", "303 303 303 303 303 303 403"),
    Asked("POST /upload", "401 401 403 303 303 303 403", "submit", UPLOAD),
    Asked("GET /s/{submission_id}", "303 404 404 200 200 200 403"),
    Asked("GET /s/{submission_id}/receipt", "303 404 404 200 200 200 403"),
    Asked("GET /s/{submission_id}/progress", "303 404 404 204 204 204 403"),
    Asked("GET /s/{submission_id}/events", "303 404 404 200 200 200 403"),
    Asked("GET /r/{key}", "200 200 200 200 200 200 403"),  # whoever knows the key
    Asked("GET /r/{key}/progress", "204 204 204 204 204 204 403"),
    Asked("GET /r/{key}/events", "200 200 200 200 200 200 403"),
    Asked("GET /account", "303 303 200 200 200 200 403"),
    Asked("POST /account/sessions/end", "401 401 303 303 303 303 403"),
    Asked("POST /account/sessions/{session_id}/end", "401 401 404 303 404 404 403"),
    Asked(
        "POST /account/tokens",
        "401 401 200 200 200 200 403",
        "",
        {"data": {"name": "x", "scope": "read", "days": "9"}},
    ),
    Asked("POST /account/tokens/{token_id}/revoke", "401 401 404 303 404 404 403", "", YES),
    Asked("POST /account/password", "401 401 303 303 303 303 403", "", {"data": PASSWORD}),
    Asked("GET /staff", "303 303 403 403 200 200 403"),
    Asked("GET /staff/roster", "303 303 403 403 200 200 403"),
    Asked(
        "POST /staff/roster",
        "401 401 403 403 403 200 403",
        "",
        {"files": {"file": ("roster.csv", ROSTER)}},
    ),
    Asked("POST /staff/roster/{student_id}/link", "401 401 403 403 403 200 403"),
    Asked("POST /staff/roster/{student_id}/link/revoke", "401 401 403 403 403 303 403", "", YES),
    Asked(
        "POST /staff/roster/student",
        "401 401 403 403 403 303 403",
        "",
        {"data": {"student_id": "108062010"}},
    ),
    Asked("POST /staff/roster/{student_id}/change", "401 401 403 403 403 303 403"),
    Asked("POST /staff/roster/{student_id}/shut-out", "401 401 403 403 403 303 403", "", YES),
    Asked("POST /staff/roster/{student_id}/let-in", "401 401 403 403 403 303 403"),
    Asked("GET /staff/accounts", "303 303 403 403 403 200 403"),
    Asked("POST /staff/accounts", "401 401 403 403 403 200 403", "", {"data": STAFF}),
    Asked(
        "POST /staff/accounts/{user_id}/role",
        "401 401 403 403 403 303 403",
        "",
        {"data": {"role": "instructor"}},
    ),
    Asked("POST /staff/accounts/{user_id}/link", "401 401 403 403 403 200 403"),
    Asked("POST /staff/accounts/{user_id}/shut-out", "401 401 403 403 403 303 403", "", YES),
    Asked("POST /staff/accounts/{user_id}/let-in", "401 401 403 403 403 303 403"),
    Asked("GET /staff/lti", "303 303 403 403 403 200 403"),
    Asked("POST /staff/lti/courses/{course_id}/accept", "401 401 403 403 403 303 403", "", YES),
    Asked("POST /staff/lti/courses/{course_id}/unlink", "401 401 403 403 403 303 403", "", YES),
    Asked("POST /staff/lti/courses/{course_id}/members", "401 401 403 403 403 303 403"),
    Asked("POST /staff/lti/send-again", "401 401 403 403 403 303 403"),
    Asked("GET /staff/audit", "303 303 403 403 200 200 403"),
    Asked("GET /staff/{edition_id}/upload", "303 303 403 403 200 200 403"),
    Asked("GET /staff/{edition_id}/upload/{outcome}", "303 303 403 403 200 200 403"),
    Asked("POST /staff/upload", "401 401 403 403 303 303 403", "submit", _class()),
    Asked("GET /staff/{edition_id}/overview", "303 303 403 403 200 200 403"),
    Asked("GET /staff/{edition_id}/similarity", "303 303 403 403 200 200 403"),
    Asked("POST /staff/{edition_id}/similarity", "401 401 403 403 303 303 403"),
    Asked("GET /staff/{edition_id}/exports", "303 303 403 403 200 200 403"),
    Asked("POST /staff/{edition_id}/exports", "401 401 403 403 200 200 403", "", GRADEBOOK),
    Asked("GET /staff/{edition_id}", "303 303 403 403 200 200 403"),
    Asked("POST /staff/{edition_id}/publish", "401 401 403 403 303 303 403", "", YES),
    Asked("POST /staff/{edition_id}/hide", "401 401 403 403 303 303 403", "", YES),
    Asked("POST /staff/{edition_id}/regrade", "401 401 403 403 303 303 403"),
    Asked("GET /staff/{edition_id}/settings", "303 303 403 403 200 200 403"),
    Asked("POST /staff/{edition_id}/settings", "401 401 403 403 303 303 403"),
    Asked("POST /staff/assignments", "401 401 403 403 403 409 403", "", {"data": ONE_MORE}),
    Asked("POST /staff/{edition_id}/remove", "401 401 403 403 403 409 403", "", YES),
    Asked("GET /staff/{edition_id}/groups", "303 303 403 403 200 200 403"),
    Asked(
        "POST /staff/{edition_id}/groups",
        "401 401 403 403 303 303 403",
        "",
        {"data": {"students": "108062001 108062002"}},
    ),
    Asked(
        "POST /staff/{edition_id}/groups/{student_id}/dissolve",
        "401 401 403 403 404 404 403",
        "",
        YES,
    ),
    Asked("GET /staff/{edition_id}/rubric", "303 303 403 403 200 200 403"),
    Asked("POST /staff/{edition_id}/rubric", "401 401 403 403 403 409 403"),
    Asked("GET /staff/{edition_id}/extensions", "303 303 403 403 200 200 403"),
    Asked(
        "POST /staff/{edition_id}/extensions",
        "401 401 403 403 303 303 403",
        "",
        {"data": {"students": EXTENDED["students"], "max_attempts": "9"}},
    ),
    Asked(
        "POST /staff/{edition_id}/extensions/{student_id}/take-back",
        "401 401 403 403 404 404 403",
        "",
        YES,
    ),
    Asked(f"POST {DESK}/comments", "401 401 403 403 303 303 403", "", {"data": {"text": "why?"}}),
    Asked(f"POST {DESK}/comments/{{comment}}/remove", "401 401 403 403 303 303 403"),
    Asked("POST /staff/{edition_id}/comments/{saved}/forget", "401 401 403 403 303 303 403"),
    Asked("GET /staff/{edition_id}/next", "303 303 403 403 303 303 403"),
    Asked("POST /s/{submission_id}/request", "401 401 404 409 403 403 403", "", {"data": WORDS}),
    Asked(
        f"POST {DESK}/requests/{{request}}/answer",
        "401 401 403 403 303 303 403",
        "",
        {"data": WORDS},
    ),
    Asked(f"GET {DESK}", "303 303 403 403 200 200 403"),
    Asked(f"POST {DESK}", "401 401 403 403 303 303 403"),
    Asked(f"POST {DESK}/regrade", "401 401 403 403 303 303 403"),
    Asked("POST /staff/students/{student_id}/delete", "401 401 403 403 403 303 403", "", YES),
)
