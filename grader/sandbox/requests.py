"""What the grader asks of a worker, and what the answers hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.sandbox import wording
from grader.sandbox.frames import Decoder, Frame, FrameError, encode_value
from grader.sandbox.protocol import Array, LayerState, Observation, Value


@dataclass(frozen=True, kw_only=True)
class Request:
    """One question: its description, its arrays and the open files that go with it."""

    meta: Mapping[str, Any]
    buffers: tuple[Array, ...] = ()
    descriptors: tuple[int, ...] = ()

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
    return Request(meta=meta, buffers=tuple(buffers))


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
    return Request(meta=meta, buffers=tuple(buffers))


def observation(frame: Frame, given: Sequence[Value]) -> Observation:
    """Return what an answer says; raise ``FrameError`` where it does not hold together."""
    decoder = Decoder(frame.buffers)
    value = decoder.value(frame.meta["value"]) if "value" in frame.meta else None
    trees = frame.meta.get("arguments", [])
    if not isinstance(trees, list) or len(trees) not in (0, len(given)):
        raise FrameError("the arguments came back in another number")  # noqa: EM101
    after = [
        before if tree is None else decoder.value(tree)
        for before, tree in zip(given, trees, strict=False)
    ]
    decoder.finish()
    return Observation(value=value, arguments_after=tuple(after), printed=printed(frame))


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


def names(frame: Frame | None, key: str) -> list[Any]:
    """Return the list that an answer holds under *key*, if it is one."""
    found = frame.meta.get(key, []) if frame else []
    return found if isinstance(found, list) else []


def printed(frame: Frame | None) -> str:
    """Return what the student's code printed during a call, cleaned."""
    return wording.clean(frame.meta.get("printed")) if frame else ""
