"""
docs/report-answers.md: what each sheet asks of a report, and where the report answers it.

``python -m report_templates.answers_table`` writes it from the editions' ``report.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.editions.loader import edition_ids, load_edition
from report_templates.structure import Heading, load_asked, load_structure

DOCUMENT = Path(__file__).parents[1] / "docs" / "report-answers.md"
_HEAD = """# What the sheets ask of a report, and where it is answered

Made by `python -m report_templates.answers_table` from `[[asked]]` in the editions'
`report.toml`; a test holds that it is up to date.
"""


def render() -> str:
    """Return the document's text."""
    return _HEAD + "".join(map(_edition, edition_ids()))


def _edition(edition: str) -> str:
    asked = load_asked(edition)
    if not asked:
        return ""
    title = load_edition(edition).file.title
    places = dict(_places(load_structure("report", edition)))
    rows = "".join(
        f"| {item.question} | {item.what} | {', '.join(f'`{part}`' for part in item.parts)} |"
        f" {', '.join(dict.fromkeys(places.get(part, 'first page') for part in item.parts))} |\n"
        for item in asked
    )
    return (
        f"\n## {title}\n\n| question | asked | answered by | section |\n|---|---|---|---|\n{rows}"
    )


def _places(headings: Iterable[Heading]) -> Iterator[tuple[str, str]]:
    """Yield each part with the number of the section that it stands in."""
    for heading in headings:
        for part in heading.parts:
            yield part, heading.number
        yield from _places(heading.sections)


if __name__ == "__main__":
    DOCUMENT.write_text(render(), "utf-8")
