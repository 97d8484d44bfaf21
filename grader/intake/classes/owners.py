"""Find the student whose work a part of a class upload is, by its names and the roster."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import permutations

from grader.editions.loader import Edition
from grader.intake.files.student_ids import alike, numbers_in, parts_of, student_id_from

PLAIN_ID = re.compile(r"[A-Za-z]{0,3}[0-9]{4,20}")
MOST_WORDS = 5  # of a name that are put into every order


@dataclass(frozen=True)
class Roster:
    """The student ids of a course; how they are spelled elsewhere makes no difference."""

    ids: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)  # by id, of those who have one

    def spelled(self, student_id: str) -> str:
        """Return an id as the roster spells it, one that is not on it as it is."""
        return self._spellings.get(student_id.lower(), student_id)

    def within(self, names: Iterable[str]) -> set[str]:
        """Return the ids that stand in *names* between other marks."""
        found = set()
        for name in names:
            parts = {part.lower() for part in parts_of(name)}
            found |= {self._spellings[part] for part in parts if part in self._spellings}
            found |= {one for one in self._marked if _stands_in(one, name)}
        return found

    def alike(self, student_id: str) -> str:
        """Return an id that differs only in marks or leading zeros, "" where there is none."""
        return self._alike.get(alike(student_id), "")

    def called(self, part: str) -> set[str]:
        """Return the students whose whole name stands in a part's name, in any order of words."""
        found: set[str] = set()
        for word in re.split(r"[_()\[\]]+", part):
            for key in (full_name(word), full_name(re.sub(r"[0-9]+|-", " ", word))):
                found |= self._called.get(key, set())
        return found

    @cached_property
    def _alike(self) -> Mapping[str, str]:
        return {alike(one): one for one in sorted(self.ids)}

    @cached_property
    def _called(self) -> Mapping[str, set[str]]:
        """Return the students by their names, as written and as Canvas runs them together."""
        found: dict[str, set[str]] = {}
        for student, name in self.names.items():
            for key in {full_name(name), *run_together(name)} - {""}:
                found.setdefault(key, set()).add(student)
        return found

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        return {one.lower(): one for one in self.ids}

    @cached_property
    def _marked(self) -> Collection[str]:
        """Return the ids that have marks in themselves."""
        return [one for one in self.ids if not one.isalnum()]


def full_name(name: str) -> str:
    """Return a person's name for comparing: no case, no marks, words in one order."""
    words = re.findall(r"[^\W\d_]+", _comparable(name))
    return " ".join(sorted(words)) if len("".join(words)) > 1 else ""


def run_together(name: str) -> set[str]:
    """Return a name's words without spaces in every order, as ``wangmei`` for ``Mei Wang``."""
    words = re.findall(r"[^\W\d_]+", _comparable(name))[:MOST_WORDS]
    return {"".join(order) for order in permutations(words)} if len(words) > 1 else set()


def _comparable(name: str) -> str:
    """Return a name in small letters without accents, which file names often lack."""
    apart = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(one for one in apart if not unicodedata.combining(one))
    return unicodedata.normalize("NFC", re.sub(r"['’`]", "", plain))  # noqa: RUF001


def owner_of(name: str, edition: Edition, roster: Roster) -> str | None:
    """Return the student id that a folder's name is, or a file's without its ending."""
    spelled = roster.spelled(name)
    if spelled in roster.ids or PLAIN_ID.fullmatch(name):
        return spelled
    pattern = edition.file.files.student_id
    if not re.fullmatch(pattern, name, re.IGNORECASE):
        return None
    told = student_id_from([name], pattern)
    known = told and roster.spelled(told)
    return known if not roster.ids or known in roster.ids else None


def owners_within(names: Sequence[str], edition: Edition, roster: Roster) -> set[str]:
    """
    Return the student ids that *names*, a folder's and those in it, carry among other words.

    Ids of the roster go before what is named as the edition asks, and that before numbers as
    universities give them: learning platforms put numbers of their own into names.
    """
    if listed := roster.within(names):
        return listed
    pattern = edition.file.files.student_id
    asked = {found for name in names if (found := student_id_from([name], pattern))}
    numbered = {one for one in asked if PLAIN_ID.fullmatch(one)}
    carried = numbered or asked or {one for name in names for one in numbers_in(name)}
    return {roster.spelled(one) for one in carried}


def _stands_in(student_id: str, name: str) -> bool:
    whole = rf"(?<![A-Za-z0-9]){re.escape(student_id)}(?![A-Za-z0-9])"
    return re.search(whole, name, re.IGNORECASE) is not None
