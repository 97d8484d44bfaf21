"""The neutral float networks, built from a spec's plain data, and how they are copied."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import nn
from torch.nn import functional

Spec = Mapping[str, Any]


def network_class(spec: Spec) -> type[nn.Module]:
    """Return a class of the spec's name that builds its network without arguments."""

    def init(self: nn.Module) -> None:
        nn.Module.__init__(self)
        for layer in spec["layers"]:
            _attach(self, layer["module"], _module(layer))
            if layer.get("relu_module"):
                _attach(self, layer["relu_module"], nn.ReLU())

    def forward(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
        for layer in spec["layers"]:
            x = _run(self, layer, x)
        return x

    return type(str(spec["name"]), (nn.Module,), {"__init__": init, "forward": forward})


def copy_model(model: nn.Module) -> nn.Module:
    """Return a deep copy of *model* that keeps what was attached to its modules' parameters."""
    result = deepcopy(model)
    for copied, original in zip(result.parameters(), model.parameters(), strict=True):
        for name, value in vars(original).items():
            setattr(copied, name, deepcopy(value))
    return result


def _module(layer: Mapping[str, Any]) -> nn.Module:
    kernel, stride = layer["kernel"], layer["stride"]
    if layer["kind"] == "conv2d":
        sizes = (layer["in_features"], layer["out_features"])
        return nn.Conv2d(*sizes, kernel, stride=stride, bias=layer["bias"])
    if layer["kind"] == "linear":
        return nn.Linear(layer["in_features"], layer["out_features"], bias=layer["bias"])
    return nn.MaxPool2d(kernel, stride)


def _attach(root: nn.Module, path: str, module: nn.Module) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        if parent not in dict(root.named_children()):
            root.add_module(parent, nn.Sequential())
        root = root.get_submodule(parent)
    if name not in dict(root.named_children()):
        root.add_module(name, module)


def _run(root: nn.Module, layer: Mapping[str, Any], x: torch.Tensor) -> torch.Tensor:
    if layer["kind"] == "linear" and x.dim() > 2:
        x = torch.flatten(x, 1)
    x = root.get_submodule(layer["module"])(x)
    if layer.get("relu_module"):
        return root.get_submodule(layer["relu_module"])(x)  # type: ignore[no-any-return]
    return functional.relu(x) if layer["relu"] else x
