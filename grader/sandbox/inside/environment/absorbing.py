"""Objects that take every call and do nothing: for libraries that only show."""

from __future__ import annotations

from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any


class Absorbing:
    """
    An object on which every attribute, call and ``with`` works and does nothing.

    It is no number: what computes with it fails as it would without the library.
    """

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        """Return another such object."""
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Absorbing()

    def __call__(self, *args: Any, **_kwargs: Any) -> Any:
        """Return a function that is decorated, else another such object."""
        is_decorated = len(args) == 1 and isinstance(args[0], FunctionType)
        return args[0] if is_decorated else Absorbing()

    def __getitem__(self, _key: Any) -> Any:
        """Return another such object."""
        return Absorbing()

    def __setitem__(self, _key: Any, _value: Any) -> None:
        """Keep nothing."""

    def __iter__(self) -> Iterator[Any]:
        """Return an iterator over nothing."""
        return iter(())

    def __contains__(self, _thing: object) -> bool:
        """Return False: nothing is in it."""
        return False

    def __len__(self) -> int:
        """Return 0."""
        return 0

    def __bool__(self) -> bool:
        """Return False: there is nothing."""
        return False

    def __enter__(self) -> Any:
        """Return the object itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Let errors pass."""

    def __repr__(self) -> str:
        """Return the text of nothing."""
        return ""


class _AbsorbingClass(type):
    """A class whose every attribute exists: ``SummaryWriter.anything``."""

    def __getattr__(cls, name: str) -> Any:
        """Return an object that takes every call."""
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Absorbing()


class AbsorbingModule(ModuleType):
    """A module in which there is everything, and nothing happens."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.__version__ = "0"
        self.__all__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        """Return a class for a name in capitals, which may be inherited from, else a function."""
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        made = _AbsorbingClass(name, (Absorbing,), {}) if name[:1].isupper() else Absorbing()
        setattr(self, name, made)
        return made
