"""Entries of the audit log as people say them; the codes stay beside, since filters take them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from api.kit.models import AuditEntry
from api.pages.frame import Link
from api.pages.parts.moments import Clock

LONGEST_CHANGE = 400
HIDING = re.compile(r"[\x00-\x1f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """One change."""

    at: str
    who: str
    said: str  # what was done, in the page's language
    action: str
    target: str
    href: str
    change: str


@dataclass(frozen=True, kw_only=True)
class AuditPage:
    """A page of the audit log."""

    lead: str
    actor: str
    action: str
    target: str
    rows: tuple[AuditRow, ...]
    older: str
    newest: str


def audit_row(entry: AuditEntry, targets: Mapping[str, Link], clock: Clock) -> AuditRow:
    """Return an entry of the audit log; *targets* are what people call those that are left."""
    target = targets.get(entry.target, Link(href="", text=entry.target))
    return AuditRow(
        at=clock.moment(entry.at),
        who=entry.actor,
        said=clock.t.own.sentences.get(f"actions.{entry.action}", entry.action),
        action=entry.action,
        target=target.text,
        href=target.href,
        change=_change(entry, clock),
    )


def _change(entry: AuditEntry, clock: Clock) -> str:
    """Return what changed, ``name: before → after``."""
    parts = []
    for name in dict.fromkeys([*entry.before, *entry.after]):
        label = clock.t.own.sentences.get(f"fields.{name}", name)
        before, after = entry.before.get(name), entry.after.get(name)
        if name in entry.before and name in entry.after and before != after:
            parts.append(f"{label}: {_value(before, clock)} → {_value(after, clock)}")
        else:
            shown = after if name in entry.after else before
            parts.append(f"{label}: {_value(shown, clock)}")
    told = clock.t("list").join(parts)
    return told if len(told) <= LONGEST_CHANGE else told[: LONGEST_CHANGE - 1] + "…"


def _value(value: object, clock: Clock) -> str:
    """Return a JSON value as people read it; what would hide or turn text is replaced."""
    if value is None or value == "":
        return clock.t("audit.nothing")
    if isinstance(value, bool):
        return clock.t("settings.yes" if value else "settings.no")
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return HIDING.sub("�", clock.t("joiner").join(value)) or clock.t("audit.nothing")
    if isinstance(value, str):
        return HIDING.sub("�", _moment(value, clock) or value)
    return HIDING.sub("�", json.dumps(value, ensure_ascii=False))


def _moment(text: str, clock: Clock) -> str:
    """Return a moment with its zone by the course's clock; nothing where it is none."""
    try:
        moment = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return ""
    return clock.named(moment) if moment is not None and moment.tzinfo is not None else ""
