"""
Where links lead: what the operator says, else the address at which this machine answers.

The ``Host`` of a request is never asked: whoever sends the request writes it.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

from api.kit.private_files import make_private, private
from api.kit.settings import Settings

KEPT = "public-url"  # in the store; 'grader users' reads it
EVERYWHERE = {"0.0.0.0": socket.AF_INET, "::": socket.AF_INET6}
# Of documentation (RFC 5737, RFC 3849): asked for a route to it, and never sent anything.
ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
HERE = "127.0.0.1"


def is_given(settings: Settings) -> bool:
    """Return whether the operator says where links lead (``GRADER_PUBLIC_URL``)."""
    return "public_url" in settings.model_fields_set


def with_address(settings: Settings, host: str, port: int) -> Settings:
    """Return the settings with an absolute store, and with links that lead to this address."""
    changes: dict[str, object] = {"store": settings.store.resolve()}
    if not is_given(settings):
        changes["public_url"] = f"http://{_literal(_public(host))}:{port}"
    return settings.model_copy(update=changes)


def keep_address(settings: Settings) -> None:
    """Write where links lead into the store, for commands that run beside the service."""
    make_private(settings.store)
    path = settings.store / KEPT
    aside = path.with_name(f"{KEPT}.new")
    with open(aside, "w", encoding="utf-8", opener=private) as file:
        file.write(f"{settings.public_url}\n")
    aside.replace(path)


def with_kept_address(settings: Settings) -> Settings:
    """Return the settings with the address at which the store's service was last started."""
    if is_given(settings):
        return settings
    try:
        kept = Path(settings.store / KEPT).read_text(encoding="utf-8").strip()
    except OSError:
        return settings
    return settings.model_copy(update={"public_url": kept})


def reachable(host: str) -> str:
    """Return where this machine itself reaches what listens on *host*."""
    return {"0.0.0.0": HERE, "::": "localhost"}.get(host, host)


def _public(host: str) -> str:
    """Return an address of this machine that others may reach, where it listens on all."""
    families = {host: EVERYWHERE[host], "0.0.0.0": socket.AF_INET} if host in EVERYWHERE else {}
    for family in reversed(families.values()):  # an address of four numbers is easier to type
        with socket.socket(family, socket.SOCK_DGRAM) as end, suppress(OSError):
            end.connect((ELSEWHERE[family], 9))
            return str(end.getsockname()[0])
    return reachable(host)


def _literal(host: str) -> str:
    return f"[{host}]" if ":" in host else host
