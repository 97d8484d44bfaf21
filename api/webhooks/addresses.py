"""
Whom a webhook may reach: the internet, and of private networks what the operator allows.

The name is looked up once, and the request goes to the address that was looked at: a name that
changes its address between the two leads nowhere else.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from api.kit.settings import Settings, networks_of

TIMEOUT = httpx.Timeout(10.0).as_dict()
Address = IPv4Address | IPv6Address
# IPv6 addresses that hold an IPv4 one, maybe a private one: NAT64, 6to4, Teredo.
TRANSLATED = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


class ForbiddenAddressError(Exception):
    """A webhook's name leads to this machine or a private network."""


def send(settings: Settings, url: str, *, content: bytes, headers: dict[str, str]) -> int:
    """
    Send a request, following no redirect; return the status of the answer.

    Raise ForbiddenAddressError for an address that is not allowed, httpx.HTTPError for no answer.
    """
    target = httpx.URL(url)
    address = _looked_up(settings, target.host, target.port or _usual(target))
    request = httpx.Request(
        "POST",
        target.copy_with(host=str(address)),
        content=content,
        headers={**headers, "Host": target.netloc.decode()},
        extensions={"sni_hostname": target.host, "timeout": TIMEOUT},
    )
    with httpx.Client(trust_env=False) as client:  # a proxy would look the name up itself
        answer = client.send(request, stream=True)
        answer.close()  # what it says is nothing to us
        return answer.status_code


def is_allowed(settings: Settings, address: Address) -> bool:
    """Return whether a webhook may reach an address."""
    plain = getattr(address, "ipv4_mapped", None) or address
    if any(plain in network for network in networks_of(settings.webhook_networks)):
        return True
    wrapped = any(plain in network for network in TRANSLATED)
    return plain.is_global and not plain.is_multicast and not wrapped


def _looked_up(settings: Settings, host: str, port: int) -> Address:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        msg = f"{type(error).__name__}: the name is not known"
        raise httpx.ConnectError(msg) from None
    addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if not all(is_allowed(settings, one) for one in addresses):
        msg = "the address is this machine's or private; GRADER_WEBHOOK_NETWORKS allows networks"
        raise ForbiddenAddressError(msg)
    return addresses[0]


def _usual(target: httpx.URL) -> int:
    return 443 if target.scheme == "https" else 80
