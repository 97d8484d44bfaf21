"""The student's quantized network: built by the template's scaffolding, traced, and run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.baseline.chain import Chain, playback
from grader.baseline.networks import NetworkBaseline
from grader.border.answers import TraceAnswer
from grader.border.conventions import Floats, Predictions, describe
from grader.border.probes import InputName
from grader.border.student import Student
from grader.sandbox.calls.replies import CallError, Observation
from grader.sandbox.protocol import SharedImages, Value
from grader.words.message import Message, say
from reference.calibration import INPUT

PASS_IMAGES = 1000
TEMPLATE_BATCH = 4  # what the handouts' data loaders give


@dataclass(frozen=True, kw_only=True)
class BuiltNetwork:
    """A network that stands in the sandbox, and the attributes that its constructor left on it."""

    name: str
    error: CallError | None = None
    attributes: Mapping[str, Value] | None = None

    def value(self, attribute: str) -> Value | None:
        """Return an attribute, None where it is missing."""
        return (self.attributes or {}).get(attribute)


def build(
    student: Student, name: str, class_name: str, chain: Chain, extra: Mapping[str, Value]
) -> BuiltNetwork:
    """
    Build the student's *class_name* on the chain's weights, scales and calibration arrays.

    What the chain has from the reference is played back in place of the student's functions;
    *extra* names further functions with the one result that they are to return.
    """
    style = student.network_style
    stand_ins = playback(chain, style) | {k: (v,) for k, v in extra.items()}
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


def trace(  # noqa: PLR0913, PLR0917  one pass over some images is these things
    student: Student,
    built: BuiltNetwork,
    network: NetworkBaseline,
    images: SharedImages,
    indices: Sequence[int],
    pixels: Floats,
) -> TraceAnswer:
    """
    Return what entered each layer and what came out while the images at *indices* ran.

    *pixels* are those images as the network is given them, (N, C, H, W). Every pass has the same
    form: the layers are watched, ``student.batch_size`` images run at a time. Code that was
    written for the template's batches is asked once more in those.
    """
    if built.error is not None:
        return TraceAnswer(probe=InputName(built.name), images=len(pixels), error=built.error)
    answer = _pass(student, built, network, images, indices, pixels)
    if student.batch_size == TEMPLATE_BATCH or not _may_be_batch(answer):
        return answer
    usual, student.batch_size = student.batch_size, TEMPLATE_BATCH
    again = _pass(student, built, network, images, indices, pixels)
    if not _may_be_batch(again) or _is_too_large(answer):
        return again
    student.batch_size = usual
    return answer


def _pass(  # noqa: PLR0913, PLR0917  as above
    student: Student,
    built: BuiltNetwork,
    network: NetworkBaseline,
    images: SharedImages,
    indices: Sequence[int],
    pixels: Floats,
) -> TraceAnswer:
    observation = student.sandbox.forward(
        built.name,
        images,
        indices=indices,
        batch_size=student.batch_size,
        limit_seconds=student.call_seconds,
    )
    found = {} if observation.value is None else _arrays(observation.value)
    entering, first = _entering(network, found), 0
    if observation.error is not None:
        entering, first = _last_batch(entering, student.batch_size)
    returned = _returned(observation)
    return TraceAnswer(
        probe=InputName(built.name),
        images=len(pixels),
        first=first,
        error=observation.error,
        problem=None if observation.error or "logits" in found else _no_tensor(returned),
        entering=entering,
        output=found.get("logits"),
        changed="" if _left_alone(found, pixels) else "images",
        whole=returned,
    )


def _returned(observation: Observation) -> Value | None:
    """Return what a pass returned in place of a tensor, where that is one thing."""
    value = observation.value
    parts = {} if value is None else dict(zip(value.keys, value.items, strict=True))
    return parts.get("returned")


def _no_tensor(returned: Value | None) -> Message:
    if returned is None or returned.kind == "tensor":
        return say("reason", "pass-no-tensor")
    return say("reason", "no-tensor", value=describe(returned))


def _left_alone(found: Mapping[str, Floats], pixels: Floats) -> bool:
    """Return whether the images came back as they were: all of them where the pass ran."""
    after = found.get("images")
    if "logits" in found:
        return after is not None and np.array_equal(after, pixels)
    return after is None or np.array_equal(after, pixels[: len(after)])


def _last_batch(entering: Mapping[str, Floats], size: int) -> tuple[dict[str, Floats], int]:
    """
    Return what entered the layers in the batch in which a pass broke off, and its first image.

    Layers that it did not reach in that batch are left out.
    """
    rows = [len(values) for values in entering.values()]
    if not rows or not all(rows):
        return dict(entering), 0
    first = (rows[0] - 1) // size * size
    return {
        name: values[first:] for name, values in entering.items() if len(values) == rows[0]
    }, first


def _may_be_batch(answer: TraceAnswer) -> bool:
    """Return whether a pass may have failed for no more than the number of images at a time."""
    if answer.error is not None:
        return answer.error.kind == "raised" or _is_too_large(answer)
    return not answer.fits


def _is_too_large(answer: TraceAnswer) -> bool:
    """Return whether more entered the layers than is taken: layers of a few images are less."""
    return answer.error is not None and answer.error.kind == "too_large"


def predict(  # noqa: PLR0913, PLR0917  as above
    student: Student,
    built: BuiltNetwork,
    network: NetworkBaseline,
    images: SharedImages,
    pixels: Callable[[Sequence[int]], Floats],
    count: int,
) -> Predictions | CallError:
    """
    Return the predicted class of each of the first *count* images, or why there is none.

    The pass has the same form as the one that is judged, so that no code can tell them apart.
    """
    predicted = []
    for start in range(0, count, PASS_IMAGES):
        indices = range(start, min(start + PASS_IMAGES, count))
        answer = trace(student, built, network, images, indices, pixels(indices))
        if answer.error is not None:
            return answer.error
        scores = answer.output
        if scores is None or scores.ndim != 2 or len(scores) != len(indices) or not scores.size:
            return CallError(kind="raised", message=say("reason", "pass-rows"))
        if not np.isfinite(scores).all():
            return CallError(kind="raised", message=say("reason", "pass-not-finite"))
        predicted.append(scores.argmax(axis=1))
    return np.concatenate(predicted).astype(np.int64)


def _entering(network: NetworkBaseline, found: Mapping[str, Floats]) -> dict[str, Floats]:
    names = [layer.name for layer in network.spec.weighted_layers]
    inputs = ((name, found.get(f"{name}.input")) for name in names)
    return {name: values for name, values in inputs if values is not None and values.size}


def _arrays(value: Value) -> dict[str, Floats]:
    """Return the tensors of a pass that have rows: a forged reply may hold others."""
    if value.kind != "dict":
        return {}
    pairs = zip(value.keys, value.items, strict=True)
    return {
        key: np.asarray(item.data, dtype=np.float64)
        for key, item in pairs
        if item.kind == "tensor" and np.ndim(item.data)
    }
