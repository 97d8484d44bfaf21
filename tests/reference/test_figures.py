"""The lab's figures mark what they claim to, say it in words, and are read without colour."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from reference import figures
from reference.figures import style
from reference.figures.accuracies import shade

RUNGS = (
    figures.Rung(label="float", percent=52.0),
    figures.Rung(label="王", percent=51.0, spread=0.2, baseline=52.0, hollow=True),
)
MATRIX = ((40, 3), (1, 900))
CURVES = tuple(
    figures.Curve(name=name, points=((2.0, 10.0), (4.0, 45.0), (8.0, 52.0 - drop)))
    for name, drop in (("any scale", 0.0), ("powers of two", 0.4))
)
# Every function, as an instructor calls it.
DRAWN: dict[str, Callable[[], Figure]] = {
    "tensor_histogram": lambda: figures.tensor_histogram(torch.tensor([[-1.0, 0.0], [0.5, 2.0]])),
    "quantized_histogram": lambda: figures.quantized_histogram(torch.tensor([-128.0, 3, 127])),
    "accuracy_ladder": lambda: figures.accuracy_ladder(RUNGS),
    "confusion_matrix": lambda: figures.confusion_matrix(MATRIX, ("cat", "automobile")),
    "bit_width_curves": lambda: figures.bit_width_curves(CURVES, baseline=(52.1, "float")),
    "training_curves": lambda: figures.training_curves([2.0, 1.5, 1.2], [30.0, 44.0, 50.0]),
    "landing_levels": lambda: figures.landing_levels([("conv1", 127.0), ("fc1", 300.0)]),
    "count_bars": lambda: figures.count_bars([0, 3, 1], high=30, axis_label="points"),
    "scatter": lambda: figures.scatter([(52.0, 90.0), (50.0, 70.0)], high=100),
}


@pytest.mark.parametrize("name", DRAWN)
def test_words_are_text_of_8_points(name: str) -> None:
    """Every word of a figure is text, in the report's face, and none is smaller than 8 pt."""
    root = ET.fromstring(figures.figure_svg(DRAWN[name]()))
    texts = [one for one in root.iter() if one.tag.endswith("}text")]
    sizes = {float(found) for one in texts for found in _sizes(one.get("style", ""))}

    assert texts
    assert all("Inter" in one.get("style", "") for one in texts)
    assert min(sizes) >= 8.0


@pytest.mark.parametrize("name", DRAWN)
def test_marks_stand_out_from_the_paper(name: str) -> None:
    """Text has a contrast of 4.5, lines and areas one of 3; only grids and gaps are lighter."""
    for axes in DRAWN[name]().axes:
        for text in axes.texts:
            behind = 1.0 if name != "confusion_matrix" else None
            assert behind is None or _contrast(text.get_color()) >= 4.5
        for line in axes.lines:
            assert _contrast(line.get_color()) >= 3.0
        for bar in (*axes.patches, *axes.containers):
            for patch in getattr(bar, "patches", [bar]):
                edge, face = (getattr(patch, f"get_{part}color")() for part in ("edge", "face"))
                assert max(_contrast(edge), _contrast(face)) >= 3.0


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
def test_counts_of_a_matrix_can_be_read_on_their_squares(share: float) -> None:
    """Words on any shade have a contrast of 4.5."""
    figure = figures.confusion_matrix(((100, 100 * share), (0, 0)), ("a", "b"))
    colours = {text.get_text(): text.get_color() for text in figure.axes[0].texts}

    assert _contrast(colours[f"{100 * share:.0f}"], shade(share)) >= 4.5


def test_three_sigma_lines_stand_where_the_limits_are() -> None:
    """Values of mean 1 and deviation 2 have their limits at -5 and 7."""
    figure = figures.tensor_histogram(torch.tensor([-1.0, 3.0] * 50))
    limits, mean = figure.axes[0].collections

    assert [float(line[0][0]) for line in limits.get_segments()] == pytest.approx([-5.0, 7.0])
    assert [float(line[0][0]) for line in mean.get_segments()] == pytest.approx([1.0])


def test_the_ends_are_marked_and_written() -> None:
    """Triangles stand at the smallest and the largest value, whose numbers are below."""
    axes = figures.tensor_histogram(np.array([-0.25, 0.5, 0.75])).axes[0]
    written = " ".join(text.get_text() for text in axes.texts)

    assert list(axes.lines[0].get_xdata()) == [-0.25, 0.75]
    assert "min \u22120.2500" in written
    assert "max 0.7500" in written


@pytest.mark.parametrize(("zeros", "scale"), [(10_000, "log"), (0, "linear")])
def test_one_dominant_bin_asks_for_a_logarithmic_scale(zeros: int, scale: str) -> None:
    """Zeros after a ReLU would flatten all the rest."""
    values = torch.cat([torch.zeros(zeros), torch.linspace(0, 5, 1000)])

    assert figures.tensor_histogram(values).axes[0].get_yscale() == scale


@pytest.mark.parametrize("counts", [(0, 0, 0), (7,), (0, 10**9, 0)])
def test_odd_histograms_are_drawn(counts: tuple[int, ...]) -> None:
    """Empty bins, a single bin and huge counts give finite coordinates."""
    flat = figures.Bins(
        low=2.0, high=2.0, counts=counts, minimum=2.0, maximum=2.0, mean=2.0, std=0.0
    )

    assert not re.search(r"\b(nan|inf)\b", figures.figure_svg(figures.binned_histogram(flat)))


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-0.66, 0.61, 4, [-0.5, 0, 0.5]),
        (51.9, 52.25, 4, [51.9, 52.0, 52.1, 52.2]),
    ],
)
def test_ticks_are_round_and_inside(
    low: float, high: float, most: int, ticks: list[float]
) -> None:
    """Ticks are multiples of 1, 2 or 5 between the ends."""
    assert style.round_ticks(low, high, most) == pytest.approx(ticks)


def test_ladder_hollows_what_the_reference_ran() -> None:
    """A borrowed stage has a white mark, the student's own a filled one."""
    dots = [
        line for line in figures.accuracy_ladder(RUNGS).axes[0].lines if line.get_marker() == "o"
    ]
    filled = {tuple(line.get_xdata()): line.get_markerfacecolor() for line in dots}

    assert filled == {(52.0,): style.ACCENT, (51.0,): "white"}


def test_curves_are_told_apart_without_colour() -> None:
    """Two curves differ in dashes and in marks."""
    lines = figures.bit_width_curves(CURVES).axes[0].lines

    assert len({line.get_linestyle() for line in lines}) == 2
    assert len({line.get_marker() for line in lines}) == 2


def test_integers_are_counted_one_by_one() -> None:
    """A bar stands for each of 256 integers, as high as how often it is there."""
    values = torch.tensor([[-128, 0, 0], [0, 127, 127]])
    bars = figures.quantized_histogram(values).axes[0].patches[0].get_data()

    assert len(bars.values) == 256
    assert bars.values[[0, 128, 255]].tolist() == [1, 3, 2]
    assert bars.edges[[0, -1]].tolist() == [-128.5, 127.5]


@pytest.mark.parametrize("values", [[0.5], [128.0], [-129.0], [float("nan")]])
def test_what_is_not_quantized_is_refused(values: list[float]) -> None:
    """Fractions and integers outside of 8 bits are named, not drawn."""
    with pytest.raises(ValueError, match="integers from -128 to 127; quantize and clamp first"):
        figures.quantized_histogram(torch.tensor(values))


def test_a_matrix_that_is_not_square_is_refused() -> None:
    """Two rows need two columns and two names."""
    with pytest.raises(ValueError, match="2 rows of counts need 2 columns and 2 class names"):
        figures.confusion_matrix(((1, 2), (3,)), ("a", "b"))


def test_the_style_around_stays_as_it_was() -> None:
    """A notebook's own settings are neither used nor changed."""
    with mpl.rc_context({"font.size": 31.0}):
        figure = figures.count_bars([1, 2], high=2)

        assert mpl.rcParams["font.size"] == 31.0
    assert {text.get_size() for text in figure.axes[0].texts} == {8.0}


def _sizes(styles: str) -> list[str]:
    return re.findall(r"font(?:-size)?: ([\d.]+)px", styles)


def _contrast(colour: Any, behind: Any = "white") -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""

    def luminance(given: Any) -> float:
        parts = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(given)
        ]
        return float(np.dot(parts, (0.2126, 0.7152, 0.0722)))

    light, dark = sorted((luminance(colour), luminance(behind)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
