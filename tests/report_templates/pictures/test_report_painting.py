"""Our drawings as PDF operators: the same outlines and words, without WeasyPrint's detour."""

import io
from base64 import b64encode

import pikepdf
import pypdf
import pytest

from grader.results.file.reading import read
from report_templates import render
from report_templates.pictures import painting
from tests.report_templates import full_examples as full

DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 10 80 40" width="160pt" height="80pt" '
    'font-family="Report Sans, sans-serif"><title>never painted</title>{}</svg>'
)


def _paint(elements: str) -> painting.Painting | None:
    return painting.paint(painting.PREFIX + b64encode(DRAWING.format(elements).encode()).decode())


def _operators(elements: str) -> list[str]:
    found = _paint(elements)
    assert found is not None
    return found.operators.decode().split("\n")[:-1]


@pytest.mark.parametrize(
    ("element", "operators"),
    [
        ('<line x1="1" y1="2" x2="3" y2="4"/>', ["1 2 m 3 4 l", "n"]),
        (
            '<rect x="1" y="2" width="3" height="4" fill="#ff0000"/>',
            ["1 0 0 rg", "1 2 3 4 re", "f"],
        ),
        (
            '<path d="M1 2V5H7l-2 3h4Z" fill="#0000ff"/>',
            ["0 0 1 rg", "1 2 m", "1 5 l", "7 5 l", "5 8 l", "9 8 l", "h", "f"],
        ),
        # A quadratic curve is a cubic whose control points lie two thirds of the way.
        ('<path d="M0 0Q3 3 6 0" fill="#000000"/>', ["0 0 0 rg", "0 0 m", "2 2 4 2 6 0 c", "f"]),
        (
            '<line x1="1" y1="2" x2="3" y2="4" stroke="#00ff00" stroke-width="0.5" '
            'stroke-dasharray="3 2"/>',
            ["0 1 0 RG", "0.5 w", "[3 2] 0 d", "1 2 m 3 4 l", "S"],
        ),
    ],
)
def test_outlines_become_operators(element: str, operators: list[str]) -> None:
    """Each kind of mark is the PDF operators of the same shape and paint."""
    assert _operators(element) == operators


def test_a_circle_goes_through_its_four_corners() -> None:
    """A circle is closed and touches its box on all four sides."""
    steps = _operators('<circle cx="10" cy="20" r="3" fill="#ffffff" stroke="#000000"/>')
    ends = [step.split()[-3:-1] for step in steps if step.endswith(" c")]

    assert ends == [["10.00", "23.00"], ["7.00", "20.00"], ["10.00", "17.00"], ["13.00", "20.00"]]
    assert steps[-2:] == ["h", "B"]


def test_labels_keep_their_words_and_places() -> None:
    """A label is its words, its point, its size and how it is aligned."""
    found = _paint(
        '<text x="5" y="6" text-anchor="end" font-size="7" fill="#000000">a &lt; 王</text>'
        '<text transform="translate(1 2) rotate(-90)" font-size="7" fill="#000000">up</text>'
    )
    assert found is not None

    assert [(one.words, one.x, one.y, one.shift, one.turned) for one in found.labels] == [
        ("a < 王", 5.0, 6.0, 1.0, False),
        ("up", 1.0, 2.0, 0.0, True),
    ]
    assert found.size == pytest.approx((160 / 0.75, 80 / 0.75))


@pytest.mark.parametrize(
    "element",
    [
        '<image href="file:///etc/hostname"/>',
        '<g><line x1="1" y1="2" x2="3" y2="4"/></g>',
        '<line x1="1" y1="2" x2="3" y2="4" stroke-opacity="0.5"/>',
        '<path d="M1 2" fill="red"/>',
    ],
)
def test_what_we_never_draw_is_left_to_weasyprint(element: str) -> None:
    """A drawing with an element, an attribute or a colour that is not ours is not painted."""
    assert _paint(element) is None


@pytest.mark.skipif(render.pdf_available() is not None, reason=str(render.pdf_available()))
def test_every_drawing_of_a_report_is_painted() -> None:
    """No drawing takes WeasyPrint's way, and the labels stand in the text of the page."""
    content = render.pdf_bytes(read(full.full()), kind="report")
    printed = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)

    with pikepdf.open(io.BytesIO(content)) as pdf:
        forms = [o for o in pdf.objects if isinstance(o, pikepdf.Stream) and "/BBox" in o]
    assert forms == []
    assert "μ+3σ" in printed  # noqa: RUF001  as it is printed
    assert "accuracy on the test set, %" in printed
    assert "powers of two" in printed
