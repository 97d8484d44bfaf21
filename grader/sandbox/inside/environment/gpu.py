"""A GPU is neither found nor missed: every way to name one means the CPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import torch
from torch.utils import _device

_CPU = torch.device("cpu")
_KINDS = ("cuda", "mps", "xpu", "hip", "mtia", "hpu", "ipu", "xla", "vulkan", "opencl")
_TENSORS = ("Float", "Double", "Half", "BFloat16", "Int", "Long", "Short", "Char", "Byte", "Bool")
_FULL_MEMORY = 16 << 30


def to_cpu(thing: Any) -> Any:
    """Return the CPU in place of a device that is not here, anything else as it is."""
    if type(thing) is str:
        return "cpu" if thing.split(":")[0] in _KINDS else thing
    if type(thing) is torch.device:
        return _CPU if thing.type in _KINDS else thing
    return thing


def device_on_cpu(thing: Any) -> Any:
    """Return *thing*, which names a device, with the CPU for what is not here; 0 is a GPU."""
    return _CPU if type(thing) is int else to_cpu(thing)


def type_on_cpu(thing: Any) -> Any:
    """Return the name of a tensor's type without its device: ``torch.FloatTensor``."""
    if type(thing) is str:
        for kind in _KINDS:
            thing = thing.replace(f"torch.{kind}.", "torch.")
    return thing


class NullObject:
    """An object that does nothing: its methods return None, and ``with`` enters it."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Return a method that does nothing."""
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_args, **_kwargs: None

    def __enter__(self) -> Any:
        """Return the object itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Let errors pass."""

    def __call__(self, function: Any = None, *_args: Any, **_kwargs: Any) -> Any:
        """Return a function that is decorated, as it is."""
        return function


class Event(NullObject):
    """A moment on a GPU."""

    def elapsed_time(self, _end: Any) -> float:
        """Return 0 milliseconds."""
        return 0.0

    def query(self) -> bool:
        """Return True: everything before it is done."""
        return True


class Stream(NullObject):
    """A queue of a GPU."""

    cuda_stream = device_index = 0
    device = _CPU

    def query(self) -> bool:
        """Return True: nothing is queued."""
        return True

    def record_event(self, event: Any = None) -> Any:
        """Return an event."""
        return event or Event()


_PROPERTIES = SimpleNamespace(
    name="cpu",
    major=7,
    minor=5,
    total_memory=_FULL_MEMORY,
    multi_processor_count=1,
    is_integrated=0,
    is_multi_gpu_board=0,
)


def _constant(value: Any) -> Callable[..., Any]:
    return lambda *_args, **_kwargs: value


_NONE = _constant(None)
_ZERO = _constant(0)
_OF_EVERY_DEVICE: Mapping[str, Callable[..., Any]] = {
    "is_available": _constant(False),
    "device_count": _ZERO,
    "current_device": _ZERO,
    "synchronize": _NONE,
    "empty_cache": _NONE,
    "set_device": _NONE,
    "init": _NONE,
    "manual_seed": _NONE,
    "manual_seed_all": _NONE,
    "seed": _NONE,
    "seed_all": _NONE,
    "initial_seed": torch.initial_seed,
    "get_rng_state": lambda *_device: torch.get_rng_state(),
    "set_rng_state": _NONE,
    "get_device_name": _constant("cpu"),
    "get_device_properties": _constant(_PROPERTIES),
    "get_device_capability": _constant((7, 5)),
    "set_per_process_memory_fraction": _NONE,
    "device": NullObject,
    "device_of": NullObject,
    "current_stream": lambda *_args: Stream(),
    "default_stream": lambda *_args: Stream(),
    "set_stream": _NONE,
    "stream": NullObject,
    "Stream": Stream,
    "Event": Event,
    "memory_allocated": _ZERO,
    "memory_reserved": _ZERO,
    "memory_cached": _ZERO,
    "max_memory_allocated": _ZERO,
    "max_memory_reserved": _ZERO,
    "max_memory_cached": _ZERO,
    "reset_max_memory_allocated": _NONE,
    "reset_max_memory_cached": _NONE,
    "reset_peak_memory_stats": _NONE,
    "reset_accumulated_memory_stats": _NONE,
    "memory_stats": _constant({}),
    "memory_summary": _constant(""),
    "mem_get_info": _constant((_FULL_MEMORY, _FULL_MEMORY)),
}
FUNCTIONS: Mapping[str, Mapping[str, Callable[..., Any]]] = {
    "cuda": {
        **_OF_EVERY_DEVICE,
        "get_rng_state_all": lambda: [torch.get_rng_state()],
        "set_rng_state_all": _NONE,
        "ipc_collect": _NONE,
        "can_device_access_peer": _constant(False),
        "utilization": _ZERO,
        "memory_usage": _ZERO,
        "temperature": _ZERO,
        "power_draw": _ZERO,
        "clock_rate": _ZERO,
        "list_gpu_processes": _constant(""),
        "is_current_stream_capturing": _constant(False),
        "set_sync_debug_mode": _NONE,
        "get_sync_debug_mode": _ZERO,
    },
    "xpu": _OF_EVERY_DEVICE,
    "mps": {
        **_OF_EVERY_DEVICE,
        "current_allocated_memory": _ZERO,
        "driver_allocated_memory": _ZERO,
        "recommended_max_memory": _constant(_FULL_MEMORY),
    },
    "accelerator": {
        "is_available": _constant(False),
        "device_count": _ZERO,
        "current_accelerator": lambda *_args, **_kwargs: _CPU,
        "synchronize": _NONE,
        "current_device_index": _ZERO,
        "current_device_idx": _ZERO,
        "set_device_index": _NONE,
        "set_device_idx": _NONE,
        "current_stream": lambda *_args: Stream(),
        "set_stream": _NONE,
        "empty_cache": _NONE,
        "memory_allocated": _ZERO,
        "memory_reserved": _ZERO,
        "max_memory_allocated": _ZERO,
        "max_memory_reserved": _ZERO,
        "memory_stats": _constant({}),
        "reset_peak_memory_stats": _NONE,
        "device_index": NullObject,
    },
}


class _GeneratorType(type(torch._C.Generator)):  # type: ignore[misc]
    """Torch's own generators are of the type that replaces theirs."""

    def __instancecheck__(cls, thing: object) -> bool:
        return isinstance(thing, torch._C.Generator)


class Generator(torch._C.Generator, metaclass=_GeneratorType):
    """Torch's generator of random numbers, on the CPU whatever device is asked for."""

    def __new__(cls, device: Any = None) -> Any:
        """Return torch's own."""
        return torch._C.Generator(_CPU)


def install() -> None:
    """Change this process's torch so that a GPU is neither found nor missed."""
    for library, functions in FUNCTIONS.items():
        for name, function in functions.items():
            stand_in = function if isinstance(function, type) else _own(function)
            setattr(getattr(torch, library), name, stand_in)
    for name in _TENSORS:
        setattr(torch.cuda, f"{name}Tensor", getattr(torch, f"{name}Tensor"))
    for kind in (torch.Tensor, torch.nn.Module):
        for name in ("cuda", "xpu", "ipu", "mtia", "hpu"):
            setattr(kind, name, lambda thing, *_args, **_kwargs: thing)
    torch.Tensor.record_stream = lambda *_args: None  # type: ignore[method-assign]
    torch.Generator = Generator  # type: ignore[misc]
    _mend_modules()
    _mend_defaults()


def _own(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function object for one name alone: torch's compiler refuses one of two names."""

    def own(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return own


def _mend_modules() -> None:
    to, to_type, to_empty = torch.nn.Module.to, torch.nn.Module.type, torch.nn.Module.to_empty

    def moved(module: Any, *args: Any, **kwargs: Any) -> Any:
        args, kwargs = moved_arguments(args, kwargs)
        return to(module, *args, **kwargs)

    def converted(module: Any, dst_type: Any) -> Any:
        return to_type(module, type_on_cpu(dst_type))

    def emptied(module: Any, *, device: Any, recurse: bool = True) -> Any:
        return to_empty(module, device=device_on_cpu(device), recurse=recurse)

    torch.nn.Module.to = moved  # type: ignore[assignment, method-assign]
    torch.nn.Module.type = converted  # type: ignore[assignment, method-assign]
    torch.nn.Module.to_empty = emptied  # type: ignore[assignment, method-assign]
    # It asks which kind of GPU there is; here is none.
    torch.nn.parallel.data_parallel = lambda module, inputs, *_args, **kwargs: module(
        *(inputs if isinstance(inputs, tuple) else (inputs,)), **kwargs.get("module_kwargs") or {}
    )


def _mend_defaults() -> None:
    set_type, init = torch.set_default_tensor_type, _device.DeviceContext.__init__
    torch.set_default_tensor_type = lambda kind: set_type(type_on_cpu(kind))

    def on_cpu(context: Any, device: Any) -> None:
        init(context, device_on_cpu(device))

    _device.DeviceContext.__init__ = on_cpu  # type: ignore[assignment, method-assign]
    set_device = torch.set_default_device
    torch.set_default_device = lambda device: set_device(device_on_cpu(device))


def moved_arguments(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the arguments of ``.to(...)``, the object itself aside, as they are meant here."""
    if args:
        args = (device_on_cpu(args[0]), *map(to_cpu, args[1:]))
    if "device" in kwargs:
        kwargs = {**kwargs, "device": device_on_cpu(kwargs["device"])}
    return args, kwargs


def allocation(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return keyword arguments that make a tensor, without a GPU and without pinned memory."""
    if "device" in kwargs:
        kwargs = {**kwargs, "device": device_on_cpu(kwargs["device"])}
    if kwargs.get("pin_memory"):
        kwargs = {**kwargs, "pin_memory": False}
    return kwargs
