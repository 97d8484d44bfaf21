"""Documents that this grader made, told by what they say of themselves and by their sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.similarity.reports.handed import HandedReport
from grader.similarity.reports.words import RUN, normal_text, runs, words_of
from grader.words.message import Message, message

# Of a page's words, how many stand in sentences of ours where the page is ours. Measured: our
# pages of prose and tables 20 to 90 %, a student's that quotes a finding 5 %.
LEAST_OURS = 0.2
LEAST_WORDS = 60  # of a page
WINDOW = 300  # words: of a longer text, one such part is enough
LEAST_RUNS = 25
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
_LONGEST_ID = 40


@dataclass(frozen=True, kw_only=True)
class OurDocuments:
    """
    What tells a document of this grader, in every language.

    ``phrases`` are the runs of words in its sentences; ``signatures`` find the student's id, as
    the group ``student``, in a running head, a title or a subject. ``nobody`` are the words that
    stand where the id is not known.
    """

    creator: str
    phrases: frozenset[int]
    signatures: Sequence[re.Pattern[str]]
    nobody: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Generated:
    """
    What shows that a report was made by this grader, and for whom, as far as it can be read.

    ``files`` are digests of the files that its cover names: those of the submission it is about.
    """

    by_metadata: bool
    pages: int  # whose text is ours
    student: str
    files: tuple[str, ...]


def find_generated(report: HandedReport, ours: OurDocuments) -> Generated | None:
    """Return what shows that a report is a document of this grader, None where nothing does."""
    told = [*report.metadata.values()]
    is_created = report.metadata.get("Creator", "") == ours.creator
    by_metadata = is_created or any(True for text in told for _ in _students(text, ours))
    pages = sum(
        any(True for _ in _students(page, ours)) or is_ours(page, ours) for page in report.pages
    )
    if not (by_metadata or pages):
        return None
    named = Counter(one for text in (*report.pages, *told) for one in _students(text, ours))
    author = report.metadata.get("Author", "").strip() if is_created else ""
    known = [one for one, _ in named.most_common()] + [author]
    known = [one for one in known if one and one not in ours.nobody]
    return Generated(
        by_metadata=by_metadata,
        pages=pages,
        student=known[0] if known else "",
        files=tuple(dict.fromkeys(_SHA256.findall(report.text))),
    )


def is_ours(page: str, ours: OurDocuments) -> bool:
    """Return whether a text, or a part as long as a page, is mostly sentences of ours."""
    words = words_of(page)
    known = [run in ours.phrases for run in runs(words)]
    starts = range(0, max(len(words) - LEAST_WORDS, 0) + 1, WINDOW // 2)
    return any(_is_mostly_ours(known[at : at + WINDOW]) for at in starts)


def _is_mostly_ours(known: Sequence[bool]) -> bool:
    covered = {at + i for at, is_known in enumerate(known) if is_known for i in range(RUN)}
    return sum(known) >= LEAST_RUNS and len(covered) >= LEAST_OURS * len(known)


def told_generated(found: Generated, file: str, handed_in_by: str) -> Message:
    """Return what staff are told of a report that this grader made."""
    signs = "both" if found.by_metadata and found.pages else ""
    signs = signs or ("metadata" if found.by_metadata else "text")
    if not found.student:
        return message("similar-report.generated", file=file, signs=signs)
    code = "generated-own" if found.student == handed_in_by else "generated-for"
    return message(f"similar-report.{code}", file=file, signs=signs, student=found.student)


def _students(text: str, ours: OurDocuments) -> Iterator[str]:
    """Yield the ids that a document of ours says it is about."""
    plain = normal_text(text)
    for signature in ours.signatures:
        for found in signature.finditer(plain):
            yield found["student"].strip()[:_LONGEST_ID]
