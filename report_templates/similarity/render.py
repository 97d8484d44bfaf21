"""The page as one self-contained file, without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from grader.results.file.written import write_whole
from grader.similarity.pairs import Pair
from report_templates.messages import load_messages
from report_templates.page.webfonts import embedded_faces
from report_templates.render import templates
from report_templates.similarity.reports_view import ReportFindings
from report_templates.similarity.view import build_page

STYLE = Path(__file__).parents[1] / "templates" / "similarity.css"
NO_REPORTS = ReportFindings()


def render_similarity(
    pairs: Sequence[Pair],
    *,
    compared: int,
    reports: ReportFindings = NO_REPORTS,
    language: str = "en",
    by_command: bool = False,
) -> str:
    """
    Return the page about *pairs* among *compared* solutions, and about *reports*.

    *by_command*: it is of the command line, whose options may be named.

    Raises:
        LanguageError: There is no catalogue for *language*.

    """
    t = load_messages(language)
    page = build_page(pairs, compared, t, reports, by_command=by_command)
    style = Markup(STYLE.read_text("utf-8"))  # ours: it holds nothing from outside
    text = templates().get_template("similarity.html.j2").render(p=page, style=style)
    return text.replace("<style>", f"<style>{embedded_faces(text)}", 1)


def write_similarity(
    target: Path,
    pairs: Sequence[Pair],
    *,
    compared: int,
    reports: ReportFindings = NO_REPORTS,
    language: str = "en",
) -> None:
    """Write the command line's page; raise OSError where it cannot be written."""
    page = render_similarity(
        pairs, compared=compared, reports=reports, language=language, by_command=True
    )
    write_whole(target, page.encode("utf-8", "replace"))
