"""Make code that was written for a GPU and an older torch run as it was meant, on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_CPU = torch.device("cpu")
_RIGHT = {torch.bitwise_right_shift, torch.Tensor.bitwise_right_shift, torch.Tensor.__rshift__}
_RIGHT_IN_PLACE = {torch.Tensor.bitwise_right_shift_, torch.Tensor.__irshift__}
_LEFT = {torch.bitwise_left_shift, torch.Tensor.bitwise_left_shift, torch.Tensor.__lshift__}
_LEFT_IN_PLACE = {torch.Tensor.bitwise_left_shift_, torch.Tensor.__ilshift__}
_SHIFTS = _RIGHT | _RIGHT_IN_PLACE | _LEFT | _LEFT_IN_PLACE


class LabMode(TorchFunctionMode):
    """
    Every torch function, with "cuda" read as "cpu" and shifts defined for floats.

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
        kwargs = {key: to_cpu(item) for key, item in (kwargs or {}).items()}
        if func is torch.Tensor.cuda:
            return args[0]
        if func in _SHIFTS and len(args) > 1 and _is_float(args[0]):
            return _shift(func, args[0], args[1])
        if func is torch.Tensor.to:
            args = tuple(to_cpu(item) for item in args)
        return func(*args, **kwargs)


def to_cpu(thing: Any) -> Any:
    """Return the CPU in place of a device that is not here, anything else as it is."""
    if type(thing) is str and thing.split(":")[0] in ("cuda", "mps", "xpu"):
        return "cpu"
    if type(thing) is torch.device and thing.type in ("cuda", "mps", "xpu"):
        return _CPU
    return thing


def install() -> None:
    """Change this process's torch so that a GPU is neither found nor missed."""
    torch.Tensor.cuda = lambda tensor, *_args, **_kwargs: tensor  # type: ignore[method-assign]
    torch.nn.Module.cuda = lambda module, *_args, **_kwargs: module  # type: ignore[method-assign]
    torch.cuda.is_available = lambda: False
    torch.cuda.device_count = lambda: 0
    torch.cuda.synchronize = lambda *_args: None
    torch.cuda.empty_cache = lambda: None
    torch.cuda.set_device = lambda *_args: None
    for name in ("Float", "Double", "Half", "Int", "Long", "Short", "Char", "Byte", "Bool"):
        setattr(torch.cuda, f"{name}Tensor", getattr(torch, f"{name}Tensor"))


def fix_threads(number: int) -> None:
    """Compute with *number* threads from here on, whatever number is asked for later."""
    torch.set_num_threads(number)
    torch.set_num_threads = lambda nthreads: None


def _is_float(tensor: Any) -> bool:
    return isinstance(tensor, torch.Tensor) and tensor.is_floating_point()


def _shift(func: Callable[..., Any], tensor: torch.Tensor, places: Any) -> torch.Tensor:
    factor = 2.0**places
    if func in _RIGHT or func in _RIGHT_IN_PLACE:
        shifted = torch.floor(tensor / factor)
    else:
        shifted = tensor * factor
    in_place = func in _RIGHT_IN_PLACE or func in _LEFT_IN_PLACE
    return tensor.copy_(shifted) if in_place else shifted
