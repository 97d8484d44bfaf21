"""Redirect after a login only to a path of this site."""

from __future__ import annotations

import re

LOCAL_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # printable ASCII without the backslash


def local_path(asked: str | None, otherwise: str = "/") -> str:
    """Return *asked* where it is a path of this site, else *otherwise*."""
    return asked if asked and LOCAL_PATH.fullmatch(asked) else otherwise
