"""A folder or a zip -> submissions: which layout it has, whose each part is, what counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from grader.batch.roster import ClassRoster
from grader.batch.sources import canvas, github, gradescope, moodle
from grader.batch.sources.attempts import earlier_attempts
from grader.batch.sources.submitted import HandedFile, PersonPart, Source, Split, Submitted
from grader.editions.loader import Edition
from grader.intake.classes.grouping import Part, group_by_student, owner_of_paths
from grader.intake.classes.members import Member, SkippedMember, sort_out, unusable
from grader.intake.files.file_names import copy_rank, stem_of, suffix_of
from grader.intake.files.student_ids import alike
from grader.words.message import Message, message

LAYOUTS = ("files", "folders", "canvas", "moodle", "gradescope", "github")
PLAIN = LAYOUTS[:2]
_DEEPEST = 3  # folders that everything may lie in


def read_source(
    members: Sequence[Member], edition: Edition, roster: ClassRoster, *, layout: str = ""
) -> Source:
    """
    Return the submissions among *members*, in the layout that their names show or in *layout*.

    Raise SubmissionError where the file by which the source names people is broken.
    """
    work, skipped = sort_out(members)
    depth, found = recognised(members, work)
    if layout and layout != found:
        depth, found = _shared(work), layout
    if found in PLAIN:
        submitted, aside = _by_names(members, edition, roster)
    else:
        split = _split(found, work, depth, roster)
        told = [_with_owner(part, depth, edition, roster) for part in split.parts]
        submitted, aside = told, [*skipped, *split.left_out]
    counted = [_counted(one) for one in submitted]
    aside = [*aside, *(left for _, lefts in counted for left in lefts)]
    people = _with_own_keys(_unlike([one for one, _ in counted], roster))
    return Source(
        layout=found,
        submitted=tuple(sorted(people, key=lambda one: one.key)),
        left_out=tuple({one.path: one for one in aside if not _is_folder(one)}.values()),
    )


def recognised(members: Sequence[Member], work: Sequence[Member]) -> tuple[int, str]:
    """Return below how many folders that hold everything the work lies, and in which layout."""
    for depth in range(min(_shared(work), _DEEPEST) + 1):
        tops = list(dict.fromkeys(one.parts[depth] for one in work))
        if gradescope.is_gradescope(tops):
            return depth, "gradescope"
        if moodle.is_moodle(tops):
            return depth, "moodle"
        if canvas.is_canvas([*tops]) and all(len(one.parts) == depth + 1 for one in work):
            return depth, "canvas"
        deep = [one for one in members if len(one.parts) > depth]
        if github.is_github(deep, depth):
            return depth, "github"
    folders = sum(len(one.parts) > 1 for one in work)
    return 0, PLAIN[folders * 2 > len(work)]


def _is_folder(one: SkippedMember) -> bool:
    """Return whether it is a folder's own entry, of which the files are told by themselves."""
    return one.reason.code == "class.folder"


def _shared(work: Sequence[Member]) -> int:
    """Return how many folders, one in another, hold everything."""
    depth = 0
    while work and len({one.parts[: depth + 1] for one in work}) == 1:
        if any(len(one.parts) <= depth + 1 for one in work):
            break
        depth += 1
    return depth


def _split(layout: str, work: Sequence[Member], depth: int, roster: ClassRoster) -> Split:
    if layout == "gradescope":
        return gradescope.split(work, depth)
    if layout == "moodle":
        return moodle.split(work, depth)
    if layout == "canvas":
        return canvas.split(work, depth)
    return github.split(work, depth, roster.github_owners)


def _by_names(
    members: Sequence[Member], edition: Edition, roster: ClassRoster
) -> tuple[list[Submitted], list[SkippedMember]]:
    """Return what files and folders that are named by student id hold."""
    grouped = group_by_student(members, edition, roster.listed, unlisted=True)
    return [_named(part, roster) for part in grouped.parts], grouped.left_out


def _named(part: Part, roster: ClassRoster) -> Submitted:
    nobody = part.reason is not None and part.reason.code != "class.alike"
    student = "" if nobody else part.student_id
    reason = part.reason or _unlisted(student, roster)
    return Submitted(
        key=part.student_id,
        student_id=student,
        about=_about({}, student, roster),
        files=tuple(HandedFile(path=_below(one, part.paths), member=one) for one in part.members),
        refused=reason if not part.members else None,
        unclear=reason if part.members else None,
    )


def _below(member: Member, tops: Sequence[str]) -> tuple[str, ...]:
    """Return a file's path below the folder that is the student's."""
    at = next(at for at, name in enumerate(member.parts) if name in tops)
    return member.parts[at + 1 :] or member.parts[at:]


def _with_owner(part: PersonPart, depth: int, edition: Edition, roster: ClassRoster) -> Submitted:
    """Return a part with the student whose it is: as the source, the roster or names say."""
    who, unclear = part.student_id or roster.called(part.about), part.unclear
    if not who and part.files:
        paths = [file.member.parts[depth:] for file in part.files]
        who, reason = owner_of_paths(paths, edition, roster.listed)
        is_open = reason is not None and reason.code == "class.no-id" and not roster.listed.ids
        unclear = unclear or (None if is_open else reason)
    who = roster.listed.spelled(who)
    return Submitted(
        key=who or part.label,
        student_id=who,
        about=_about(part.about, who, roster),
        files=tuple(part.files),
        refused=None if part.files else message("batch.no-files"),
        unclear=unclear or _unlisted(who, roster),
        received_at=part.received_at,
    )


def _about(told: Mapping[str, str], student: str, roster: ClassRoster) -> dict[str, str]:
    """Return what the source knows of a person, and for the rest the roster."""
    listed = roster.about.get(student, {})
    return {**told, **{name: value for name, value in listed.items() if value}}


def _unlisted(student: str, roster: ClassRoster) -> Message | None:
    """Return why a person has to look where an id is not on the roster."""
    if not student or not roster.listed.ids or student in roster.listed.ids:
        return None
    if near := roster.listed.alike(student):
        return message("class.alike", student=student, other=near)
    return message("batch.not-listed", student=student)


def _counted(one: Submitted) -> tuple[Submitted, list[SkippedMember]]:
    """Return a submission with the files that count, and those of it that are left out."""
    usable: list[HandedFile] = []
    aside: list[SkippedMember] = []
    earlier = earlier_attempts(one.files)
    for file in earlier:
        reason = message("batch.earlier-attempt", folder=file.path[0])
        aside.append(SkippedMember(path=file.member.path, reason=reason))
    for file in one.files:
        if file in earlier:
            continue
        useless = unusable(file.member)
        if useless is None:
            usable.append(file)
        else:
            aside.append(SkippedMember(path=file.member.path, reason=useless))
    newest = _newest(usable)
    for file in usable:
        if file not in newest:
            reason = message("batch.older", file=newest_of(file, newest).path[-1])
            aside.append(SkippedMember(path=file.member.path, reason=reason))
    refused = one.refused
    if one.files and not newest:
        refused = aside[0].reason if aside else message("batch.no-files")
    files = tuple(sorted(newest, key=lambda file: file.path))
    return replace(one, files=files, refused=refused), aside


def _newest(files: Sequence[HandedFile]) -> list[HandedFile]:
    """Return the files without earlier copies: of one path, and of archives of one name."""
    kept: dict[tuple[str, ...], HandedFile] = {}
    for file in files:
        name = _copies_name(file)
        if name not in kept or _rank(file) <= _rank(kept[name]):
            kept[name] = file
    return list(kept.values())


def newest_of(file: HandedFile, newest: Sequence[HandedFile]) -> HandedFile:
    """Return the file that counts in place of *file*."""
    return next(one for one in newest if _copies_name(one) == _copies_name(file))


def _copies_name(file: HandedFile) -> tuple[str, ...]:
    *folders, name = file.path
    if file.unnumbered:
        return (*folders, file.unnumbered.casefold())
    if suffix_of(name) != ".zip":
        return file.path
    return (*folders, f"{stem_of(name).casefold()}.zip")


def _rank(file: HandedFile) -> tuple[int, bool, int]:
    return (-file.order, *copy_rank(file.path[-1]))


def _unlike(people: Sequence[Submitted], roster: ClassRoster) -> Iterator[Submitted]:
    """Yield the submissions; where two carry one id, neither is taken for that student's."""
    claims = Counter(one.student_id for one in people)
    near: dict[str, set[str]] = {}
    for student in filter(None, claims):
        near.setdefault(alike(student), set()).add(student)
    for one in people:
        others = near.get(alike(one.student_id), set()) - {one.student_id}
        if one.student_id and claims[one.student_id] > 1:
            reason = message("batch.claimed", student=one.student_id, count=claims[one.student_id])
            yield replace(one, student_id="", unclear=reason)
        elif others and not {one.student_id, *others} <= roster.listed.ids:
            reason = message("class.alike", student=one.student_id, other=min(others))
            yield replace(one, unclear=one.unclear or reason)
        else:
            yield one


def _with_own_keys(people: Iterable[Submitted]) -> Iterator[Submitted]:
    """Yield the submissions, each with a key that no other has."""
    taken: set[str] = set()
    for one in people:
        key, number = one.key, 2
        if one.unclear is not None and not one.student_id and one.about:
            key = _source_name(one) or key
        free = key
        while free in taken:
            free, number = f"{key}-{number}", number + 1
        taken.add(free)
        yield replace(one, key=free)


def _source_name(one: Submitted) -> str:
    """Return what the source calls a person whose id is not clear."""
    columns = ("canvas_user_id", "moodle_participant", "gradescope_submission", "github_owner")
    told = [one.about.get("name", ""), *(one.about.get(column, "") for column in columns)]
    return "_".join(filter(None, told))
