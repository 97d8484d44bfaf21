"""torch.compile gives back what it is given: no compiler can run here, and values are the same."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


def install() -> None:
    """Put functions and networks that run as they are in place of torch's compiler."""
    torch.compile = _as_it_is
    setattr(nn.Module, "compile", _in_place)  # noqa: B010  mypy takes no other signature


def _as_it_is(model: Any = None, **options: Any) -> Any:
    if model is None:  # a decorator with options
        return lambda function: _as_it_is(function, **options)
    return model


def _in_place(_network: nn.Module, *_args: Any, **_options: Any) -> None:
    """Leave a network as it is."""
