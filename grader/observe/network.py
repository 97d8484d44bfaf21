"""The student's quantized network: built by the template's scaffolding, traced, and run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from grader.answers import TraceAnswer
from grader.baseline import NetworkBaseline
from grader.chain import Chain, playback
from grader.conventions import Floats
from grader.observe.student import Student
from grader.sandbox.protocol import CallError, SharedImages, Value
from grader.sentences import NOTHING, say
from reference.calibration import INPUT

Predictions = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class BuiltNetwork:
    """A network that stands in the sandbox, and the attributes that its constructor left on it."""

    name: str
    error: CallError | None = None
    attributes: Mapping[str, Value] | None = None

    def number(self, attribute: str) -> float | None:
        """Return an attribute's one number, None where it is missing or something else."""
        value = (self.attributes or {}).get(attribute)
        return None if value is None else value.number


def build(
    student: Student, name: str, class_name: str, chain: Chain, extra: Mapping[str, Value]
) -> BuiltNetwork:
    """
    Build the student's *class_name* on the chain's weights, scales and calibration arrays.

    What the chain has from the reference is played back in place of the student's functions;
    *extra* names further functions with the one result that they are to return.
    """
    style = student.own
    stand_ins = playback(student.edition, chain, style) | {k: (v,) for k, v in extra.items()}
    observation = student.sandbox.build(
        name,
        network=chain.network.spec.name,
        class_name=class_name,
        layers=chain.layer_states(style, calibrated=True),
        input_activations=style.array(chain.network.activations[INPUT]),
        replace=stand_ins,
        limit_seconds=student.call_seconds,
    )
    value = observation.value
    attributes = None if value is None else dict(zip(value.keys, value.items, strict=True))
    return BuiltNetwork(name=name, error=observation.error, attributes=attributes)


def trace(
    student: Student,
    built: BuiltNetwork,
    network: NetworkBaseline,
    images: SharedImages,
    pixels: Floats,
) -> TraceAnswer:
    """
    Return what entered each layer and what came out while the first images ran.

    *pixels* are those images as the network is given them, (N, C, H, W).
    """
    count = len(pixels)
    if built.error is not None:
        return TraceAnswer(probe=built.name, images=count, error=built.error)
    observation = student.sandbox.forward(
        built.name,
        images,
        start=0,
        stop=count,
        batch_size=count,
        trace=True,
        limit_seconds=student.call_seconds,
    )
    found = {} if observation.value is None else _arrays(observation.value)
    return TraceAnswer(
        probe=built.name,
        images=count,
        error=observation.error,
        problem=NOTHING
        if observation.error or "logits" in found
        else say("reason", "pass-no-tensor"),
        entering=_entering(network, found),
        output=found.get("logits"),
        changed="" if np.array_equal(found.get("images", pixels), pixels) else "images",
    )


def predict(  # noqa: PLR0913  two of them are limits
    student: Student,
    built: BuiltNetwork,
    images: SharedImages,
    count: int,
    *,
    batch_size: int,
    limit_seconds: float,
) -> Predictions | CallError:
    """Return the predicted class of each image, or why there is none."""
    if built.error is not None:
        return built.error
    observation = student.sandbox.forward(
        built.name,
        images,
        start=0,
        stop=count,
        batch_size=batch_size,
        trace=False,
        limit_seconds=limit_seconds,
    )
    if observation.error is not None:
        return observation.error
    logits = None if observation.value is None else observation.value.data
    if (
        not isinstance(logits, np.ndarray)
        or logits.ndim != 2
        or len(logits) != count
        or not logits.size
    ):
        return CallError(kind="raised", message=say("reason", "pass-rows"))
    if not np.isfinite(logits).all():
        return CallError(kind="raised", message=say("reason", "pass-not-finite"))
    return np.asarray(logits.argmax(axis=1), dtype=np.int64)


def _entering(network: NetworkBaseline, found: Mapping[str, Floats]) -> dict[str, Floats]:
    names = [layer.name for layer in network.spec.weighted_layers]
    return {name: found[f"{name}.input"] for name in names if f"{name}.input" in found}


def _arrays(value: Value) -> dict[str, Floats]:
    if value.kind != "dict":
        return {}
    pairs = zip(value.keys, value.items, strict=True)
    return {
        key: np.asarray(item.data, dtype=np.float64)
        for key, item in pairs
        if item.kind == "tensor"
    }
