"""Which of the files handed in is the code, which the report, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.errors import EditionError, SubmissionError
from grader.intake.files import Entry
from grader.intake.model import Problem, ProblemKind
from grader.intake.naming import another_in
from grader.reasons import Reason

# Browsers, Finder, Colab, Moodle and Canvas mark a second copy in ways of their own.
_COPY_PREFIX = re.compile(r"^copy of ", re.IGNORECASE)
_COPY_SUFFIX = re.compile(
    r"(?:\s*\((\d{1,3})\)|[ _-]+copy\s*(\d{0,3})|(?<=\w{5})-(\d{1,2}))$", re.I
)
_LMS_PREFIX = r"(?:.*[_\s-])?"
_CODE_SUFFIXES = (".ipynb", ".py")


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """The file with the code, the report if one lies beside it, and the student's id."""

    code: Entry
    report: Entry | None
    student_id: str | None
    problems: tuple[Problem, ...]
    scripts: tuple[Entry, ...] = ()  # beside the code, which may import them


def choose(
    entries: Sequence[Entry],
    *,
    code_patterns: Sequence[str],
    id_pattern: str,
    student_id: str | None,
    other_names: Iterable[str] = (),
) -> Candidates:
    """
    Return the file named as the edition asks, else the only notebook, else the only script.

    *other_names* (the folder's, the archive's) may tell the student's id when no file does.
    Raises SubmissionError when there is nothing to choose from, or no telling which is meant.
    """
    group = _best_group(entries, code_patterns, student_id)
    code = _newest_copy(group, _wanted(code_patterns))
    problems = [_chosen(code, group)] if len(group) > 1 else []
    report = _report(entries, code)
    used = [code, *([report] if report else [])]
    if student_id:
        problems += _named_for_another([entry.name for entry in used], other_names, student_id)
    names = [*(entry.base_name for entry in used), *other_names]
    return Candidates(
        code=code,
        report=report,
        student_id=student_id or student_id_from(names, id_pattern),
        problems=tuple(problems),
        scripts=tuple(e for e in entries if e.suffix == ".py" and e not in group),
    )


def may_hold_code(names: Sequence[str], code_patterns: Sequence[str]) -> bool:
    """Return whether ``choose`` finds code, or too much of it, among files of these names."""
    try:
        _best_group([Entry(name=name, load=bytes) for name in names], code_patterns, None)
    except SubmissionError:
        return any(name.lower().endswith(".zip") for name in names)  # whatever is in that
    return True


def student_id_from(names: Iterable[str], id_pattern: str) -> str | None:
    """Return the first id that *id_pattern* (a regex with a group ``id``) finds in file names."""
    try:
        pattern = re.compile(f"{_LMS_PREFIX}(?:{id_pattern})", re.IGNORECASE)
    except re.error as error:
        msg = f"student_id pattern {id_pattern!r} is no regular expression ({error})"
        raise EditionError(msg) from None
    if "id" not in pattern.groupindex:
        msg = f"student_id pattern {id_pattern!r} has no group named 'id': write (?P<id>...)"
        raise EditionError(msg)
    for name in names:
        if match := pattern.fullmatch(without_copy_mark(_stem(name))):
            return match["id"]
    return None


def without_copy_mark(stem: str) -> str:
    """Return a file's stem without ``(1)``, ``-1``, ``- Copy`` or ``Copy of``."""
    stem = _COPY_PREFIX.sub("", stem).strip()
    while (shorter := _COPY_SUFFIX.sub("", stem)) not in {stem, ""}:
        stem = shorter
    return stem


def _stem(name: str) -> str:
    """Return *name* without its extension; a dot in an id ends no name."""
    path = PurePosixPath(name)
    known = {*_CODE_SUFFIXES, ".pdf", ".zip", ".txt", ".json"}
    while path.suffix.lower() in known:
        path = path.with_suffix("")
    return path.name


def _copy_number(entry: Entry) -> int:
    match = _COPY_SUFFIX.search(_stem(entry.base_name))
    return int(next((group for group in match.groups() if group), "1")) if match else 0


def _best_group(
    entries: Sequence[Entry], code_patterns: Sequence[str], student_id: str | None
) -> list[Entry]:
    """Return the candidates of the first kind that there is any of."""
    for pattern in code_patterns:
        regex = _name_pattern(pattern, student_id)
        if named := [entry for entry in entries if regex.fullmatch(_clean_name(entry))]:
            return named
    for suffix in _CODE_SUFFIXES:
        if group := [entry for entry in entries if entry.suffix == suffix]:
            return group
    if len(entries) == 1 and entries[0].suffix not in {".pdf", ".zip"}:
        return list(entries)
    raise SubmissionError(_nothing_found(entries, code_patterns))


def _clean_name(entry: Entry) -> str:
    return without_copy_mark(_stem(entry.base_name)) + entry.suffix


def _name_pattern(pattern: str, student_id: str | None) -> re.Pattern[str]:
    """Return an edition's file name, ``hw1_{student_id}.ipynb``, as a regular expression."""
    any_id = re.escape(student_id) if student_id else ".+"
    escaped = re.escape(pattern).replace(re.escape("{student_id}"), any_id)
    return re.compile(_LMS_PREFIX + escaped.replace(r"\*", ".*"), re.IGNORECASE)


def _newest_copy(group: Sequence[Entry], wanted: str) -> Entry:
    """Return the copy with the highest number, nearest to the top; distinct names are an error."""
    if len({_clean_name(entry).lower() for entry in group}) > 1:
        names = ", ".join(sorted({entry.name for entry in group})[:5])
        reason = Reason.of("code.several", count=len(group), names=names, wanted=wanted)
        raise SubmissionError(reason)
    return min(group, key=lambda entry: (-_copy_number(entry), entry.name.count("/"), entry.name))


def _chosen(code: Entry, group: Sequence[Entry]) -> Problem:
    others = ", ".join(entry.name for entry in group if entry is not code)
    reason = Reason.of("code.chosen", file=code.name, others=others)
    return Problem(kind=ProblemKind.CHOSEN_FILE, message=str(reason))


def _named_for_another(
    names: Sequence[str], other_names: Iterable[str], student_id: str
) -> Iterator[Problem]:
    """Yield a problem for each name that carries another id than the one it is graded under."""
    for name in dict.fromkeys([*names, *other_names]):
        if named := another_in(name, student_id):
            reason = Reason.of("code.named-for", file=name, named=named, student=student_id)
            yield Problem(kind=ProblemKind.NAMED_FOR_ANOTHER, message=str(reason))


def _report(entries: Sequence[Entry], code: Entry) -> Entry | None:
    """Return the PDF whose name is most like the code's: the same stem, else the first."""
    stem = without_copy_mark(_stem(code.base_name)).lower()
    pdfs = [entry for entry in entries if entry.suffix == ".pdf"]
    same = [e for e in pdfs if without_copy_mark(_stem(e.base_name)).lower() == stem]
    named = [e for e in pdfs if "report" in e.base_name.lower()]
    ranked = sorted(same, key=_copy_number, reverse=True) + named + pdfs
    return ranked[0] if ranked else None


def _wanted(code_patterns: Sequence[str]) -> str:
    named = [pattern.replace("{student_id}", "<StudentID>") for pattern in code_patterns]
    return " / ".join(named) or "*.ipynb"


def _nothing_found(entries: Sequence[Entry], code_patterns: Sequence[str]) -> Reason:
    wanted = _wanted(code_patterns)
    if not entries:
        return Reason.of("code.none", wanted=wanted)
    names = ", ".join(entry.name for entry in entries[:5]) + (", ..." if len(entries) > 5 else "")
    return Reason.of("code.none-among", names=names, wanted=wanted)
