"""The report in formats to go on writing in."""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

import pytest

from grader.results.file.reading import read
from report_templates.export import ENDINGS, exporter
from report_templates.render import RenderError
from tests.report_templates.full_examples import full

pytest.importorskip("pypandoc", reason="the extra 'export' is not installed")


def export(form: str, folder: Path, name: str = "right") -> Path:
    target = folder / f"hw1-report{ENDINGS[form]}"
    exporter(form)(read(full(name)), target, language="en", kind="report")
    return target


def test_markdown_holds_text_tables_mathematics_and_figures(tmp_path: Path) -> None:
    """Figures are files beside it; equations can be edited, and so can everything else."""
    text = export("markdown", tmp_path).read_text("utf-8")

    assert "### 2.1 Weights (question 3)" in text
    assert "| conv1 | Convolution" in text
    assert r"W_{\mathrm{conv1}} \ast I = O_{\mathrm{conv1}}" in text
    assert "](hw1-report-figures/figure-1.svg)" in text
    assert (tmp_path / "hw1-report-figures" / "figure-1.svg").read_text().startswith("<svg")


ESCAPE = r"\end{verbatim}\input{/etc/passwd} \(\input{/etc/passwd}\) ```\n#read(\"/etc/passwd\")"


@pytest.mark.parametrize(
    ("form", "command"), [("latex", r"\input{/etc"), ("typst", '#read("/etc')]
)
def test_what_a_student_wrote_is_no_code_of_the_format(
    form: str, command: str, tmp_path: Path
) -> None:
    """Neither code nor words of a submission become commands of LaTeX or Typst."""
    results = full("right")
    extra = results["extra_data"]
    extra["student_name"] = extra["student_id"] = ESCAPE
    extra["own_text"] = [{"question": "3", "source": ESCAPE, "place": ""}]
    for excerpt in (*extra["code"].values(), *extra["appendix"]):
        excerpt["source"] += ESCAPE
    target = tmp_path / f"hw1{ENDINGS[form]}"
    exporter(form)(read(results), target, language="en", kind="report")

    verbatim = {"latex": r"\\begin\{verbatim\}.*?\\end\{verbatim\}", "typst": r"(`{3,}).*?\n *\1"}
    outside = re.sub(verbatim[form], "", target.read_text("utf-8"), flags=re.DOTALL)
    assert command not in outside


def test_a_word_file_holds_its_figures(tmp_path: Path) -> None:
    """They are pictures of pixels within it, which every program shows."""
    with zipfile.ZipFile(export("docx", tmp_path)) as archive:
        names = archive.namelist()

    assert any(name.endswith(".png") for name in names)
    assert [path.name for path in tmp_path.iterdir()] == ["hw1-report.docx"]


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Pandoc nothing is written, and the message says what to install."""
    monkeypatch.setitem(sys.modules, "pypandoc", None)

    with pytest.raises(RenderError, match=r"pip install 'quantization-lab-grader\[export\]'"):
        export("markdown", tmp_path)
    assert [*tmp_path.iterdir()] == []
