"""An OpenID provider of the tests' own: it speaks the protocol over HTTP and checks its client."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "grader"
CLIENT_SECRET = "the client's secret"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
Claims = dict[str, Any]


class Provider:
    """The provider, and who sits before its login page."""

    def __init__(self, address: str, redirect_uri: str) -> None:
        self.issuer = address
        self.redirect_uri = redirect_uri
        self.key = KEY
        self.person: Claims = {"sub": "somebody"}
        self.userinfo: Claims | None = None
        self.corrupt: Callable[[Claims], Claims] = lambda claims: claims
        self.sign: Callable[[Claims], str] = self._sign
        self.metadata: Claims = {}
        self._codes: dict[str, dict[str, str]] = {}

    def describe(self) -> Claims:
        """Return the discovery document."""
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }
        if self.userinfo is not None:
            document["userinfo_endpoint"] = f"{self.issuer}/userinfo"
        return document | self.metadata

    def authorize(self, query: dict[str, str]) -> str:
        """Log the person in and return where the browser goes with the code."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT_ID
        assert query["redirect_uri"] == self.redirect_uri
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe()
        self._codes[code] = query
        back = urlencode({"code": code, "state": query["state"]})
        return f"{self.redirect_uri}?{back}"

    def exchange(self, form: dict[str, str], authorization: str) -> Claims | None:
        """Return the tokens for a code; None for a client that proves nothing."""
        asked = self._codes.pop(form.get("code", ""), None)
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        known = authorization == f"Basic {basic}"
        if not asked or not known or challenge != asked["code_challenge"]:
            return None
        issued = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": issued,
            "exp": issued + 300,
            "nonce": asked["nonce"],
            **self.person,
        }
        token = self.sign(self.corrupt(claims))
        return {"access_token": "access", "token_type": "Bearer", "id_token": token}

    def _sign(self, claims: Claims) -> str:
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)


@contextmanager
def running_provider(redirect_uri: str) -> Iterator[Provider]:
    """Run a provider on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}", redirect_uri)
    server.provider = provider  # type: ignore[attr-defined]
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    @property
    def provider(self) -> Provider:
        provider: Provider = self.server.provider  # type: ignore[attr-defined]
        return provider

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/.well-known/openid-configuration":
            self._json(self.provider.describe())
        elif address.path == "/keys":
            self._json({"keys": [self.provider.key.as_dict(private=False)]})
        elif address.path == "/authorize":
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(query))
            self.end_headers()
        elif address.path == "/userinfo":
            assert self.headers["Authorization"] == "Bearer access"
            self._json(self.provider.userinfo or {})
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        tokens = self.provider.exchange(form, self.headers.get("Authorization", ""))
        if tokens is None:
            self._json({"error": "invalid_grant"}, status=400)
        else:
            self._json(tokens)

    def _json(self, document: Claims, *, status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""
