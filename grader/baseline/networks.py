"""
What is the same for every submission of an edition on one data set, computed once and cached.

The float networks' weights, the calibration arrays, the float predictions, ranges and histograms.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from pydantic import TypeAdapter

from grader.baseline.compared_networks import Trained, Wanted, compare_networks
from grader.baseline.model_summary import summarize_network
from grader.baseline.prediction_cache import PredictionCache, PredictionFolder
from grader.baseline.tensor_measurements import (
    Measured,
    measure_bit_widths,
    measure_candidates,
    measure_distributions,
    measure_range_accuracies,
)
from grader.comparisons import Comparisons, ModelSummary
from grader.editions.loader import Edition
from grader.measurements import BitWidth, CandidateRange, Distribution, RangeAccuracy
from grader.sandbox.protocol import SharedImages
from grader.words.message import Message, Value, say
from reference.calibration import INPUT, collect_activations
from reference.checkpoints import FOLDER as CHECKPOINTS
from reference.checkpoints import load_checkpoint
from reference.datasets import Data, ImageSet
from reference.evaluation import logits
from reference.images.decoding import Progress
from reference.network import Network, bias_of, weight_of
from reference.spec import NetworkSpec

# Part of every cache entry's key: an entry written by another version is never read.
FORMAT = "baseline 5"
CALIBRATION_SEED = 0
# The files of this folder that make predictions, beside the whole of reference/.
PREDICTING = ("labelled_images.py", "networks.py", "prediction_cache.py", "quantized.py")

_SUMMARY = TypeAdapter(ModelSummary)
_COMPARISONS = TypeAdapter(Comparisons)

Labels = npt.NDArray[np.int64]
Arrays = Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True)
class NetworkBaseline:
    """One float network: its numbers, what its layers see, and what it predicts."""

    spec: NetworkSpec
    weights: Arrays  # by weighted layer
    bias: Arrays  # by layer that has one
    activations: Arrays  # 1-D: "input" and each weighted layer
    predictions: Labels  # on the test images
    logit_size: float  # standard deviation of the logits

    @property
    def layer_activations(self) -> dict[str, npt.NDArray[np.float32]]:
        """Return the activations of the layers, in their order, the input left out."""
        return {layer.name: self.activations[layer.name] for layer in self.spec.weighted_layers}


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The yardstick: both networks, the test images and their labels."""

    title: Message  # with its size
    data_set: Value
    data_name: str
    split: str
    images: SharedImages
    labels: Labels
    plain: NetworkBaseline
    biased: NetworkBaseline
    distributions: tuple[Distribution, ...]
    candidates: Mapping[str, tuple[CandidateRange, ...]]
    range_accuracies: Mapping[str, RangeAccuracy]
    bit_widths: tuple[BitWidth, ...]
    class_names: tuple[str, ...]
    summary: ModelSummary
    comparisons: Comparisons
    key: str = ""  # of edition, networks and images: what the baseline is known by
    recall: PredictionCache = field(
        default_factory=PredictionCache, init=False, repr=False, compare=False
    )


# long: a field of the baseline after the other, from two files
def load_baseline(
    edition: Edition, data: Data, cache: Path, on_progress: Progress = lambda _done, _all: None
) -> Baseline:
    """
    Return the baseline of *edition* on *data*, from the cache where it is there.

    *on_progress* is told how many of all passes over the test images were made, where any are.
    """
    calibration = calibration_images(edition, data)
    entry = cache / "baselines" / _key(edition, data, calibration)
    if not (entry / "done").exists():
        _fill(entry, edition, data, calibration, on_progress)
    saved = dict(np.load(entry / "arrays.npz"))
    measured = json.loads((entry / "measured.json").read_text())
    table = edition.file.data
    baseline = Baseline(
        title=_title(data),
        data_set=_set(data),
        data_name=data.name,
        split=data.test.split,
        images=SharedImages(path=str(_images_file(entry, data)), mean=table.mean, std=table.std),
        labels=np.asarray(data.test.labels),
        plain=_network(edition.network, saved),
        biased=_network(edition.bias_network, saved),
        distributions=tuple(
            Distribution(**{**d, "counts": tuple(d["counts"]), "after": tuple(d["after"])})
            for d in measured["distributions"]
        ),
        candidates={
            tensor: tuple(CandidateRange(**c) for c in found)
            for tensor, found in measured["candidates"].items()
        },
        range_accuracies={
            tensor: RangeAccuracy(**found)
            for tensor, found in measured["range_accuracies"].items()
        },
        bit_widths=tuple(BitWidth(**width) for width in measured["bit_widths"]),
        class_names=data.test.class_names,
        summary=_SUMMARY.validate_python(measured["summary"]),
        comparisons=_COMPARISONS.validate_python(measured["comparisons"]),
        key=entry.name,
    )
    kept = cache / "predictions" / f"{entry.name}-{_what_predicts()}"
    baseline.recall.share(PredictionFolder(path=kept, images=len(data.test)))
    return baseline


@lru_cache
def _what_predicts() -> str:
    """Return what the code that predicts is known by: another version may predict otherwise."""
    import reference

    digest = hashlib.sha256(torch.__version__.encode())
    own = (Path(__file__).with_name(name) for name in PREDICTING)
    for path in (*sorted(Path(reference.__file__).parent.rglob("*.py")), *own):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def checkpoints_of(edition: Edition) -> Path:
    """Return the folder in which an edition's trained networks lie."""
    return CHECKPOINTS / edition.file.network.checkpoints


def trained_network(edition: Edition, data: Data, spec: NetworkSpec) -> Network:
    """Return one of the edition's networks as trained on *data*; raise CheckpointError."""
    return load_checkpoint(data.name, spec, checkpoints_of(edition))


def calibration_images(edition: Edition, data: Data) -> ImageSet:
    """Return the training images whose activations an edition's functions are handed."""
    table = edition.file.data
    if table.calibration_order == "first":
        return data.train.subset(np.arange(table.calibration_images))
    return data.train.draw(table.calibration_images, seed=CALIBRATION_SEED)


def _set(data: Data) -> Value:
    return say("data", "sample") if data.is_sample else data.title


def _title(data: Data) -> Message:
    code = "generated" if data.is_sample else "photographs"
    return say("data", code, name=_set(data), count=f"{len(data.test):,}")


def _key(edition: Edition, data: Data, calibration: ImageSet) -> str:
    file = edition.file
    parts = (file.network, file.data, file.training, file.quantization, edition.scheme)
    digest = hashlib.sha256(f"{FORMAT} {parts!r}".encode())
    for path in sorted(checkpoints_of(edition).glob(f"{data.name}-*")):
        digest.update(path.name.encode() + path.read_bytes())
    for array in (data.test.images, data.test.labels, calibration.images):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:32]


def _images_file(entry: Path, data: Data) -> Path:
    """Return the .npy file of the test images: the data set's own cache, or the entry's copy."""
    images = data.test.images
    if isinstance(images, np.memmap) and images.filename and images.offset:
        return Path(str(images.filename))
    return entry / "images.npy"


def _fill(
    entry: Path, edition: Edition, data: Data, calibration: ImageSet, on_progress: Progress
) -> None:
    """Write a cache entry beside its place and move it there whole."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".partial-", dir=entry.parent))
    try:
        arrays: dict[str, npt.NDArray[np.generic]] = {}
        for spec in (edition.network, edition.bias_network):
            arrays |= _compute(edition, data, calibration, spec)
        np.savez(folder / "arrays.npz", allow_pickle=False, **arrays)
        plain = _network(edition.network, arrays)
        measured = _measure(edition, data, plain, on_progress)
        biased = _network(edition.bias_network, arrays)
        measured["comparisons"] = asdict(measure_comparisons(edition, data, plain, biased))
        (folder / "measured.json").write_text(json.dumps(measured))
        if _images_file(folder, data).parent == folder:
            np.save(folder / "images.npy", np.asarray(data.test.images))
        (folder / "done").touch()
        folder.chmod(0o755)
        folder.rename(entry)
    except OSError:
        if not (entry / "done").exists():  # else another process was first
            raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _compute(
    edition: Edition, data: Data, calibration: ImageSet, spec: NetworkSpec
) -> dict[str, npt.NDArray[np.generic]]:
    table = edition.file.data
    network = trained_network(edition, data, spec)
    seen = collect_activations(network, calibration.normalized(mean=table.mean, std=table.std))
    scores = logits(network, data.test.normalized(mean=table.mean, std=table.std))
    saved: dict[str, npt.NDArray[np.generic]] = {
        f"{spec.name}/predictions": scores.argmax(dim=1).numpy(),
        f"{spec.name}/logit_size": np.asarray(float(scores.std())),
    }
    saved |= {f"{spec.name}/activations/{name}": array for name, array in seen.items()}
    for layer in spec.weighted_layers:
        saved[f"{spec.name}/weights/{layer.name}"] = weight_of(network, layer).numpy()
        bias = bias_of(network, layer)
        if bias is not None:
            saved[f"{spec.name}/bias/{layer.name}"] = bias.numpy()
    return saved


def _network(spec: NetworkSpec, saved: Mapping[str, npt.NDArray[np.generic]]) -> NetworkBaseline:
    def group(kind: str) -> dict[str, npt.NDArray[np.float32]]:
        prefix = f"{spec.name}/{kind}/"
        names = [layer.name for layer in spec.weighted_layers]
        return {
            name: np.asarray(saved[prefix + name], dtype=np.float32)
            for name in ([INPUT, *names] if kind == "activations" else names)
            if prefix + name in saved
        }

    return NetworkBaseline(
        spec=spec,
        weights=group("weights"),
        bias=group("bias"),
        activations=group("activations"),
        predictions=np.asarray(saved[f"{spec.name}/predictions"], dtype=np.int64),
        logit_size=float(saved[f"{spec.name}/logit_size"]),
    )


def _measure(
    edition: Edition, data: Data, plain: NetworkBaseline, on_progress: Progress
) -> dict[str, object]:
    table = edition.file.data
    network = trained_network(edition, data, plain.spec)
    made = itertools.count(1)
    measured = Measured(
        network=network,
        activations=plain.activations,
        images=data.test.normalized(mean=table.mean, std=table.std),
        labels=data.test.targets,
        scheme=edition.scheme,
        on_pass=lambda: on_progress(next(made), measured.passes),
    )
    return {
        "distributions": [asdict(d) for d in measure_distributions(measured)],
        "candidates": {
            name: [asdict(c) for c in measure_candidates(array, edition.scheme)]
            for name, _, _, array in measured.tensors()
        },
        "range_accuracies": {
            name: asdict(found) for name, found in measure_range_accuracies(measured).items()
        },
        "bit_widths": [asdict(w) for w in measure_bit_widths(measured)],
        "summary": asdict(summarize_network(network)),
    }


def measure_comparisons(
    edition: Edition, data: Data, plain: NetworkBaseline, biased: NetworkBaseline
) -> Comparisons:
    """Return what the reference's other networks reach, by the scales of the edition's sheet."""
    table, training = edition.file.data, edition.file.training
    trained = Trained(
        data=data,
        folder=checkpoints_of(edition),
        images=data.test.normalized(mean=table.mean, std=table.std),
        labels=data.test.targets,
    )
    return compare_networks(
        trained,
        plain.spec,
        biased.spec,
        calibration={one.spec.name: one.activations for one in (plain, biased)},
        scheme=replace(edition.scheme, range_rule=edition.file.quantization.range_rule),
        wanted=Wanted(
            of_1998=training.compare_1998, quantized_training=training.quantized_epochs > 0
        ),
    )
