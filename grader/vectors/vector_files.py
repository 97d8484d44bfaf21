"""The files of a network's parameters and test vectors, and where they are written."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np

from grader.border.conventions import Floats
from grader.tasks.exported_parameters.layout import Layout, recording_file
from grader.vectors.formats import FORMATS, REAL, Vector
from grader.vectors.integer_parameters import SCALE_BITS, IntegerParameters, VectorsError
from reference.spec import Shape

SUM_BITS = 32
_BATCH = 100  # images that are held at a time: 15 MB of LeNet-5's
_WHEN = (1980, 1, 1, 0, 0, 0)  # the same numbers make the same archive, byte for byte


class Put(Protocol):
    """Writes one file."""

    def __call__(self, path: str, content: bytes, /) -> None:
        """Write *content* under *path*."""


def parameter_files(parameters: IntegerParameters, form: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files of weights, bias and scales, with their paths."""
    layout = parameters.layout
    for vector in _parameters(parameters):
        yield from _written(vector, form)
    scales = {name: parameters.scales[name] for name in layout.scales}
    yield layout.scales_file, json.dumps(scales).encode()
    if form != "csv":
        path = layout.scales_file.removesuffix(".json")
        values = np.array([*scales.values()], np.float64)
        held = Vector(path=path, values=values, bits=SCALE_BITS, shape=values.shape)
        yield from _written(held, form)


def image_files(
    parameters: IntegerParameters, pixels: Floats, form: str
) -> Iterator[tuple[int, str, bytes]]:
    """
    Yield the files of every image, with its number and their paths.

    *pixels* are normalised, a row for each image.
    """
    layout = parameters.layout
    for start in range(0, len(pixels), _BATCH):
        recorded = parameters.record(pixels[start : start + _BATCH])
        for image in range(start, min(start + _BATCH, len(pixels))):
            for name, (bits, shape) in _kinds(layout).items():
                vector = Vector(
                    path=recording_file(image, name),
                    values=recorded[name][image - start],
                    bits=bits,
                    shape=shape,
                )
                yield from ((image, *file) for file in _written(vector, form))


def _parameters(parameters: IntegerParameters) -> Iterator[Vector]:
    layout = parameters.layout
    for layer in layout.weighted:
        values = parameters.weights[layer.module].astype(np.float64)
        yield Vector(
            path=layer.weights_file, values=values, bits=layout.bits, shape=layer.spec.weight_shape
        )
    for layer in layout.biased:
        bias = parameters.bias[layer.module].astype(np.float64)
        yield Vector(
            path=layer.bias_file,
            values=bias,
            bits=layout.bias_bits,
            shape=bias.shape,
            one_line=True,
        )


def _kinds(layout: Layout) -> dict[str, tuple[int, Shape]]:
    """Return the bits and the shape of every recording, by its name."""
    found: dict[str, tuple[int, Shape]] = {"input.csv": (REAL, layout.network.input_shape)}
    for layer in layout.layers:
        found[f"{layer.block}/input.csv"] = (layout.bits, layer.input_shape)
        bits = SUM_BITS if layer.spec.has_weights else layout.bits
        found[f"{layer.block}/output.csv"] = (bits, layer.output_shape)
    return found | {"output.csv": (layout.bits, layout.layers[-1].output_shape)}


def _written(vector: Vector, form: str) -> Iterator[tuple[str, bytes]]:
    content = FORMATS[form](vector)
    if content is not None:
        yield vector.named(form), content


@contextmanager
def into_zip(path: Path) -> Iterator[Put]:
    """
    Give what writes files into a new zip, which takes its name when it is whole.

    An older archive of that name is replaced, never added to. Raise VectorsError where that
    cannot be written.
    """
    with _told(path), ExitStack() as stack:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        stack.callback(Path(name).unlink, missing_ok=True)
        with os.fdopen(number, "wb") as file, zipfile.ZipFile(file, "w") as archive:

            def put(member: str, content: bytes) -> None:
                info = zipfile.ZipInfo(member, _WHEN)
                info.external_attr = 0o644 << 16
                archive.writestr(info, content, zipfile.ZIP_DEFLATED)

            yield put
        Path(name).chmod(0o644)
        Path(name).replace(path)


@contextmanager
def into_folder(path: Path) -> Iterator[Put]:
    """Give what writes files into a folder; raise VectorsError where it is not new or empty."""
    with _told(path):
        require_empty(path)
        path.mkdir(parents=True, exist_ok=True)

        def put(member: str, content: bytes) -> None:
            file = path / member
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

        yield put


def require_empty(path: Path) -> None:
    """Raise VectorsError where a folder holds anything."""
    if path.is_dir() and any(path.iterdir()):
        msg = f"{path}: the folder is not empty; name a new one, so that no old files stay"
        raise VectorsError(msg)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"{path}: cannot be written ({error.strerror or error}); choose another place"
        raise VectorsError(msg) from None
