"""Small programs and networks that the sandbox's tests share."""

from __future__ import annotations

import ast
from typing import Any

from reference.spec import LayerKind, LayerSpec, NetworkSpec

SCAFFOLD = {
    "weight_scale": "{module}.weight.scale",
    "output_scale": "{module}.output_scale",
    "activations": "{module}.activations",
    "input_activations": "input_activations",
    "input_scale": "input_scale",
}
SMALL = NetworkSpec(
    name="Net",
    input_shape=(3, 8, 8),
    layers=(
        LayerSpec(
            name="conv1",
            kind=LayerKind.CONV2D,
            module="conv1",
            in_features=3,
            out_features=4,
            kernel=5,
            relu=True,
        ),
        LayerSpec(name="pool", kind=LayerKind.MAX_POOL2D, module="pool", kernel=2, stride=2),
        LayerSpec(
            name="fc1", kind=LayerKind.LINEAR, module="fc1", in_features=16, out_features=10
        ),
    ),
)


def fragments(source: str, *, cell: int | None = 1) -> list[dict[str, Any]]:
    """Split *source* into one fragment for each top-level statement, as intake does."""
    lines = source.split("\n")
    return [
        {
            "source": "\n".join(lines[_first(node) - 1 : node.end_lineno]),
            "file": "hw1_1.ipynb",
            "cell": cell,
            "line": _first(node),
            "defines": _names(node),
        }
        for node in ast.parse(source).body
    ]


def _first(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _names(node: ast.stmt) -> tuple[str, ...]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return (node.name,)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return tuple((alias.asname or alias.name).split(".")[0] for alias in node.names)
    parts = (part for part in ast.walk(node) if isinstance(part, ast.Name))
    return tuple(part.id for part in parts if isinstance(part.ctx, ast.Store))
