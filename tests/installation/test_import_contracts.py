"""The import contracts of pyproject.toml know every room there is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from grader.tasks.kinds import kinds

ROOT = Path(__file__).parents[2]


def contract(kind: str) -> dict[str, Any]:
    """Return the first contract of a kind."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    return next(one for one in contracts if one["type"] == kind)


def rooms(package: str) -> set[str]:
    """Return the modules and packages right below a package."""
    modules = {path.stem for path in (ROOT / package).glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    return {f"{package}.{name}" for name in modules | packages}


def test_the_layers_name_every_room_once() -> None:
    """A new room is put in its layer, and none that is gone is left in the list."""
    layers = contract("layers")["layers"]
    named = [name.strip() for layer in layers for name in layer.split("|")]

    assert sorted(named) == sorted(
        rooms("grader") | rooms("api") | {"reference", "report_templates"}
    )


def test_every_kind_of_task_is_independent() -> None:
    """The contract of independence lists every kind, and the layers have no exceptions."""
    assert set(contract("independence")["modules"]) == {f"grader.tasks.{kind}" for kind in kinds()}
    assert "ignore_imports" not in contract("layers") | contract("independence")
