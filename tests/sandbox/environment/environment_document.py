"""The text of docs/what-a-notebook-may-use.md; run this file to write it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grader.intake.lexical.effects import EFFECTS
from grader.sandbox.inside.environment.import_hooks import SHOWING
from tests.sandbox.environment.environment_rows import SECTIONS, STRAY, WAITING
from tests.sandbox.environment.idioms import Section

FILE = Path(__file__).parents[3] / "docs" / "what-a-notebook-may-use.md"
_HEAD = """\
# What a notebook may use, and what happens to it

Written from the tests' own rows: every idiom below is run by a test. The rows are in
`tests/sandbox/environment`;
`python -m tests.sandbox.environment.environment_document` writes this.

- *works*: as it did where the notebook was written.
- *does nothing*: it can be called, and nothing happens.
- *waits for staff*: the task is pending, neither earned nor lost.
- *not run*: the statement is left out, and a remark says so.

numpy's arithmetic keeps today's rules (`np.zeros(2, np.int8) + 200` raises), and so do torch's
divisions (`/` of integers gives fractions, `//` rounds down).
"""


def document() -> str:
    """Return the whole text."""
    return "\n".join([_HEAD, *_sections(), *_stand_ins(), *_waiting(), *_not_run()])


def _sections() -> Iterator[str]:
    for section in SECTIONS:
        yield f"## {section.title}\n\n{section.about}.\n"
        yield from _table(section)


def _table(section: Section) -> Iterator[str]:
    has_versions = any(row.removed for row in section.rows)
    yield "| idiom | result |" + (" removed by |" if has_versions else "")
    yield "|---|---|" + ("---|" if has_versions else "")
    for row in section.rows:
        versions = f" {row.removed} |" if has_versions else ""
        yield f"| {_code(row.idiom)} | {row.result} |{versions}"
    yield ""


def _stand_ins() -> Iterator[str]:
    yield "## Libraries that only show\n"
    yield "Where one of these is not installed, everything of it can be called and *does nothing*:"
    yield ", ".join(f"`{name}`" for name in SHOWING) + ". `tqdm` iterates and shows nothing.\n"


def _waiting() -> Iterator[str]:
    yield "## What is not installed\n"
    yield "| import | a line that needs it | result |\n|---|---|---|"
    for case in WAITING:
        statement = "" if case.statement == "pass" else _code(case.statement)
        said = f"waits for staff: {case.said}"
        yield f"| {statement} | {_code(case.use)} | {said} |"
    for statement in STRAY:
        yield f"| {_code(statement)} | (none) | costs nothing |"
    yield ""


def _not_run() -> Iterator[str]:
    yield "## What is not run at the top level of a notebook\n"
    yield "Inside a function that is graded these are called as they stand. A plot is made where"
    yield "a needed function uses the name that it is given: `fig, axes = plt.subplots()`.\n"
    yield "| what | calls | result |\n|---|---|---|"
    for effect, calls in EFFECTS.items():
        yield f"| {effect} | {', '.join(f'`{call}`' for call in calls)} | not run |"


def _code(text: str) -> str:
    return "`" + text.replace("\n", "; ").replace("|", "\\|") + "`"


if __name__ == "__main__":
    FILE.write_text(document() + "\n", encoding="utf-8")
