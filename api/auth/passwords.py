"""Passwords: argon2id, and a check that takes as long for a login that does not exist."""

from __future__ import annotations

from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from api.kit.digests import random_token
from api.kit.problems import Problem

SHORTEST = 10
LONGEST = 256
HASHER = PasswordHasher()  # RFC 9106's second choice: 64 MiB, 3 passes, 4 lanes
AT_ONCE = BoundedSemaphore(2)  # 64 MiB each: a flood of logins must not take the memory


def hash_password(password: str) -> str:
    """Return the hash to keep; raise Problem 422 for a password too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Problem(
            422,
            "password-length",
            f"a password has {SHORTEST} to {LONGEST} characters; this one has {len(password)}",
        )
    with AT_ONCE:
        return HASHER.hash(password)


def password_holds(password: str, kept: str | None) -> bool:
    """Return whether it is the password; without one to compare, take as long and say no."""
    with AT_ONCE:
        nobodys = dummy_hash()
        try:
            HASHER.verify(kept or nobodys, password[: LONGEST + 1])
        except (VerifyMismatchError, InvalidHashError):
            return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Return whether a hash was made with other costs than today's."""
    return HASHER.check_needs_rehash(kept)


@lru_cache(maxsize=1)
def dummy_hash() -> str:
    """Return a hash that no password matches, of today's costs."""
    return HASHER.hash(random_token())
