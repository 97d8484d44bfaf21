"""Whose address a request comes from, and what proxies may say about it."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fastapi import Request

from api.settings import Settings

Network = IPv4Network | IPv6Network
IPV6_HOME_BITS = 64  # what one household or one machine is given


def client_address(request: Request, settings: Settings) -> str:
    """
    Return the address of whoever sent the request.

    ``X-Forwarded-For`` is read from its end, as long as the hop that wrote it is trusted: what
    stands left of the first stranger is the stranger's own invention.
    """
    address = request.client.host if request.client else ""
    trusted = _networks(settings.trusted_proxies)
    lines = request.headers.getlist("x-forwarded-for")  # a proxy may add one of its own
    hops = [hop.strip() for hop in ",".join(lines).split(",")]
    for hop in reversed(hops):
        if not _within(address, trusted) or not _is_address(hop):
            return address
        address = hop
    return address


def address_group(address: str) -> str:
    """Return what rate limits count as one address: IPv6 hands 2^64 of them to one machine."""
    if not _is_address(address):
        return address
    parsed = ip_address(address)
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, IPV6_HOME_BITS), strict=False))


@lru_cache
def _networks(setting: str) -> tuple[Network, ...]:
    parts = filter(None, map(str.strip, setting.split(",")))
    return tuple(ip_network(part, strict=False) for part in parts)


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
