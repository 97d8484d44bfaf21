"""How hard the sandbox must be, and what it is made of on this machine."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

BUBBLEWRAP = "bubblewrap"
NAMESPACES = "namespaces"
UNPRIVILEGED = "unprivileged user"
RLIMITS = "rlimits"
NO_NEW_PRIVILEGES = "no new privileges"
LANDLOCK = "landlock"
SECCOMP = "seccomp"
LAYERS = (
    BUBBLEWRAP,
    UNPRIVILEGED,
    NAMESPACES,
    RLIMITS,
    NO_NEW_PRIVILEGES,
    LANDLOCK,
    SECCOMP,
)
# Without these a student's code could read files, start processes or use the network.
ALWAYS_NEEDED = frozenset((UNPRIVILEGED, RLIMITS, NO_NEW_PRIVILEGES, LANDLOCK, SECCOMP))

REMEDIES: Mapping[str, str] = {
    BUBBLEWRAP: "install it (apt-get install bubblewrap)",
    NAMESPACES: "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1)",
    UNPRIVILEGED: "run as an ordinary user, or give root the capabilities SETUID and SETGID",
    RLIMITS: "run on Linux, and do not lower the hard limits of the service",
    NO_NEW_PRIVILEGES: "run on Linux 3.5 or newer",
    LANDLOCK: "run on Linux 5.13 or newer with landlock among the kernel's lsm= modules",
    SECCOMP: "run on Linux on x86_64 or aarch64 with seccomp filters allowed",
}
# What bubblewrap takes where it is installed, but is kept from making namespaces.
ALLOW_BUBBLEWRAP = (
    "it is installed, but may not work here: {reason}; allow user namespaces"
    " (sysctl kernel.unprivileged_userns_clone=1; on Ubuntu"
    " kernel.apparmor_restrict_unprivileged_userns=0; in Docker"
    " deploy/docker-compose.bubblewrap.yml)"
)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """
    Which layers are tried and which must hold.

    ``own_code`` marks a student who checks their own file on their own machine: every layer is
    tried and none is needed, and results say so.
    """

    tried: frozenset[str] = field(default_factory=lambda: frozenset(LAYERS))
    needed: frozenset[str] = ALWAYS_NEEDED
    own_code: bool = False
    forked: bool = True  # workers are forked from one process; otherwise each starts by itself

    def without(self, *layers: str) -> Policy:
        """Return the same policy with some layers switched off."""
        return replace(self, tried=self.tried - {*layers}, needed=self.needed - {*layers})


def full() -> Policy:
    """Return the policy of the service and of batches: what is always needed must hold."""
    return Policy()


def container() -> Policy:
    """Return the full policy as it is where namespaces are denied, as in plain Docker."""
    return Policy().without(BUBBLEWRAP, NAMESPACES)


def own_code() -> Policy:
    """Return the policy for one's own code: what this machine has is used, nothing is needed."""
    if sys.platform == "linux":
        return Policy(needed=frozenset(), own_code=True)
    return Policy(tried=frozenset(), needed=frozenset(), own_code=True, forked=False)
