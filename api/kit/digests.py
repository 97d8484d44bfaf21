"""Random tokens, and what of them is kept: a database that leaks logs nobody in."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from itsdangerous import URLSafeTimedSerializer

TOKEN_BYTES = 32


def random_token() -> str:
    """Return 256 random bits as 43 characters that need no escaping in an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def sha256_of(token: str) -> str:
    """Return the sha256 of a token; a random one needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def signer(key: str, purpose: str) -> URLSafeTimedSerializer:
    """Return what signs JSON values for one purpose, with the moment, and reads them back."""
    return URLSafeTimedSerializer(
        key, salt=purpose, signer_kwargs={"digest_method": hashlib.sha256}
    )


def keyed(key: str, purpose: str, text: str) -> str:
    """Return the HMAC-SHA256 of *text* under the key of one purpose, in hexadecimal."""
    return hmac.new(key.encode(), f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()
