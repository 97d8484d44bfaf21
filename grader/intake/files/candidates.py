"""Which of the files handed in is the code, which the report, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.errors import SubmissionError
from grader.intake.files.entries import Entry
from grader.intake.files.file_names import CODE_SUFFIXES, copy_rank, stem_of
from grader.intake.files.student_ids import LMS_PREFIX, another_in, student_id_from
from grader.intake.model import Problem, ProblemKind
from grader.words.message import Message, message


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
    code = _of_copies(group, _wanted(code_patterns))
    problems = [_chosen(code, group)] if len(group) > 1 else []
    report = report_among(entries, [stem_of(code.base_name).lower()])
    used = [code, *([report] if report else [])]
    scripts = tuple(e for e in entries if e.suffix == ".py" and e not in group)
    problems += [_twice(entry) for entry in (*used, *scripts) if entry.copies > 1]
    if student_id:
        problems += _named_for_another([entry.name for entry in used], other_names, student_id)
    names = [*(entry.base_name for entry in used), *other_names]
    return Candidates(
        code=code,
        report=report,
        student_id=student_id or student_id_from(names, id_pattern),
        problems=tuple(problems),
        scripts=scripts,
    )


def named_as(name: str, patterns: Sequence[str]) -> bool:
    """Return whether a file's name is one of an edition's, whatever a course site made of it."""
    entry = Entry(name=name, load=bytes)
    return any(_is_named(entry, _name_pattern(pattern, None)) for pattern in patterns)


def newest_first(entries: Sequence[Entry]) -> list[Entry]:
    """Return copies of a file, the one that counts first: by its mark, then by its depth."""
    return sorted(entries, key=lambda e: (*copy_rank(e.base_name), e.name.count("/"), e.name))


def told_copies(copies: Sequence[Entry]) -> Iterator[Problem]:
    """Yield that the first of several files counts, and that it lay in its archive repeatedly."""
    if len(copies) > 1:
        others = ", ".join(entry.name for entry in copies[1:])
        reason = message("file.chosen", file=copies[0].name, others=others)
        yield Problem(kind=ProblemKind.IGNORED_FILE, message=reason)
    if copies[0].copies > 1:
        yield _twice(copies[0])


def report_among(entries: Sequence[Entry], stems: Collection[str]) -> Entry | None:
    """Return the PDF whose name is most like the code's, one of *stems*: the same, else any."""
    pdfs = [entry for entry in entries if entry.suffix == ".pdf"]
    same = [entry for entry in pdfs if stem_of(entry.base_name).lower() in stems]
    named = [entry for entry in pdfs if "report" in entry.base_name.lower()]
    ranked = sorted(same, key=lambda one: copy_rank(one.base_name)) + named + pdfs
    return ranked[0] if ranked else None


def may_hold_code(names: Sequence[str], code_patterns: Sequence[str]) -> bool:
    """Return whether ``choose`` finds code, or too much of it, among files of these names."""
    try:
        _best_group([Entry(name=name, load=bytes) for name in names], code_patterns, None)
    except SubmissionError:
        return any(name.lower().endswith(".zip") for name in names)  # whatever is in that
    return True


def _best_group(
    entries: Sequence[Entry], code_patterns: Sequence[str], student_id: str | None
) -> list[Entry]:
    """Return the candidates of the first kind that there is any of."""
    for pattern in code_patterns:
        regex = _name_pattern(pattern, student_id)
        if named := [entry for entry in entries if _is_named(entry, regex)]:
            return named
    for suffix in CODE_SUFFIXES:
        if group := [entry for entry in entries if entry.suffix == suffix]:
            return _named_alike(group, code_patterns, student_id, suffix) or group
    if len(entries) == 1 and entries[0].suffix not in {".pdf", ".zip"}:
        return list(entries)
    raise SubmissionError(_nothing_found(entries, code_patterns))


def _named_alike(
    group: Sequence[Entry], code_patterns: Sequence[str], student_id: str | None, suffix: str
) -> list[Entry]:
    """Return the files that are named as the edition asks but for their extension: exports."""
    alike = [str(PurePosixPath(pattern).with_suffix(suffix)) for pattern in code_patterns]
    names = [_name_pattern(pattern, student_id) for pattern in alike]
    return [entry for entry in group if any(_is_named(entry, name) for name in names)]


def _clean_name(entry: Entry) -> str:
    return stem_of(entry.base_name) + entry.suffix


def _is_named(entry: Entry, pattern: re.Pattern[str]) -> bool:
    """Return whether a file is named as *pattern* has it, whatever marks stand between words."""
    name = _clean_name(entry)
    return bool(pattern.fullmatch(name) or pattern.fullmatch(re.sub(r"[\s-]+", "_", name)))


def _name_pattern(pattern: str, student_id: str | None) -> re.Pattern[str]:
    """Return an edition's file name, ``hw1_{student_id}.ipynb``, as a regular expression."""
    any_id = re.escape(student_id) if student_id else ".+"
    escaped = re.escape(pattern).replace(re.escape("{student_id}"), any_id)
    return re.compile(LMS_PREFIX + escaped.replace(r"\*", ".*"), re.IGNORECASE)


def _of_copies(group: Sequence[Entry], wanted: str) -> Entry:
    """Return the copy that ``copy_rank`` puts first, nearest to the top; refuse distinct names."""
    if len({_clean_name(entry).lower() for entry in group}) > 1:
        names = ", ".join(sorted({entry.name for entry in group})[:5])
        reason = message("code.several", count=len(group), names=names, wanted=wanted)
        raise SubmissionError(reason)
    return newest_first(group)[0]


def _chosen(code: Entry, group: Sequence[Entry]) -> Problem:
    others = ", ".join(entry.name for entry in group if entry is not code)
    reason = message("code.chosen", file=code.name, others=others)
    return Problem(kind=ProblemKind.CHOSEN_FILE, message=reason)


def _twice(entry: Entry) -> Problem:
    reason = message("zip.several", file=entry.name, count=entry.copies)
    return Problem(kind=ProblemKind.CHOSEN_FILE, message=reason)


def _named_for_another(
    names: Sequence[str], other_names: Iterable[str], student_id: str
) -> Iterator[Problem]:
    """Yield a problem for each name that carries another id than the one it is graded under."""
    for name in dict.fromkeys([*names, *other_names]):
        if named := another_in(name, student_id):
            reason = message("code.named-for", file=name, named=named, student=student_id)
            yield Problem(kind=ProblemKind.NAMED_FOR_ANOTHER, message=reason)


def _wanted(code_patterns: Sequence[str]) -> str:
    named = [pattern.replace("{student_id}", "<StudentID>") for pattern in code_patterns]
    return " / ".join(named) or "*.ipynb"


def _nothing_found(entries: Sequence[Entry], code_patterns: Sequence[str]) -> Message:
    wanted = _wanted(code_patterns)
    if not entries:
        return message("code.none", wanted=wanted)
    names = ", ".join(entry.name for entry in entries[:5]) + (", ..." if len(entries) > 5 else "")
    return message("code.none-among", names=names, wanted=wanted)
