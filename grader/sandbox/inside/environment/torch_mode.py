"""Every torch function as it is meant: on the CPU, by today's torch, shifts of floats included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from grader.sandbox.inside.environment import gpu
from grader.sandbox.inside.environment.compatibility import torch_past

_RIGHT = {torch.bitwise_right_shift, torch.Tensor.bitwise_right_shift, torch.Tensor.__rshift__}
_RIGHT_IN_PLACE = {torch.Tensor.bitwise_right_shift_, torch.Tensor.__irshift__}
_LEFT = {torch.bitwise_left_shift, torch.Tensor.bitwise_left_shift, torch.Tensor.__lshift__}
_LEFT_IN_PLACE = {torch.Tensor.bitwise_left_shift_, torch.Tensor.__ilshift__}


class LabMode(TorchFunctionMode):
    """
    Every torch function, with every GPU read as the CPU and shifts defined for floats.

    ``x >> k`` is ``floor(x / 2^k)`` and ``x << k`` is ``x * 2^k``: what a handout's fixed-point
    arithmetic asks for, and what torch raises ``NotImplementedError`` for on float tensors.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call *func* as it is meant here."""
        kwargs = gpu.allocation(kwargs) if kwargs else {}
        meant = _MEANT.get(func)
        return func(*args, **kwargs) if meant is None else meant(func, args, kwargs)


def _moved(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    rest, kwargs = gpu.moved_arguments(args[1:], kwargs)
    return func(args[0], *rest, **kwargs)


def _typed(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    kwargs = {key: gpu.type_on_cpu(value) for key, value in kwargs.items()}
    return func(*map(gpu.type_on_cpu, args), **kwargs)


def _itself(_func: Callable[..., Any], args: tuple[Any, ...], _kwargs: dict[str, Any]) -> Any:
    return args[0]


def _masked(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    args, kwargs = torch_past.masks_as_booleans(args, kwargs)
    return func(*args, **kwargs)


def _shifted(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if len(args) < 2 or not _is_float(args[0]):
        return func(*args, **kwargs)
    tensor, factor = args[0], 2.0 ** args[1]
    if func in _RIGHT or func in _RIGHT_IN_PLACE:
        shifted = torch.floor(tensor / factor)
    else:
        shifted = tensor * factor
    in_place = func in _RIGHT_IN_PLACE or func in _LEFT_IN_PLACE
    return tensor.copy_(shifted) if in_place else shifted


def _is_float(tensor: Any) -> bool:
    return isinstance(tensor, torch.Tensor) and tensor.is_floating_point()


_MEANT: Mapping[Any, Callable[..., Any]] = {
    **dict.fromkeys((torch.Tensor.cuda, torch.Tensor.xpu, torch.Tensor.pin_memory), _itself),
    torch.Tensor.to: _moved,
    torch.Tensor.type: _typed,
    **{
        getattr(place, name): _masked
        for name in torch_past.MASKED
        for place in (torch, torch.Tensor)
        if hasattr(place, name)
    },
    **dict.fromkeys(_RIGHT | _RIGHT_IN_PLACE | _LEFT | _LEFT_IN_PLACE, _shifted),
}
