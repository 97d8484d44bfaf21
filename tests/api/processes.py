"""What has become of a process."""

from __future__ import annotations

import psutil


def lives(process: psutil.Process) -> bool:
    """Return whether a process runs; one that only waits to be noticed does not."""
    try:
        return process.is_running() and process.status() not in {
            psutil.STATUS_ZOMBIE,
            psutil.STATUS_DEAD,
        }
    except psutil.NoSuchProcess:
        return False
