"""
Gradescope's export: a folder ``submission_<number>`` each, and ``submission_metadata.yml`` beside.

The metadata are YAML as Ruby writes it, with keys such as ``:submitters``, and with Ruby's own
types among the results. A group has several submitters: each gets the submission. Names, ids and
addresses are empty in anonymous exports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from grader.batch.sources.submitted import HandedFile, PersonPart, Split
from grader.errors import SubmissionError
from grader.intake.classes.members import Member, SkippedMember
from grader.words.message import message

METADATA = ("submission_metadata.yml", "submission_metadata.yaml")
_DEEPEST = 100
_MOST_BYTES = 200 << 20
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[ T](?P<time>\d{2}:\d{2}:\d{2})(?:\.\d+)?"
    r" ?(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})"
)


def is_gradescope(tops: Sequence[str]) -> bool:
    """Return whether the metadata lie at the top."""
    return any(top in METADATA for top in tops)


def split(members: Sequence[Member], depth: int) -> Split:
    """Return each person's files; raise SubmissionError where the metadata cannot be read."""
    about: Mapping[str, Any] = {}
    files: dict[str, list[HandedFile]] = {}
    left_out = []
    for one in members:
        top, *below = one.parts[depth:]
        if top in METADATA and not below:
            about = _metadata(one)
            reason = message("batch.metadata")
            left_out.append(SkippedMember(path=one.path, reason=reason))
        else:
            own = tuple(below) or (top,)
            files.setdefault(top, []).append(HandedFile(path=own, member=one))
    tops = list(dict.fromkeys([*map(str, about), *files]))
    parts = [part for top in tops for part in _parts(top, files.get(top, []), about.get(top))]
    return Split(parts=parts, left_out=left_out)


def _parts(top: str, files: Sequence[HandedFile], told: object) -> Iterator[PersonPart]:
    """Yield a part for each of a submission's people."""
    listed = _field(told, "submitters")
    people = [one for one in listed if isinstance(one, Mapping)] if _is_list(listed) else []
    if not people and not isinstance(told, Mapping):
        unclear = message("batch.no-metadata")
        yield PersonPart(label=top, files=files, unclear=unclear, about=_about(top, {}))
        return
    received_at = _moment(str(_field(told, "created_at")))
    for number, person in enumerate(people or [{}], start=1):
        yield PersonPart(
            label=top if number == 1 else f"{top}-{number}",
            files=files,
            student_id=_text(person, "sid"),
            about=_about(top, person),
            received_at=received_at,
        )


def _moment(told: str) -> datetime | None:
    """Return the moment of ``2026-03-01 10:11:12.131415000 Z``; None where it has no zone."""
    found = _MOMENT.fullmatch(told)
    if found is None:
        return None
    zone = found["zone"].replace("Z", "+00:00").replace("UTC", "+00:00")
    try:
        return datetime.fromisoformat(f"{found['day']}T{found['time']}{zone}").astimezone(UTC)
    except ValueError:
        return None


def _about(top: str, person: Mapping[object, object]) -> dict[str, str]:
    return {
        "name": _text(person, "name"),
        "email": _text(person, "email"),
        "gradescope_submission": top.removeprefix("submission_"),
    }


def _text(person: Mapping[object, object], name: str) -> str:
    told = _field(person, name)
    return told.strip() if isinstance(told, str) else ""


def _field(told: object, name: str) -> Any:
    """Return a field whose key is a symbol of Ruby, or a plain word."""
    if not isinstance(told, Mapping):
        return None
    return told.get(f":{name}", told.get(name))


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _metadata(member: Member) -> Mapping[str, Any]:
    import yaml

    with member.open() as file:
        text = file.read(_MOST_BYTES)
    try:
        _check_depth(text)
        told = yaml.load(text, Loader=_loader())
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = 0 if mark is None else mark.line + 1
        raise SubmissionError(message("batch.broken-metadata", line=line)) from None
    return told if isinstance(told, Mapping) else {}


def _check_depth(text: bytes) -> None:
    """Raise YAMLError where it is nested so deep that reading it would end this process."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=_loader()):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.MarkedYAMLError(problem_mark=event.start_mark)


def _loader() -> type:
    """Return YAML's safe loader, to which types of Ruby are plain data and ids stay texts."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Every scalar is a text: an id keeps its leading zeros."""

    def plain(loader: Any, _tag: str, node: Any) -> object:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)

    def text(loader: Any, node: Any) -> str | None:
        told = loader.construct_scalar(node)
        return None if node.value in {"", "~", "null"} and not node.style else str(told)

    for kind in ("int", "float", "bool", "timestamp", "null"):
        Loader.add_constructor(f"tag:yaml.org,2002:{kind}", text)
    Loader.add_multi_constructor("!", plain)
    return Loader
