"""The client address of a request, behind trusted proxies or not."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from fastapi import Request

from api.kit.settings import Network, Settings, networks_of

IPV6_HOME_BITS = 64  # what one household or one machine is given


def client_address(request: Request, settings: Settings) -> str:
    """
    Return the address of whoever sent the request.

    ``X-Forwarded-For`` is read from its end, as long as the hop that wrote it is trusted: what
    stands left of the first stranger is the stranger's own invention.
    """
    address = request.client.host if request.client else ""
    trusted = networks_of(settings.trusted_proxies)
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


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
