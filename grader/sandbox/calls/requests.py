"""What the grader asks of a worker, and what the answers hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.sandbox.calls import error_messages
from grader.sandbox.calls.replies import Observation
from grader.sandbox.frames import (
    CAN_PASS_DESCRIPTORS,
    Decoder,
    Frame,
    FrameError,
    encode_value,
    require,
)
from grader.sandbox.protocol import Array, LayerState, SharedImages, Value
from reference.spec import LayerKind, LayerSpec, NetworkSpec

# What may come back beside what was handed over, in elements of _WIDEST bytes each: containers,
# texts, and whatever else a wrong answer is made of.
SPARE_ELEMENTS = 4096
_WIDEST = 8


@dataclass(frozen=True, kw_only=True)
class Request:
    """
    One question: its description, its arrays and the open files that go with it.

    What may come back: arrays of *reply_bytes* together, a value at all, a dict of no other *keys*
    (None: anything), a value beside an error (*partial*), and what became of the *given* values.
    *names* are those that are looked for, a class's where *is_class* says so.
    """

    meta: Mapping[str, Any]
    buffers: tuple[Array, ...] = ()
    descriptors: tuple[int, ...] = ()
    reply_bytes: int = 0
    valued: bool = False
    keys: frozenset[str] | None = None
    partial: bool = False
    given: tuple[Value, ...] = ()
    names: tuple[str, ...] = ()
    is_class: bool = False

    @property
    def source(self) -> str:
        """Return the source of a fragment that is to be loaded, nothing for other requests."""
        fragment = self.meta.get("fragment")
        return str(fragment["source"]) if isinstance(fragment, Mapping) else ""


def call(
    candidates: Sequence[str], arguments: Sequence[Value], *, return_arguments: bool, seed: int
) -> Request:
    """Return the request to call the first of the *candidates* that is defined."""
    buffers: list[Array] = []
    meta = {
        "operation": "call",
        "candidates": [*candidates],
        "arguments": [encode_value(value, buffers) for value in arguments],
        "return_arguments": return_arguments,
        "seed": seed,
    }
    given = sum(array.size for array in buffers)
    return Request(
        meta=meta,
        buffers=tuple(buffers),
        reply_bytes=_bytes(given * (2 if return_arguments else 1)),
        valued=True,
        given=tuple(arguments) if return_arguments else (),
        names=tuple(candidates),
    )


def build(
    called: Mapping[str, str],
    *,
    layers: Sequence[LayerState],
    input_activations: Value | None,
    replace: Mapping[str, Sequence[Value]],
) -> Request:
    """Return the request to build a network; arrays go in the order in which it reads them."""
    buffers: list[Array] = []
    meta = {
        **called,
        "operation": "build",
        "layers": [_encode_layer(layer, buffers) for layer in layers],
        "input_activations": _encode(input_activations, buffers),
        "replace": {
            name: [encode_value(value, buffers) for value in values]
            for name, values in replace.items()
        },
    }
    parameters = (v for layer in layers for v in (layer.weight, layer.bias) if v is not None)
    roles = ("weight", "weight_scale", "output_scale", "bias")
    return Request(
        meta=meta,
        buffers=tuple(buffers),
        reply_bytes=_bytes(2 * sum(value.data.size for value in parameters)),
        valued=True,
        keys=frozenset(("input_scale", *(f"{x.name}.{role}" for x in layers for role in roles))),
        names=(called["class_name"],),
        is_class=True,
    )


def forward(name: str, spec: NetworkSpec, *, indices: Sequence[int], batch_size: int) -> Request:
    """
    Return the request to run the network built as *name*, which was made from *spec*.

    *indices* are the numbers of the images, *batch_size* how many run at a time.
    """
    layers, shapes = spec.layers, spec.shapes()
    passing = (
        given for layer, (given, _) in zip(layers, shapes, strict=True) if layer.has_weights
    )
    values = math.prod(shapes[-1][1]) + math.prod(spec.input_shape)
    values += sum(math.prod(given) for given in passing)
    inputs = (f"{layer.name}.input" for layer in layers)
    meta = {"name": name, "indices": [*indices], "batch_size": batch_size}
    return Request(
        meta={"operation": "forward", **meta},
        reply_bytes=_bytes(len(indices) * values),
        valued=True,
        keys=frozenset(("logits", "returned", "images", *inputs)),
        partial=True,
    )


def images(shared: SharedImages, descriptor: int) -> Request:
    """Return the request to take the images, by *descriptor* where that can travel, or by path."""
    path = None if CAN_PASS_DESCRIPTORS else shared.path
    meta = {"operation": "images", "path": path, "mean": shared.mean, "std": shared.std}
    return Request(meta=meta, descriptors=(descriptor,) if CAN_PASS_DESCRIPTORS else ())


def observation(frame: Frame, request: Request) -> Observation:
    """Return what an answer says; raise ``FrameError`` where it is none to the *request*."""
    decoder = Decoder(
        frame.buffers, clean=error_messages.clean, clean_type=error_messages.clean_type
    )
    tree, has_error = frame.meta.get("value"), frame.meta.get("error") is not None
    value = None if tree is None else decoder.value(tree)
    _require_answer(request, value, has_error=has_error)
    trees = frame.meta.get("arguments", [])
    counts = {len(request.given)} | ({0} if has_error else set())
    if not isinstance(trees, list) or len(trees) not in counts:
        raise FrameError("the arguments came back in another number")  # noqa: EM101
    after = [decoder.value(tree) for tree in trees]
    decoder.finish()
    return Observation(value=value, arguments_after=tuple(after), printed=printed(frame))


def _require_answer(request: Request, value: Value | None, *, has_error: bool) -> None:
    """Raise ``FrameError`` where a value, or an error, is not of the kind that was asked for."""
    if not request.valued:
        require(value is None, "a value was not asked for")
        return
    both = value is not None and has_error and not request.partial
    neither = value is None and not has_error
    require(not both and not neither, "there is neither a value nor an error, or both")
    if request.keys is not None and value is not None:
        require(value.kind == "dict", "a value is no dict")
        require(request.keys.issuperset(value.keys), "a key was not asked for")


def _bytes(elements: int) -> int:
    return _WIDEST * (elements + SPARE_ELEMENTS)


def _encode(value: Value | None, buffers: list[Array]) -> dict[str, Any] | None:
    return None if value is None else encode_value(value, buffers)


def _encode_layer(layer: LayerState, buffers: list[Array]) -> dict[str, Any]:
    return {
        "name": layer.name,
        "module": layer.module,
        "weight": encode_value(layer.weight, buffers),
        "weight_scale": _encode(layer.weight_scale, buffers),
        "activations": _encode(layer.activations, buffers),
        "bias": _encode(layer.bias, buffers),
    }


def defined(frame: Frame | None, asked: Sequence[str]) -> list[str]:
    """Return which of the names *asked* for an answer says are defined."""
    said = frame.meta.get("defined", []) if frame else []
    found = {name for name in said if isinstance(name, str)} if isinstance(said, list) else set()
    return [name for name in asked if name in found]


def printed(frame: Frame | None) -> str:
    """Return what the student's code printed during a call, cleaned."""
    return error_messages.clean(frame.meta.get("printed")) if frame else ""


def spec_of(network: Mapping[str, Any]) -> NetworkSpec:
    """Build a network's specification from its plain data."""
    layers = (layer | {"kind": LayerKind(layer["kind"])} for layer in network["layers"])
    fields = {**network, "layers": tuple(LayerSpec(**layer) for layer in layers)}
    return NetworkSpec(**fields)
