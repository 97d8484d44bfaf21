"""Import hooks: patch libraries for old code, and replace those that only display things."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

from grader.sandbox.inside.environment import ipython, plots, scripts
from grader.sandbox.inside.environment.absorbing import AbsorbingModule
from grader.sandbox.inside.environment.compatibility import plots_past, vision_past


def _leave_threads(threadpoolctl: Any) -> None:
    """Keep it from reading which libraries are loaded: the number of threads is fixed here."""
    threadpoolctl.ThreadpoolController._load_libraries = lambda _controller: None


# What is done to a library right after it was imported.
MENDED: Mapping[str, Callable[[Any], None]] = {
    "torchvision.transforms": vision_past.mend_transforms,
    "torchvision.utils": vision_past.mend_utils,
    "torchvision.models": vision_past.mend_models,
    "PIL.Image": vision_past.mend_images,
    "imp": scripts.mend_imp,
    "threadpoolctl": _leave_threads,
    "matplotlib": plots.mend_matplotlib,
    "matplotlib.pyplot": plots.mend_pyplot,
    "matplotlib.cm": plots_past.mend_colours,
    "matplotlib.style": plots_past.mend_styles,
}
# Libraries that show, log or ask and compute nothing: where one is not installed, everything of
# it can be called, and nothing happens.
SHOWING = (
    "IPython",
    "altair",
    "bokeh",
    "colorama",
    "comet_ml",
    "cufflinks",
    "google.colab",
    "graphviz",
    "hiddenlayer",
    "holoviews",
    "ipykernel",
    "ipywidgets",
    "jupyterthemes",
    "livelossplot",
    "matplotlib_inline",
    "mpl_toolkits",
    "netron",
    "plotly",
    "prettytable",
    "pydot",
    "seaborn",
    "tabulate",
    "tensorboard",
    "tensorboardX",
    "termcolor",
    "torch.utils.tensorboard",
    "torchinfo",
    "torchsummary",
    "torchsummaryX",
    "torchviz",
    "visdom",
    "wandb",
)
_MADE: Mapping[str, Callable[[str], ModuleType]] = {
    "tqdm": ipython.progress_module,
    "IPython": ipython.ipython_module,
}
# These insist on a notebook's browser, or on a package that only shows, even where installed.
_ALWAYS = ("tqdm.notebook", "tqdm.autonotebook", "torch.utils.tensorboard")


class _After(importlib.abc.Loader):
    """A module's own loader, and what is done to the module afterwards."""

    def __init__(self, loader: Any, mend: Callable[[Any], None]) -> None:
        self._loader, self._mend = loader, mend

    def __getattr__(self, name: str) -> Any:
        """Return what the loader itself has."""
        return getattr(self._loader, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """Return what the loader makes."""
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then mend it."""
        with _importing(module.__name__):
            self._loader.exec_module(module)
        with contextlib.suppress(AttributeError, ImportError):  # of another version
            self._mend(module)


class _Mending(importlib.abc.MetaPathFinder):
    """Finds the libraries that are mended, before anyone else does."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a spec with a loader that patches the module."""
        if name not in MENDED:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _After(spec.loader, MENDED[name])
        return spec


class _StandingIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds stand-ins for libraries that only show."""

    def __init__(self, *, always: bool) -> None:
        self._always = always

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a spec for a stand-in."""
        if not (name in _ALWAYS if self._always else _only_shows(name)):
            return None
        return importlib.util.spec_from_loader(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """Return the stand-in."""
        make = _MADE.get(spec.name.partition(".")[0], AbsorbingModule)
        return make(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: there is no code."""


def install() -> None:
    """Install the hooks for patched and replaced modules."""
    plots.prepare()
    sys.meta_path.insert(0, _Mending())
    sys.meta_path.insert(0, _StandingIn(always=True))
    sys.meta_path.append(_StandingIn(always=False))
    for name, mend in MENDED.items():
        if name in sys.modules:
            with contextlib.suppress(AttributeError, ImportError):
                mend(sys.modules[name])


def _importing(name: str) -> AbstractContextManager[None]:
    is_matplotlib = name.partition(".")[0] == "matplotlib"
    return plots.no_temporary_folder() if is_matplotlib else contextlib.nullcontext()


def _only_shows(name: str) -> bool:
    parts = name.split(".")
    heads = {".".join(parts[: end + 1]) for end in range(len(parts))}
    return bool(heads & {*SHOWING, "tqdm"}) or name == "google"
