"""Matplotlib computes as ever and draws nothing: it has no file to write and no screen."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import warnings
from typing import Any

from grader.sandbox.inside.environment.compatibility import plots_past

# A path below a file: nothing can ever be made there, not even by root.
_NOWHERE = f"{os.devnull}/matplotlib"


def prepare() -> None:
    """Import matplotlib without a configuration folder, and without its warning about that."""
    os.environ["MPLBACKEND"] = "agg"
    os.environ["MPLCONFIGDIR"] = _NOWHERE
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def mend_matplotlib(matplotlib: Any) -> None:
    """Keep matplotlib from looking for a cache, and from another backend."""
    matplotlib.get_cachedir = matplotlib.get_configdir = lambda: _NOWHERE
    matplotlib.use = lambda *_args, **_kwargs: None


def mend_pyplot(pyplot: Any) -> None:
    """Show nothing, save nothing and keep no figure that was shown."""
    from matplotlib import image
    from matplotlib.figure import Figure

    plots_past.mend_drawing(pyplot)
    pyplot.switch_backend("agg")
    Figure.savefig = lambda *_args, **_kwargs: None  # type: ignore[method-assign]
    Figure.show = lambda *_args, **_kwargs: None  # type: ignore[method-assign]
    pyplot.show = lambda *_args, **_kwargs: pyplot.close("all")
    pyplot.imsave = image.imsave = lambda *_args, **_kwargs: None
    pyplot.savefig = pyplot.pause = lambda *_args, **_kwargs: None
    pyplot.switch_backend = lambda *_args, **_kwargs: None
    pyplot.rcParams["figure.max_open_warning"] = 0


def close_figures() -> None:
    """Close what a call has left open, as a notebook does at the end of a cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pyplot.close("all")


class no_temporary_folder:  # noqa: N801  used like a function
    """While it is entered, ``tempfile.mkdtemp`` makes nothing: matplotlib asks for a folder."""

    def __enter__(self) -> None:
        """Replace the function."""
        self._make = tempfile.mkdtemp
        tempfile.mkdtemp = lambda *_args, **_kwargs: _NOWHERE  # type: ignore[assignment]

    def __exit__(self, *_error: object) -> None:
        """Put the function back."""
        tempfile.mkdtemp = self._make
