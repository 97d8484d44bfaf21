"""The only code that runs a student's: answer requests on one channel until it closes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch

from grader.sandbox.frames import Channel, ChannelClosedError, Decoder, Frame, encode_value
from grader.sandbox.inside import scaffold
from grader.sandbox.inside.environment import plots
from grader.sandbox.inside.environment.torch_mode import LabMode
from grader.sandbox.inside.program import BoundedText, Program, describe, seed
from grader.sandbox.inside.values import Budget, to_object, to_value
from grader.sandbox.protocol import Array, LayerState, Value

Reply = dict[str, Any]
_REQUEST_BYTES = 1 << 32


class Worker:
    """One submission's program, its built networks and its images."""

    def __init__(self, channel: Channel, setup: Mapping[str, Any]) -> None:
        self._channel = channel
        self._networks = setup["networks"]
        self._scaffold = setup["scaffold"]
        self._printed_bytes = setup["limits"]["printed_bytes"]
        self._program = Program(self._networks)
        self._built: dict[str, tuple[Any, tuple[LayerState, ...]]] = {}
        self._images: scaffold.Images | None = None
        self._operations: dict[str, Callable[..., Reply]] = {
            "load": self._load,
            "call": self._call,
            "build": self._build,
            "images": self._open_images,
            "forward": self._forward,
        }

    def serve(self) -> None:
        """Answer requests until the other side closes the channel."""
        with LabMode():
            while True:
                try:
                    frame = self._channel.receive(limit=_REQUEST_BYTES, with_descriptors=True)
                except ChannelClosedError:
                    return
                buffers: list[Array] = []
                reply = self._answer(frame, buffers)
                self._channel.send(frame.sequence, reply, buffers)

    def _answer(self, frame: Frame, buffers: list[Array]) -> Reply:
        printed = BoundedText(self._printed_bytes)
        sys.stdout = sys.stderr = printed
        seed(frame.meta["seed"])
        begun = time.perf_counter()
        try:
            reply = self._operations[frame.meta["operation"]](frame, buffers)
        except BaseException as error:  # a student may raise anything, SystemExit too
            buffers.clear()
            reply = {"error": describe(error, self._program.place(error))}
        plots.close_figures()
        return reply | {"seconds": time.perf_counter() - begun, "printed": printed.getvalue()}

    def _load(self, frame: Frame, _buffers: list[Array]) -> Reply:
        return {"defined": self._program.run(frame.meta["fragment"])}

    def _call(self, frame: Frame, buffers: list[Array]) -> Reply:
        decoder = Decoder(frame.buffers)
        arguments = [to_object(decoder.value(tree)) for tree in frame.meta["arguments"]]
        budget = Budget(frame.meta["reply_bytes"])
        reply: Reply = {}
        try:
            result = self._program.resolve(frame.meta["candidates"])(*arguments)
            reply["value"] = encode_value(to_value(result, budget), buffers)
        except BaseException as error:  # the arguments are still looked at
            buffers.clear()
            reply["error"] = describe(error, self._program.place(error))
        if frame.meta["return_arguments"]:
            after = [to_value(argument, budget) for argument in arguments]
            reply["arguments"] = [encode_value(value, buffers) for value in after]
        return reply

    def _build(self, frame: Frame, buffers: list[Array]) -> Reply:
        meta, decoder = frame.meta, Decoder(frame.buffers)
        layers = tuple(_layer(decoder, layer) for layer in meta["layers"])
        network = scaffold.prepare(self._networks[meta["network"]], layers, self._scaffold)
        if meta["input_activations"] is not None:
            path = self._scaffold["input_activations"]
            value = to_object(decoder.value(meta["input_activations"]))
            scaffold.attach(network, path, value)
        results = {
            name: [decoder.value(tree) for tree in trees]
            for name, trees in meta["replace"].items()
        }
        with scaffold.played_back(self._program, meta["class_name"], results):
            built = scaffold.construct(self._program, meta["class_name"], network)
        self._built[meta["name"]] = (built, layers)
        found = scaffold.read_back(built, layers, self._scaffold)
        return {"value": _encode(found, frame, buffers)}

    def _open_images(self, frame: Frame, _buffers: list[Array]) -> Reply:
        path = frame.meta["path"]
        file = self._channel.descriptors.pop() if path is None else path
        self._images = scaffold.Images(file, frame.meta["mean"], frame.meta["std"])
        return {}

    def _forward(self, frame: Frame, buffers: list[Array]) -> Reply:
        meta = frame.meta
        built, layers = self._built[meta["name"]]
        assert self._images is not None
        batches = self._images.batches(meta["indices"], meta["batch_size"])
        trace = scaffold.Trace(built, layers)
        reply: Reply = {}
        found: dict[str, Any] = {}
        try:
            logits = scaffold.forward(built, batches, trace)
            found = _result(logits)
        except BaseException as error:  # what was traced so far still counts
            reply["error"] = describe(error, self._program.place(error))
        finally:
            trace.close()
        reply["value"] = _encode(trace.tensors() | found, frame, buffers)
        return reply


def _result(returned: Any) -> dict[str, Any]:
    """Return what a pass came to; of what holds many things, nothing but that it is no tensor."""
    if isinstance(returned, torch.Tensor):
        return {"logits": returned}
    return {} if isinstance(returned, list | tuple | dict) else {"returned": returned}


def _encode(thing: Any, frame: Frame, buffers: list[Array]) -> dict[str, Any]:
    return encode_value(to_value(thing, Budget(frame.meta["reply_bytes"])), buffers)


def _layer(decoder: Decoder, meta: Mapping[str, Any]) -> LayerState:
    fields: dict[str, Value | None] = {
        role: None if meta[role] is None else decoder.value(meta[role])
        for role in ("weight", "weight_scale", "activations", "bias")
    }
    return LayerState(name=meta["name"], module=meta["module"], **fields)  # type: ignore[arg-type]
