"""How late work is."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

DAY = timedelta(days=1)


def late_days(received_at: datetime, due_at: datetime | None) -> int:
    """Return the days that have begun between the due date and the hand-in."""
    if due_at is None or received_at <= due_at:
        return 0
    return math.ceil((received_at - due_at) / DAY)
