"""What ids look like in addresses, forms and rosters: one pattern for each."""

from __future__ import annotations

STUDENT_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
EDITION_ID = r"^[a-z0-9-]{1,64}$"
SUBMISSION_ID = r"^[0-9a-f]{32}$"
# What no name may hold: control characters, what turns the direction of others, half letters.
CONTROLS = r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
RESERVED = "anonymous"  # begins no student's id: self-checks are filed under it
ANONYMOUS = f"{RESERVED}-"
