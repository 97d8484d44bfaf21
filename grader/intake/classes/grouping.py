"""A class's files by student: a file or a folder for each, whatever a course site made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from grader.editions.loader import Edition
from grader.intake.classes.members import (
    Member,
    SkippedMember,
    folders_without,
    person_of,
    sort_out,
)
from grader.intake.classes.owners import Roster, owner_of, owners_within
from grader.intake.files.file_names import stem_of
from grader.intake.files.student_ids import alike
from grader.words.message import Message, message

NAMED_IDS = 5  # of those that one part may carry


@dataclass(kw_only=True)
class Part:
    """One student's part of a class's work, and what is wrong with it."""

    student_id: str  # its folder's or file's name where it is not known whose it is
    paths: list[str] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    reason: Message | None = None


@dataclass(frozen=True, kw_only=True)
class GroupedParts:
    """A class's work: its parts by student, and the members that are nobody's work."""

    parts: list[Part]
    left_out: list[SkippedMember]


def group_by_student(
    members: Sequence[Member], edition: Edition, roster: Roster, *, unlisted: bool = False
) -> GroupedParts:
    """
    Return a class's files by student, each student's in their own order.

    Each file or folder at the top is a part; parts that a course site names for one person are
    one. Where there is a roster, parts of students who are not on it are left out unless
    *unlisted* takes them in. Every member is in an entry or among what is left out.
    """
    work, left_out = sort_out(members)
    depth = 1 if _shared_folder([one.parts for one in work], edition, roster) else 0
    entries: dict[str, Part] = {}
    for found in _by_person(work, depth, edition, roster):
        paths = [one.parts[depth:] for one in found]
        who, reason = owner_of_paths(paths, edition, roster)
        top = _top_name(paths[0])
        entry = entries.setdefault(who or f"/{paths[0][0]}", Part(student_id=who or top))
        entry.paths += dict.fromkeys(path[0] for path in paths)
        entry.members += found
        entry.reason = reason or _no_place(who, roster, unlisted=unlisted)
    for entry in _empty_folders(members, work, depth, edition, roster):
        entries.setdefault(f"/{entry.paths[0]}", entry)
    _ask_about_alike(entries.values(), roster)
    listed = sorted(entries.values(), key=lambda one: (one.student_id, one.paths))
    return GroupedParts(parts=listed, left_out=left_out)


def _by_person(
    work: Sequence[Member], depth: int, edition: Edition, roster: Roster
) -> Iterator[list[Member]]:
    """Yield what lies at the top together, and what a course site names for one person."""
    for found in _grouped(work, lambda one: person_of(one.parts[depth])):
        tops = _grouped(found, lambda one: one.parts[depth])
        _, reason = owner_of_paths([one.parts[depth:] for one in found], edition, roster)
        if len(tops) > 1 and reason is not None:  # the name only looks like a course site's
            yield from tops
        else:
            yield found


def _grouped(members: Iterable[Member], key: Callable[[Member], str]) -> list[list[Member]]:
    groups: dict[str, list[Member]] = {}
    for one in members:
        groups.setdefault(key(one), []).append(one)
    return list(groups.values())


def _no_place(who: str, roster: Roster, *, unlisted: bool) -> Message | None:
    """Return why a part waits for staff: its id is not on the roster, or nearly one that is."""
    if not roster.ids or who in roster.ids:
        return None
    if near := roster.alike(who):
        return message("class.alike", student=who, other=near)
    return None if unlisted else message("class.not-listed", student=who)


def _ask_about_alike(entries: Iterable[Part], roster: Roster) -> None:
    """Note where ids of one class differ only in case, marks or leading zeros, unless listed."""
    first: dict[str, Part] = {}
    for entry in entries:
        if entry.reason is not None:
            continue
        other = first.setdefault(alike(entry.student_id), entry)
        if other is not entry and not {entry.student_id, other.student_id} <= roster.ids:
            for one, two in ((entry, other), (other, entry)):
                who, like = one.student_id, two.student_id
                one.reason = one.reason or message("class.alike", student=who, other=like)


def _empty_folders(
    members: Sequence[Member],
    work: Sequence[Member],
    depth: int,
    edition: Edition,
    roster: Roster,
) -> Iterator[Part]:
    """Yield an entry for each student's folder in which there is nothing to take."""
    for path in folders_without(members, work):
        if len(path) == depth + 1:
            who, _ = owner_of_paths([(path[depth], "")], edition, roster)
            reason = message("class.empty-folder")
            yield Part(student_id=who or path[depth], paths=[path[depth]], reason=reason)


def _top_name(path: tuple[str, ...]) -> str:
    """Return a part's folder, or its file without its ending."""
    return path[0] if len(path) > 1 else stem_of(path[0])


def owner_of_paths(
    paths: Sequence[tuple[str, ...]], edition: Edition, roster: Roster
) -> tuple[str, Message | None]:
    """Return whose a part with these *paths* is; "" and the reason where that cannot be told."""
    tops = list(dict.fromkeys(_top_name(path) for path in paths))
    if len(tops) == 1 and (known := owner_of(tops[0], edition, roster)):
        return known, None
    names = [*tops, *(stem_of(path[-1]) for path in paths if len(path) > 1)]
    found = sorted(owners_within(names, edition, roster))
    if len(found) == 1:
        return found[0], None
    if found:
        return "", message("class.several-ids", students=", ".join(found[:NAMED_IDS]))
    called = sorted(roster.called(tops[0]))
    if len(called) == 1:
        return called[0], None
    if called:
        return "", message("class.several-named", students=", ".join(called[:NAMED_IDS]))
    return "", message("class.no-id")


def _shared_folder(names: Sequence[tuple[str, ...]], edition: Edition, roster: Roster) -> bool:
    """Return whether everything lies in one folder that is no student's."""
    tops = {path[0] for path in names}
    nested = all(len(path) > 1 for path in names)
    if not nested or len(tops) != 1:
        return False
    [top] = tops
    below = {_top_name(path[1:]) for path in names}
    if len({who for name in below if (who := owner_of(name, edition, roster))}) > 1:
        return True
    named = owners_within([top], edition, roster) or roster.called(top)
    return owner_of(top, edition, roster) is None and not named
