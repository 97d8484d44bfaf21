"""The PDF: its text is the results', it fetches nothing, and it is accessible."""

# ruff: noqa: RUF001 - guillemets are what is printed

import io
import json
import logging
import re
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest

from grader.results.file.reading import read
from report_templates import render
from report_templates.page.blocks import Equations
from report_templates.page.fonts import choose_faces, fallbacks, name_missing
from report_templates.view import build_document
from tests.report_templates import results_examples as examples

pytestmark = pytest.mark.skipif(
    render.pdf_available() is not None, reason=str(render.pdf_available())
)

NAMES = ("right", "wrong", "nothing_works", "bare", "hostile")
# WeasyPrint says this where libharfbuzz-subset is not installed; the PDF is the same, only slower.
_SLOW_FONTS = "HarfBuzz-Subset"


@pytest.fixture(scope="module", params=NAMES)
def made(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any], bytes, list[str]]:
    """Return an example's name, its results, its PDF and what WeasyPrint logged."""
    logged: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.append(record.getMessage())

    keeper = Keeper(level=logging.WARNING)
    logging.getLogger("weasyprint").addHandler(keeper)
    results = getattr(examples, request.param)()
    try:
        return request.param, results, render.pdf_bytes(read(results)), logged
    finally:
        logging.getLogger("weasyprint").removeHandler(keeper)


@cache
def _right() -> bytes:
    """Return the PDF of a right submission, made once."""
    return render.pdf_bytes(read(examples.right()))


def _pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def _text(content: bytes) -> str:
    return " ".join("\n".join(_pages(content)).replace("\u2212", "-").split())


@pytest.mark.few(2)
def test_weasyprint_has_nothing_to_complain_of(made: tuple[Any, ...]) -> None:
    """No style, no font and no address was refused."""
    assert [line for line in made[3] if _SLOW_FONTS not in line] == []


@pytest.mark.few(1)
def test_every_page_carries_the_running_header(made: tuple[Any, ...]) -> None:
    """Each page names the student and its place among the pages."""
    name, _, content, _ = made
    pages = _pages(content)
    student = {"bare": "unknown", "hostile": "王小明"}.get(name, "108062999")

    for number, page in enumerate(pages, 1):
        assert student in page
        assert f"{number} / {len(pages)}" in page


def test_file_is_small(made: tuple[Any, ...]) -> None:
    """No document is larger than 1.5 MB."""
    assert len(made[2]) < 1_500_000


def test_nothing_is_embedded_and_nothing_is_active(made: tuple[Any, ...]) -> None:
    """No attachment, no script and no link to a file or a host stands in the PDF."""
    with pikepdf.open(io.BytesIO(made[2])) as pdf:
        assert not pdf.attachments
        assert "/OpenAction" not in pdf.Root or "/JS" not in str(pdf.Root.OpenAction)
        targets = [
            str(note.get("/A", {}).get("/URI", ""))
            for page in pdf.pages
            for note in page.get("/Annots", [])
        ]
    assert [target for target in targets if target] == []


def test_every_picture_has_an_alternative_text(made: tuple[Any, ...]) -> None:
    """Each Figure of the structure tree carries /Alt, a Formula's says it aloud."""
    name, results, content, _ = made
    figures, formulas = (_tagged(content, tag) for tag in ("/Figure", "/Formula"))
    drawn = len(results.get("extra_data", {}).get("ranges", []))
    drawn += sum(
        bool(layer["weight_counts"]) for layer in results.get("extra_data", {}).get("layers", [])
    )
    drawn += bool(results.get("extra_data", {}).get("accuracy_stages"))
    document = build_document(read(results))
    blocks = [block for section in document.sections for block in section.blocks]
    equations = [one for b in blocks if isinstance(b, Equations) for one in b.equations]

    assert len(figures) == drawn, name
    assert all(len(alt) > 15 for alt in figures)
    assert formulas == [one.picture.words for one in equations]


def test_every_row_of_a_table_has_a_header(made: tuple[Any, ...]) -> None:
    """What a row is about stands in a cell that is tagged as its header."""
    name, results, *_ = made
    page = render.render_html(read(results))
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)

    assert rows or name == "bare"
    assert [row for row in rows if "<th " not in row] == []


def test_outline_holds_every_heading() -> None:
    """The bookmarks are the sections, in their order."""
    reader = pypdf.PdfReader(io.BytesIO(_right()))
    titles = [str(entry["/Title"]) for entry in reader.outline if not isinstance(entry, list)]

    assert titles[1:] == [
        "At a glance",
        "Score",
        "What to look at",
        "1 Design Concept",
        "2 Simulation and Discussion",
        "How the rest was judged",
        "How this was judged",
    ]


def test_document_says_what_it_is() -> None:
    """Title, language and conformance are in the metadata."""
    with pikepdf.open(io.BytesIO(_right())) as pdf:
        assert str(pdf.Root.Lang) == "en"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.docinfo["/Title"] == "hw1 Feedback: 108062999"
        assert pdf.open_metadata()["pdfuaid:part"] == "1"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle


@pytest.mark.few(1)
@pytest.mark.parametrize(("name", "graded"), [("right", 100), ("wrong", 94)])
def test_numbers_in_the_pdf_are_those_of_the_results(name: str, graded: int) -> None:
    """Points, accuracies, ranges and counts are printed as the results have them."""
    results = getattr(examples, name)()
    extra = results["extra_data"]
    printed = _text(render.pdf_bytes(read(results)))

    for stage in extra["accuracy_stages"]:
        assert f"{stage['percent']:.2f} %" in printed
        assert f"{stage['correct']:,} / {stage['images']:,}" in printed
    for one in extra["ranges"]:
        for field in ("min", "max", "width", "mean", "std", "sigma_min", "sigma_max"):
            assert re.search(
                rf"(?<![\d.]){one[field]:.4f}(?!\d)".replace("-0.0000", "-?0.0000"), printed
            )
        assert f"{one['numel']:,}" in printed
    for layer in extra["layers"]:
        assert f"{layer['multiply_adds']:,}" in printed
    assert f"{results['score']:g} / {graded}" in printed
    assert extra["files"][0]["sha256"] in printed.replace(" ", "")


def test_what_students_write_is_text() -> None:
    """Markup is printed letter by letter, and templates do not run."""
    page = render.render_html(read(examples.hostile()))

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert 'rel=attachment href="file' not in page
    assert "{{ 7*7 }}" in page
    assert "\u202e" not in page
    assert "\x1b" not in page


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="file:///etc/hostname" alt="x">',
        '<img src="http://127.0.0.1:9/x.png" alt="x">',
        '<link rel="stylesheet" href="file:///etc/hostname">',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<a rel="attachment" href="file:///etc/hostname">x</a>',
        '<style>@import "file:///etc/hostname";</style>',
        '<svg><image href="file:///etc/hostname"/></svg>',
    ],
)
def test_renderer_fetches_nothing_even_when_asked(
    markup: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Should markup ever get through, its address is refused and its file is not in the PDF."""
    page = render.render_html(read(examples.bare())).replace("<main>", f"<main>{markup}")
    monkeypatch.setattr(render, "_markup", lambda *_, **__: page)
    content = render.pdf_bytes(read({}))

    assert "disallowed protocol" in caplog.text
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert not pdf.attachments


def test_chinese_is_set_in_an_embedded_font() -> None:
    """The PDF carries its own glyphs for Chinese names, in the packaged typeface."""
    results = examples.right()
    results["extra_data"]["student_id"] = "王小明"
    names = set()
    with pikepdf.open(io.BytesIO(render.pdf_bytes(read(results)))) as pdf:
        for page in pdf.pages:
            for font in page.Resources.get("/Font", {}).values():
                names.add(str(font.BaseFont))
                below = font.DescendantFonts[0].FontDescriptor
                assert any(key in below for key in ("/FontFile2", "/FontFile3"))
    assert any("Report-TC" in name for name in names), names


def test_a_face_is_chosen_only_when_needed() -> None:
    """English needs no Chinese font; a simplified character needs one more than a traditional."""
    assert [face.family for face in choose_faces("plain").faces[5:]] == []
    assert [face.family for face in choose_faces("王").faces[5:]] == ["Report TC"]
    assert [face.family for face in choose_faces("王为").faces[5:]] == ["Report TC", "Report SC"]


def test_what_no_face_has_is_named_not_boxed() -> None:
    """A character without a glyph is written as its number."""
    choice = choose_faces("ok \U0001f980")

    assert choice.missing == {"\U0001f980"}
    assert name_missing("ok \U0001f980", choice.missing) == "ok ‹U+1F980›"


def test_fallback_packages_are_installed() -> None:
    """What pyproject.toml asks for is found where the fonts are looked for."""
    assert [face.family for face in fallbacks()] == ["Report TC", "Report SC", "Report Symbols"]


def test_pdf_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails half-way leaves the old file, and no other file."""
    target = tmp_path / "report.pdf"
    target.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdopen", full)
    with pytest.raises(render.RenderError, match="No space left"):
        render.render_pdf(read(examples.bare()), target)

    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.pdf"]


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    """A target that cannot be written is named, with what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(render.RenderError, match="choose another folder"):
        render.render_pdf(read(examples.bare()), tmp_path / "file" / "report.pdf")


def test_missing_pango_is_a_typed_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where WeasyPrint cannot load Pango, the message says what to install."""
    import builtins

    real = builtins.__import__

    def no_pango(name: str, *rest: Any) -> Any:
        if name == "weasyprint":
            msg = "cannot load library 'libpango-1.0-0'"
            raise OSError(msg)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no_pango)
    with pytest.raises(render.RenderError, match="apt-get install"):
        render.render_pdf(read(examples.bare()), tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()


def test_a_fault_of_ours_is_a_typed_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong while a document is made, the caller can go on without it."""

    def broken(*_: object, **__: object) -> bytes:
        raise ZeroDivisionError("one over nothing")

    monkeypatch.setattr(render, "pdf_bytes", broken)
    with pytest.raises(render.RenderError, match="fault of ours: ZeroDivisionError"):
        render.render_pdf(read(examples.bare()), tmp_path / "x.pdf")


def test_unknown_language_and_kind_are_typed_errors() -> None:
    """A document that does not exist is refused by name."""
    with pytest.raises(render.RenderError, match="xx"):
        render.render_html(read(examples.bare()), language="xx")
    with pytest.raises(render.RenderError, match="novel"):
        render.render_html(read(examples.bare()), kind="novel")


def test_examples_are_json() -> None:
    """The examples are what a results file can hold."""
    for name in NAMES:
        json.dumps(getattr(examples, name)())


def _tagged(content: bytes, tag: str) -> list[str]:
    """Return the alternative texts of all elements of the structure tree that are a *tag*."""
    found: list[str] = []

    def walk(node: pikepdf.Object) -> None:
        if isinstance(node, pikepdf.Array):
            for child in node:
                walk(child)
        elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
            if str(node.S) == tag:
                found.append(str(node.get("/Alt", "")))
            if "/K" in node:
                walk(node.K)

    with pikepdf.open(io.BytesIO(content)) as pdf:
        walk(pdf.Root.StructTreeRoot.K)
    return found
