"""
When work was handed in, as tables of course sites say it.

Moodle's grading worksheet has "Last modified (submission)", written in the words of its language;
Gradescope's grades have "Submission Time"; any table may have ``received_at``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from grader.batch.imports.worksheet import (
    column_of_participants,
    participant_in,
    separator_of,
)
from grader.batch.roster import LIMIT_BYTES, decode_sheet
from grader.batch.sources.submitted import Submitted
from grader.intake.classes.roster_columns import EMAILS, IDS, WEAK_IDS, Columns, plain_id
from grader.intake.files.entries import read_bytes
from grader.lateness import read_local

Key = tuple[str, str]
_MOMENTS = (
    *("received_at", "submitted_at", "handed_in_at", "submission_time", "time_submitted"),
    "submission_timestamp",
    *("last_modified_(submission)", "繳交時間", "提交時間", "提交时间", "上傳時間"),
    *("最後修改(繳交)", "最後修改_(繳交)", "最後修改_(提交)", "最后修改_(提交)"),
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = re.compile(
    r"(?:[A-Za-z]+,? +)?(?P<day>\d{1,2}) (?P<month>[A-Za-z]{3,9}),? (?P<year>\d{4}),? +"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))? ?(?P<half>[AaPp]\.?[Mm]\.?)?"
)
_NUMBERED = re.compile(
    r"(?P<year>\d{4})\s*[-/年.]\s*(?P<month>\d{1,2})\s*[-/月.]\s*(?P<day>\d{1,2})\s*日?"
    r"\s*(?:[(（][^)）]*[)）])?[,\sT]*(?P<half>上午|下午)?\s*"  # noqa: RUF001  as Moodle writes it
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"(?: ?(?P<half_after>[AaPp]\.?[Mm]\.?))?\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?"
)
_NEVER = frozenset({"", "-", "–"})  # noqa: RUF001  Moodle's dash where nothing was handed in


@dataclass(frozen=True, kw_only=True)
class Moments:
    """When people handed in, by what a table calls them; *unread* is what could not be read."""

    known: Mapping[Key, datetime] = field(default_factory=dict)
    unread: Mapping[Key, str] = field(default_factory=dict)

    def of(self, one: Submitted) -> tuple[datetime | None, str]:
        """Return a person's moment; None, and what stands there, where it cannot be read."""
        about = one.about
        student = "" if one.unclear else one.student_id
        keys = [
            ("participant", about.get("moodle_participant", "")),
            ("canvas", about.get("canvas_user_id", "")),
            ("github", about.get("github_owner", "").lower()),
            ("student", student.lower()),
            ("email", about.get("email", "").lower()),
        ]
        told = [key for key in keys if key[1]]
        known = next((self.known[key] for key in told if key in self.known), None)
        return known, next((self.unread[key] for key in told if key in self.unread), "")

    def with_others(self, other: Moments) -> Moments:
        """Return these moments, and of *other* those of whom these say nothing."""
        return Moments(known={**other.known, **self.known}, unread={**other.unread, **self.unread})


def read_moments(path: Path, zone: tzinfo) -> Moments:
    """
    Return the moments in a table, none where it has no column of them.

    A moment without a zone is by the clock of *zone*. Raise SubmissionError where the file cannot
    be read.
    """
    text = decode_sheet(read_bytes(path, LIMIT_BYTES)).removeprefix("\ufeff")
    table = [*csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text))]
    at = next((at for at, head in enumerate(table[0]) if _is_moment(head)), -1) if table else -1
    known: dict[Key, datetime] = {}
    unread: dict[Key, str] = {}
    for line in table[1:] if at >= 0 else ():
        cell = line[at].strip() if at < len(line) else ""
        if cell in _NEVER:
            continue
        moment = read_moment(cell, zone)
        for key in _keys(table, line):
            if moment is None:
                unread.setdefault(key, cell)
            else:
                known.setdefault(key, moment)
    return Moments(known=known, unread=unread)


def read_moment(told: str, zone: tzinfo) -> datetime | None:
    """Return the moment that a cell tells, in UTC; None where it cannot be read for certain."""
    found = _NAMED.fullmatch(told) or _NUMBERED.fullmatch(told)
    if found is None:
        return None
    parts = found.groupdict()
    month = parts["month"]
    half = (parts.get("half") or parts.get("half_after") or "").lower().replace(".", "")
    try:
        number = int(month) if month.isdecimal() else _MONTHS.index(month[:3].lower()) + 1
        shown = datetime(  # noqa: DTZ001  the clock of a zone that is put to it below
            int(parts["year"]),
            number,
            int(parts["day"]),
            _hour(int(parts["hour"]), half),
            int(parts["minute"]),
            int(parts["second"] or 0),
        )
        if told_zone := parts.get("zone"):
            text = re.sub("Z|UTC", "+00:00", told_zone)
            return datetime.fromisoformat(f"{shown.isoformat()}{text}").astimezone(UTC)
        return read_local(shown.isoformat(), zone, earliest=True)
    except ValueError:
        return None


def _hour(hour: int, half: str) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        msg = f"{hour} {half} is no hour"
        raise ValueError(msg)
    return hour % 12 + (12 if half in {"pm", "下午"} else 0)


def _is_moment(head: str) -> bool:
    return re.sub(r"\s+", "_", head.strip().lower()) in _MOMENTS


def _keys(table: Sequence[Sequence[str]], line: Sequence[str]) -> Iterator[Key]:
    """Yield what a line calls its person."""
    participants = column_of_participants(table)
    if participants and participants <= len(line):
        yield "participant", participant_in(line[participants - 1])
    names = Columns.of(table[0]).names
    is_canvas = {"sis_user_id", "sis_login_id"} & set(names)
    for name, cell in zip(names, line, strict=False):
        told = plain_id(cell)
        if not told:
            continue
        if name == "id" and is_canvas:
            yield "canvas", told
        elif name == "github_username":
            yield "github", told.lower()
        elif name in IDS or name in WEAK_IDS:
            yield "student", told.lower()
        elif name in EMAILS:
            yield "email", told.lower()
