"""The look of the figures: one style file, its typefaces, and what every figure begins with."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, ParamSpec
from unicodedata import east_asian_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
STYLE = HERE / "lab.mplstyle"
BAR, ACCENT, LIMIT, INK, MUTED, SPREAD = (
    "#4f86bd", "#0b5394", "#b5410b", "#1f2933", "#52606d", "#5e90bd",
)  # fmt: skip
SIZE = 8.0  # pt, of all words
POINTS = 72.0  # in an inch
LOG_FROM = 0.5  # counts on a log scale begin below one value
_CHINESE = (
    ("pylopdf_fonts_zh_tw", "NotoSansTC-Regular.otf"),
    ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),
)
# matplotlib has its settings in one place for all threads.
_TURN = RLock()

_Given = ParamSpec("_Given")


@contextmanager
def lab_style() -> Iterator[None]:
    """Draw in the lab's style within this block; other threads wait for its end."""
    from matplotlib import rc_context

    with _TURN, rc_context(_settings()):
        yield


def styled(draw: Callable[_Given, Figure]) -> Callable[_Given, Figure]:
    """Return *draw* so that it draws in the lab's style, whatever style is set around it."""

    @wraps(draw)
    def in_style(*args: _Given.args, **given: _Given.kwargs) -> Figure:
        with lab_style():
            return draw(*args, **given)

    return in_style


def figure_svg(figure: Figure) -> str:
    """Return *figure* as SVG whose words are text; the same figure gives the same bytes."""
    written = io.StringIO()
    none = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with lab_style():
        figure.savefig(written, format="svg", metadata=none)
    return written.getvalue()


def blank(
    width: float, height: float, box: tuple[float, float, float, float]
) -> tuple[Figure, Axes]:
    """Return a figure of *width* x *height* pt with axes in *box*: left, bottom, right, top."""
    from matplotlib.figure import Figure

    left, bottom, right, top = box
    figure = Figure(figsize=(width / POINTS, height / POINTS))
    place = (left / width, bottom / height, (right - left) / width, (top - bottom) / height)
    return figure, figure.add_axes(place)


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most *most* + 1 round values between *low* and *high*."""
    from matplotlib.ticker import MaxNLocator

    margin = (high - low) * 1e-9
    found = MaxNLocator(nbins=most, steps=[1, 2, 5, 10]).tick_values(low, high)
    return [float(tick) for tick in found if low - margin <= tick <= high + margin]


def set_ticks(axis: Any, ticks: list[float], labels: list[str]) -> None:
    """Put *labels* at *ticks* of one of the axes, and none between them."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter(labels))
    axis.set_minor_locator(NullLocator())


def count_axis(axes: Axes, highest: float, *, logarithmic: bool = False) -> None:
    """Let the axis upwards show counts from none to *highest*, with lines across."""
    if logarithmic:
        decades = [10.0**power for power in range(12) if 10.0**power <= highest * 1.2]
        ticks = decades if len(decades) <= 5 else decades[::2]
        axes.set_yscale("log")
        axes.set_ylim(LOG_FROM, max(highest * 1.2, 10.0))
    else:
        axes.set_ylim(0, max(highest, 1) * 1.02)
        ticks = [tick for tick in round_ticks(0, max(highest, 1), 4) if tick == int(tick)]
    set_ticks(axes.yaxis, ticks, [short_count(tick) for tick in ticks])
    axes.grid(axis="y")


def value_axis(axes: Axes, low: float, high: float, *, most: int, margin: float = 0.02) -> None:
    """Let the axis to the right go from *low* to *high*, wider by a share of *margin*."""
    if not high > low:
        low, high = low - 0.5, high + 0.5
    room = (high - low) * margin
    axes.set_xlim(low - room, high + room)
    ticks = round_ticks(low - room, high + room, most)
    set_ticks(axes.xaxis, ticks, tick_labels(ticks))


def tick_labels(ticks: list[float]) -> list[str]:
    """Return evenly spaced *ticks* with as many decimals as their step has."""
    step = min((b - a for a, b in pairwise(ticks)), default=1.0)
    places = next((n for n in range(10) if abs(step * 10**n - round(step * 10**n)) < 1e-6), 9)
    return [signed(tick, places) for tick in ticks]


def signed(value: float, places: int = 4) -> str:
    """Return *value* with *places* decimals and a minus of the width of a plus."""
    text = f"{value:,.{places}f}"
    zero = float(text.replace(",", "")) == 0
    return (text.lstrip("-") if zero else text).replace("-", "\u2212")


def short_count(count: float) -> str:
    """Return a count for an axis: ``500``, ``2k``, ``1.5M``."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if abs(count) >= size:
            return f"{count / size:g}{unit}"
    return f"{count:g}"


def text_width(words: str, size: float = SIZE) -> float:
    """Return about how wide *words* are, in pt."""
    return size * sum(1.0 if east_asian_width(char) in "WF" else 0.58 for char in words)


@cache
def _settings() -> Any:
    """Return the settings of the style file, once its typefaces are known to matplotlib."""
    from matplotlib import rc_params_from_file
    from matplotlib.font_manager import fontManager

    found = [HERE / "fonts" / "Inter-Regular.ttf"]
    for package, file in _CHINESE:
        spec = find_spec(package)
        if spec is not None and spec.origin:
            found.append(Path(spec.origin).parent / file)
    for path in found:
        if path.is_file():
            fontManager.addfont(path)
    written: Any = rc_params_from_file(STYLE, use_default_template=False)
    settings: dict[str, Any] = dict(written)
    known = set(fontManager.get_font_names())
    settings["font.family"] = [one for one in settings["font.family"] if one in known]
    return settings
