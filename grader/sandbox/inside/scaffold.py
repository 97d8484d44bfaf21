"""What the lab's template does around a student's classes: build, calibrate, run, record."""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from grader.sandbox.inside.networks import network_class
from grader.sandbox.inside.program import NotFoundError, Program
from grader.sandbox.inside.values import to_object
from grader.sandbox.protocol import Array, LayerState, Value

Scaffold = Mapping[str, Any]


class PlaybackError(Exception):
    """A function that is played back was called more often than results were recorded."""


def prepare(spec: Mapping[str, Any], layers: Sequence[LayerState], scaffold: Scaffold) -> Any:
    """Return the neutral network with its weights, scales and activations where they belong."""
    network = network_class(spec)()
    for layer in layers:
        module = network.get_submodule(layer.module)
        module.weight.data = to_object(layer.weight)
        if layer.bias is not None:
            module.bias.data = to_object(layer.bias)
        attached = {"weight_scale": layer.weight_scale, "activations": layer.activations}
        for role, value in attached.items():
            if value is not None:
                attach(network, _path(scaffold, role, layer), to_object(value))
    return network


def attach(root: Any, path: str, value: Any) -> None:
    """Set the attribute at a dotted path below *root*."""
    *parents, name = path.split(".")
    for parent in parents:
        root = getattr(root, parent)
    setattr(root, name, value)


@contextlib.contextmanager
def played_back(
    program: Program, class_name: str, results: Mapping[str, Sequence[Value]]
) -> Iterator[None]:
    """Answer calls of the named functions with recorded results, in order."""
    owner = program.names.get(class_name)
    targets: list[Any] = [*program.modules]
    own = {module.__name__ for module in program.modules}
    if isinstance(owner, type):
        targets += [base for base in owner.__mro__ if base.__module__ in own]
    undo: list[tuple[Any, str, Any]] = []
    for name, values in results.items():
        stand_in = _playback(name, [to_object(value) for value in values])
        for target in targets:
            if target is not owner and name not in vars(target):
                continue
            undo.append((target, name, vars(target).get(name, undo)))
            setattr(target, name, staticmethod(stand_in) if isinstance(target, type) else stand_in)
    try:
        yield
    finally:
        for target, name, before in reversed(undo):
            delattr(target, name) if before is undo else setattr(target, name, before)


def construct(program: Program, class_name: str, network: nn.Module) -> Any:
    """Return the student's *class_name* built on *network*."""
    made = program.names.get(class_name)
    if not isinstance(made, type):
        msg = f"the class {class_name} is not defined"
        raise NotFoundError(msg)
    return made(network)


def read_back(built: Any, layers: Sequence[LayerState], scaffold: Scaffold) -> dict[str, Any]:
    """Return the attributes that the student's constructor has left on the network, by role."""
    found = {"input_scale": _get(built, str(scaffold["input_scale"]))}
    for layer in layers:
        for role in ("output_scale", "weight_scale"):
            found[f"{layer.name}.{role}"] = _get(built, _path(scaffold, role, layer))
        found[f"{layer.name}.weight"] = _get(built, f"{layer.module}.weight")
        found[f"{layer.name}.bias"] = _get(built, f"{layer.module}.bias")
    return {role: thing for role, thing in found.items() if thing is not None}


class Trace:
    """What enters each weighted layer, batch by batch."""

    def __init__(self, built: Any, layers: Sequence[LayerState]) -> None:
        self.batches: dict[str, list[torch.Tensor]] = {}
        self._seen: set[str] = set()
        self._handles: list[Any] = []
        for layer in layers:  # a block's own hook comes before those of the layers in it
            for path in dict.fromkeys((_block(layer), layer.module)):
                module = _get(built, path)
                if isinstance(module, nn.Module):
                    self._watch(layer.name, module)

    def next_batch(self) -> None:
        """Begin a batch: of several calls of one layer within a batch the first counts."""
        self._seen.clear()

    def keep_images(self, batch: torch.Tensor) -> None:
        """Record a batch as the pass has left it: a pass that changes its argument is seen."""
        self.batches.setdefault("images", []).append(batch)

    def close(self) -> None:
        """Take the hooks off again."""
        for handle in self._handles:
            handle.remove()

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return each record with its batches put together, under "<layer>.input"."""
        return {name: torch.cat(batches) for name, batches in self.batches.items()}

    def _watch(self, name: str, module: nn.Module) -> None:
        def entering(_module: nn.Module, args: tuple[Any, ...]) -> None:
            if args:
                self._record(f"{name}.input", args[0])

        # Ours comes first: the template's own hook raises on values that are no integers.
        self._handles.append(module.register_forward_pre_hook(entering, prepend=True))

    def _record(self, name: str, thing: Any) -> None:
        if name not in self._seen and isinstance(thing, torch.Tensor):
            self._seen.add(name)
            self.batches.setdefault(name, []).append(thing.detach().clone())


class Images:
    """A read-only memory map of uint8 images (N, C, H, W), normalised batch by batch."""

    def __init__(self, file: int | str, mean: Sequence[float], std: Sequence[float]) -> None:
        with open(file, "rb") as opened:  # noqa: PTH123  mostly a descriptor
            self._pixels = _npy(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
        self._mean = torch.tensor(mean, dtype=torch.float32).view(-1, 1, 1)
        self._std = torch.tensor(std, dtype=torch.float32).view(-1, 1, 1)

    def batches(self, indices: Sequence[int], size: int) -> Iterator[torch.Tensor]:
        """Yield float32 batches, as torchvision's ToTensor and Normalize make them."""
        for first in range(0, len(indices), size):
            pixels = self._pixels[indices[first : first + size]].astype(np.float32)
            yield torch.from_numpy(pixels).div_(255).sub_(self._mean).div_(self._std)


def forward(built: Any, batches: Iterator[torch.Tensor], trace: Trace) -> torch.Tensor | Any:
    """Return the logits of all batches, or the first result that is no tensor."""
    logits = []
    with torch.no_grad():
        for batch in batches:
            trace.next_batch()
            result = built(batch)
            trace.keep_images(batch)
            if not isinstance(result, torch.Tensor):
                return result
            logits.append(result)
        return torch.cat(logits)


def _npy(mapped: mmap.mmap) -> Array:
    version = np.lib.format.read_magic(mapped)
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else (np.lib.format.read_array_header_2_0)
    )
    shape, _, dtype = read(mapped)
    return np.frombuffer(mapped, dtype, offset=mapped.tell()).reshape(shape)


def _playback(name: str, results: list[Any]) -> Any:
    remaining = iter(results)

    def play(*_args: Any, **_kwargs: Any) -> Any:
        for result in remaining:
            return result
        msg = f"{name} was called more than {len(results)} times"
        raise PlaybackError(msg)

    return play


def _path(scaffold: Scaffold, role: str, layer: LayerState) -> str:
    return str(scaffold[role]).format(module=layer.module, block=_block(layer))


def _block(layer: LayerState) -> str:
    """Return the path of the module that the network calls: the ``nn.Sequential`` of a layer."""
    return layer.module.partition(".")[0]


def _get(root: Any, path: str) -> Any:
    for name in path.split("."):
        root = getattr(root, name, None)
    return root
