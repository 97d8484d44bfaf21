"""The time zone of this machine, by its name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LOCAL_TIME = Path("/etc/localtime")
TIME_ZONE = Path("/etc/timezone")
NOWHERE = "UTC"


def machine_zone() -> str:
    """Return the machine's zone, ``Asia/Taipei``; UTC where it does not tell one."""
    return next(filter(_is_known, _names()), NOWHERE)


def _names() -> Iterator[str]:
    yield os.environ.get("TZ", "").removeprefix(":")
    try:
        linked = os.path.realpath(LOCAL_TIME)
        yield linked.partition("/zoneinfo/")[2].removeprefix("posix/")
        yield TIME_ZONE.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return


def _is_known(name: str) -> bool:
    try:
        return bool(name) and bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a file's path, or a folder of zones
        return False
