"""A program that webhooks tell, and attempts to tell it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from http.server import BaseHTTPRequestHandler, HTTPServer

from api.kit.services import Services
from api.webhooks import delivery


class Receiver:
    """A program that listens; *status* is what it answers."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.headers = 204, dict[str, str]()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(receiver.status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_address[1]}/hook?x=1"


def deliver(services: Services, delivery_id: str) -> str:
    """Try once, as the workflow does."""
    wrong = delivery.attempt(services, delivery_id)
    with services.sessions.begin() as session:
        return delivery.note(services, session, delivery_id, wrong)


def signature_of(headers: dict[str, str], body: bytes, secret: str) -> str:
    """Return what Standard Webhooks signs a message with: HMAC-SHA256 over id, time and body."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
