"""Chinese in bold: the packaged face has one weight, so that its letters are stroked."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from typing import Any

import pikepdf
import pytest

from grader.results.file.reading import read
from report_templates import render
from tests.report_templates import full_examples as full

pytestmark = pytest.mark.skipif(
    render.pdf_available() is not None, reason=str(render.pdf_available())
)
FILLED, FILLED_AND_STROKED = 0, 2
START = {"Tr": FILLED, "Tf": "", "RG": (), "w": 1, "j": 0}


@cache
def _made() -> bytes:
    return render.pdf_bytes(read(full.full("wrong")), language="zh_TW")


def _painted(content: bytes, painting: set[str]) -> Iterator[dict[str, Any]]:
    """Yield the graphics state at every operator of *painting*, kept as a viewer keeps it."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for page in pdf.pages:
            names = {key: str(font.BaseFont) for key, font in page.Resources.Font.items()}
            state, saved = dict(START), []
            for operands, operator in pikepdf.parse_content_stream(page):
                match str(operator):
                    case "q":
                        saved.append(dict(state))
                    case "Q":
                        state = saved.pop()
                    case "Tf":
                        state["Tf"] = names[str(operands[0])]
                    case "RG":
                        state["RG"] = tuple(map(float, operands))
                    case "Tr" | "w" | "j" as name:
                        state[name] = float(operands[0])
                    case name if name in painting:
                        yield dict(state)


def test_chinese_in_half_bold_is_stroked_and_nothing_else() -> None:
    """Letters of the face asked for in half-bold are filled and stroked, all others filled."""
    shown = list(_painted(_made(), {"Tj", "TJ"}))
    bold = [one["Tr"] for one in shown if one["Tf"].endswith("TC-Semi-Bold")]
    others = [one["Tr"] for one in shown if not one["Tf"].endswith("TC-Semi-Bold")]

    assert len(bold) > 30
    assert set(bold) == {FILLED_AND_STROKED}
    assert set(others) == {FILLED}


def test_headings_and_labels_are_among_what_is_stroked() -> None:
    """The title, a heading and a caption's label are set in the half-bold face."""
    with pikepdf.open(io.BytesIO(_made())) as pdf:
        names = {str(font.BaseFont) for font in pdf.pages[0].Resources.Font.values()}
        streams = [font.ToUnicode.read_bytes().decode() for font in _fonts(pdf, "TC-Semi-Bold")]

    assert any(name.endswith("TC-Semi-Bold") for name in names)
    for char in "評摘表":
        assert any(f"{ord(char):04x}" in stream.lower() for stream in streams), char


def test_lines_are_drawn_as_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No border takes on the colour or the joins of stroked letters."""
    lines = {"S", "s", "B", "b"}
    kept = [(one["RG"], one["w"], one["j"]) for one in _painted(_made(), lines)]
    monkeypatch.setattr(render, "embolden", lambda *_: None)
    plain = render.pdf_bytes(read(full.full("wrong")), language="zh_TW")

    assert len(kept) > 100
    assert kept == [(one["RG"], one["w"], one["j"]) for one in _painted(plain, lines)]


def _fonts(pdf: pikepdf.Pdf, name: str) -> Iterator[pikepdf.Object]:
    for font in pdf.pages[0].Resources.Font.values():
        if str(font.BaseFont).endswith(name):
            yield font
