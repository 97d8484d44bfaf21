"""
A learning platform by the 1EdTech specifications, as a server of its own with keys of its own.

It does what the specifications demand of a platform, and refuses what they forbid a tool: LTI Core
1.3, Security Framework 1.0, Deep Linking 2.0, Names and Role Provisioning 2.0, Assignment and
Grade Services 2.0. It is strict where they say "must", and remembers why it refused.
"""

from __future__ import annotations

import html
import json
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

CLIENT_ID = "client-17"
DEPLOYMENT = "deployment-1"
COURSE = "course-1"
SPEC = "https://purl.imsglobal.org/spec"
LTI = f"{SPEC}/lti/claim/"
DL = f"{SPEC}/lti-dl/claim/"
SCORE = f"{SPEC}/lti-ags/scope/score"
MEMBERS = f"{SPEC}/lti-nrps/scope/contextmembership.readonly"
ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership"
LEARNER, INSTRUCTOR = f"{ROLE}#Learner", f"{ROLE}#Instructor"
ASSISTANT = f"{ROLE}/Instructor#TeachingAssistant"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
PROGRESS = {"Initialized", "Started", "InProgress", "Submitted", "Completed"}
GRADING = {"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"}
PAGE = 2  # members on each page

Claims = dict[str, Any]


@cache  # drawing one takes longer than a launch
def made_key(kid: str) -> RSAKey:
    """Return a key of a platform, the same in every test."""
    return RSAKey.generate_key(2048, {"kid": kid})


@dataclass
class Person:
    """Somebody on the platform."""

    sub: str
    roles: list[str]
    name: str
    email: str = ""
    student_id: str = ""
    status: str = "Active"


@dataclass
class Link:
    """A link to the tool in the course."""

    id: str
    target: str
    custom: dict[str, str] = field(default_factory=dict)
    graded: bool = True


@dataclass
class Platform:
    """The platform and everything that it was told."""

    port: int
    tool: str
    people: dict[str, Person] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: made_key("p-1"))
    corrupt: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[[Claims], str] | None = None
    scores: list[Claims] = field(default_factory=list)
    grades: dict[tuple[str, str], float] = field(default_factory=dict)  # link, person -> of 100
    items: list[Claims] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # what the tool did wrong
    answer_scores: int = 0  # a status to answer instead
    tokens: dict[str, set[str]] = field(default_factory=dict)
    token_requests: int = 0
    seen: set[str] = field(default_factory=set)
    last: dict[tuple[str, str], datetime] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    def address(self, path: str) -> str:
        return self.issuer + path

    def line_item(self, link: str) -> str:
        return self.address(f"/courses/{COURSE}/lineitems/{link}?type=graded")

    def initiation(self, link: str, who: str) -> dict[str, str]:
        """Return what is sent to begin a login; *link* "" is the picking of a content."""
        target = self.links[link].target if link else f"{self.tool}/lti/deep-link"
        return {
            "iss": self.issuer,
            "login_hint": who,
            "target_link_uri": target,
            "client_id": CLIENT_ID,
            "lti_message_hint": json.dumps({"link": link}),
            "lti_deployment_id": DEPLOYMENT,
        }

    def token_for(self, asked: dict[str, str]) -> str:
        """Return the ID token that answers an authentication request."""
        person = self.people[asked["login_hint"]]
        link = json.loads(asked["lti_message_hint"])["link"]
        claims = self.corrupt(self._claims(person, link, asked["nonce"]))
        if self.sign is not None:
            return self.sign(claims)
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def _claims(self, person: Person, link: str, nonce: str) -> Claims:
        now = int(time.time())
        return {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": person.sub,
            "exp": now + 300,
            "iat": now,
            "nonce": nonce,
            "name": person.name,
            "email": person.email,
            f"{LTI}version": "1.3.0",
            f"{LTI}deployment_id": DEPLOYMENT,
            f"{LTI}roles": person.roles,
            f"{LTI}context": {"id": COURSE, "title": "Quantization, autumn"},
            f"{LTI}lis": {"person_sourcedid": person.student_id},
            f"{SPEC}/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": self.address(f"/courses/{COURSE}/members"),
                "service_versions": ["2.0"],
            },
            **(self._of_link(self.links[link]) if link else self._of_picking()),
        }

    def _of_link(self, link: Link) -> Claims:
        endpoint: Claims = {
            "scope": [SCORE],
            "lineitems": self.address(f"/courses/{COURSE}/lineitems"),
        }
        if link.graded:
            endpoint["lineitem"] = self.line_item(link.id)
        return {
            f"{LTI}message_type": "LtiResourceLinkRequest",
            f"{LTI}target_link_uri": link.target,
            f"{LTI}resource_link": {"id": link.id, "title": link.id},
            f"{LTI}custom": link.custom,
            f"{SPEC}/lti-ags/claim/endpoint": endpoint,
        }

    def _of_picking(self) -> Claims:
        return {
            f"{LTI}message_type": "LtiDeepLinkingRequest",
            f"{LTI}target_link_uri": f"{self.tool}/lti/deep-link",
            f"{DL}deep_linking_settings": {
                "deep_link_return_url": self.address("/deep-link-return?course=1"),
                "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["iframe", "window"],
                "data": "kept by the platform",
            },
        }

    # What the tool asks for.

    async def show_keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def open_link(self, request: Request) -> Response:
        """Show a page of the course that opens the tool by itself, in a frame if asked."""
        link, who = request.query_params["link"], request.query_params["who"]
        begun = self.initiation(link, who)
        if request.query_params.get("frame"):
            there = f"{self.tool}/lti/login?{urlencode(begun)}"
            return HTMLResponse(f'<iframe name="tool" src="{html.escape(there)}"></iframe>')
        return HTMLResponse(posting(f"{self.tool}/lti/login", begun))

    async def authenticate(self, request: Request) -> Response:
        asked = dict(request.query_params)
        wrong = [
            name
            for name, value in {
                "scope": "openid",
                "response_type": "id_token",
                "response_mode": "form_post",
                "prompt": "none",
                "client_id": CLIENT_ID,
                "redirect_uri": f"{self.tool}/lti/launch",
            }.items()
            if asked.get(name) != value
        ]
        wrong += [one for one in ("nonce", "state", "lti_message_hint") if not asked.get(one)]
        if wrong or asked.get("login_hint") not in self.people:
            return self._refuse(f"authentication request: {wrong}")
        answer = {"id_token": self.token_for(asked), "state": asked["state"]}
        return HTMLResponse(posting(asked["redirect_uri"], answer))

    async def give_token(self, request: Request) -> Response:
        self.token_requests += 1
        form = dict(await request.form())
        if form.get("grant_type") != "client_credentials" or form.get("client_assertion_type") != (
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        ):
            return self._refuse("token request: grant or assertion type")
        claims = await self._read(str(form["client_assertion"]))
        now, end = time.time(), claims.get("exp", 0)
        good = (
            claims.get("iss") == claims.get("sub") == CLIENT_ID
            and claims.get("aud") == self.address("/token")
            and now < end <= now + 3600
            and claims.get("iat", now + 99) <= now + 5
            and claims.get("jti")
            and claims["jti"] not in self.seen
        )
        if not good:
            return self._refuse(f"client assertion: {claims}")
        self.seen.add(claims["jti"])
        scopes = set(str(form.get("scope", "")).split())
        if not scopes or not scopes <= {SCORE, MEMBERS}:
            return self._refuse(f"scope: {scopes}")
        token = uuid.uuid4().hex
        self.tokens[token] = scopes
        return JSONResponse(
            {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "x"}
        )

    async def list_members(self, request: Request) -> Response:
        if not self._allows(request, MEMBERS):
            return self._refuse("members: no token for it", 401)
        if request.headers.get("accept") != MEMBERS_TYPE:
            return self._refuse("members: media type", 406)
        at = int(request.query_params.get("from", "0"))
        everybody = [*self.people.values()]
        members = [
            {
                "user_id": one.sub,
                "roles": one.roles,
                "status": one.status,
                "name": one.name,
                "email": one.email,
                "lis_person_sourcedid": one.student_id,
            }
            for one in everybody[at : at + PAGE]
        ]
        here = self.address(f"/courses/{COURSE}/members")
        body = {"id": here, "context": {"id": COURSE}, "members": members}
        headers = {}
        if at + PAGE < len(everybody):
            headers["Link"] = f'<{here}?from={at + PAGE}>; rel="next"'
        return Response(json.dumps(body), headers=headers, media_type=MEMBERS_TYPE)

    async def take_score(self, request: Request) -> Response:
        if not self._allows(request, SCORE):
            return self._refuse("score: no token for it", 401)
        if self.answer_scores:
            return PlainTextResponse("not now", self.answer_scores)
        if request.headers.get("content-type") != SCORE_TYPE:
            return self._refuse("score: media type", 415)
        if request.query_params.get("type") != "graded":
            return self._refuse("score: the line item's own query was lost", 404)
        link, body = request.path_params["link"], await request.json()
        if wrong := self._wrong_score(link, body):
            return self._refuse(f"score: {wrong}")
        self.scores.append({"link": link, **body})
        place = (link, body["userId"])
        self.grades.pop(place, None)
        if "scoreGiven" in body:
            self.grades[place] = 100 * body["scoreGiven"] / body["scoreMaximum"]
        return Response(status_code=204)

    def _wrong_score(self, link: str, body: Claims) -> str:
        moment = body.get("timestamp", "")
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}(Z|[+-]\d\d:\d\d)", moment):
            return f"timestamp {moment}"
        at, place = datetime.fromisoformat(moment), (link, body.get("userId"))
        if place[1] not in {one.sub for one in self.people.values()}:
            return "unknown user"
        if place in self.last and at <= self.last[place]:
            return "an older timestamp"
        if body.get("activityProgress") not in PROGRESS or body["gradingProgress"] not in GRADING:
            return "progress"
        if "scoreGiven" in body and not (
            body["scoreGiven"] >= 0 and body.get("scoreMaximum", 0) > 0
        ):
            return "points"
        self.last[place] = at
        return ""

    async def take_content(self, request: Request) -> Response:
        claims = await self._read(str((await request.form())["JWT"]))
        good = (
            claims.get("iss") == CLIENT_ID
            and self.issuer in claims.get("aud", [])
            and claims.get("exp", 0) > time.time()
            and claims.get("nonce")
            and claims.get(f"{LTI}message_type") == "LtiDeepLinkingResponse"
            and claims.get(f"{LTI}version") == "1.3.0"
            and claims.get(f"{LTI}deployment_id") == DEPLOYMENT
            and claims.get(f"{DL}data") == "kept by the platform"
        )
        if not good:
            return self._refuse(f"deep linking response: {claims}")
        self.items += claims[f"{DL}content_items"]
        return HTMLResponse("<p>added to the course</p>")

    async def _read(self, token: str) -> Claims:
        """Return the claims of the tool's token, by the keys that the tool publishes now."""
        async with httpx.AsyncClient(trust_env=False) as client:
            published = (await client.get(f"{self.tool}/lti/jwks.json")).json()
        if any("d" in key for key in published["keys"]):
            self.refused.append("a private key was published")
        return dict(jwt.decode(token, KeySet.import_key_set(published), ["RS256"]).claims)

    def _allows(self, request: Request, scope: str) -> bool:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return kind == "Bearer" and scope in self.tokens.get(token, set())

    def _refuse(self, why: str, status: int = 400) -> Response:
        self.refused.append(why)
        return PlainTextResponse(why, status)


def posting(address: str, fields: dict[str, str]) -> str:
    """Return a page that sends a form by itself."""
    inputs = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in fields.items()
    )
    return (
        f'<form method="post" action="{html.escape(address)}">{inputs}</form>'
        "<script>document.forms[0].submit()</script>"
    )


def fields_of(page: str) -> dict[str, str]:
    """Return the fields of a page's form, as the browser sends them."""
    found = re.findall(r'name="([^"]*)" value="([^"]*)"', page)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def query_of(address: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(address).query).items()}


@contextmanager
def running_platform(tool: str) -> Iterator[Platform]:
    """Run a platform that knows the tool at this address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        platform = Platform(port=listener.getsockname()[1], tool=tool)
        app = Starlette(
            routes=[
                Route("/jwks", platform.show_keys),
                Route("/open", platform.open_link),
                Route("/auth", platform.authenticate),
                Route("/token", platform.give_token, methods=["POST"]),
                Route(f"/courses/{COURSE}/members", platform.list_members),
                Route(
                    f"/courses/{COURSE}/lineitems/{{link}}/scores",
                    platform.take_score,
                    methods=["POST"],
                ),
                Route("/deep-link-return", platform.take_content, methods=["POST"]),
            ]
        )
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield platform
        finally:
            server.should_exit = True
            thread.join(10)
