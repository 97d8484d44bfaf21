"""The result of each submission, stored by the hash of its inputs: runs can be resumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from grader.editions.loader import Edition
from grader.results.file.written import write_whole
from grader.words.message import Message

DISTRIBUTION = "quantization-lab-grader"
ROOMS = ("grader", "reference", "report_templates")
_CODE = frozenset({".py", ".toml", ".j2", ".css"})
GRADED, PENDING, REFUSED, MISSING = "graded", "pending", "refused", "missing"
WAITING = "waiting"  # for its grading; a batch knows none


@dataclass(frozen=True, kw_only=True)
class Record:
    """How one submission's grading ended."""

    state: str
    edition: str = ""
    score: float | None = None  # of what was judged, where points are pending
    max_score: float | None = None
    criteria: Mapping[str, tuple[float | None, float]] = field(default_factory=dict)  # None: open
    findings: tuple[str, ...] = ()  # ids of those that cost points
    called: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # findings' titles
    accuracy: Mapping[str, float] = field(default_factory=dict)  # percent by stage
    titles: Mapping[str, str] = field(default_factory=dict)  # in English, by criterion
    reason: Mapping[str, Any] | None = None  # a message: why it was refused, or is pending
    problems: tuple[Mapping[str, Any], ...] = ()  # messages: what reading it brought up
    faults: tuple[Mapping[str, str], ...] = ()  # for staff alone
    documents: tuple[str, ...] = ()  # names of files in the student's folder
    notes: tuple[str, ...] = ()  # why a document is missing
    is_final: bool = True  # false: through a fault of ours, to be tried again by the next run

    @property
    def said(self) -> Message | None:
        """Return the reason as a message."""
        return Message.of_json(self.reason)

    def as_json(self) -> dict[str, Any]:
        """Return the record as JSON's types."""
        return asdict(self)

    @classmethod
    def of_json(cls, fields: Mapping[str, Any]) -> Self:
        """Return the record in what ``as_json`` returned; raise TypeError for other fields."""
        lists = ("findings", "problems", "faults", "documents", "notes")
        criteria = {name: (one[0], one[1]) for name, one in fields["criteria"].items()}
        told = {name: tuple(fields[name]) for name in lists}
        return cls(**{**fields, **told, "criteria": criteria})


class RecordStore:
    """The records in one folder, each under the digest of all that it rests on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, digest: str, documents_in: Path) -> Record | None:
        """Return a record whose documents are all there, None where it has to be made."""
        try:
            record = Record.of_json(json.loads(self._path(digest).read_bytes()))
        except (OSError, ValueError, TypeError, KeyError, IndexError):
            return None
        there = all((documents_in / name).is_file() for name in record.documents)
        return record if there and record.is_final else None

    def keep(self, digest: str, record: Record) -> None:
        """Write a record whole or not at all."""
        text = json.dumps(record.as_json(), ensure_ascii=False, indent=1)
        write_whole(self._path(digest), text.encode("utf-8", "surrogatepass"))

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.json"


def digest_of(*parts: object) -> str:
    """Return one digest of several texts and numbers."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()


def digest_of_edition(edition: Edition) -> str:
    """Return what an edition and its rubric are known by."""
    return digest_of(edition.file.model_dump_json(), edition.rubric.model_dump_json())


def digest_of_grader() -> str:
    """Return what this grader is known by: its version, and its code as it lies here."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256(version(DISTRIBUTION).encode())
    for room in ROOMS:
        for path in sorted((root / room).rglob("*")):
            if path.suffix in _CODE:
                digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()
