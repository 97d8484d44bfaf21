"""One worker as the grader holds it."""

from __future__ import annotations

from dataclasses import dataclass

from grader.sandbox.frames import Channel


@dataclass(frozen=True, kw_only=True)
class Process:
    """One worker: its channel, its number at its source and the layers that hold."""

    channel: Channel
    number: int
    layers: tuple[str, ...]
