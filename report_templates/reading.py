"""Typed reading of the results JSON: a missing or mistyped field is absent, never a crash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Json = Mapping[str, object]


def number(source: Json, key: str) -> float | None:
    """Return the number at *key*, or None where there is none."""
    value = source.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def text(source: Json, key: str, default: str = "") -> str:
    """Return the string at *key*, or *default*."""
    value = source.get(key)
    return value if isinstance(value, str) else default


def mapping(source: Json, key: str) -> Json:
    """Return the object at *key*, or an empty one."""
    value = source.get(key)
    return value if isinstance(value, Mapping) else {}


def items(source: Json, key: str) -> Sequence[object]:
    """Return the list at *key*, or an empty one."""
    value = source.get(key)
    return value if isinstance(value, list | tuple) else ()


def mappings(source: Json, key: str) -> tuple[Json, ...]:
    """Return the objects of the list at *key*."""
    return tuple(item for item in items(source, key) if isinstance(item, Mapping))


def texts(source: Json, key: str) -> tuple[str, ...]:
    """Return the strings of the list at *key*."""
    return tuple(item for item in items(source, key) if isinstance(item, str))


def counts(source: Json, key: str) -> tuple[int, ...]:
    """Return the whole numbers of the list at *key*."""
    return tuple(int(item) for item in items(source, key) if isinstance(item, int | float))
