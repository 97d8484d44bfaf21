"""What matplotlib has removed since 3.2, and what it meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from grader.sandbox.inside.environment.compatibility.removed import Removed, put_back, renamed

_OLD_STYLE, _STYLE = "seaborn", "seaborn-v0_8"
# By the version that removed them: a drawing function's keyword and what it is called today.
KEYWORDS: Mapping[str, Mapping[str, Mapping[str, str | None]]] = {
    "3.1": {"hist": {"normed": "density"}, "hist2d": {"normed": "density"}},
    "3.8": {"grid": {"b": "visible"}, "stem": {"use_line_collection": None}},
}


def mend_colours(cm: Any) -> None:
    """Mend ``matplotlib.cm``: ``get_cmap`` was removed in 3.9."""
    import matplotlib as mpl

    def get_cmap(name: Any = None, lut: int | None = None) -> Any:
        found = mpl.colormaps.get_cmap(name)
        return found if lut is None else found.resampled(lut)

    put_back(cm, [Removed(name="get_cmap", removed="matplotlib 3.9", stand_in=get_cmap)])


def mend_styles(style: Any) -> None:
    """Mend ``matplotlib.style``: seaborn's styles have had another name since 3.8."""
    for name in ("use", "context"):
        setattr(style, name, _restyled(getattr(style, name)))


def mend_drawing(pyplot: Any) -> None:
    """Mend what draws: keywords of axes, axes made by ``gca``, and what canvases could do."""
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import FigureCanvasBase, FigureManagerBase
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    for functions in KEYWORDS.values():
        for name, keywords in functions.items():
            for place in (Axes, pyplot):
                setattr(place, name, renamed(getattr(place, name), keywords))
    of_figure, of_pyplot = Figure.gca, pyplot.gca
    Figure.gca = lambda figure, **how: (  # type: ignore[method-assign]
        figure.add_subplot(**how) if how else of_figure(figure)
    )
    pyplot.gca = lambda **how: pyplot.gcf().gca(**how) if how else of_pyplot()
    for kind in (FigureCanvasBase, FigureManagerBase):  # 3.6
        titled = Removed(name="set_window_title", removed="matplotlib 3.6", stand_in=_nothing)
        put_back(kind, [titled])
    rgb = Removed(name="tostring_rgb", removed="matplotlib 3.10", stand_in=_rgb)
    put_back(FigureCanvasAgg, [rgb])


def _nothing(_canvas: Any, _title: str) -> None:
    """Set no title: there is no window."""


def _rgb(canvas: Any) -> bytes:
    import numpy as np

    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3]).tobytes()


def _restyled(now: Callable[..., Any]) -> Callable[..., Any]:
    def restyled(style: Any, *args: Any, **kwargs: Any) -> Any:
        meant = [*map(_renamed, style)] if isinstance(style, list | tuple) else _renamed(style)
        return now(meant, *args, **kwargs)

    return restyled


def _renamed(style: Any) -> Any:
    """Return a style by today's name."""
    is_old = isinstance(style, str) and style.startswith(_OLD_STYLE)
    return style.replace(_OLD_STYLE, _STYLE, 1) if is_old and _STYLE not in style else style
