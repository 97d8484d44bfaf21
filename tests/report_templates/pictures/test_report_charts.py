"""Charts are well-formed, tell what they show, and mark what they claim to."""

import math
import re
from xml.etree import ElementTree as ET

import pytest

from report_templates.pictures.axes import log_axis, nice_axis
from report_templates.pictures.charts import Histogram, HistogramWords, Rung, histogram, ladder

WORDS = HistogramWords(mean="μ", sigma_low="low", sigma_high="high", minimum="min", maximum="max")
SVG = "{http://www.w3.org/2000/svg}"


def _data(counts: tuple[int, ...] = (1, 5, 9, 5, 1)) -> Histogram:
    return Histogram(
        low=-1.0, high=1.0, counts=counts, minimum=-1.0, maximum=1.0, mean=0.0, std=0.25
    )


def test_histogram_is_xml_with_an_alternative_text() -> None:
    """The title, escaped, is the drawing's first child."""
    root = ET.fromstring(histogram(_data(), WORDS, title="a < b & c").svg)

    assert root[0].tag == f"{SVG}title"
    assert root[0].text == "a < b & c"


def test_three_sigma_lines_stand_where_the_limits_are() -> None:
    """With a mean of 0 the dashed lines stand at the same distance from the mean's."""
    root = ET.fromstring(histogram(_data(), WORDS, title="t").svg)
    upright = [line for line in root.iter(f"{SVG}line") if line.get("x1") == line.get("x2")]
    dashed = [float(line.get("x1", "")) for line in upright if line.get("stroke-dasharray")]
    mean = [float(line.get("x1", "")) for line in upright if line.get("stroke") == "#1f2933"]

    assert len(dashed) == 2
    assert len(mean) == 1
    assert mean[0] == pytest.approx(sum(dashed) / 2, abs=0.2)


def test_one_dominant_bin_asks_for_a_logarithmic_scale() -> None:
    """Zeros after a ReLU would flatten all the rest."""
    assert _data((1000, 3, 2, 1, 1)).dominated
    assert not _data((10, 20, 30, 20, 10)).dominated


@pytest.mark.parametrize("counts", [(0, 0, 0), (7,), (0, 10**9, 0)])
def test_odd_histograms_are_drawn(counts: tuple[int, ...]) -> None:
    """Empty bins, a single bin and huge counts give finite coordinates."""
    drawing = histogram(_data(counts), WORDS, title="t").svg

    assert not re.search(r"nan|inf", drawing)


def test_a_constant_tensor_is_drawn() -> None:
    """A range without width still has an axis."""
    flat = Histogram(low=2.0, high=2.0, counts=(5,), minimum=2.0, maximum=2.0, mean=2.0, std=0.0)

    assert not re.search(r"nan|inf", histogram(flat, WORDS, title="t").svg)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-0.66, 0.61), (1e-6, 3e-6), (51.9, 52.2)])
def test_ticks_are_round_and_inside(low: float, high: float) -> None:
    """Ticks are evenly spaced multiples of 1, 2 or 5, between the ends."""
    axis = nice_axis(low, high, ticks=6)
    step = axis.ticks[1] - axis.ticks[0]
    leading = step / 10 ** math.floor(math.log10(step) + 1e-9)

    assert round(leading, 6) in {1, 2, 5}
    assert axis.low - 1e-9 <= low < high <= axis.high + 1e-9
    assert all(-1e-9 <= axis.place(tick) <= 1 + 1e-9 for tick in axis.ticks)


def test_each_decade_of_counts_takes_the_same_room() -> None:
    """A logarithmic axis is logarithmic."""
    axis = log_axis(100_000)
    gaps = [axis.place(10.0 ** (k + 1)) - axis.place(10.0**k) for k in range(4)]

    assert gaps == pytest.approx([gaps[0]] * 4)


def test_ladder_hollows_what_the_reference_ran() -> None:
    """A borrowed stage has a white mark, the student's own a filled one."""
    rungs = (
        Rung(label="a", percent=52.0, value="52 %"),
        Rung(label="b", percent=51.0, value="51 %", spread=0.2, baseline=52.0, hollow=True),
    )
    root = ET.fromstring(ladder(rungs, axis_label="x", title="t").svg)
    fills = [circle.get("fill") for circle in root.iter(f"{SVG}circle")]

    assert fills == ["#0b5394", "#ffffff"]
